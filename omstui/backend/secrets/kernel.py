"""Stores secrets in the Linux kernel: on no disk and only until the next boot, for a machine without a keyring.

A key is in the user's own kernel keyring, so it survives a logout. By default the kernel allows a user 20,000 bytes of
keys, which is one token of the greatest length. Containers may forbid these calls.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from omstui.backend.secrets.calls import DEADLINE, Attempt, StoreCalls, StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret

_USER_KEYRING, _PROCESS_KEYRING = -4, -2
_KIND = b"user"
# Possessor and owner, from every login, may view, read, change and find the key; group and others have no rights.
_RIGHTS = 0x3F3F0000
_LONGEST = 32_767
_MISSING = frozenset({errno.ENOKEY, errno.EKEYEXPIRED, errno.EKEYREVOKED})
_FORBIDDEN = frozenset({errno.ENOSYS, errno.EPERM, errno.EACCES})


_T = TypeVar("_T")


class Kernel(Protocol):
    """The calls of the kernel's key management that omstui uses; each raises `OSError` when it fails."""

    def add(self, name: bytes, payload: bytes) -> int:
        """Put a key into the user's keyring in place of one with that name; return its number."""

    def find(self, name: bytes) -> int:
        """Return the number of the key of this name."""

    def read(self, key: int) -> bytes:
        """Return the payload of a key."""

    def restrict(self, key: int, rights: int) -> None:
        """Set the permissions of a key."""

    def expire(self, key: int, seconds: int) -> None:
        """Make the kernel delete a key after so many seconds."""

    def forget(self, key: int) -> None:
        """Unlink a key from the user's keyring, which deletes it."""


class KernelStore:
    """Keeps secrets in this user's kernel keyring."""

    place = "Linux kernel keyring (until the next boot)"

    def __init__(
        self,
        service: str = "omstui",
        life: int | None = None,
        kernel: Kernel | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """Prepare the store; the kernel is not called yet.

        Args:
            service: the beginning of each key's name.
            life: seconds after which the kernel deletes a secret; ``None`` for never.
            kernel: used in place of the machine's kernel.
            deadline: seconds that one call may take.
        """
        self._service = service
        self._life = life
        self._kernel = kernel
        self.calls = StoreCalls(deadline, _translated, _stuck)

    def get(self, account: str) -> Secret | None:
        """Return the account's secret; ``None`` when there is none or it has expired.

        Raises:
            StoreError: it cannot be read.
        """
        return self._asked(lambda kernel, _: self._read(kernel, account))

    def set(self, account: str, secret: Secret) -> None:
        """Store a secret in place of the account's last one, and read it back.

        Raises:
            StoreError: it is not stored.
        """
        payload = secret.reveal().encode("utf-8", "surrogatepass")
        if not 0 < len(payload) <= _LONGEST:
            raise StoreError(StoreErrorKind.NOT_STORED, f"A secret of {len(payload)} bytes is too long for the kernel")

        def put(kernel: Kernel, attempt: Attempt) -> None:
            key = kernel.add(self._name(account), payload)
            try:
                attempt.go_on()
                self._confine(kernel, key)
                self._compare(kernel, account, secret)
            except BaseException:
                # Else it might stay readable by others while the user is told that it is not stored.
                with suppress(Exception):
                    kernel.forget(key)
                raise

        self._asked(put)

    def delete(self, account: str) -> None:
        """Delete the account's secret, if there is one.

        Raises:
            StoreError: it may still be stored.
        """

        def forget(kernel: Kernel, _: Attempt) -> None:
            try:
                kernel.forget(kernel.find(self._name(account)))
            except OSError as error:
                if error.errno not in _MISSING:
                    raise

        self._asked(forget)

    def _name(self, account: str) -> bytes:
        return f"{self._service}:{account}".encode()

    def _confine(self, kernel: Kernel, key: int) -> None:
        kernel.restrict(key, _RIGHTS)
        if self._life is not None:
            kernel.expire(key, self._life)

    def _compare(self, kernel: Kernel, account: str, secret: Secret) -> None:
        if self._read(kernel, account) != secret:
            raise StoreError(StoreErrorKind.NOT_STORED, f"The {self.place} does not hold what was written")

    def _read(self, kernel: Kernel, account: str) -> Secret | None:
        try:
            payload = kernel.read(kernel.find(self._name(account)))
        except OSError as error:
            if error.errno in _MISSING:
                return None
            raise
        return Secret(payload.decode("utf-8", "surrogatepass"))

    def _asked(self, work: Callable[[Kernel, Attempt], _T]) -> _T:
        # A new one for each call, in that call's thread: it links the user's keyring for its thread only.
        return self.calls.in_time(lambda attempt: work(self._kernel or LibKeyutils(), attempt))


class LibKeyutils:
    """The machine's kernel, called through libkeyutils."""

    def __init__(self) -> None:
        """Load the library.

        Raises:
            OSError: it is not installed.
        """
        import ctypes  # not needed before the first picture

        self._ctypes = ctypes
        self._library = ctypes.CDLL("libkeyutils.so.1", use_errno=True)
        # Some logins do not have the user's keyring linked; this links it for this thread only.
        self._library.keyctl_link(_USER_KEYRING, _PROCESS_KEYRING)

    def add(self, name: bytes, payload: bytes) -> int:
        """Put a key into the user's keyring."""
        return self._done(
            self._library.add_key(_KIND, name, payload, self._ctypes.c_size_t(len(payload)), _USER_KEYRING)
        )

    def find(self, name: bytes) -> int:
        """Return the number of the key of this name."""
        return self._done(self._library.keyctl_search(_USER_KEYRING, _KIND, name, 0))

    def read(self, key: int) -> bytes:
        """Return what a key holds."""
        buffer = self._ctypes.create_string_buffer(_LONGEST)
        length = self._done(self._library.keyctl_read(key, buffer, self._ctypes.c_size_t(_LONGEST)))
        return buffer.raw[:length]

    def restrict(self, key: int, rights: int) -> None:
        """Say who may do what with a key."""
        self._done(self._library.keyctl_setperm(key, self._ctypes.c_uint32(rights)))

    def expire(self, key: int, seconds: int) -> None:
        """Make the kernel delete a key after so many seconds."""
        self._done(self._library.keyctl_set_timeout(key, seconds))

    def forget(self, key: int) -> None:
        """Unlink a key from the user's keyring."""
        self._done(self._library.keyctl_unlink(key, _USER_KEYRING))

    def _done(self, result: int) -> int:
        if result < 0:
            number = self._ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def _translated(error: BaseException) -> StoreError:
    if not isinstance(error, OSError):
        return StoreError(
            StoreErrorKind.FAILED, f"The {KernelStore.place} failed ({type(error).__name__}): sign in again"
        )
    if error.errno is None or error.errno in _FORBIDDEN:
        why = "the library libkeyutils is missing" if error.errno is None else "it is not allowed here"
        sentence = f"There is no {KernelStore.place}: {why}; set OMSTUI_TOKEN, or choose another --secret-store"
        return StoreError(StoreErrorKind.NONE, sentence)
    if error.errno == errno.EDQUOT:
        return StoreError(
            StoreErrorKind.NOT_STORED,
            f"The {KernelStore.place} is full: the kernel lets a user have so many bytes "
            "(kernel.keys.maxbytes); remove a key there (keyctl show @u), or choose another --secret-store",
        )
    return StoreError(StoreErrorKind.FAILED, f"The {KernelStore.place} failed ({error.strerror}): try again")


def _stuck(seconds: float) -> StoreError:
    sentence = f"The {KernelStore.place} did not answer within {seconds:g} s: start omstui again, or set OMSTUI_TOKEN"
    return StoreError(StoreErrorKind.STUCK, sentence)
