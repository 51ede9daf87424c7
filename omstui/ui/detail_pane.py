"""The pane that shows one task in full."""

from omstui.ui.canvas import Canvas
from omstui.ui.detail import View, detail_lines
from omstui.ui.line import Span
from omstui.ui.month_strip import Strip


class DetailPane(Canvas):
    """Shows the selected task for the current month or a past one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._view: View | None = None

    @property
    def strip(self) -> Strip | None:
        """The months side by side, as far as they are drawn."""
        is_drawn = any(span.action.startswith("screen.show_month") for line in self.lines for span in line)
        return self._view.strip if self._view is not None and is_drawn else None

    def show_view(self, view: View | None) -> None:
        """Take over what to show; without a selected task, say what to do."""
        self._view = view
        self._draw()

    def watch_show_vertical_scrollbar(self) -> None:
        """Draw anew when a scroll bar comes or goes, since it takes a column."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Draw at the new size."""
        self._draw()

    def _draw(self) -> None:
        if self._view is None:
            self.show_lines([(Span("No task selected. a adds tasks to the list.", "dim"),)])
        else:
            room = self.scrollable_content_region
            self.show_lines(detail_lines(self._view, room.width, room.height))
