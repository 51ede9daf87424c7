"""The last line of a dialog: its keys, which can also be clicked."""

from collections.abc import Sequence
from typing import NamedTuple

from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span, width_of
from omstui.ui.keys.names import BoundKeys


class KeyHint(NamedTuple):
    """One or more keys, separated by blanks, what they do in a word or two, and the action of a click."""

    key: str
    words: str
    action: str = ""
    ids: str = ""
    """The binding ids of the keys, separated by blanks, since the user may have remapped them."""

    key_actions: tuple[str, ...] = ()
    """The action of a click on each of several keys."""

    def at(self, keys: BoundKeys) -> "KeyHint":
        """Return the hint with its keys as bound now, and the actions of their clicks."""
        if not self.ids:
            return self
        actions = keys.actions(self.ids)
        return self._replace(
            key=keys.written(self.key, self.ids), action=self.action or actions[0], key_actions=actions[1:] and actions
        )


def hint_line(hints: Sequence[KeyHint], width: int) -> Line:
    """Draw the hints; if they do not fit, those before the last go first, since the last one closes the dialog."""
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
        actions = hint.key_actions or (hint.action,)
        names = hint.key.split(" ") if hint.key_actions else [hint.key]
        for name, action in zip(names, actions, strict=True):
            spans.append(Span(f"{name} ", "key" if action else "strong", action))  # the colour: it can be clicked
        spans.append(Span(hint.words, "dim", hint.action))
    return tuple(spans)


class KeyHints(Canvas):
    """Shows what the keys do at present."""

    def __init__(self, hints: Sequence[KeyHint] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="hints")
        self._hints = tuple(hints)
        self._keys: BoundKeys | None = None

    def show_hints(self, *hints: KeyHint) -> None:
        """Set the hints."""
        self._hints = hints
        self._paint()

    def say_first(self, first: KeyHint) -> None:
        """Put a hint before the others until they change."""
        self._hints = (first, *(hint for hint in self._hints if hint != first))
        self._paint()

    def on_mount(self) -> None:
        """Repaint when bindings change: the keys of a field are known only once it has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self._paint())

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self._paint()

    def _paint(self) -> None:
        if not self.is_attached:
            return
        if self._keys is None:
            self._keys = BoundKeys(self.screen)
        self.show_lines([hint_line([hint.at(self._keys) for hint in self._hints], self.drawn_width)])
