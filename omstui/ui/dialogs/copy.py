"""The menu of what can be copied of a task."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from omstui.core.output.excerpt import Excerpt
from omstui.ui.canvas import Canvas
from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.dialogs.key_hints import KeyHint, KeyHints
from omstui.ui.dialogs.note import Note
from omstui.ui.line import Line, Span, fitted, with_role
from omstui.ui.text import clean

_NAME_COLUMN = 32


class Chosen(NamedTuple):
    """What is to become of which text."""

    excerpt: Excerpt
    is_shown: bool = False
    """Whether it is to be shown on a plain screen and not to be copied."""


def excerpt_line(excerpt: Excerpt, index: int, width: int, *, is_selected: bool) -> Line:
    """Draw one text: the key that copies it, its name, and how it begins."""
    first, _, more = excerpt.text.partition("\n")
    beginning = clean(first if first.strip() != "{" else " ".join(excerpt.text.split())[:200], 200)
    size = f"{len(excerpt.text):,} characters  " if more else ""
    spans = (
        Span("› " if is_selected else "  ", "key"),
        Span(f"{excerpt.key}  ", "key"),
        Span(excerpt.name.ljust(_NAME_COLUMN)),
        Span(clean(f"{size}{beginning}", max(width - _NAME_COLUMN - 5, 1)), "dim"),
    )
    line = fitted(spans, width)
    line = with_role(line, "cursor") if is_selected else line
    return tuple(span._replace(action=f"screen.take({index})") for span in line)


class CopyMenu(Dialog[Chosen | None]):
    """Offers texts; closes with the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next", id="copy.down"),
        Binding("k,up", "move(-1)", "Previous", id="copy.up"),
        Binding("enter,y", "take", "Copy", id="copy.take"),
        Binding("v", "show", "Show the text on a plain screen", id="copy.show"),
        Binding("escape,Y,q", "dismiss", "Back", id="copy.close"),
    ]

    SCROLLED = ("#excerpts", 0)

    def __init__(self, name: str, excerpts: Sequence[Excerpt]) -> None:
        """Offer these texts of the task with this name."""
        super().__init__()
        self._task_name = name
        self._excerpts = tuple(excerpts)
        self._selected = 0

    def compose(self) -> ComposeResult:
        """Place title, list and keys."""
        with Vertical(classes="dialog"):
            yield Note(f"Copy of {clean(self._task_name, 40)}", classes="title")
            yield Canvas(id="excerpts")
            yield KeyHints(
                [
                    KeyHint("enter", "copy", "screen.take", "copy.take"),
                    KeyHint("v", "show the text", "screen.show", "copy.show"),
                    KeyHint("esc", "back", "screen.dismiss", "copy.close"),
                ]
            )

    def on_mount(self) -> None:
        """Draw once there is a size."""
        self.call_after_refresh(self._paint)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at the new size, after the dialog has made room (Textual calls both handlers)."""
        self.call_after_refresh(self._paint)

    def on_key(self, event: events.Key) -> None:
        """Copy the text whose letter was pressed, unless the letter has been given to something else."""
        for index, excerpt in enumerate(self._excerpts):
            if event.character == excerpt.key and event.key not in self.active_bindings:
                event.stop()
                self.action_take(index)
                return

    def action_move(self, steps: int) -> None:
        """Select another text."""
        self._selected = max(0, min(self._selected + steps, len(self._excerpts) - 1))
        self._paint()

    def action_take(self, index: int | None = None) -> None:
        """Close with the selected text, or the one that was clicked."""
        self.dismiss(Chosen(self._excerpts[self._selected if index is None else index]))

    def action_show(self) -> None:
        """Close with the selected text, to be shown."""
        self.dismiss(Chosen(self._excerpts[self._selected], is_shown=True))

    def _paint(self) -> None:
        canvas = self.query_one("#excerpts", Canvas)
        width = canvas.drawn_width
        canvas.show_lines(
            [
                excerpt_line(one, index, width, is_selected=index == self._selected)
                for index, one in enumerate(self._excerpts)
            ]
        )
