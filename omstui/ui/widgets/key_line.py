"""The last line: the main keys, or a message until the next key."""

from collections.abc import Sequence

from msgspec import Struct
from textual.binding import Binding

from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import cut
from omstui.ui.drawing.line import Line, Span, fitted, text_of, width_of, wrapped
from omstui.ui.keys.names import key_name


class Hint(Struct, frozen=True):
    """One entry of the key line: the ids of its bindings, and one word for all of them."""

    ids: tuple[str, ...]
    word: str


HINTS = (
    Hint(("pane.back",), "back"),
    Hint(("pane.open",), "pane"),
    Hint(("month.previous", "month.next"), "month"),
    Hint(("month.pick",), "pick month"),
    Hint(("month.history",), "history"),
    Hint(("list.add",), "add"),
    Hint(("list.filter",), "filter"),
    Hint(("ask.now",), "refresh"),
    Hint(("copy.id",), "copy"),
    Hint(("event.log",), "log"),
    Hint(("credentials",), "credentials"),
    Hint(("help",), "help"),
    Hint(("quit",), "quit"),
)
_ALWAYS = 2
"""How many of the last hints are shown at every width."""

MOST_LINES = 3
"""The most lines of a long message."""


def key_line(bindings: Sequence[Binding], width: int) -> Line:
    """Draw the hints whose keys are bound, as many as fit; the last two always."""
    by_id: dict[str, Binding] = {}
    for binding in bindings:
        by_id.setdefault(binding.id or "", binding)
    drawn: list[Line] = []
    for hint in HINTS:
        bound = [by_id[name] for name in hint.ids if name in by_id]
        if not bound:
            continue
        spans = [Span(f" {key_name(binding.key)}", "key", f"screen.{_action(binding)}") for binding in bound]
        spans.append(Span(f" {hint.word} ", "dim", f"screen.{_action(bound[0])}"))
        drawn.append(tuple(spans))
    first, last = drawn[:-_ALWAYS], drawn[-_ALWAYS:]
    while first and sum(width_of(line) for line in (*first, *last)) > width:
        first.pop()
    return fitted([span for line in (*first, *last) for span in line], width)


def _action(binding: Binding) -> str:
    return binding.action.removeprefix("screen.")


def message_lines(text: str, role: str, width: int) -> list[Line]:
    """Draw a message in up to `MOST_LINES` lines; a longer one is cut with an ellipsis."""
    lines = wrapped(text, width, role, indent=1)
    if len(lines) <= MOST_LINES:
        return lines
    rest = " ".join(text_of(line).strip() for line in lines[MOST_LINES - 1 :])
    return [*lines[: MOST_LINES - 1], (Span(" "), Span(cut(rest, max(width - 1, 1)), role))]


class KeyLine(Canvas):
    """Shows the keys; a message replaces them until the next key, in several lines when it is long."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._bindings_shown: Sequence[Binding] = ()
        self._message: Span | None = None

    @property
    def message(self) -> str:
        """The whole message, even if only a part of it fits; empty when there is none."""
        return self._message.text if self._message is not None else ""

    def show_keys(self, bindings: Sequence[Binding]) -> None:
        """Set the bindings to show."""
        self._bindings_shown = bindings
        self._paint()

    def show_message(self, text: str, role: str = "") -> None:
        """Show a tamed text; an empty one shows the keys again."""
        self._message = Span(text, role) if text else None
        self._paint()

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _paint(self) -> None:
        width = self.drawn_width
        if self._message is not None:
            self.show_lines(message_lines(self._message.text, self._message.role, width))
        else:
            self.show_lines([key_line(self._bindings_shown, width)])
