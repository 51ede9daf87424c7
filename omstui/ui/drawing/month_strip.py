"""Draws twelve months as bars, side by side below their names."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from omstui.core.month import FIRST_YEAR, Month, bar_reason
from omstui.core.task import SyncTask
from omstui.ui.drawing.formats import count
from omstui.ui.drawing.line import Line, Span

EIGHTHS = "▁▂▃▄▅▆▇█"
MONTHS = 12
_NAMED = 4
"""Cells from one month to the next, if three letters of each name fit."""

_NARROWEST = 2 * MONTHS - 1
_NOT_ASKED = "·"
_NOT_REPORTED = "–"


class Strip(Struct, frozen=True):
    """The months to draw, and their tasks as answered."""

    shown: Month
    current: Month
    created: Month | None
    known: Mapping[Month, SyncTask]

    @property
    def months(self) -> tuple[Month, ...]:
        """The twelve months up to the current one, or up to the shown one when that is older than those."""
        last = self.current if self.shown > self.current.plus(-MONTHS) or self.shown.year <= FIRST_YEAR else self.shown
        return tuple(last.plus(-back) for back in range(MONTHS - 1, -1, -1))

    @property
    def wanted(self) -> tuple[Month, ...]:
        """The past months whose figures the strip shows, newest first."""
        over = [month for month in reversed(self.months) if month != self.current]
        return tuple(month for month in over if bar_reason(month, self.current, self.created) is None)


def month_strip(strip: Strip, width: int) -> list[Line]:
    """Draw the caption, the names and the bars; return no lines when they do not fit.

    The bars show accepted objects, or synced ones if no accepted ones are reported. A click on a name shows its month.
    A dot marks a month that was not asked for, a dash a figure that was not reported, a zero no objects; a month that
    cannot be asked for is dim and has no bar.
    """
    if width < _NARROWEST:
        return []
    pitch = min((width + 1) // MONTHS, _NAMED)
    figures = {month: strip.known.get(month) for month in strip.months}
    word, figure = _figure_of([task for task in figures.values() if task is not None])
    values = {month: figure(task) for month, task in figures.items() if task is not None}
    known = [value for value in values.values() if value is not None]
    top = max(known, default=0)
    caption = f"{word} by month" + (f", at most {count(top, 7)}" if known else "")
    names: list[Span] = []
    bars: list[Span] = []
    for month in strip.months:
        is_barred = bar_reason(month, strip.current, strip.created) is not None
        action = "" if is_barred else f"screen.show_month({month.year}, {month.number})"
        gap = Span(" ") if names else Span("")
        role = "cursor strong" if month == strip.shown else "off" if is_barred else "dim"
        names += [gap, Span(month.short_name[: pitch - 1], role, action)]
        value = values.get(month)
        if is_barred:
            drawn, role = " ", "off"
        elif month not in values:
            drawn, role = _NOT_ASKED, "dim"
        elif value is None:
            drawn, role = _NOT_REPORTED, "dim"
        else:
            drawn = eighth(value, top) if value else "0"
            role = "dim" if not value else "accent" if month == strip.current else "ok"
        bars += [gap, Span((drawn * (1 if drawn in "0·–" else pitch - 1)).center(pitch - 1), role, action)]
    return [(Span(caption[:width], "dim"),), tuple(names), tuple(bars)]


def eighth(value: int, top: int) -> str:
    """Return the one-row bar of a value greater than 0; `top` fills the row."""
    return EIGHTHS[max(-(-value * len(EIGHTHS) // max(top, 1)), 1) - 1]


def _figure_of(tasks: Sequence[SyncTask]) -> tuple[str, Callable[[SyncTask], int | None]]:
    """Return the word and the figure of the bars: the same figure for all months."""
    if any(task.monthly_acceptance_request is not None for task in tasks) or not any(
        task.monthly_success_object is not None for task in tasks
    ):
        return "Accepted", lambda task: task.monthly_acceptance_request
    return "Synced", lambda task: task.monthly_success_object
