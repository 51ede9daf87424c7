"""The pane that shows one task in full."""

from omstui.ui.canvas import Canvas
from omstui.ui.detail import View, detail_lines
from omstui.ui.line import Span


class DetailPane(Canvas):
    """Shows the selected task for the current month or a past one."""

    def show_view(self, view: View | None) -> None:
        """Take over what to show; without a selected task, say what to do."""
        if view is None:
            self.show_lines([(Span("No task selected. a adds tasks to the list.", "dim"),)])
        else:
            self.show_lines(detail_lines(view, self.drawn_width, self.scrollable_content_region.height))
