"""A year of months to choose from, each with the figures already known."""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from omstui.core.month import FIRST_YEAR, Month, bar_reason
from omstui.core.task import SyncTask
from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean, count
from omstui.ui.drawing.line import Line, Span, fitted, width_of, with_role
from omstui.ui.keys.names import BoundKeys

_WIDE = 60
"""Cells from which on the title says what is counted."""

_ROWS, _PER_ROW = 3, 4
_LONGEST_TYPED = 7
_TYPEABLE = "0123456789-/"


class MonthChoice(Struct, frozen=True):
    """What the picker starts from."""

    name: str
    """What the task is called; foreign text."""

    shown: Month
    current: Month
    created: Month | None
    zone: str
    """The zone that names the months, by its offset."""

    known: Mapping[Month, SyncTask]


class MonthPicker(Dialog[Month | None]):
    """Lets the user choose a month; closes with it, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "Month back", id="picker.left"),
        Binding("right,l", "move(1)", "Month on", id="picker.right"),
        Binding("up,k", f"move(-{_PER_ROW})", "Row up", id="picker.up"),
        Binding("down,j", f"move({_PER_ROW})", "Row down", id="picker.down"),
        Binding("pageup", "move(-12)", "Year back", id="picker.year-back"),
        Binding("pagedown", "move(12)", "Year on", id="picker.year-on"),
        Binding("t", "current", "Current month", id="picker.current"),
        Binding("enter", "choose", "Choose", id="picker.choose"),
        Binding("escape,q", "dismiss", "Back", id="picker.close"),
    ]

    def __init__(self, choice: MonthChoice) -> None:
        super().__init__()
        self._choice = choice
        self._cursor = choice.shown
        self._typed = ""
        self._typed_from = choice.shown.year
        """The year that was shown when typing began."""

        self._wrong = ""
        self._keys = BoundKeys(self)

    def compose(self) -> ComposeResult:
        """Place the grid in the middle."""
        with Vertical(id="picker-box", classes="dialog"):
            yield Canvas(id="picker")

    def on_mount(self) -> None:
        """Draw once there is a size."""
        self.call_after_refresh(self._paint)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at the new size."""
        super().on_resize(event)
        self.call_after_refresh(self._paint)

    def action_move(self, steps: int) -> None:
        """Move the cursor by months."""
        self._typed = self._wrong = ""
        moved = self._cursor.plus(steps)
        if moved.can_be_asked_for:
            self._cursor = moved
        elif steps < 0:
            self._cursor = Month(FIRST_YEAR, 1)
        self._paint()

    def action_current(self) -> None:
        """Go back to the current month."""
        self.dismiss(self._choice.current)

    def action_choose(self) -> None:
        """Close with the month under the cursor, unless it cannot be asked for."""
        if self._typed:
            try:
                self._cursor = Month.typed(self._typed, self._typed_from)
            except ValueError as error:
                self._wrong = str(error)
                self._paint()
                return
        reason = bar_reason(self._cursor, self._choice.current, self._choice.created)
        if reason is None:
            self.dismiss(self._cursor)
        else:
            self._wrong, self._typed = f"{self._cursor.title} is {reason}", ""
            self._paint()

    def action_pick(self, year: int, number: int) -> None:
        """Choose the month that was clicked."""
        self._cursor, self._typed = Month(year, number), ""
        self.action_choose()

    def on_key(self, event: events.Key) -> None:
        """Collect a typed month; the cursor follows it. A key that means nothing here is told what can be typed."""
        if event.character is not None and event.character in _TYPEABLE:
            if self._wrong or not self._typed:
                self._typed, self._typed_from = "", self._cursor.year
            self._typed += event.character
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.key not in self.active_bindings:
            self._typed, self._wrong = "", "Type a month: 2026-03, 202603 or 3"
            self._paint()
            return
        else:
            return
        event.stop()
        self._wrong = ""
        try:
            self._cursor = Month.typed(self._typed, self._typed_from)
        except ValueError as error:
            self._wrong = str(error) if len(self._typed) >= _LONGEST_TYPED else ""
        self._paint()

    def say_how_to_quit(self) -> None:
        """Answer ctrl+c, which does not quit."""
        self._wrong, self._typed = f"{self.how_to_quit().key} quits", ""
        self._paint()

    def _paint(self) -> None:
        canvas = self.query_one("#picker", Canvas)
        canvas.show_lines(self._lines(canvas.drawn_width, canvas.scrollable_content_region.height))

    def _lines(self, width: int, height: int) -> list[Line]:
        choice = self._choice
        words = "  objects synced, months in " if width >= _WIDE else "  months in "
        title: Line = (
            Span(clean(choice.name, max(width - len(words) - 10, 8)), "strong"),
            Span(words, "dim"),
            Span(choice.zone, "dim"),
        )
        year = self._cursor.year
        back, on = f"‹ {year - 1}", f"{year + 1} ›"
        middle = str(year).center(max(width - len(back) - len(on), 0))
        years: Line = (
            Span(back, "key", "screen.move(-12)"),
            Span(middle, "strong"),
            Span(on, "key", "screen.move(12)"),
        )
        lines: list[Line] = [fitted(title, width), years]
        for row in range(_ROWS):
            months = [Month(year, row * _PER_ROW + column + 1) for column in range(_PER_ROW)]
            cells = [self._cell(month, width // _PER_ROW - 1) for month in months]
            lines.extend(tuple(span for cell in cells for span in (*cell[part], Span(" "))) for part in range(3))
        spare = height - len(lines)
        foot = self._foot(width)
        return [*lines, *([()] if spare > 1 else []), foot]

    def _foot(self, width: int) -> Line:
        if self._wrong:
            return fitted((Span(self._wrong, "warn"),), width)
        choose, close = self._keys.written("enter esc", "picker.choose picker.close").split(" ")
        enter = Span(choose, "key", "screen.choose")
        if self._typed:
            return fitted((Span("Go to "), Span(self._typed, "strong"), Span("_ · ", "dim"), enter), width)
        back, on = self._keys.written("PgUp PgDn", "picker.year-back picker.year-on").split(" ")
        last = (
            Span("type 2026-03 · ", "dim"),
            enter,
            Span(" · ", "dim"),
            Span(close, "key", "screen.dismiss"),
        )
        first = (
            Span("arrows · ", "dim"),
            Span(f"{back} ", "key", "screen.move(-12)"),
            Span(on, "key", "screen.move(12)"),
            Span(" year · ", "dim"),
        )
        return fitted((*first, *last) if width_of((*first, *last)) <= width else last, width)

    def _cell(self, month: Month, width: int) -> tuple[Line, Line, Line]:
        choice = self._choice
        reason = bar_reason(month, choice.current, choice.created)
        task = choice.known.get(month)
        mark = "now" if month == choice.current else ""
        name = f" {month.short_name}"
        if reason is not None:
            words = ("–", "future" if month > choice.current else _fitting(width - 1, "too early", "early"))
        elif task is None:
            words = ("·", _fitting(width - 1, "not asked", ""))
        else:
            failed = count(task.monthly_failure_object, max(width - 8, 4))
            words = (
                count(task.monthly_success_object, width - 2),
                _fitting(width - 1, f"{failed} failed", f"{failed} ✗"),
            )
        role = "off" if reason is not None else ""
        action = "" if reason is not None else f"screen.pick({month.year}, {month.number})"
        lines = (
            (Span(name, f"{role} strong".strip(), action), Span(f" {mark}", "accent", action)),
            (Span(f" {words[0]}", role or ("" if task else "dim"), action),),
            (Span(f" {words[1]}"[:width], role or "dim", action),),
        )
        drawn = [fitted(line, width) for line in lines]
        if month == self._cursor:
            drawn = [with_role(line, "cursor") for line in drawn]
        return drawn[0], drawn[1], drawn[2]


def _fitting(width: int, *wordings: str) -> str:
    """Return the first wording that takes at most this many cells, else the last."""
    return next((words for words in wordings if cell_len(words) <= width), wordings[-1])
