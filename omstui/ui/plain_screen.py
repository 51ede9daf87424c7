"""A text alone on the screen, to be taken with the terminal's own selection."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from omstui.ui.canvas import Canvas
from omstui.ui.dialogs.key_hints import KeyHint, KeyHints
from omstui.ui.line import Line, Span, cells_of
from omstui.ui.over_screen import OverScreen

_SIDESTEP = 20


def plain_lines(text: str, width: int, *, is_wrapped: bool, skipped: int = 0) -> list[Line]:
    """Return the text's lines, from this many cells on; broken at the edge and nowhere else when they are wrapped."""
    lines: list[Line] = []
    for whole in text.split("\n"):
        cells = [char for char, _ in cells_of((Span(whole),))]
        if not is_wrapped:
            lines.append((Span("".join(cells[skipped:])),))
            continue
        lines += [(Span("".join(cells[at : at + width])),) for at in range(0, max(len(cells), 1), max(width, 1))]
    return lines


class PlainScreen(OverScreen[None]):
    """Shows a text with nothing beside it; whoever opens it leaves the mouse to the terminal meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="plain.down"),
        Binding("k,up", "move(-1)", "Up", id="plain.up"),
        Binding("pagedown,space", "page(1)", "Page down", id="plain.page-down"),
        Binding("pageup", "page(-1)", "Page up", id="plain.page-up"),
        Binding("right,l", "sidestep(1)", "Further right", id="plain.right"),
        Binding("left,h", "sidestep(-1)", "Further left", id="plain.left"),
        Binding("w", "wrap", "Break long lines, or let them go on", id="plain.wrap"),
        Binding("question_mark,f1", "help", "Help", id="plain.help"),
        Binding("escape,q", "dismiss", "Back", id="plain.close"),
    ]

    def __init__(self, text: str) -> None:
        """Show this text: its line breaks are the only control characters in it."""
        super().__init__()
        self._text = text
        self._is_wrapped = False
        self._skipped = 0

    def compose(self) -> ComposeResult:
        """Place the text and one line of keys."""
        yield Canvas(id="plain")
        yield KeyHints(id="plain-keys")

    def on_mount(self) -> None:
        """Draw once there is a size."""
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        """Draw at the new size."""
        self.call_after_refresh(self._paint)

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self.query_one("#plain", Canvas).scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by what can be seen at once."""
        self.action_move(pages * max(self.query_one("#plain", Canvas).size.height - 1, 1))

    def action_sidestep(self, steps: int) -> None:
        """Show another part of long lines."""
        longest = max(len(cells_of((Span(line),))) for line in self._text.split("\n"))
        self._skipped = max(0, min(self._skipped + steps * _SIDESTEP, longest - 1))
        self._paint()

    def action_wrap(self) -> None:
        """Break lines at the edge of the screen, or let them go on beyond it."""
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
