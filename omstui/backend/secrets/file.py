"""Stores secrets in a plain file, for users who chose `--secret-store file`.

`keyrings.alt` is not used: it rewrites its file in place and without a lock, so that a crash or a second writer loses
entries, and it asks for a password on the terminal when it encrypts.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from omstui.backend.runtime.files import LOCK_LIMIT, FileError, locked, read_text, resolved, write_atomically
from omstui.backend.secrets.calls import DEADLINE, Attempt, StoreCalls, StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret
from omstui.core.text import tame

_VERSION = 1
_FOR_OTHERS = 0o077


class FileStore:
    """Keeps secrets unencrypted in a file that only its owner may read: JSON with one text for each account.

    A change replaces the whole file under a lock and reads it back. A file that others can read is refused, as ssh
    refuses such keys.
    """

    def __init__(self, path: Path, deadline: float = DEADLINE, lock_limit: float = LOCK_LIMIT) -> None:
        """Prepare the store; nothing is read yet.

        Args:
            path: the file.
            deadline: seconds that one call may take.
            lock_limit: additional seconds to wait for another instance that is writing.
        """
        self._path = path
        self._shown = tame(str(path))
        self._lock_limit = lock_limit
        self.calls = StoreCalls(deadline, self._translated, self._stuck)

    @property
    def place(self) -> str:
        """The place of the secrets in words, which say that the file is plain."""
        return f"plain file {self._shown} (0600)"

    def get(self, account: str) -> Secret | None:
        """Return the account's secret, ``None`` when there is none.

        Raises:
            StoreError: the file cannot be read, can be read by others, or does not have the form of this store.
        """
        text = self.calls.in_time(lambda _: self._load()).get(account)
        return Secret(text) if text is not None else None

    def accounts(self) -> frozenset[str]:
        """Return the accounts that have a secret in this store.

        Raises:
            StoreError: the file cannot be read, can be read by others, or does not have the form of this store.
        """
        return frozenset(self.calls.in_time(lambda _: self._load()))

    def set(self, account: str, secret: Secret) -> None:
        """Store a secret in place of the account's last one.

        Raises:
            StoreError: it is not stored.
        """
        self._change(account, secret.reveal())

    def delete(self, account: str) -> None:
        """Delete the account's secret, if there is one, and the file with the last secret.

        Raises:
            StoreError: it may still be stored.
        """
        self._change(account, None)

    def _change(self, account: str, text: str | None) -> None:
        """Store this text for an account; ``None`` deletes it."""
        self.calls.in_time(lambda attempt: self._put(account, text, attempt), longer=self._lock_limit)

    def _put(self, account: str, text: str | None, attempt: Attempt) -> None:
        try:
            if text is None and read_text(self._path) is None:
                return  # without a file, no folder and no lock are made
            with locked(self._path, self._lock_limit):
                before = self._load()
                after = {name: kept for name, kept in {**before, account: text}.items() if kept is not None}
                attempt.go_on()
                if after:
                    self._write(after)
                else:
                    resolved(self._path).unlink(missing_ok=True)
                if self._load() != after:
                    raise StoreError(StoreErrorKind.NOT_STORED, f"{self._shown}: it does not hold what was written")
        except FileError as error:
            raise StoreError(StoreErrorKind.FAILED, str(error)) from None
        except OSError as error:
            reason = f"cannot be removed ({type(error).__name__}): remove it by hand"
            raise StoreError(StoreErrorKind.FAILED, f"{self._shown}: {reason}") from None

    def _translated(self, error: BaseException) -> StoreError:
        reason = f"cannot be used ({type(error).__name__}): move it away and sign in again"
        return StoreError(StoreErrorKind.FAILED, f"{self._shown}: {reason}")

    def _stuck(self, seconds: float) -> StoreError:
        reason = f"it was not to be had within {seconds:g} s: see to its disk, and start omstui again"
        return StoreError(StoreErrorKind.STUCK, f"{self._shown}: {reason}")

    def _write(self, texts: Mapping[str, str]) -> None:
        # json escapes to ASCII, so that every character of a secret can be written and read back.
        write_atomically(self._path, json.dumps({"version": _VERSION, "secrets": texts}, indent=1) + "\n")

    def _load(self) -> dict[str, str]:
        """Return the texts of the file by account; none when there is no file."""
        try:
            text = read_text(self._path)
            if text is None:
                return {}
            mode = resolved(self._path).stat().st_mode
        except FileError as error:
            raise StoreError(StoreErrorKind.FAILED, str(error)) from None
        except OSError as error:
            raise StoreError(StoreErrorKind.FAILED, f"{self._shown}: cannot be read ({type(error).__name__})") from None
        if os.name == "posix" and mode & _FOR_OTHERS:
            raise StoreError(
                StoreErrorKind.REFUSED,
                f"{self._shown}: others can read it, so its secrets may be known: chmod 600, then renew them",
            )
        try:
            written = json.loads(text)
        except (ValueError, RecursionError):
            written = None
        texts = written.get("secrets") if isinstance(written, dict) and written.get("version") == _VERSION else None
        if not isinstance(texts, dict) or not all(isinstance(kept, str) for kept in texts.values()):
            raise StoreError(
                StoreErrorKind.INCOMPLETE,
                f"{self._shown}: it is not as omstui writes it: move it away and sign in again",
            )
        return texts
