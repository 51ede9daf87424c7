"""A field of a form: its name, what is typed, and a remark."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from omstui.core.text import NOT_KEPT, tame
from omstui.ui.dialogs.line_input import LineInput
from omstui.ui.dialogs.note import Note


class Field(Vertical):
    """One line to type in; what is wrong with it is said right below."""

    @dataclass
    class Edited(Message):
        """The field's text has changed."""

        field: "Field"

    @dataclass
    class Finished(Message):
        """Enter was pressed in the field."""

        field: "Field"

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        suggester: Suggester | None = None,
        has_remark: bool = False,
        is_proposal: bool = False,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id, classes="field")
        self._label = label
        self._has_remark = has_remark
        self._input = LineInput(value, placeholder=placeholder, suggester=suggester, is_proposal=is_proposal)

    def compose(self) -> ComposeResult:
        """Place name, field and remark; the remark stands beside where there is room, else below."""
        with Horizontal(classes="row"):
            yield Static(self._label, classes="name", markup=False)
            yield self._input
            if self._has_remark:
                yield Note(classes="beside")
        yield Note(classes="below")

    @property
    def value(self) -> str:
        """What was typed."""
        return tame(self._input.value)

    def take_keys(self) -> None:
        """Put the cursor here."""
        self._input.focus()

    @property
    def has_keys(self) -> bool:
        """Whether the cursor is here."""
        return self._input.has_focus

    def remark(self, text: str) -> None:
        """Say something about what was typed."""
        for note in self.query(Note):
            note.say(text)
        self.remove_class("-wrong")

    def complain(self, reason: str) -> None:
        """Say what is wrong with it."""
        self.add_class("-wrong")
        self.query_one(".below", Note).say(reason, "bad")
        self.call_after_refresh(self.scroll_visible, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(self.Edited(self))

    def on_line_input_token_refused(self, message: LineInput.TokenRefused) -> None:
        """Say why the field is empty."""
        message.stop()
        self.complain(f"Refused: {NOT_KEPT}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(self.Finished(self))
