"""The protocol of secret stores, and two stores: the keyring of the operating system, and memory."""

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from omstui.backend.secrets.calls import DEADLINE, Attempt, StoreCalls, StoreError, StoreErrorKind
from omstui.backend.secrets.parts import read_secret, remove_secret, write_secret
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.secret_service import keep_connection
from omstui.core.text import tame

SERVICE = "omstui"
_KEPT_OPEN = "keyring.backends.SecretService.Keyring"
_TRUSTED = frozenset(
    {
        _KEPT_OPEN,
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
"""Backends that are used when the keyring library chose them by itself."""

_UNSAFE = re.compile(r"^keyring\.backends\.null\.|plain_?text|insecure|unencrypted|^keyrings\.efile\.", re.IGNORECASE)
"""Classes that store nothing, plain text, or the key beside the secret: refused even if the user named them."""

_CHOICE = "PYTHON_KEYRING_BACKEND"
"""The environment variable in which keyring lets the user choose a backend."""

_CHAINER = "keyring.backends.chainer.ChainerBackend"
_NO_KEYRING = "keyring.backends.fail.Keyring"
_LOCKED = frozenset({"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"})
_GONE = "SecretServiceNotAvailableException"

_MOST_DOUBLES = 4
_T = TypeVar("_T")


class SecretStore(Protocol):
    """Stores one secret for each account; an account is a profile's name."""

    @property
    def place(self) -> str:
        """The place of the secrets in words."""

    def get(self, account: str) -> Secret | None:
        """Return the account's secret; ``None`` when there is none.

        Raises:
            StoreError: it cannot be read.
        """

    def set(self, account: str, secret: Secret) -> None:
        """Store a secret in place of the account's last one.

        Raises:
            StoreError: it is not stored.
        """

    def delete(self, account: str) -> None:
        """Delete the account's secret, if there is one.

        Raises:
            StoreError: it may still be stored.
        """


class MemoryStore:
    """Keeps secrets for as long as the program runs."""

    place = "memory, until omstui ends"

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def get(self, account: str) -> Secret | None:
        """Return the account's secret."""
        return self._secrets.get(account)

    def set(self, account: str, secret: Secret) -> None:
        """Store a secret."""
        self._secrets[account] = secret

    def delete(self, account: str) -> None:
        """Delete a secret."""
        self._secrets.pop(account, None)


class Backend(Protocol):
    """The calls of a keyring's backend, for texts of limited length."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return an entry."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Write an entry."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove an entry."""


class KeyringStore:
    """Keeps secrets in the keyring of the operating system.

    A keyring may hang, fail in any way, store nothing, or be a plain file. So each call has a deadline, and no call
    follows a missed one; every write is read back; and a backend is used only if it is known to protect secrets, or if
    the user named it and it is not known to be unsafe. A secret that is too long for one entry is stored in parts,
    which count only once the entry that lists them is written.
    """

    def __init__(self, service: str = SERVICE, deadline: float = DEADLINE, backend: Backend | None = None) -> None:
        """Prepare the store; no backend is looked for yet.

        Args:
            service: the service name of the entries.
            deadline: seconds that one call may take.
            backend: used without a check whether it is trusted.
        """
        self._service = service
        self._backend = backend
        self._name = _short_name(backend) if backend is not None else ""
        self._named_in: str | None = None
        self.calls = StoreCalls(deadline, self._translated, self._stuck)

    @property
    def place(self) -> str:
        """The place of the secrets in words; it names the backend once that is found."""
        if self._name and self._named_in is not None:
            return f"keyring {self._name} (named in {Path(self._named_in).name})"
        return f"OS keyring ({self._name})" if self._name else "OS keyring"

    def get(self, account: str) -> Secret | None:
        """Return the account's secret."""
        text = self._in_time(lambda entries: read_secret(entries, account))
        return Secret(text) if text is not None else None

    def set(self, account: str, secret: Secret) -> None:
        """Store a secret and read it back."""
        self._in_time(lambda entries: write_secret(entries, account, secret.reveal()))

    def delete(self, account: str) -> None:
        """Delete a secret with all its parts."""
        self._in_time(lambda entries: remove_secret(entries, account))

    def _in_time(self, work: Callable[["_Entries"], _T]) -> _T:
        return self.calls.in_time(
            lambda attempt: work(_Entries(self._found_backend(), self._service, self.place, attempt))
        )

    def _found_backend(self) -> Backend:
        if self._backend is None:
            from keyring import core  # slow to import

            # keyring logs backends that cannot be loaded; without a handler they would be printed to the terminal.
            logging.getLogger("keyring").addHandler(logging.NullHandler())
            backend = self._named_backend() or core.get_keyring()
            if _full_name(backend) == _CHAINER:
                self._named_in = None  # the library chooses the members even if the user named the chain
            members = _trusted_members(backend, self._named_in)
            self._name = ", ".join(map(_short_name if self._named_in is None else _full_name, members))
            for member in members:
                if _full_name(member) == _KEPT_OPEN:
                    keep_connection(member)
            self._backend = backend
        return self._backend

    def _named_backend(self) -> Any:
        """Return the backend that the user named; the library looks in the same two places in the same order."""
        from keyring import core
        from keyring.util import platform_

        config = platform_.config_root() / "keyringrc.cfg"
        self._named_in = _CHOICE if _CHOICE in os.environ else tame(str(config)) if config.exists() else None
        backend = core.load_env() or core.load_config()
        if backend is None:
            self._named_in = None
        return backend

    def _translated(self, error: BaseException) -> StoreError:
        """Return the error for an exception of a backend, from its type: its text may contain anything."""
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "NoKeyringError" in kinds:
            return _no_keyring()
        if kinds & _LOCKED:
            return StoreError(
                StoreErrorKind.LOCKED,
                f"The {self.place} is locked or was never set up: unlock it and try again, or set OMSTUI_TOKEN",
            )
        if _GONE in kinds:
            return StoreError(
                StoreErrorKind.FAILED,
                f"The {self.place} does not run, or has just ended: log in to this machine again, or set OMSTUI_TOKEN",
            )
        kind = type(error).__name__
        if not self._name and self._named_in is not None:
            chosen = f"{tame(os.environ[_CHOICE])} of {_CHOICE}" if self._named_in == _CHOICE else self._named_in
            return StoreError(
                StoreErrorKind.FAILED,
                f"The keyring {chosen} failed ({kind}): name the system's own keyring there, or set OMSTUI_TOKEN",
            )
        return StoreError(StoreErrorKind.FAILED, f"The {self.place} failed ({kind}): try again, or set OMSTUI_TOKEN")

    def _stuck(self, seconds: float) -> StoreError:
        return StoreError(
            StoreErrorKind.STUCK,
            f"The {self.place} did not answer within {seconds:g} s, perhaps it waits for a password elsewhere: "
            "unlock it and start omstui again, or set OMSTUI_TOKEN",
        )


class _Entries(Struct, frozen=True):
    """The entries of one service in a backend."""

    backend: Backend
    service: str
    place: str
    attempt: Attempt

    def read(self, name: str) -> str | None:
        self.attempt.go_on()
        return self.backend.get_password(self.service, name)

    def write(self, name: str, text: str) -> None:
        self.attempt.go_on()
        self.backend.set_password(self.service, name, text)

    def remove(self, name: str) -> None:
        """Remove an entry, and duplicates of that name that a backend may hold.

        Raises:
            StoreError: the backend still has one.
        """
        for _ in range(_MOST_DOUBLES):
            if self.read(name) is None:
                return
            self.attempt.go_on()
            self.backend.delete_password(self.service, name)
        if self.read(name) is not None:
            raise StoreError(
                StoreErrorKind.FAILED, f"The {self.place} did not delete the secret: delete it there by hand"
            )


def _no_keyring() -> StoreError:
    return StoreError(
        StoreErrorKind.NONE,
        "This machine has no keyring for secrets: set OMSTUI_TOKEN, "
        "or give the token inside omstui (T), where it stays in memory until omstui ends",
    )


def _trusted_members(backend: object, named_in: str | None = None) -> list[object]:
    """Return the backends to use: the members of a chain, or the one.

    Args:
        backend: the backend that the library returned.
        named_in: the variable or file in which the user named it; ``None`` when the library found it by itself.

    Raises:
        StoreError: there is none, or one is not trusted.
    """
    members = list(backend.backends) if _full_name(backend) == _CHAINER else [backend]  # type: ignore[attr-defined] # the chainer has it
    members = [member for member in members if _full_name(member) != _NO_KEYRING]
    if not members:
        raise _no_keyring()
    for member in members:
        name = _full_name(member)
        if named_in is None and name not in _TRUSTED:
            raise StoreError(
                StoreErrorKind.REFUSED,
                f"The keyring {name}, which the keyring library found by itself, is not one that omstui trusts with a "
                f"secret: name the keyring to use in {_CHOICE}, or set OMSTUI_TOKEN",
            )
        if any(_UNSAFE.search(f"{kind.__module__}.{kind.__qualname__}") for kind in type(member).__mro__):
            raise StoreError(
                StoreErrorKind.REFUSED,
                f"The keyring {name}, which {named_in} names, keeps nothing, or keeps secrets readable by others: "
                "name another one there, or set OMSTUI_TOKEN",
            )
    return members


def _full_name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _short_name(backend: object) -> str:
    return type(backend).__module__.rpartition(".")[2]
