"""The program's log: a file, rotated and redacted, and never the terminal."""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from omstui.backend.redact import RedactingFilter

LARGEST = 1_000_000
"""Bytes at which a log file is put aside; three of them are kept."""

_KEPT = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _PrivateFileHandler(RotatingFileHandler):
    """Writes a file that only its owner can read; one that cannot be written loses the line, not the picture."""

    def _open(self) -> io.TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return io.TextIOWrapper(os.fdopen(descriptor, "ab", buffering=0), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Drop the record; logging would print to the terminal."""


@contextmanager
def logging_to(path: Path | None, level: int = logging.WARNING) -> Iterator[None]:
    """Send all log records from this level on to the file for the length of the block; nowhere when there is none.

    The file is made with the first record. Nothing that a library logs reaches the terminal.
    """
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        handler = _PrivateFileHandler(path, maxBytes=LARGEST, backupCount=_KEPT, delay=True, encoding="utf-8")
        handler.setFormatter(logging.Formatter(_FORMAT))
        handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
