"""Stores a token's expiry beside the token, so that it is known without asking the service."""

from datetime import UTC, datetime

from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import SecretStore
from omstui.core.zone import read_iso_time


def note_expiry(store: SecretStore, profile_name: str, token: Secret, expires_at: datetime) -> None:
    """Store when a profile's token expires.

    Raises:
        StoreError: it is not stored.
    """
    at = expires_at.astimezone(UTC).isoformat()
    store.set(_account(profile_name), Secret(f"{at} {token.fingerprint}"))


def noted_expiry(store: SecretStore, profile_name: str, token: Secret) -> datetime | None:
    """Return when this token expires; ``None`` when no expiry is stored for it.

    Raises:
        StoreError: the store cannot be read.
    """
    note = store.get(_account(profile_name))
    at, _, fingerprint = note.reveal().partition(" ") if note is not None else ("", "", "")
    return read_iso_time(at) if fingerprint == token.fingerprint else None


def forget_secret(store: SecretStore, profile_name: str) -> None:
    """Delete a profile's secret and its expiry, if there are any.

    Raises:
        StoreError: either may still be stored.
    """
    store.delete(_account(profile_name))
    store.delete(profile_name)


def profile_of(account: str) -> str:
    """Return the profile whose secret or expiry is stored under this account."""
    return account.partition("/")[0]


def _account(profile_name: str) -> str:
    return f"{profile_name}/expires_at"  # no profile's name holds a slash
