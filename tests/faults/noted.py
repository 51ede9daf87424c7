"""Runs omstui and leaves notes: ``python -m tests.faults.noted FOLDER [omstui's arguments]``.

`pid` is written at once; `in-order` when the program comes to its own end and closes its logs, which takes as many
seconds as `NOTED_LINGERS` says: whatever may cut it short then has the time to.
"""

import logging
import os
import sys
import time
from pathlib import Path

from omstui.__main__ import main


class Note(logging.Handler):
    """Makes a file when logging ends, which a signal or the guard's last resort would prevent."""

    def __init__(self, note: Path) -> None:
        super().__init__()
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        """Take no records: it is attached to no logger."""

    def close(self) -> None:
        """Make the file."""
        time.sleep(float(os.environ.get("NOTED_LINGERS", "0")))
        self._note.touch()
        super().close()


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    note = Note(folder / "in-order")
    (folder / "pid.new").write_text(str(os.getpid()))
    (folder / "pid.new").replace(folder / "pid")
    main()
