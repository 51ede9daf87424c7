"""Copying: a menu of texts, and a screen that shows one text for the terminal's own selection."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from omstui.core.reports.excerpt import Excerpt
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Line, Span, cells_of, fitted, with_role
from omstui.ui.widgets.key_hints import KeyHint, KeyHints
from omstui.ui.widgets.over_screen import OverScreen

_SIDEWAYS_CELLS = 20


def plain_lines(text: str, width: int, *, is_wrapped: bool, skipped: int = 0) -> list[Line]:
    """Return the lines of a text: wrapped at this width, or unwrapped without their first `skipped` cells."""
    lines: list[Line] = []
    for text_line in text.split("\n"):
        cells = [char for char, _ in cells_of((Span(text_line),))]
        if not is_wrapped:
            lines.append((Span("".join(cells[skipped:])),))
            continue
        lines += [(Span("".join(cells[at : at + width])),) for at in range(0, max(len(cells), 1), max(width, 1))]
    return lines


class PlainScreen(OverScreen[None]):
    """Shows a text with nothing beside it; the caller releases the mouse to the terminal meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="plain.down"),
        Binding("k,up", "move(-1)", "Up", id="plain.up"),
        Binding("pagedown,space", "page(1)", "Page down", id="plain.page-down"),
        Binding("pageup", "page(-1)", "Page up", id="plain.page-up"),
        Binding("right,l", "scroll_sideways(1)", "Further right", id="plain.right"),
        Binding("left,h", "scroll_sideways(-1)", "Further left", id="plain.left"),
        Binding("w", "wrap", "Break long lines, or let them go on", id="plain.wrap"),
        Binding("question_mark,f1", "help", "Help", id="plain.help"),
        Binding("escape,q", "dismiss", "Back", id="plain.close"),
    ]

    def __init__(self, text: str) -> None:
        """Show this text; line breaks are its only control characters."""
        super().__init__()
        self._text = text
        self._is_wrapped = False
        self._skipped = 0

    def compose(self) -> ComposeResult:
        """Place the text and one line of keys."""
        yield Canvas(id="plain")
        yield KeyHints(id="plain-keys")

    def on_mount(self) -> None:
        """Paint once the size is known."""
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self.call_after_refresh(self._paint)

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self.query_one("#plain", Canvas).scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by visible pages."""
        self.action_move(pages * max(self.query_one("#plain", Canvas).size.height - 1, 1))

    def action_scroll_sideways(self, steps: int) -> None:
        """Show another part of long lines."""
        longest = max(len(cells_of((Span(line),))) for line in self._text.split("\n"))
        self._skipped = max(0, min(self._skipped + steps * _SIDEWAYS_CELLS, longest - 1))
        self._paint()

    def action_wrap(self) -> None:
        """Wrap lines at the edge of the screen, or stop wrapping."""
        self._is_wrapped, self._skipped = not self._is_wrapped, 0
        self._paint()

    def _paint(self) -> None:
        canvas = self.query_one("#plain", Canvas)
        width = canvas.drawn_width
        canvas.show_lines(plain_lines(self._text, width, is_wrapped=self._is_wrapped, skipped=self._skipped))
        wrap = "let long lines go on" if self._is_wrapped else "break long lines"
        self.query_one("#plain-keys", KeyHints).show_hints(
            KeyHint("", "Select with the mouse"),
            KeyHint("w", wrap, "screen.wrap", "plain.wrap"),
            KeyHint("← →", "sideways", ids="plain.left plain.right"),
            KeyHint("esc", "back", "screen.dismiss", "plain.close"),
        )


_NAME_COLUMN = 32


class Chosen(NamedTuple):
    """The chosen text, and what to do with it."""

    excerpt: Excerpt
    is_shown: bool = False
    """Whether to show it on a plain screen instead of copying it."""


def excerpt_line(excerpt: Excerpt, index: int, width: int, *, is_selected: bool) -> Line:
    """Draw one text: the key that copies it, its name, and its start."""
    first_line, _, more = excerpt.text.partition("\n")
    start = clean(first_line if first_line.strip() != "{" else " ".join(excerpt.text.split())[:200], 200)
    size = f"{len(excerpt.text):,} characters  " if more else ""
    spans = (
        Span("› " if is_selected else "  ", "key"),
        Span(f"{excerpt.key}  ", "key"),
        Span(excerpt.name.ljust(_NAME_COLUMN)),
        Span(clean(f"{size}{start}", max(width - _NAME_COLUMN - 5, 1)), "dim"),
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
        """Paint once the size is known."""
        self.call_after_refresh(self._paint)

    def on_resize(self, event: events.Resize) -> None:
        """Repaint after the dialog has set the height (Textual calls both handlers)."""
        self.call_after_refresh(self._paint)

    def on_key(self, event: events.Key) -> None:
        """Copy the text whose letter was pressed, unless that letter is bound to another action."""
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
        """Close with the text at this index, or the selected one."""
        self.dismiss(Chosen(self._excerpts[self._selected if index is None else index]))

    def action_show(self) -> None:
        """Close with the selected text, to show it."""
        self.dismiss(Chosen(self._excerpts[self._selected], is_shown=True))

    def _paint(self) -> None:
        canvas = self.query_one("#excerpts", Canvas)
        width = canvas.drawn_width
        canvas.show_lines(
            [
                excerpt_line(excerpt, index, width, is_selected=index == self._selected)
                for index, excerpt in enumerate(self._excerpts)
            ]
        )
