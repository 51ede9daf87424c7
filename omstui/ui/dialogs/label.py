"""The dialog that sets the label of a task."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from omstui.core.task import LONGEST_LABEL
from omstui.core.text import NOT_KEPT, tame
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.dialogs.inputs import LineInput
from omstui.ui.drawing.formats import clean
from omstui.ui.widgets.key_hints import KeyHint, KeyHints

_LONGEST_NAME = 50
_LONGEST_INPUT = 10 * LONGEST_LABEL
_NO_LABEL = "Without a label the task goes by its source bucket."


class LabelDialog(Dialog[str | None]):
    """Asks for the label of a task; closes with the label, which may be empty, or with ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "keep", "Keep the label", id="label.keep"),
        Binding("escape,q", "dismiss", "Back", id="label.close"),
    ]

    def __init__(self, name: str, label: str) -> None:
        super().__init__()
        self._task_name = name
        self._label = label

    def compose(self) -> ComposeResult:
        """Place title, field and keys."""
        with Vertical(classes="dialog"):
            yield Note(f"Label for {clean(self._task_name, _LONGEST_NAME)}", classes="title")
            yield LineInput(self._label, placeholder="no label", max_length=_LONGEST_INPUT, id="label")
            yield Note(_NO_LABEL, id="outcome")
            yield KeyHints(
                [
                    KeyHint("enter", "keep", "screen.keep", "label.keep"),
                    KeyHint("esc", "back", "screen.dismiss", "label.close"),
                ]
            )

    def on_input_changed(self) -> None:
        """Show whether the label is too long."""
        length = len(self._typed)
        if length > LONGEST_LABEL:
            words = f"A label has {LONGEST_LABEL} characters at most; this one has {length}."
            self.query_one("#outcome", Note).say(words, "bad")
        else:
            self.query_one("#outcome", Note).say(_NO_LABEL)

    def on_line_input_token_refused(self) -> None:
        """Show why the field is empty."""
        self.query_one("#outcome", Note).say(f"Refused: {NOT_KEPT}", "bad")

    def on_input_submitted(self) -> None:
        """Close with the typed label."""
        self.action_keep()

    def action_keep(self) -> None:
        """Close with the typed label, unless it is too long."""
        if len(self._typed) <= LONGEST_LABEL:
            self.dismiss(self._typed)

    @property
    def _typed(self) -> str:
        return tame(self.query_one(LineInput).value)
