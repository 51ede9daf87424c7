"""A field for task ids, one a line."""

from dataclasses import dataclass

from textual import events
from textual.dom import DOMNode
from textual.message import Message
from textual.strip import Strip
from textual.types import WatchCallbackType
from textual.widgets import TextArea

from omstui.core.text import holds_token, tame
from omstui.ui.own_keys import did_own

_AN_ID_AT_LEAST = 32


class TaskLines(TextArea):
    """Takes one or many lines by typing or pasting.

    Enter on a single line means that it is complete. A terminal without bracketed paste delivers a paste as keys, its
    line ends as enter: so enter waits until no more keys are under way, and becomes a new line when some are.
    """

    @dataclass
    class Confirmed(Message):
        """Enter was pressed on the only line."""

    @dataclass
    class TokenRefused(Message):
        """What was typed or pasted holds what looks like a token, and the field is empty now."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, placeholder=placeholder, highlight_cursor_line=False)
        self.cursor_blink = False
        self._enter_waits = False
        self.has_refused = False
        """Whether a token was refused here: a short piece that is left of it is no id either."""

    @property
    def has_one_line(self) -> bool:
        """Whether enter means that the text is complete."""
        return self.document.line_count == 1

    def watch(self, obj: DOMNode, attribute_name: str, callback: WatchCallbackType, init: bool = True) -> None:
        """Leave the app's theme unwatched: it stays, and the app would keep each field that ever watched it."""
        if obj is not self.app:
            super().watch(obj, attribute_name, callback, init)

    def render_line(self, y: int) -> Strip:
        """Draw a line; nothing where there is no width, which the text area's placeholder does not survive."""
        return super().render_line(y) if self.content_size.width else Strip.blank(self.size.width)

    async def on_key(self, event: events.Key) -> None:
        """Tell the end of the text from the end of a line, before the text area takes the key."""
        if self._enter_waits and (event.is_printable or event.key == "enter"):
            self._enter_waits = False
            self.break_line()
        if event.key == "enter" and self.has_one_line:
            event.stop()
            event.prevent_default()
            self._enter_waits = True
            self.call_after_refresh(self._confirm)
        elif event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self.break_line()
        elif not event.is_printable:
            await did_own(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Tame each pasted line; an id does not grow onto the end of another one, and a token is not taken."""
        event.stop()
        if holds_token(event.text):
            event.prevent_default()
            self._refuse()
            return
        edge = " " if event.text[:1] in {" ", "\t"} else ""
        text = edge + "\n".join(tame(line) for line in event.text.splitlines())
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        first = text.lstrip().partition("\n")[0].split(" ")[0]
        if self.selection.is_empty and before and not before[-1].isspace() and len(first) >= _AN_ID_AT_LEAST:
            text = f"\n{text.lstrip()}"
        event.text = text

    def action_paste(self) -> None:
        """Paste the program's own clipboard by the same door."""
        self.post_message(events.Paste(self.app.clipboard))

    def _on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Forget a token whose keys have come one by one."""
        if holds_token(self.text):
            event.stop()
            self._refuse()

    def _refuse(self) -> None:
        self.has_refused = True
        self.text = ""
        self.call_after_refresh(self.post_message, self.TokenRefused())  # after what tells of the empty field

    def break_line(self) -> None:
        """Begin a new line where the cursor is."""
        self.insert("\n", maintain_selection_offset=False)

    def _confirm(self) -> None:
        if self._enter_waits:
            self._enter_waits = False
            self.post_message(self.Confirmed())
