"""Draws the history of a task: its months above, its last hours or days below."""

from collections.abc import Sequence

from msgspec import Struct

from omstui.core.months.month_table import MonthRow
from omstui.ui.drawing.chart import FEWEST_ROWS, Chart, chart_lines
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import EMPTY, Line, Span, fitted, joined, width_of, wrapped
from omstui.ui.history.month_rows import header, month_line, sentence
from omstui.ui.widgets.key_hints import KeyHint, hint_line

YEAR = 12
"""The most visible months."""

_CHART_ROWS = 8
"""The fewest rows of the chart, if there are twice as many for both parts."""

_FEWEST_MONTHS = 3
_TALL = 16
"""The fewest rows of the screen for a sentence about the month under the cursor."""


class HistoryView(Struct, frozen=True):
    """The shown data of one task."""

    name: str
    """The name of the task; foreign text."""

    profile: str
    rows: Sequence[MonthRow]
    """Newest first."""

    chart: Chart | None
    """``None`` until its counter spans are loaded."""

    remark: str = ""
    """Why past months or the service's statistic are not requested; foreign text; empty when they are."""


class Place(Struct, frozen=True):
    """The cursor and the first visible row of the table."""

    cursor: int = 0
    top: int = 0

    def moved(self, steps: int, rows: int, shown: int) -> "Place":
        """Return the place after moving the cursor among `rows` rows, `shown` of which are visible."""
        cursor = min(max(self.cursor + steps, 0), max(rows - 1, 0))
        top = min(max(self.top, cursor - shown + 1), cursor)
        return Place(cursor, max(min(top, rows - shown), 0))


def rows_shown(height: int) -> int:
    """Return how many months are visible at this height."""
    room = height - _fixed(height) - _CHART_ROWS
    return min(max(room, _FEWEST_MONTHS, min((height - _fixed(height)) // 2, YEAR)), YEAR)


def _fixed(height: int) -> int:
    """Return the rows of title, table header, keys and, if there is one, the sentence with a blank line."""
    return 5 if height >= _TALL else 3


def history_lines(view: HistoryView, place: Place, hints: Sequence[KeyHint], width: int, height: int) -> list[Line]:
    """Draw the screen at this size."""
    shown = rows_shown(height)
    title: Line = (Span(f" {clean(view.name, max(width // 2, 8))}", "strong"), Span("  months and hours", "dim"))
    profile: Line = (Span(f"{clean(view.profile, width // 3)} ", "dim"),)
    lines = [joined(title, profile if width_of((*title, *profile)) < width else (), width), header(width)]
    for number, row in list(enumerate(view.rows))[place.top : place.top + shown]:
        lines.append(month_line(row, width, is_under_cursor=number == place.cursor))
    if height >= _TALL:
        words = sentence(view.rows[place.cursor]) if place.cursor < len(view.rows) else ""
        lines += [*wrapped(words, width - 1, "dim", indent=1)[:2], EMPTY]
    remark = wrapped(clean(view.remark, 200), width - 1, "warn", indent=1)[:2] if view.remark else []
    room = height - len(lines) - 1
    if room - len(remark) < FEWEST_ROWS:
        remark = remark[:1] if height >= _TALL else []
    room -= len(remark)
    if view.chart is not None:
        lines += chart_lines(view.chart, width, room)
    lines += remark
    lines += [EMPTY] * max(height - 1 - len(lines), 0)
    return [fitted(line, width) for line in [*lines[: height - 1], (Span(" "), *hint_line(hints, width - 1))]]
