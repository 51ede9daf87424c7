"""A terminal driver that sleeps while there is no input; Textual's checks for input ten times a second.

On a screen that is left open this saves more than a tenth of its whole cost: 4.4 times the cost of the smallest app,
and 5.4 times without (2026-12-01). It also reports new sizes in their order, and gives the terminal to the shell and
takes it back as other programs do.
"""

import asyncio
import os
import select
import signal
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import constants, events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from omstui.backend.runtime.clock import SystemClock
from omstui.ui.terminal.compat import has

if TYPE_CHECKING:
    from textual.app import App

_LOOK = 0.1
"""Seconds that Textual waits for input before it checks whether to end."""

_LOOKS_BEFORE_REST = 3 + round(constants.ESCAPE_DELAY / _LOOK)
"""After this many checks without input, no key is incomplete: an escape has become a key of its own."""

_LONGEST_REST = 2.0
"""Seconds; if a check with input were ever taken for one without, that input would wait no longer than this."""

_TAKEN_EACH = 1.0
"""Shortest time in seconds between two takeovers of the terminal.

A program that is slowed down by stops continues many times a second.
"""


_NO_MOUSE_PIXELS = "\x1b[?1016l"
"""Textual turns pixel reports on where a terminal knows them, and never off."""


class NotSuspended(Message):
    """The program was asked to stop, but no shell could let it continue."""


def is_supported() -> bool:
    """Return whether Textual's own driver has the private names that this one uses; otherwise Textual's is used."""
    return has(
        LinuxDriver,
        "_app", "_loop", "_get_terminal_size", "_sigtstp_application", "_sigcont_application", "_enable_mouse_support",
        "_mouse_pixels", "_enable_mouse_pixels", "_in_band_window_resize", "_enable_in_band_window_resize",
        "_writer_thread", "attrs_before", "exit_event", "fileno", "run_input_thread", "disable_input",
    )  # fmt: skip


class _EndOfInput(threading.Event):
    """Tells the input thread to end; while there is no input, `is_set` waits for some.

    Textual's input thread calls it before each check, so it can be made to wait here without other changes.
    """

    def __init__(self, fileno: int, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._input, self._monotonic = fileno, monotonic
        self._bell, self._rope = os.pipe()
        self._reader: threading.Thread | None = None
        self._asked_at = 0.0
        self._looks = 0
        self._is_closed = False

    def is_asked_by_this_thread(self) -> None:
        """Make this thread wait from now on, and no other."""
        self._reader, self._looks = threading.current_thread(), 0

    def is_set(self) -> bool:
        if threading.current_thread() is self._reader and not super().is_set():
            self._rest()
        return super().is_set()

    def set(self) -> None:
        super().set()
        if not self._is_closed:
            os.write(self._rope, b"!")

    def clear(self) -> None:
        super().clear()
        while select.select([self._bell], [], [], 0)[0]:
            os.read(self._bell, 64)

    def close(self) -> None:
        """Close the pipe that wakes the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        os.close(self._bell)
        os.close(self._rope)

    def _rest(self) -> None:
        """Wait for input or for the end, unless there was input a moment ago."""
        was_in_vain = self._monotonic() - self._asked_at >= _LOOK
        self._looks = self._looks + 1 if was_in_vain else 0
        if self._looks > _LOOKS_BEFORE_REST and any(select.select([self._input, self._bell], [], [], _LONGEST_REST)):
            self._looks = 0
        self._asked_at = self._monotonic()


class RestingDriver(LinuxDriver):
    """Textual's own driver with three changes: the sleep, the order of sizes, and stops of the program.

    Textual's starts application mode again at each SIGCONT, on top of the running one. This one takes the terminal when
    the app wants it and the program is in the foreground, and gives it back before the program stops itself. In the
    background the program runs without it.
    """

    def __init__(
        self,
        app: "App[object]",
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._monotonic = SystemClock().monotonic
        self.exit_event = self._end = _EndOfInput(self.fileno, self._monotonic)
        self._is_wanted = self._is_held = self._is_away = False
        """Whether the app wants the terminal, whether it has this app's modes, and whether a shell uses it anyway."""

        self._is_stopping = self._was_continued = False
        self._modes: list[Any] | None = None
        """The terminal's line modes while it is held."""

        self._taken_at = 0.0
        self._looking: asyncio.TimerHandle | None = None

    def run_input_thread(self) -> None:
        """Wait for input, and dispatch events."""
        self._end.is_asked_by_this_thread()
        super().run_input_thread()

    def write(self, data: str) -> None:
        """Write to the terminal; nothing while a shell uses it."""
        if self._is_held and not self._is_away:
            super().write(data)

    def start_application_mode(self) -> None:
        """Take the terminal, once this program is in the foreground."""
        self._is_wanted = True
        self._take()

    def stop_application_mode(self) -> None:
        """Give the terminal back with its old modes."""
        self._is_wanted = False
        self._give_back()

    def disable_input(self) -> None:
        """Stop reading keys; in the background, where a shell has the terminal, this must not stop the program."""
        if self._is_held:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            super().disable_input()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self.stop_application_mode()

    def close(self) -> None:
        """Clean up."""
        super().close()
        self._end.close()

    # Stop and continue

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(self._suspend)

    def _sigcont_application(self, *_: object) -> None:
        self._was_continued = True
        if not self._is_stopping:
            self._soon(self._take)

    def _soon(self, act: Callable[[], None]) -> None:
        """Call a function between two steps of the loop: a signal's handler may have interrupted a write."""
        with suppress(RuntimeError):  # the loop has closed meanwhile
            self._loop.call_soon_threadsafe(act)

    def _suspend(self) -> None:
        """Give the terminal back and stop, until a shell continues the program."""
        if os.getsid(os.getppid()) != os.getsid(0):  # the kernel would not stop it, since no shell could continue it
            self._app.post_message(NotSuspended())
            return
        self._give_back()
        self._is_stopping, self._was_continued = True, False
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)  # with processes that were started together with it, such as timeout
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        self._is_stopping = False
        if not self._was_continued:
            self._app.post_message(NotSuspended())
        self._take()

    def _take(self) -> None:
        """Take the terminal, also again after a shell may have used it; later, if it is not this program's turn."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not self._is_wanted:
            return
        was_away, self._is_away = self._is_away, not self._is_in_foreground()
        since = self._monotonic() - self._taken_at
        if self._is_away:  # a shell that brings a running program to the foreground sends no signal
            self._looking = self._loop.call_later(_TAKEN_EACH, self._take)
            return
        if self._is_held and not was_away and since < _TAKEN_EACH:
            self._looking = self._loop.call_later(_TAKEN_EACH - since, self._take)
            return
        is_shown = not (self._taken_at or was_away)
        if self._is_held:
            self._set_modes_again()
        else:
            self._is_held = True
            super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's has no annotation
            self._hear_of_sizes()
            self._modes = self._modes_now()
        self._taken_at = self._monotonic()
        if not is_shown:
            self._app.post_message(self.SignalResume())

    def _set_modes_again(self) -> None:
        """Set all modes again, without adding to the modes that a terminal stacks, since it may still have them."""
        if self._modes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._modes)
        self.write("\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?7l\x1b[?2004h")
        if not constants.DISABLE_KITTY_KEY:
            self.write("\x1b[=25;1u")
        self._enable_mouse_support()
        if self._mouse_pixels:
            self._enable_mouse_pixels()
        if self._in_band_window_resize:
            self._enable_in_band_window_resize()
        self._tell_size()

    def _give_back(self) -> None:
        """Undo all changes of the terminal, except its line modes while a shell in the foreground uses them."""
        if not self._is_held:
            return
        self._is_away = False
        if not self._is_in_foreground():
            self.attrs_before = None
        super().stop_application_mode()
        if self._mouse_pixels:
            self.write(_NO_MOUSE_PIXELS)
        self._mouse_pixels = self._in_band_window_resize = False
        super().close()  # after all output is written
        self._is_held, self._writer_thread = False, None

    def _is_in_foreground(self) -> bool:
        """Return whether this program has the terminal now, also where programs do not share it."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True

    def _modes_now(self) -> list[Any] | None:
        try:
            return termios.tcgetattr(self.fileno)
        except termios.error:
            return None

    # Sizes

    def _hear_of_sizes(self) -> None:
        signal.signal(signal.SIGWINCH, lambda *_: self._soon(self._tell_size))

    def _tell_size(self) -> None:
        """Tell the app the terminal's current size.

        Textual reads the size inside the signal's handler. The next signal may interrupt that before the size is told,
        so that the older size is told last, and the picture keeps it.
        """
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))
