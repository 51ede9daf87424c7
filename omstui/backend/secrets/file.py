"""Secrets in a plain file, for whoever has asked for that by name.

The keyring ecosystem has no file to rely on: `keyrings.alt` rewrites its own in place and without a lock, so that a
crash or a second writer loses entries, and asks for a password on the terminal when it encrypts.
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

    The file is replaced as a whole, under a lock, and read back; one that is open to others is refused, as ssh refuses
    such keys.
    """

    def __init__(self, path: Path, deadline: float = DEADLINE, lock_limit: float = LOCK_LIMIT) -> None:
        """Prepare for keeping; nothing is read yet.

        Args:
            path: the file.
            deadline: seconds that one call here may take.
            lock_limit: seconds beyond these that another instance may take that is writing.
        """
        self._path = path
        self._shown = tame(str(path))
        self._lock_limit = lock_limit
        self.calls = StoreCalls(deadline, self._translated, self._stuck)

    @property
    def place(self) -> str:
        """Where that is, in words that say that it is plain."""
        return f"plain file {self._shown} (0600)"

    def get(self, account: str) -> Secret | None:
        """Return the account's secret, ``None`` when there is none.

        Raises:
            StoreError: the file cannot be read, is open to others, or is not one of these.
        """
        text = self.calls.in_time(lambda _: self._load()).get(account)
        return Secret(text) if text is not None else None

    def accounts(self) -> frozenset[str]:
        """Return the accounts that have a secret here.

        Raises:
            StoreError: the file cannot be read, is open to others, or is not one of these.
        """
        return frozenset(self.calls.in_time(lambda _: self._load()))

    def set(self, account: str, secret: Secret) -> None:
        """Keep a secret, in place of the account's last one.

        Raises:
            StoreError: it is not kept.
        """
        self._change(account, secret.reveal())

    def delete(self, account: str) -> None:
        """Forget the account's secret; the file goes with the last of them.

        Raises:
            StoreError: it may still be there.
        """
        self._change(account, None)

    def _change(self, account: str, text: str | None) -> None:
        """Change what is stored for an account, ``None`` to forget it."""
        self.calls.in_time(lambda attempt: self._put(account, text, attempt), longer=self._lock_limit)

    def _put(self, account: str, text: str | None, attempt: Attempt) -> None:
        try:
            if text is None and read_text(self._path) is None:
                return  # and no folder or lock is made for nothing
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
        except FileError as trouble:
            raise StoreError(StoreErrorKind.FAILED, str(trouble)) from None
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
        # Escaped to ASCII, so that whatever a secret holds can be written and read back.
        write_atomically(self._path, json.dumps({"version": _VERSION, "secrets": texts}, indent=1) + "\n")

    def _load(self) -> dict[str, str]:
        """Return what the file holds; nothing when there is none."""
        try:
            text = read_text(self._path)
            if text is None:
                return {}
            mode = resolved(self._path).stat().st_mode
        except FileError as trouble:
            raise StoreError(StoreErrorKind.FAILED, str(trouble)) from None
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
