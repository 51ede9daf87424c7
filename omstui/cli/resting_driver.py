"""A terminal driver that rests while nobody types, where Textual's looks for input ten times a second.

On a screen that is left open that is a fifth of all it costs. It also tells of new sizes in their order.
"""

import asyncio
import os
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import constants, events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from omstui.backend.clock import SystemClock

if TYPE_CHECKING:
    from textual.app import App

_LOOK = 0.1
"""Seconds that Textual waits for input before it asks whether it is to end."""

_LOOKS_BEFORE_REST = 3 + round(constants.ESCAPE_DELAY / _LOOK)
"""After so many looks in vain no key is half told any more: an escape has become a key of its own."""

_LONGEST_REST = 2.0
"""Seconds; were a look ever taken for one in vain, what it saw would wait no longer than this."""


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
    """Textual's own driver, but for the rest and the order of sizes."""

    def __init__(
        self,
        app: "App[object]",
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.exit_event = self._end = _EndOfInput(self.fileno, SystemClock().monotonic)

    def run_input_thread(self) -> None:
        """Wait for input and dispatch events."""
        self._end.is_asked_by_this_thread()
        super().run_input_thread()

    def start_application_mode(self) -> None:
        """Start application mode, and hear of new sizes in the order in which they come."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's has no annotation
        self._hear_of_sizes()

    def _hear_of_sizes(self) -> None:
        loop = asyncio.get_running_loop()

        def resized(*_: object) -> None:
            with suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(self._tell_size)

        signal.signal(signal.SIGWINCH, resized)

    def _tell_size(self) -> None:
        """Tell the app of the size that the terminal has now.

        Textual reads it within the signal's handler. The next signal may interrupt that before it is told, so that what
        was read first is told last, and the picture keeps a size that the terminal has no more.
        """
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def close(self) -> None:
        """Clean up."""
        super().close()
        self._end.close()
