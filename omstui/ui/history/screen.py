"""The screen with the months and the chart of one task."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.core.month import Month
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.chart import RANGES, Range
from omstui.ui.history.view import HistoryView, Place, history_lines, rows_shown
from omstui.ui.keys.names import BoundKeys
from omstui.ui.widgets.key_hints import KeyHint
from omstui.ui.widgets.over_screen import OverScreen


class HistoryScreen(OverScreen[Month | None]):
    """Shows months and a chart; closes with the month to show in the pane, or with ``None``.

    The screen below sets the data with `show_view`; `over` and `months_in_view` tell which data is visible.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down,left_square_bracket", "move(1)", "Month back", id="history.down"),
        Binding("k,up,right_square_bracket", "move(-1)", "Month on", id="history.up"),
        Binding("pagedown", "move_page(1)", "Page of months back", id="history.page-down"),
        Binding("pageup", "move_page(-1)", "Page of months on", id="history.page-up"),
        Binding("g,home", "move(-1000)", "Latest month", id="history.first"),
        Binding("G,end", "move(1000)", "Earliest month", id="history.last"),
        Binding("tab,w", "next_range", "Last 24 hours, last 7 days", id="history.range"),
        Binding("enter", "choose", "Show the month in the pane", id="history.choose"),
        Binding("r", "ask", "Ask for the month again", id="history.ask"),
        Binding("question_mark,f1", "help", "Help", id="history.help"),
        Binding("escape,h,q", "leave", "Back", id="history.close"),
    ]

    class Moved(Message):
        """Other months or another range are visible now."""

    class Asked(Message):
        """The user wants to request a month again."""

        def __init__(self, month: Month) -> None:
            super().__init__()
            self.month = month

    def __init__(self) -> None:
        super().__init__()
        self._view: HistoryView | None = None
        self._place = Place()
        self._hints_before: tuple[KeyHint, ...] = ()
        self._keys = BoundKeys(self)
        self.over: Range = RANGES[0]
        """The range of the chart."""

    def compose(self) -> ComposeResult:
        """Place the canvas."""
        yield Canvas(id="history")

    @property
    def months_in_view(self) -> tuple[Month, ...]:
        """The visible months, newest first."""
        if self._view is None:
            return ()
        rows = self._view.rows[self._place.top : self._place.top + rows_shown(self.size.height)]
        return tuple(row.month for row in rows)

    def show_view(self, view: HistoryView) -> None:
        """Set the data, and repaint."""
        self._view = view
        self._place = self._place.moved(0, len(view.rows), rows_shown(self.size.height))
        self._paint()

    def action_move(self, steps: int) -> None:
        """Move the cursor by months."""
        self._place = self._place.moved(steps, self._count, rows_shown(self.size.height))
        self._look()

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by pages of visible months."""
        self.action_move(pages * rows_shown(self.size.height))

    def action_next_range(self) -> None:
        """Show the next range in the chart."""
        self.over = RANGES[(RANGES.index(self.over) + 1) % len(RANGES)]
        self._look()

    def action_pick(self, year: int, number: int) -> None:
        """Move the cursor to the clicked month; a second click closes with it."""
        months = [row.month for row in self._view.rows] if self._view is not None else []
        place = months.index(Month(year, number))
        if place == self._place.cursor:
            self.action_choose()
        else:
            self.action_move(place - self._place.cursor)

    def action_choose(self) -> None:
        """Close with the month under the cursor."""
        self.dismiss(self._month)

    def action_ask(self) -> None:
        """Post `Asked` for the month under the cursor."""
        if self._month is not None:
            self.post_message(self.Asked(self._month))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)

    def say_how_to_quit(self) -> None:
        """Show the answer to ctrl+c, which does not quit."""
        self._hints_before = (self.how_to_quit(),)
        self._paint()

    def on_key(self) -> None:
        """Remove the answer to ctrl+c."""
        self._hints_before = ()

    def on_resize(self, _: events.Resize) -> None:
        """Repaint at the new size."""
        self.call_after_refresh(self._look)

    @property
    def _count(self) -> int:
        return len(self._view.rows) if self._view is not None else 0

    @property
    def _month(self) -> Month | None:
        rows = self._view.rows if self._view is not None else ()
        return rows[self._place.cursor].month if self._place.cursor < len(rows) else None

    def _look(self) -> None:
        self._paint()
        self.post_message(self.Moved())

    def _paint(self) -> None:
        if not self.children:  # a periodic update may come before the canvas exists
            return
        canvas = self.query_one("#history", Canvas)
        if self._view is None or not canvas.drawn_width:
            return
        other = RANGES[(RANGES.index(self.over) + 1) % len(RANGES)]
        hints = (
            *self._hints_before,
            KeyHint("[ ]", "month", ids="history.down history.up"),
            KeyHint("enter", "to the pane", "screen.choose", "history.choose"),
            KeyHint("tab", other.name, "screen.next_range", "history.range"),
            KeyHint("r", "ask again", "screen.ask", "history.ask"),
            KeyHint("?", "help", "screen.help", "history.help"),
            KeyHint("esc", "back", "screen.leave", "history.close"),
        )
        bound = [hint.at(self._keys) for hint in hints]
        canvas.show_lines(history_lines(self._view, self._place, bound, canvas.drawn_width, self.size.height))
