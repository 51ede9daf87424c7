"""The pane that shows one task in full."""

from collections.abc import Sequence

from textual.geometry import Size

from omstui.core.task import TaskRef
from omstui.ui.detail.lines import detail_lines
from omstui.ui.detail.view import View
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import EMPTY, Line, Span, wrapped
from omstui.ui.drawing.month_strip import Strip


class DetailPane(Canvas):
    """Shows the selected task for the current month or a past one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._view: View | None = None
        self._words = Span("", "dim")
        self._longest: tuple[TaskRef, Size, int] | None = None
        """The most lines that a month of a task took at this size."""

    @property
    def strip(self) -> Strip | None:
        """The months side by side, as far as they are drawn."""
        is_drawn = any(span.action.startswith("screen.show_month") for line in self.lines for span in line)
        return self._view.strip if self._view is not None and is_drawn else None

    def line_at(self, row: int) -> Line:
        """Return a line of the picture; the first one that can be seen is the task's name, however far one scrolls."""
        return super().line_at(0 if row == self.scroll_offset.y and self._view is not None else row)

    def _refresh_changes(self, old: Sequence[Line], new: Sequence[Line], height: int) -> None:
        """Draw what has changed of what can be seen, the name with it."""
        if (top := self.scroll_offset.y) and self._view is not None:
            old, new = ([*lines[:top], *lines[:1], *lines[top + 1 :]] for lines in (old, new))
        super()._refresh_changes(old, new, height)

    def show_view(self, view: View) -> None:
        """Take over what to show."""
        self._view = view
        self._draw()

    def show_words(self, words: str, role: str) -> None:
        """Say why there is nothing to show."""
        self._view, self._words = None, Span(words, role)
        self._draw()

    def watch_show_vertical_scrollbar(self) -> None:
        """Draw again when a scroll bar comes or goes, since it takes a column."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Draw at the new size."""
        self._draw()

    def _draw(self) -> None:
        if self._view is None:
            words, role = self._words.text, self._words.role
            self.show_lines(wrapped(words, self.drawn_width or len(words), role))
        else:
            room = self.scrollable_content_region.size
            lines = detail_lines(self._view, room.width, room.height)
            self.show_lines([*lines, *[EMPTY] * self._missing(self._view.state.ref, room, len(lines))])

    def _missing(self, ref: TaskRef, room: Size, count: int) -> int:
        """Return how many empty lines follow, so that a step to another month does not lay out the screen.

        One month has a line more than another: where they have to be scrolled, the longest one sets the end.
        """
        if count <= room.height:
            return 0
        known = self._longest[2] if self._longest is not None and self._longest[:2] == (ref, room) else 0
        self._longest = (ref, room, max(count, known))
        return max(known - count, 0)
