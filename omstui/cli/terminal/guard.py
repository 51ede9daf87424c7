"""Ends the program in time, with the terminal restored, when the terminal or the parent process goes away.

Textual handles neither SIGTERM nor SIGHUP, and where SIGHUP is ignored, its reader of a closed terminal loops for ever.
A handler on the event loop is not enough: a terminal that does not read blocks the loop, and the main thread with it.
So a separate thread waits for a hang-up and for signals, and ends the program if nothing else does.
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

_RESET = (
    b"\x1b\\\x1b[?2026l\x1b[<u\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    b"\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""Ends partial sequences, then the reports of keys, pastes, sizes, mouse and focus; wraps lines; leaves the screen."""

LEFT_OVER = "\x1b[?1016l"
"""Turns off mouse reports in pixels, which Textual turns on where the terminal can, and never off."""

_LAST_TRIES = 25
"""Number of tries, 20 ms apart, to make room for the reset in a full terminal."""

_BLOCK_ENDED = 0
"""Written to the pipe in place of a signal's number."""


class _Guard:
    def __init__(self, leave: Callable[[int], None], terminal: int, screen: int) -> None:
        self._leave = leave
        self._terminal = terminal
        self._screen = screen
        self._modes = _modes_of(terminal)
        self._told, self.tell = os.pipe()
        """Pipe for signal numbers, which Python itself writes even while no Python code can run."""

        os.set_blocking(self.tell, False)
        self.is_leaving = False

    def watch(self) -> None:
        """Wait for a signal or a hang-up; then end the program in order, or by force after `_PATIENCE`.

        Another SIGTERM or SIGINT ends the program at once. Another SIGHUP does not, since a lost connection sends
        several.
        """
        number = self._first()
        if number == _BLOCK_ENDED:
            return
        self.is_leaving = True
        timer = threading.Timer(_PATIENCE, self._end, (128 + number,))
        timer.daemon = True
        timer.start()
        self._leave(128 + number)
        while (again := os.read(self._told, 1)[0]) not in {signal.SIGTERM, signal.SIGINT}:
            pass
        self._end(128 + again)

    def _first(self) -> int:
        poll = select.poll()
        poll.register(self._told, select.POLLIN)
        poll.register(self._terminal, 0)  # reports hang-ups only
        while True:
            for file, event in poll.poll():
                if file == self._told:
                    number = os.read(self._told, 1)[0]
                    if number in {_BLOCK_ENDED, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}:
                        return number
                elif event & (select.POLLHUP | select.POLLERR):
                    return signal.SIGHUP
                else:  # a system that cannot poll terminals
                    poll.unregister(file)

    def _end(self, code: int) -> None:
        if not _is_a_shells(self._terminal):
            with suppress(OSError):  # the terminal may have closed
                self._reset()
            _restore(self._terminal, self._modes)
        os._exit(code)

    def _reset(self) -> None:
        """Reset the terminal, even a full one: output that it has not read by now is dropped."""
        own = os.dup(self._screen)
        os.set_blocking(own, False)
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._screen)  # so that no picture follows the reset
        for _ in range(_LAST_TRIES):
            try:
                os.write(own, _RESET)
            except BlockingIOError:
                _make_room(own)
                threading.Event().wait(0.02)
            else:
                return

    def block_ended(self) -> None:
        """Let the thread end."""
        os.write(self.tell, bytes([_BLOCK_ENDED]))


@contextmanager
def guarded(leave: Callable[[int], None]) -> Iterator[None]:
    """Guard the terminal during the block.

    Args:
        leave: ends the program in order with an exit code; called in a thread.
    """
    if sys.platform == "win32":
        yield
        return
    screen = sys.stderr.fileno()
    guard = _Guard(leave, sys.stdin.fileno(), screen)
    wakeup = signal.set_wakeup_fd(guard.tell, warn_on_full_buffer=False)
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, _nothing) for number in numbers}
    threading.Thread(target=guard.watch, name="omstui-terminal", daemon=True).start()
    try:
        yield
    finally:
        if not _is_a_shells(sys.stdin.fileno()):
            with suppress(OSError):
                os.write(screen, LEFT_OVER.encode())
        if guard.is_leaving:  # later signals must not cut the rest of the program short
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        else:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            guard.block_ended()


def _nothing(number: int, frame: FrameType | None) -> None:
    """Replace the signal's default action, which would end the program; its number is in the pipe already."""


def _is_a_shells(terminal: int) -> bool:
    """Whether another process group has the terminal, so that its modes must not be changed here."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:
        return False


def _modes_of(terminal: int) -> list[object] | None:
    import termios

    try:
        return list(termios.tcgetattr(terminal))
    except termios.error:
        return None


def _make_room(screen: int) -> None:
    """Drop the output in the terminal's queue, and wake blocked writers."""
    import termios

    with suppress(termios.error):
        termios.tcflush(screen, termios.TCOFLUSH)
        termios.tcflow(screen, termios.TCOOFF)
        termios.tcflow(screen, termios.TCOON)


def _restore(terminal: int, modes: list[object] | None) -> None:
    import termios

    if modes is not None:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, modes)  # type: ignore[arg-type]  # as they were read
