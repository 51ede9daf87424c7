"""The log file: only its owner can read it, and it is rotated when it grows large."""

import io
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from omstui.backend.runtime.files import make_folder

_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
"""A pipe without a reader loses the line and blocks nothing."""


class PrivateFileHandler(RotatingFileHandler):
    """Writes a file that only its owner can read; a failed write loses the line, without a message on the terminal."""

    def _open(self) -> io.TextIOWrapper:
        path = Path(self.baseFilename)
        make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NONBLOCK, 0o600)
        return io.TextIOWrapper(os.fdopen(descriptor, "ab", buffering=0), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Drop the record; logging would print it to the terminal."""
