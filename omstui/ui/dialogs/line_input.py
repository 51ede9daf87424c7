"""A field for one line of text."""

from dataclasses import dataclass

from textual import events
from textual.actions import SkipAction
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from omstui.core.text import holds_token, tame
from omstui.ui.own_keys import did_own
from omstui.ui.token_rest import TokenRest


class LineInput(Input):
    """An `Input` whose cursor stands still, and which tames what is pasted into it.

    With `is_proposal` its text is selected when the cursor comes, so that typing replaces it. What looks like a token
    is never its value, unless it begins with that: a paste changes nothing then, and what is typed leaves the field
    empty until a key that edits.
    """

    @dataclass
    class TokenRefused(Message):
        """What was typed or pasted looks like a token."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        max_length: int = 0,
        suggester: Suggester | None = None,
        is_proposal: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        self._kept = tame(value)
        self._rest = TokenRest()
        super().__init__(
            self._kept,
            placeholder=placeholder,
            max_length=max_length,
            suggester=suggester,
            select_on_focus=is_proposal,
            id=id,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Leave out what looks like a token, unless the field began with it."""
        if value == self._kept or not holds_token(value):
            return value
        if self.is_attached:
            self._rest.begin()
            self.call_after_refresh(self.post_message, self.TokenRefused())  # after what tells of the empty field
        return ""

    async def on_key(self, event: events.Key) -> None:
        """Do at once what is bound here, before what is pasted next; a token's rest is not typed and not sent."""
        if self._rest.holds(event):
            event.stop()
            event.prevent_default()
        elif not event.is_printable:
            await did_own(self, event)

    def on_paste(self, event: events.Paste) -> None:
        """Make one harmless line of what is pasted, cut to the room there is, before the field takes it."""
        self._rest.end()
        text = tame(event.text)
        if holds_token(text):
            event.stop()
            event.prevent_default()
            self.post_message(self.TokenRefused())
            return
        if self.max_length:
            selected = abs(self.selection.end - self.selection.start)
            text = text[: max(self.max_length - len(self.value) + selected, 0)]
        event.text = text

    def action_copy(self) -> None:
        """Copy what is selected, and let the key go on: ctrl+c is also how people try to quit.

        Raises:
            SkipAction: always, so that the app says how to quit.
        """
        if self.selected_text:
            super().action_copy()
        raise SkipAction

    def action_paste(self) -> None:
        """Paste the program's own clipboard by the same door."""
        self.post_message(events.Paste(self.app.clipboard))
