"""Keeps the order of keys that arrive all at once, as over a slow line."""

from typing import Any
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

Typed = events.Key | events.Paste
"""What goes to the widget with the focus."""


class Entered(Message):
    """An input has handled enter; this follows `Input.Submitted` on the same way to the app."""

    def __init__(self, field: Widget) -> None:
        super().__init__()
        self.field = field


class TypeAhead:
    """Sends each key and paste to the widget that has the focus once the keys before it have been handled."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._sent_to: WeakKeyDictionary[Typed, tuple[Screen[Any], Widget | None]] = WeakKeyDictionary()
        self._entered: Widget | None = None
        """The input that is handling enter."""

        self._held: list[Typed] = []
        """What was typed after that enter."""

    async def takes(self, typed: Typed) -> bool:
        """Return whether a key or paste is held, or was sent to another widget; else the app handles it as usual.

        An event that comes back unused is sent to the widget that got the focus meanwhile: the text after the key that
        opens a field would else be taken for keys of the screen behind the field.
        """
        target = (self._app.screen, self._app.focused)
        if typed.is_forwarded and self._sent_to.get(typed, target) == target:
            return False
        if self._entered is not self._app.focused:
            await self.go_on()  # which may send another enter
        if self._entered is not None:
            self._held.append(typed)
            return True
        screen, focused = self._sent_to[typed] = (self._app.screen, self._app.focused)
        if isinstance(typed, events.Key) and typed.key == "enter" and getattr(focused, "posts_entered", False):
            self._entered = focused
        if typed.is_forwarded:
            typed.stop(False)  # noqa: FBT003 - Textual's own; it was stopped on its way here
            (focused or screen).post_message(typed)
            return True
        return False

    async def go_on(self, after: Widget | None = None) -> None:
        """Handle what was typed after an enter, now that the enter was handled."""
        if after is not None and after is not self._entered:
            return
        held, self._held, self._entered = self._held, [], None
        for typed in held:
            await self._app.on_event(typed)
