"""The watch list: a row a task, the current month, always."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Region, Size
from textual.message import Message

from omstui.core.board import Track
from omstui.core.task import TaskRef
from omstui.ui.canvas import EMPTY, Canvas
from omstui.ui.columns import Context, Layout
from omstui.ui.line import Line, changed_runs, fitted, with_role


class TaskTable(Canvas):
    """Draws only the rows that can be seen, and repaints only the cells of them that changed."""

    @dataclass
    class Picked(Message):
        """The user clicked a row."""

        ref: TaskRef

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._rows: Sequence[Track] = ()
        self._drawn_with: Context | None = None
        self._selected: TaskRef | None = None
        self._painted: dict[int, Line] = {}

    def show_rows(self, rows: Sequence[Track], context: Context, selected: TaskRef | None) -> None:
        """Take over the rows in their order, what to draw them with, and which one is selected."""
        recounted = len(rows) != len(self._rows)
        self._rows, self._drawn_with, self._selected = rows, context, selected
        if recounted:
            self._painted.clear()
            self.virtual_size = Size(self.drawn_width, len(rows))
            self.refresh(layout=True)
            return
        top = self.scroll_offset.y
        old, self._painted = self._painted, {row: self._draw(row) for row in self._visible_rows()}
        regions = [
            Region(start, row - top, end - start, 1)
            for row, line in self._painted.items()
            for start, end in changed_runs(old.get(row, EMPTY), line)
        ]
        if regions:
            self.refresh(*regions)

    def scroll_to_row(self, index: int) -> None:
        """Bring a row into view."""
        self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True, x_axis=False)

    @property
    def page_rows(self) -> int:
        """How many rows can be seen at once."""
        return max(self.scrollable_content_region.height, 1)

    def line_at(self, row: int) -> Line:
        """Return the picture of a row, as last painted where it was."""
        line = self._painted.get(row)
        if line is None or sum(len(span.text) for span in line) < self.drawn_width:
            line = self._painted[row] = self._draw(row)
        return line

    def _visible_rows(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(top + self.scrollable_content_region.height, len(self._rows)))

    def _draw(self, row: int) -> Line:
        if row >= len(self._rows) or self._drawn_with is None:
            return EMPTY
        track = self._rows[row]
        layout = Layout.for_width(self.drawn_width, has_marks=bool(self._drawn_with.marks))
        line = fitted(layout.row(track, self._drawn_with), self.drawn_width)
        return with_role(line, "cursor") if track.ref == self._selected else line

    def on_resize(self) -> None:
        """Draw anew at another width."""
        self._painted.clear()

    async def on_click(self, event: events.Click) -> None:
        """Select the row under the mouse."""
        offset = event.get_content_offset(self)
        row = offset.y + self.scroll_offset.y if offset is not None else len(self._rows)
        if row < len(self._rows):
            event.stop()
            self.post_message(self.Picked(self._rows[row].ref))
