"""Draws a chart of objects over time: bars on a linear time axis, with visible gaps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil

from msgspec import Struct

from omstui.core.months.series import Column, Source
from omstui.core.zone import offset_name
from omstui.ui.drawing.formats import count, span
from omstui.ui.drawing.line import Line, Span, flowing, joined, width_of
from omstui.ui.drawing.month_strip import EIGHTHS

GUTTER = 8
"""Cells to the left of the bars, for the scale."""

FEWEST_ROWS = 5
"""Fewest rows of a chart: caption, two rows of bars, axis, times."""

_WITH_LEGEND = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY = {Source.OWN: "█", Source.PART: "░", Source.SERVICE: "▒"}
_AXIS = {Source.OWN: "─", Source.PART: "~", Source.SERVICE: "┄", Source.NOBODY: "?"}
_ROLE = {Source.OWN: "ok", Source.PART: "ok", Source.SERVICE: "accent", Source.NOBODY: "dim"}
_FAILED = "!"
_LEGEND = (
    (Source.OWN, ("█ seen here", "█ seen here"), "ok"),
    (Source.PART, ("░~ seen in part", "░~ in part"), "ok"),
    (Source.SERVICE, ("▒ the service's statistic", "▒ the service's"), "accent"),
    (Source.NOBODY, ("? nobody watched", "? nobody"), "dim"),
)
"""The meaning of the signs, in a long and a short form."""


class Range(Struct, frozen=True):
    """How far back a chart reaches, and the steps that it may use."""

    name: str
    length: timedelta
    steps: tuple[timedelta, ...]
    """The possible time spans of a column, the shortest first; each divides the length."""

    ticks: tuple[timedelta, ...]
    """The possible distances of the times below the axis, the shortest first."""

    tick_format: str
    short_format: str
    """The format in fewer cells."""


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


def _hours(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=number) for number in numbers)


DAY = Range(
    "24 hours", timedelta(hours=24), _minutes(5, 10, 15, 20, 30, 60, 120), _hours(1, 2, 3, 4, 6, 12), "%H:%M", "%H"
)
WEEK = Range("7 days", timedelta(days=7), _hours(1, 2, 3, 4, 6, 12), _hours(24, 48, 72), "%a %d", "%d")
RANGES = (DAY, WEEK)


class Frame(Struct, frozen=True):
    """The columns of a chart in time and in cells."""

    end_at: datetime
    """The end of the last column: on a step of the shown zone, and not before the present moment."""

    step: timedelta
    count: int
    cells: int
    """Width of a column."""


def frame(over: Range, now: datetime, zone: tzinfo, width: int) -> Frame:
    """Return the frame with the finest columns that fit this many cells."""
    room = max(width - GUTTER, 1)
    step = next((step for step in over.steps if over.length // step <= room), over.steps[-1])
    number = min(over.length // step, room)
    shift = now.astimezone(zone).utcoffset() or timedelta()
    steps = -(-(now - _EPOCH + shift) // step)
    end_at = _EPOCH - shift + step * steps
    return Frame(end_at, step, number, max(room // number, 1))


class Chart(Struct, frozen=True):
    """The contents of a chart."""

    columns: Sequence[Column]
    over: Range
    cells: int
    word: str
    """The word for the counted objects: ``Accepted``."""

    zone: tzinfo
    """The zone of the times below the axis."""


def chart_lines(chart: Chart, width: int, height: int) -> list[Line]:
    """Draw the chart at this size; return no lines when it does not fit."""
    if height < FEWEST_ROWS or width <= GUTTER or not chart.columns:
        return []
    legend = _legend(chart, width) if height >= _WITH_LEGEND else []
    legend = legend if len(legend) <= 1 or height - len(legend) >= _WITH_LEGEND else legend[:1]
    rows = height - 3 - len(legend)
    return [_caption(chart, width), *_bars(chart, rows), _axis(chart), _times(chart), *legend]


def _caption(chart: Chart, width: int) -> Line:
    step = chart.columns[0].end_at - chart.columns[0].start_at
    zone = offset_name(chart.zone, chart.columns[-1].end_at)
    words = (Span(f" {chart.word} objects", "strong"), Span(f" per {span(step)}, last {chart.over.name}", "dim"))
    for right in (f"{zone} ", ""):
        if width_of(words) + len(right) + 1 <= width:
            return joined(words, (Span(right, "dim"),), width)
    return words


def _bars(chart: Chart, rows: int) -> list[Line]:
    """Draw the bars from the top row down, with the scale on the left."""
    top = max((column.value for column in chart.columns if column.value is not None), default=0.0)
    heights = [_eighths(column.value, top, rows) for column in chart.columns]
    lines = []
    for row in range(rows - 1, -1, -1):
        label = ceil(top) if row == rows - 1 else None
        spans = [Span(f"{count(label, GUTTER - 2) if label is not None else '':>{GUTTER - 1}} ", "dim")]
        for column, height in zip(chart.columns, heights, strict=True):
            filled = min(max(height - row * len(EIGHTHS), 0), len(EIGHTHS))
            # Full cells show the source by their own glyph; the top cell shows only the height.
            glyph = " " if not filled else _BODY[column.source] if filled == len(EIGHTHS) else EIGHTHS[filled - 1]
            spans.append(Span(glyph * chart.cells, _ROLE[column.source]))
        lines.append(_merged(spans))
    return lines


def _eighths(value: float | None, top: float, rows: int) -> int:
    """Return the height of a bar in eighths of a row: at least one for a value above 0."""
    if not value or top <= 0:
        return 0
    return max(round(value / top * rows * len(EIGHTHS)), 1)


def _axis(chart: Chart) -> Line:
    """Draw the axis, which shows the source of each column and marks failures."""
    spans = [Span(f"{'0':>{GUTTER - 1}} ", "dim")]
    for column in chart.columns:
        glyph, role = (_FAILED, "bad strong") if column.failed else (_AXIS[column.source], "dim")
        spans.append(Span(glyph * chart.cells, role))
    return _merged(spans)


def _times(chart: Chart) -> Line:
    """Draw the start times below the columns, as many as fit."""
    step = chart.columns[0].end_at - chart.columns[0].start_at
    formats = ((chart.over.tick_format, 2), (chart.over.short_format, 1))
    for form, gap in formats:
        length = len(f"{chart.columns[0].start_at:{form}}") + gap
        for tick in chart.over.ticks:
            if tick // step * chart.cells >= length:
                return _ticks(chart, form, tick)
    return _ticks(chart, chart.over.short_format, chart.over.ticks[-1])


def _ticks(chart: Chart, form: str, tick: timedelta) -> Line:
    text = ""
    end = len(chart.columns) * chart.cells
    for number, column in enumerate(chart.columns):
        local = column.start_at.astimezone(chart.zone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        days = local.date().toordinal() if tick > timedelta(days=1) else 0
        if (timedelta(days=days) + since_midnight) % tick:
            continue
        label, at = f"{local:{form}}", number * chart.cells
        if at >= len(text) + bool(text) and at + len(label) <= end:
            text = text.ljust(at) + label
    return (Span(" " * GUTTER), Span(text, "dim"))


def _legend(chart: Chart, width: int) -> list[Line]:
    """Draw the meaning of the used signs, in the short form if that saves a line."""
    sources = {column.source for column in chart.columns}
    lines: list[Line] = []
    for length in range(2):
        spans = [Span(words[length], role) for source, words, role in _LEGEND if source in sources]
        if any(column.failed for column in chart.columns):
            spans.append(Span(f"{_FAILED} failures", "bad"))
        spaced = [one if number == 0 else one._replace(text=f" · {one.text}") for number, one in enumerate(spans)]
        lines = [(Span(" " * GUTTER), *line) for line in flowing(spaced, max(width - GUTTER, 1))]
        if len(lines) <= 1:
            break
    return lines


def _merged(spans: Sequence[Span]) -> Line:
    """Return the spans with neighbours of the same role joined."""
    merged: list[Span] = []
    for one in spans:
        if merged and merged[-1].role == one.role:
            merged[-1] = merged[-1]._replace(text=merged[-1].text + one.text)
        else:
            merged.append(one)
    return tuple(merged)
