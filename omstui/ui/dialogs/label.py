"""The dialog that names a task."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from omstui.core.text import tame
from omstui.core.watchlist import LONGEST_LABEL
from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.dialogs.key_hints import KeyHint, KeyHints
from omstui.ui.dialogs.line_input import LineInput
from omstui.ui.dialogs.note import Note
from omstui.ui.text import clean

_LONGEST_NAME = 50


class LabelDialog(Dialog[str | None]):
    """Asks what to call a task; closes with the label, which may be empty, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "keep", "Keep the label", id="label.keep"),
        Binding("escape", "dismiss", "Back", id="label.close"),
    ]

    def __init__(self, name: str, label: str) -> None:
        super().__init__()
        self._task_name = name
        self._label = label

    def compose(self) -> ComposeResult:
        """Place title, field and keys."""
        with Vertical(classes="dialog"):
            yield Note(f"Label for {clean(self._task_name, _LONGEST_NAME)}", classes="title")
            yield LineInput(self._label, placeholder="no label", max_length=LONGEST_LABEL, id="label")
            yield Note("Without a label the task goes by its source bucket.", id="outcome")
            yield KeyHints(
                [
                    KeyHint("enter", "keep", "screen.keep", "label.keep"),
                    KeyHint("esc", "back", "screen.dismiss", "label.close"),
                ]
            )

    def on_input_submitted(self) -> None:
        """Close with what was typed."""
        self.action_keep()

    def action_keep(self) -> None:
        """Close with what was typed."""
        self.dismiss(tame(self.query_one(LineInput).value))
