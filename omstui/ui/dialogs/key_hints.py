"""The last line of a dialog: its keys, which the mouse can press too."""

from collections.abc import Sequence
from typing import NamedTuple

from omstui.ui.canvas import Canvas
from omstui.ui.line import Line, Span, width_of


class KeyHint(NamedTuple):
    """A key, what it does in a word or two, and the action that a click runs."""

    key: str
    words: str
    action: str = ""


def hint_line(hints: Sequence[KeyHint], width: int) -> Line:
    """Draw the hints; where they do not all fit, those before the last one go, since the last leads out."""
    kept = list(hints)
    while True:
        for gap in ("   ", "  "):
            line = _drawn(kept, gap)
            if width_of(line) <= width:
                return line
        if len(kept) < 2:
            return line
        del kept[-2]


def _drawn(hints: Sequence[KeyHint], gap: str) -> Line:
    spans: list[Span] = []
    for hint in hints:
        if spans:
            spans.append(Span(gap))
        spans.append(Span(f"{hint.key} ", "key", hint.action))
        spans.append(Span(hint.words, "dim", hint.action))
    return tuple(spans)


HOW_TO_QUIT = KeyHint("esc, then q", "quit")
"""What ctrl+c is answered with: the dialogs close with esc, the screens below them with q."""


class KeyHints(Canvas):
    """Shows which keys do what at the moment."""

    def __init__(self, hints: Sequence[KeyHint] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="hints")
        self._hints = tuple(hints)

    def show_hints(self, *hints: KeyHint) -> None:
        """Take over what the keys do now."""
        self._hints = hints
        self._paint()

    def say_how_to_quit(self) -> None:
        """Put the way to quit before the other keys, until they change."""
        self._hints = (HOW_TO_QUIT, *(hint for hint in self._hints if hint != HOW_TO_QUIT))
        self._paint()

    def on_resize(self) -> None:
        """Draw as many as fit."""
        self._paint()

    def _paint(self) -> None:
        self.show_lines([hint_line(self._hints, self.drawn_width)])
