"""A real program in a real pseudo-terminal, with its picture held by pyte."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import pyte

KEYS = {"down": "\x1b[B", "up": "\x1b[A", "enter": "\r", "escape": "\x1b", "f1": "\x1bOP"}

_ESCAPE_PAUSE = 0.3
"""Seconds after which an escape is a key of its own and not the beginning of another."""


def shows_six_tasks(text: str) -> bool:
    """Whether all tasks of the demo have been answered: the last one is missing at first, and gone a minute later."""
    return "images-to-obs" in text and ("missing" in text or "gone" in text)


class Terminal:
    """Starts a program at once; use it in a ``with``."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 34, environ: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = b""
        """All that the program has written."""

        self.exit_code: int | None = None
        pid, self.fd = pty.fork()
        if pid == 0:
            try:
                os.execve(argv[0], list(argv), dict(environ or os.environ))
            finally:
                os._exit(127)
        self.pid = pid
        self.resize(columns, rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    @property
    def text(self) -> str:
        """The picture's characters."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def pump(self, seconds: float = 0.05) -> bool:
        """Take over what the program writes within this time; return whether there was anything."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has gone
            data = b""
        if not data:
            time.sleep(seconds)
            return False
        self.take_over(data)
        return True

    def take_over(self, data: bytes) -> None:
        """Draw what the program has written."""
        self.output += data
        self._stream.feed(_readable(data))

    def until(self, is_so: Callable[[str], bool], what: str, limit: float = 30.0) -> None:
        """Wait for a picture."""
        end = time.monotonic() + limit
        while not is_so(self.text):
            assert time.monotonic() < end, f"waited in vain for {what}:\n{self.text}"
            self.pump()

    def press(self, *keys: str) -> None:
        """Send keys."""
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())
            end = time.monotonic() + (_ESCAPE_PAUSE if key == "escape" else 0.05)
            while time.monotonic() < end:
                self.pump(0.02)

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, without taking over what is drawn then."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait(self, limit: float = 10.0) -> int:
        """Wait for the program's end, and return its exit code."""
        end = time.monotonic() + limit
        while True:
            self.pump(0.02)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                while time.monotonic() < end and self.pump(0.1):
                    pass  # what it wrote last was still on the way
                self.exit_code = os.waitstatus_to_exitcode(status)
                return self.exit_code
            assert time.monotonic() < end, "the program does not end"


def _readable(data: bytes) -> bytes:
    """Leave out what pyte would draw as characters: private modes with a prefix that it does not know."""
    import re

    return re.sub(rb"\x1b\[[<=>][0-9;]*[A-Za-z]|\x1b\[\?[0-9;]*\$p|\x1bP[^\x1b]*\x1b\\\\", b"", data)
