"""A terminal driver that rests while nobody types, where Textual's looks for input ten times a second.

On a screen that is left open this saves more than a tenth of all it costs: it takes 4.4 times what the smallest app
takes, and 5.4 without (2026-12-01). It also tells of new sizes in their order, and leaves the terminal to the shell and
takes it back as any program does.
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
"""Seconds that Textual waits for input before it asks whether it is to end."""

_LOOKS_BEFORE_REST = 3 + round(constants.ESCAPE_DELAY / _LOOK)
"""After so many looks in vain no key is half told any more: an escape has become a key of its own."""

_LONGEST_REST = 2.0
"""Seconds; were a look ever taken for one in vain, what it saw would wait no longer than this."""

_TAKEN_EACH = 1.0
"""Seconds from one taking of the terminal to the next at least: a program that is slowed down by being stopped goes on
many times a second."""


_NO_MOUSE_PIXELS = "\x1b[?1016l"
"""Textual switches them on where a terminal knows them, and never off."""


class NotSuspended(Message):
    """The program was to stop, but nothing could let it go on."""


def is_supported() -> bool:
    """Whether Textual's own driver has inside what this one changes or uses; else Textual's is used as it is."""
    return has(
        LinuxDriver,
        "_app", "_loop", "_get_terminal_size", "_sigtstp_application", "_sigcont_application", "_enable_mouse_support",
        "_mouse_pixels", "_enable_mouse_pixels", "_in_band_window_resize", "_enable_in_band_window_resize",
        "_writer_thread", "attrs_before", "exit_event", "fileno", "run_input_thread", "disable_input",
    )  # fmt: skip


class _EndOfInput(threading.Event):
    """Tells the reader of input to end; while nothing comes, asking for it takes until something does.

    Textual's reader asks before each look, so that it can be kept waiting here and stay Textual's own.
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
        """Keep this thread waiting from now on, and no other."""
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
        """Let go of the bell."""
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
    """Textual's own driver, but for the rest, the order of sizes, and what stops the program and lets it go on.

    Textual's starts application mode again at each SIGCONT, on top of the one that is going on. Here the terminal is
    taken when it is wanted and this program is in the foreground, and given back before the program stops itself. In
    the background the program goes on without it.
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
        """Whether the app wants the terminal, whether its modes are ours, and whether a shell has it all the same."""

        self._is_stopping = self._was_continued = False
        self._modes: list[Any] | None = None
        """The line discipline while the terminal is held."""

        self._taken_at = 0.0
        self._looking: asyncio.TimerHandle | None = None

    def run_input_thread(self) -> None:
        """Wait for input and dispatch events."""
        self._end.is_asked_by_this_thread()
        super().run_input_thread()

    def write(self, data: str) -> None:
        """Write to the terminal; nothing while a shell has it."""
        if self._is_held and not self._is_away:
            super().write(data)

    def start_application_mode(self) -> None:
        """Take the terminal, as soon as this program is in the foreground."""
        self._is_wanted = True
        self._take()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._is_wanted = False
        self._give_back()

    def disable_input(self) -> None:
        """Read no more keys; in the background, where the terminal is a shell's, this must not stop the program."""
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

    # Stopping and going on

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(self._suspend)

    def _sigcont_application(self, *_: object) -> None:
        self._was_continued = True
        if not self._is_stopping:
            self._soon(self._take)

    def _soon(self, act: Callable[[], None]) -> None:
        """Do something between two steps of the loop: a signal's handler may have interrupted a write."""
        with suppress(RuntimeError):  # the loop has closed meanwhile
            self._loop.call_soon_threadsafe(act)

    def _suspend(self) -> None:
        """Give the terminal back and stop, until a shell lets the program go on."""
        if os.getsid(os.getppid()) != os.getsid(0):  # the kernel would not stop it, since no shell could let it go on
            self._app.post_message(NotSuspended())
            return
        self._give_back()
        self._is_stopping, self._was_continued = True, False
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)  # with what was started together with it, such as timeout
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        self._is_stopping = False
        if not self._was_continued:
            self._app.post_message(NotSuspended())
        self._take()

    def _take(self) -> None:
        """Take the terminal, or take it again after it may have been a shell's; later, where this is not its turn."""
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
        """Set all modes as they are wanted, without adding to what a terminal stacks: it may have them still."""
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
        """Undo what was done to the terminal; its line discipline is a shell's while that is in the foreground."""
        if not self._is_held:
            return
        self._is_away = False
        if not self._is_in_foreground():
            self.attrs_before = None
        super().stop_application_mode()
        if self._mouse_pixels:
            self.write(_NO_MOUSE_PIXELS)
        self._mouse_pixels = self._in_band_window_resize = False
        super().close()  # when all is written
        self._is_held, self._writer_thread = False, None

    def _is_in_foreground(self) -> bool:
        """Whether the terminal is this program's at present, also where no other program takes turns with it."""
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
        """Tell the app of the size that the terminal has now.

        Textual reads it within the signal's handler. The next signal may interrupt that before it is told, so that what
        was read first is told last, and the picture keeps a size that the terminal has no more.
        """
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))
