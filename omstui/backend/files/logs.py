"""The log file and the crash file: rotated, redacted, readable by their owner only."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from omstui.backend.runtime.files import FileError, write_atomically
from omstui.backend.secrets.redact import RedactingFilter, mask_traceback

LARGEST = 1_000_000
"""Bytes at which the log file is rotated; three old ones are kept."""

_KEPT = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


log = logging.getLogger(__name__)


def log_file(state: Path) -> Path:
    """Return the log file's path in the state folder."""
    return state / "omstui.log"


class _LateHandler(logging.Handler):
    """Creates the file's handler with the first record, since most runs log nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._made: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        if self._made is None:
            from omstui.backend.files.log_file import PrivateFileHandler

            self._made = PrivateFileHandler(
                self._path, maxBytes=LARGEST, backupCount=_KEPT, delay=True, encoding="utf-8"
            )
            self._made.setFormatter(logging.Formatter(_FORMAT))
        self._made.emit(record)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._made is not None:
            with suppress(OSError):  # on a failing disk the rest is lost; there is no one left to tell
                self._made.close()
        super().close()


@contextmanager
def logging_to(path: Path | None, level: int = logging.WARNING) -> Iterator[None]:
    """Send all log records of at least this level to the file during the block; `None` drops them.

    The file is created with the first record. Log records of libraries and Python's reports on failed threads never
    reach the terminal.
    """
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        handler = _LateHandler(path)
        handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    told_by_python, threading.excepthook = threading.excepthook, _log_failed_thread
    try:
        yield
    finally:
        threading.excepthook = told_by_python
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()


def _log_failed_thread(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    if error is not None and not isinstance(error, SystemExit):
        log.error("a thread has failed", exc_info=(type(error), error, failed.exc_traceback))


def crash_file(state: Path) -> Path:
    """Return the crash file's path in the state folder."""
    return state / "crash.txt"


def record_crash(path: Path, text: str) -> str:
    """Save a masked traceback that only its owner can read; return a sentence that says where it is."""
    try:
        write_atomically(path, mask_traceback(text) + "\n")
    except FileError:
        return "Its details could not be written."
    return f"Details: {path}"
