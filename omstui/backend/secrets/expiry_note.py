"""When a stored token ends, noted beside it, so that it can be told without asking the service."""

from datetime import UTC, datetime

from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import SecretStore
from omstui.core.zone import read_iso_time


def note_expiry(store: SecretStore, profile_name: str, token: Secret, expires_at: datetime) -> None:
    """Note when a profile's token ends.

    Raises:
        StoreError: it is not noted.
    """
    at = expires_at.astimezone(UTC).isoformat()
    store.set(_account(profile_name), Secret(f"{at} {token.fingerprint}"))


def noted_expiry(store: SecretStore, profile_name: str, token: Secret) -> datetime | None:
    """Return when this token ends; ``None`` when nothing is noted, or it is about another token.

    Raises:
        StoreError: it cannot be told.
    """
    note = store.get(_account(profile_name))
    at, _, fingerprint = note.reveal().partition(" ") if note is not None else ("", "", "")
    return read_iso_time(at) if fingerprint == token.fingerprint else None


def forget_secret(store: SecretStore, profile_name: str) -> None:
    """Remove a profile's secret and the note about it; none does no harm.

    Raises:
        StoreError: either may still be there.
    """
    store.delete(_account(profile_name))
    store.delete(profile_name)


def profile_of(account: str) -> str:
    """Return the profile whose secret, or whose note, stands under this account."""
    return account.partition("/")[0]


def _account(profile_name: str) -> str:
    return f"{profile_name}/expires_at"  # no profile's name holds a slash
