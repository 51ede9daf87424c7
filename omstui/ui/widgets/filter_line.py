"""The line for typing a filter."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.core.text import NOT_KEPT, holds_token
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Span
from omstui.ui.keys.names import BoundKeys
from omstui.ui.terminal.compat import ran_own_action
from omstui.ui.terminal.token_rest import TokenRest


class FilterLine(Canvas, can_focus=True):
    """Takes all keys while it is open; the list is filtered after each key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep the filter", id="filter.keep"),
        Binding("escape", "clear", "Clear the filter", id="filter.clear"),
    ]

    @dataclass
    class Typed(Message):
        """The text of the filter has changed."""

        needle: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._needle = ""
        self._is_refused = False
        self._rest = TokenRest()
        self._keys: BoundKeys | None = None
        self.display = False

    def open(self, needle: str) -> None:
        """Show the line with this text, and take the focus."""
        self._needle = needle
        self._is_refused = False
        self._rest.end()
        self._keys = BoundKeys(self.screen)
        self.display = True
        self.screen.set_focus(self)  # at once, since the next typed keys may have arrived already
        self.call_after_refresh(self._paint)

    def action_keep(self) -> None:
        """Close the line, and keep the filter."""
        self._close()

    def action_clear(self) -> None:
        """Close the line, and show all rows."""
        self._take("")
        self._close()

    async def on_key(self, event: events.Key) -> None:
        """Edit the text; a key that arrives after closing is ignored."""
        if not self.display:
            return
        is_rest = self._rest.holds(event)
        if not is_rest and not event.is_printable and await ran_own_action(self, event):
            return
        event.stop()
        event.prevent_default()
        if is_rest:
            return
        if event.key == "backspace":
            self._take(self._needle[:-1])
        elif event.key == "ctrl+u":
            self._take("")
        elif event.is_printable and event.character is not None:
            self._take(self._needle + event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Append the first line of a paste."""
        event.stop()
        if self.display:
            self._take(self._needle + event.text.partition("\n")[0].strip())
            self._rest.end()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep printable keys from the screen's bindings."""
        return character is not None and character.isprintable()

    def _take(self, needle: str) -> None:
        self._is_refused = holds_token(needle)
        if self._is_refused:
            self._rest.begin()
        self._needle = needle = "" if self._is_refused else needle
        self._paint()
        self.post_message(self.Typed(needle))

    def _close(self) -> None:
        self.display = False
        self.screen.set_focus(None)

    def _paint(self) -> None:
        width = self.drawn_width
        if self._keys is None:
            return
        keep, clear = self._keys.written("enter esc", "filter.keep filter.clear").split(" ")
        text = clean(NOT_KEPT if self._is_refused else self._needle, max(width - 30, 10))
        self.show_lines(
            [
                (
                    Span(" / ", "key"),
                    Span(text, "bad" if self._is_refused else "strong"),
                    Span("_", "key"),
                    Span("   "),
                    Span(keep, "key", "keep"),
                    Span(" keep", "dim", "keep"),
                    Span(" · ", "dim"),
                    Span(clear, "key", "clear"),
                    Span(" clear", "dim", "clear"),
                )
            ]
        )
