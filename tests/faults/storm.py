"""Fills the way to a terminal that does not read, from the side on which the program runs."""

import fcntl
import os
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.proc import written_bytes

_QUIET = 400
"""Bytes that are no picture: the program's notes to itself about the resizes."""

_QUEUED = 40
"""Pictures that wait in the program itself before its loop stands still, and a few more."""

_FULL_FOR = 1.0
"""Seconds without room for a byte after which nothing on the way makes room any more."""


def fill(pid: int, limit: float = 120.0) -> None:
    """Fill the way with NULs, which no terminal shows; the program goes on while its own queue has room."""
    start = had_room = time.monotonic()
    with _terminal_of(pid) as terminal:
        while time.monotonic() - had_room < _FULL_FOR:
            try:
                os.write(terminal, bytes(4096))
                had_room = time.monotonic()
            except BlockingIOError:
                time.sleep(0.02)
            assert time.monotonic() - start < limit, "there is always room"


def bring_to_a_stand(pid: int, columns: int, rows: int, limit: float = 120.0) -> None:
    """Resize until the program's loop stands still, the way being full."""
    start, before = time.monotonic(), -_QUIET
    with _terminal_of(pid) as terminal:
        while (now := written_bytes(pid)) - before >= _QUIET:
            before = now
            for _ in range(_QUEUED):
                for width in (columns - 1, columns):
                    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, width, 0, 0))
                    time.sleep(0.03)
            assert time.monotonic() - start < limit, "it goes on writing"


@contextmanager
def _terminal_of(pid: int) -> Iterator[int]:
    terminal = os.open(f"/proc/{pid}/fd/0", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        yield terminal
    finally:
        os.close(terminal)
