"""The log file and the crash file: rotated, redacted, readable by their owner only."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from omstui.backend.runtime.files import FileError, write_atomically
from omstui.backend.secrets.redact import RedactingFilter, mask_traceback

LARGEST = 1_000_000
"""Bytes at which a log file is put aside; three of them are kept."""

_KEPT = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


log = logging.getLogger(__name__)


def log_file(state: Path) -> Path:
    """Return the file in the state folder."""
    return state / "omstui.log"


class _LateHandler(logging.Handler):
    """Stands for the handler of a file, which is made with the first record: most runs have nothing to log."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._made: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        if self._made is None:
            from omstui.backend.files.log_file import PrivateFileHandler

            self._made = PrivateFileHandler(
                self._path, maxBytes=LARGEST, backupCount=_KEPT, delay=True, encoding="utf-8"
            )
            self._made.setFormatter(logging.Formatter(_FORMAT))
        self._made.emit(record)

    def close(self) -> None:
        """Close the file, where there is one."""
        if self._made is not None:
            with suppress(OSError):  # what a failing disk has not taken is lost, and nobody is told at the very end
                self._made.close()
        super().close()


@contextmanager
def logging_to(path: Path | None, level: int = logging.WARNING) -> Iterator[None]:
    """Send all log records from this level on to the file for the length of the block; nowhere when there is none.

    The file is made with the first record. Nothing that a library logs reaches the terminal, nor what Python says of a
    thread that has failed.
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
    """Return the file in the state folder."""
    return state / "crash.txt"


def record_crash(path: Path, text: str) -> str:
    """Keep a traceback, masked, and return in words where it is; only its owner can read it."""
    try:
        write_atomically(path, mask_traceback(text) + "\n")
    except FileError:
        return "Its details could not be written."
    return f"Details: {path}"
