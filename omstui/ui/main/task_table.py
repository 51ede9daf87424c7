"""The list of tasks: one row each, and the marks that tell profiles apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from textual import events
from textual.geometry import Region
from textual.message import Message

from omstui.core.profile import Profile
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Condition
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import EMPTY, Line, Span, fitted, with_role
from omstui.ui.drawing.list_columns import Context, Layout


def profile_marks(profiles: Mapping[str, Profile], shown: Iterable[str]) -> dict[str, Span]:
    """Return a letter for each profile that is shown; nothing for a single one, or where none has a colour.

    Args:
        profiles: the profiles that there are, with their colours.
        shown: the profiles of the rows, in any order and number.
    """
    names = sorted(set(shown))
    colours = {name: profiles[name].color for name in names if name in profiles}
    if len(names) < 2 or not any(colours.values()):
        return {}
    taken: dict[str, str] = {}
    for name in names:
        letters = [char.upper() for char in name if char.isalnum()]
        taken[name] = next((one for one in letters if one not in taken.values()), "?")
    return {name: Span(letter, profile_role(colours.get(name))) for name, letter in taken.items()}


def profile_role(color: str | None) -> str:
    """Return the role that draws in a profile's colour."""
    return f"strong tag-{color}" if color else "dim"


class _Looks(NamedTuple):
    """All that a row's picture depends on."""

    state: TaskState
    condition: Condition
    at: datetime
    zone: tzinfo
    mark: Span | None
    width: int
    is_selected: bool

    def are_those_of(self, other: "_Looks") -> bool:
        """Whether both give the same picture; comparing states field by field would take longer than drawing."""
        return self.state is other.state and self[1:] == other[1:]


class TaskTable(Canvas):
    """Draws only the rows that can be seen, and repaints only those that changed."""

    @dataclass
    class Picked(Message):
        """The user clicked a row."""

        ref: TaskRef

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._rows: Sequence[TaskState] = ()
        self._drawn_with: Context | None = None
        self._selected: TaskRef | None = None
        self._painted: dict[int, Line] = {}
        self._drawn: dict[TaskRef, tuple[_Looks, Line]] = {}
        """The rows that could be seen at the last paint, with what they were drawn from."""

    def show_rows(self, rows: Sequence[TaskState], context: Context, selected: TaskRef | None) -> None:
        """Take over the rows in their order, what to draw them with, and which one is selected."""
        self._rows, self._drawn_with, self._selected = rows, context, selected
        room = self.scrollable_content_region.size
        if not self._has_room_told(len(rows), room):
            self._painted.clear()
            self.refresh(layout=True)
            return
        top = self.scroll_offset.y
        visible = range(top, min(top + room.height, len(rows)))
        old, self._painted = self._painted, {row: self._draw(row, room.width) for row in visible}
        self._drawn = {rows[row].ref: self._drawn[rows[row].ref] for row in self._painted}
        known = sorted({*old, *self._painted})
        self._repaint(row - top for row in known if old.get(row, EMPTY) != self._painted.get(row, EMPTY))

    def scroll_to_row(self, index: int) -> None:
        """Bring a row into view."""
        self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True, x_axis=False)

    @property
    def page_rows(self) -> int:
        """How many rows can be seen at once."""
        return max(self.scrollable_content_region.height, 1)

    def line_at(self, row: int) -> Line:
        """Return the picture of a row, as last painted where it was."""
        line, width = self._painted.get(row), self.drawn_width
        if line is None or sum(len(span.text) for span in line) < width:
            line = self._painted[row] = self._draw(row, width)
        return line

    def _draw(self, row: int, width: int) -> Line:
        if row >= len(self._rows) or self._drawn_with is None:
            return EMPTY
        state, context = self._rows[row], self._drawn_with
        condition = context.assessment(state).condition
        # A stale row shows its age in seconds at first; all others change by the minute.
        step = context.now if condition is Condition.STALE else context.now.replace(second=0, microsecond=0)
        mark = context.marks.get(state.ref.profile)
        looks = _Looks(state, condition, step, context.zone, mark, width, state.ref == self._selected)
        known = self._drawn.get(state.ref)
        if known is not None and known[0].are_those_of(looks):
            return known[1]
        line = fitted(Layout.for_width(width, has_marks=bool(context.marks)).row(state, context), width)
        line = with_role(line, "cursor") if looks.is_selected else line
        self._drawn[state.ref] = (looks, line)
        return line

    def on_resize(self) -> None:
        """Draw all rows at the new size; what was painted before no longer tells what has changed."""
        self._painted.clear()
        self.refresh()

    async def on_click(self, event: events.Click) -> None:
        """Select the row under the mouse."""
        offset = event.get_content_offset(self)
        row = offset.y + self.scroll_offset.y if offset is not None else len(self._rows)
        if row < len(self._rows):
            event.stop()
            self.post_message(self.Picked(self._rows[row].ref))
