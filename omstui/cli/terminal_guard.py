"""Leaves in time, and leaves the terminal in order, when the terminal or whoever started the program goes away.

Textual handles neither SIGTERM nor SIGHUP, and where SIGHUP is ignored its reader of a terminal that has gone spins for
ever. A handler on the event loop would not do either: a terminal that does not read holds up the loop itself.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_PATIENCE = 2.0
"""Seconds for an orderly end."""

_RESET = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[0m"
"""Leaves the alternate screen, shows the cursor, ends the reports of mouse, focus and keys, and pasting in brackets."""


class _Guard:
    def __init__(self, leave: Callable[[int], None], terminal: int, screen: int) -> None:
        self._leave = leave
        self._terminal = terminal
        self._screen = screen
        self._is_leaving = False
        self._modes = _modes_of(terminal)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Begin to leave; a second signal ends the program at once."""
        if self._is_leaving:
            self._end(128 + number)
        self.begin(number)

    def watch(self) -> None:
        """Wait until the terminal hangs up; nothing else wakes this."""
        poll = select.poll()
        poll.register(self._terminal, 0)
        poll.poll()
        self.begin(signal.SIGHUP)

    def begin(self, number: int) -> None:
        """Leave in order, or after a moment without."""
        if self._is_leaving:
            return
        self._is_leaving = True
        timer = threading.Timer(_PATIENCE, self._end, (128 + number,))
        timer.daemon = True
        timer.start()
        self._leave(128 + number)

    def _end(self, code: int) -> None:
        with suppress(OSError):  # there may be no terminal any more
            os.set_blocking(self._screen, False)
            os.write(self._screen, _RESET)
        _restore(self._terminal, self._modes)
        os._exit(code)


@contextmanager
def guarded(leave: Callable[[int], None]) -> Iterator[None]:
    """Guard the terminal for the length of the block.

    Args:
        leave: ends the program in order with an exit code; called in a signal handler or in a thread.
    """
    if sys.platform == "win32":
        yield
        return
    guard = _Guard(leave, sys.stdin.fileno(), sys.stderr.fileno())
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, guard.on_signal) for number in numbers}
    threading.Thread(target=guard.watch, name="omstui-terminal", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _modes_of(terminal: int) -> list[object] | None:
    import termios

    try:
        return list(termios.tcgetattr(terminal))
    except termios.error:
        return None


def _restore(terminal: int, modes: list[object] | None) -> None:
    import termios

    if modes is not None:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, modes)  # type: ignore[arg-type]  # as they were read
