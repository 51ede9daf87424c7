"""What passes between app and terminal beside the picture: bell, notification, clipboard, mouse, focus, sizes."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from textual import events
from textual.app import App

from omstui.core.alerts.event import Event, Severity
from omstui.ui.terminal.clipboard import clipboard_sequence, copied_words
from omstui.ui.terminal.compat import driver_of, pass_on_size, remember_copied
from omstui.ui.terminal.notification import notification, notification_text

_RESIZED_WITHIN = 0.1
"""Most seconds until a new size reaches the screens; Textual usually passes it on after eight milliseconds."""

_PRESSED = (events.Key, events.Paste, events.MouseDown, events.MouseScrollUp, events.MouseScrollDown)
"""Events that only a person at the terminal can cause."""


class Viewer(Protocol):
    """Is told whether a person looks at the terminal."""

    def user_pressed(self) -> None:
        """A person uses the keyboard or the mouse."""

    def terminal_returned(self) -> None:
        """The terminal has got the focus."""

    def terminal_left(self) -> None:
        """The terminal has lost the focus."""


class Terminal:
    """The terminal that an app runs on, also through tmux and screen."""

    def __init__(
        self, app: App[Any], multiplexer: str | None, *, viewer: Viewer, is_ascii: bool, has_mouse: bool
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            app: the app.
            multiplexer: ``tmux`` or ``screen`` when one is in between, else empty; ``None`` for a terminal that has
                neither clipboard nor notifications.
            viewer: is told whether a person looks.
            is_ascii: whether it shows ASCII characters only.
            has_mouse: whether the mouse is the app's.
        """
        self._app = app
        self.multiplexer = multiplexer
        self._viewer, self._is_ascii, self._has_mouse = viewer, is_ascii, has_mouse

    @property
    def can_suspend(self) -> bool:
        """Whether the program can be stopped, to go on later."""
        driver = driver_of(self._app)
        return driver is not None and driver.can_suspend

    def hear(self, event: events.Event) -> None:
        """Handle a person's input, a change of the focus, and a new size.

        Textual's timer for sizes never fires when the machine takes the processor away, just as the timer starts, for
        longer than it runs; from then on no new size would reach the screens.
        """
        if isinstance(event, _PRESSED):
            self._viewer.user_pressed()
        elif isinstance(event, events.AppFocus):
            self._viewer.terminal_returned()
        elif isinstance(event, events.AppBlur):
            self._viewer.terminal_left()
        elif isinstance(event, events.Resize):
            asyncio.get_running_loop().call_later(_RESIZED_WITHIN, pass_on_size, self._app)

    def ring(self, news: Sequence[Event]) -> None:
        """Ring the bell for an alarm, and make the terminal show a notification if it can."""
        if any(event.severity is Severity.ALARM for event in news):
            self._app.bell()
        if self.multiplexer is not None:
            text = notification_text(news)
            if self._is_ascii:
                text = text.encode("ascii", "replace").decode("ascii")
            self._write(notification(text, self.multiplexer))

    def copy(self, text: str) -> None:
        """Make the terminal put a text into its clipboard."""
        remember_copied(self._app, text)
        if self.multiplexer is not None:
            self._write(clipboard_sequence(text, self.multiplexer))

    def copied_words(self, what: str, text: str) -> str:
        """Return a sentence about a text that was copied, as far as that is known."""
        return copied_words(what, text, self.multiplexer)

    def use_mouse(self, *, is_ours: bool) -> None:
        """Leave the mouse to the terminal, or take it back; how it reports stays as it was agreed on."""
        if self._has_mouse:
            self._write("\x1b[?1000h\x1b[?1003h" if is_ours else "\x1b[?1003l\x1b[?1000l")

    def _write(self, text: str) -> None:
        if (driver := driver_of(self._app)) is not None:
            driver.write(text)
