"""The picture of a task's past: its months above, its last hours or days below."""

from collections.abc import Sequence

from msgspec import Struct

from omstui.core.months.month_table import MonthRow
from omstui.ui.drawing.chart import FEWEST_ROWS, Chart, chart_lines
from omstui.ui.drawing.line import Line, Span, fitted, joined, width_of, wrapped
from omstui.ui.drawing.text import clean
from omstui.ui.history.month_rows import header, month_line, sentence
from omstui.ui.widgets.key_hints import KeyHint, hint_line

YEAR = 12
"""Months in view where there is room."""

_BLANK: Line = ()
_CHART_ROWS = 8
"""Rows that the chart has at least, where there are twice as many."""

_FEWEST_MONTHS = 3
_TALL = 16
"""Rows from which on the month under the cursor has a sentence."""


class HistoryView(Struct, frozen=True):
    """What is shown of one task."""

    name: str
    """What the task is called; foreign text."""

    profile: str
    rows: Sequence[MonthRow]
    """The latest first."""

    chart: Chart | None
    """``None`` until its readings are there."""

    remark: str = ""
    """What is to be said of the figures: why months are not asked for, or the service's statistic; foreign text."""


class Place(Struct, frozen=True):
    """Where one is in the table."""

    cursor: int = 0
    top: int = 0

    def moved(self, steps: int, rows: int, shown: int) -> "Place":
        """Return the place after moving the cursor, among so many rows of which so many can be seen."""
        cursor = min(max(self.cursor + steps, 0), max(rows - 1, 0))
        top = min(max(self.top, cursor - shown + 1), cursor)
        return Place(cursor, max(min(top, rows - shown), 0))


def rows_shown(height: int) -> int:
    """Return how many months can be seen at this height."""
    room = height - _fixed(height) - _CHART_ROWS
    return min(max(room, _FEWEST_MONTHS, min((height - _fixed(height)) // 2, YEAR)), YEAR)


def _fixed(height: int) -> int:
    """Return the rows of the title, the table's header, the sentence with a blank line, and the keys."""
    return 5 if height >= _TALL else 3


def history_lines(view: HistoryView, place: Place, hints: Sequence[KeyHint], width: int, height: int) -> list[Line]:
    """Draw all of it at this size."""
    shown = rows_shown(height)
    title: Line = (Span(f" {clean(view.name, max(width // 2, 8))}", "strong"), Span("  months and hours", "dim"))
    profile: Line = (Span(f"{clean(view.profile, width // 3)} ", "dim"),)
    lines = [joined(title, profile if width_of((*title, *profile)) < width else (), width), header(width)]
    for number, row in list(enumerate(view.rows))[place.top : place.top + shown]:
        lines.append(month_line(row, width, is_under_cursor=number == place.cursor))
    if height >= _TALL:
        words = sentence(view.rows[place.cursor]) if place.cursor < len(view.rows) else ""
        lines += [*wrapped(words, width - 1, "dim", indent=1)[:2], _BLANK]
    remark = wrapped(clean(view.remark, 200), width - 1, "warn", indent=1)[:2] if view.remark else []
    room = height - len(lines) - 1
    if room - len(remark) < FEWEST_ROWS:
        remark = remark[:1] if height >= _TALL else []
    room -= len(remark)
    if view.chart is not None:
        lines += chart_lines(view.chart, width, room)
    lines += remark
    lines += [_BLANK] * max(height - 1 - len(lines), 0)
    return [fitted(line, width) for line in [*lines[: height - 1], (Span(" "), *hint_line(hints, width - 1))]]
