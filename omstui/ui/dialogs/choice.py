"""A choice between a few names on one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.ui.canvas import Canvas
from omstui.ui.line import Line, Span, width_of
from omstui.ui.text import clean

_LONGEST_NAME = 24


def choice_line(label: str, names: Sequence[str], chosen: int, width: int) -> Line:
    """Draw all names with the chosen one between arrows; where they do not fit, that one and its place."""
    start = (Span(label, "dim"), Span("  "))
    spans: list[Span] = []
    for index, name in enumerate(names):
        is_chosen = index == chosen
        text = clean(name, _LONGEST_NAME)
        words = f"‹ {text} ›" if is_chosen else f"  {text}  "
        spans.append(Span(words, "strong accent" if is_chosen else "dim", f"choose({index})"))
    if width_of((*start, *spans)) <= width:
        return (*start, *spans)
    place = f" {chosen + 1} of {len(names)}"
    room = max(width - width_of(start) - len(place) - 4, 1)
    arrows = (
        Span("‹ ", "key", "step(-1)"),
        Span(clean(names[chosen], room), "strong accent"),
        Span(" ›", "key", "step(1)"),
    )
    return (*start, *arrows, Span(place, "dim"))


class Choice(Canvas, can_focus=True):
    """Lets the user choose a name with the left and right keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous choice", id="choice.previous"),
        Binding("right,space", "step(1)", "Next choice", id="choice.next"),
    ]

    @dataclass
    class Changed(Message):
        """Another name was chosen."""

        name: str

    def __init__(self, label: str, names: Sequence[str], chosen: str | None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._label = label
        self._names = tuple(names)
        self._chosen = self._names.index(chosen) if chosen in self._names else 0

    @property
    def chosen(self) -> str:
        """The chosen name."""
        return self._names[self._chosen]

    def action_step(self, steps: int) -> None:
        """Choose the next name, round and round."""
        self.action_choose((self._chosen + steps) % len(self._names))

    def action_choose(self, index: int) -> None:
        """Choose the name at this place."""
        if index != self._chosen:
            self._chosen = index
            self._paint()
            self.post_message(self.Changed(self.chosen))

    def on_resize(self) -> None:
        """Draw at the new size."""
        self._paint()

    def _paint(self) -> None:
        self.show_lines([choice_line(self._label, self._names, self._chosen, self.drawn_width)])
