"""A chart of objects over time: bars on a true time axis, with its holes drawn as holes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil

from msgspec import Struct

from omstui.core.months.series import Column, Source
from omstui.core.zone import offset_name
from omstui.ui.drawing.line import Line, Span, flowing, joined, width_of
from omstui.ui.drawing.month_strip import EIGHTHS
from omstui.ui.drawing.text import count, span

GUTTER = 8
"""Cells left of the bars, for the scale."""

FEWEST_ROWS = 5
"""Rows below which there is no chart: caption, two of bars, axis, times."""

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
"""What the signs mean, in full and shortly."""


class Range(Struct, frozen=True):
    """How far back a chart reaches, and in what steps it may do so."""

    name: str
    length: timedelta
    steps: tuple[timedelta, ...]
    """How long a column may be, the finest first; each divides the length."""

    ticks: tuple[timedelta, ...]
    """How far apart times may stand below the axis, the closest first."""

    tick_format: str
    short_format: str
    """The same in fewer cells."""


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
    """Where the columns of a chart stand."""

    end_at: datetime
    """Where the last column ends: on a step, as the shown zone counts, and not before the present moment."""

    step: timedelta
    count: int
    cells: int
    """How wide a column is."""


def frame(over: Range, now: datetime, zone: tzinfo, width: int) -> Frame:
    """Return the finest columns that this many cells have room for."""
    room = max(width - GUTTER, 1)
    step = next((step for step in over.steps if over.length // step <= room), over.steps[-1])
    number = min(over.length // step, room)
    shift = now.astimezone(zone).utcoffset() or timedelta()
    steps = -(-(now - _EPOCH + shift) // step)
    end_at = _EPOCH - shift + step * steps
    return Frame(end_at, step, number, max(room // number, 1))


class Chart(Struct, frozen=True):
    """What is drawn."""

    columns: Sequence[Column]
    over: Range
    cells: int
    word: str
    """What is counted: ``Accepted``."""

    zone: tzinfo
    """The zone of the times below the axis."""


def chart_lines(chart: Chart, width: int, height: int) -> list[Line]:
    """Draw the chart at this size; nothing when there is no room for one."""
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
    """Draw the bars from the top row down, with the scale to their left."""
    top = max((column.value for column in chart.columns if column.value is not None), default=0.0)
    heights = [_eighths(column.value, top, rows) for column in chart.columns]
    lines = []
    for row in range(rows - 1, -1, -1):
        label = ceil(top) if row == rows - 1 else None
        spans = [Span(f"{count(label, GUTTER - 2) if label is not None else '':>{GUTTER - 1}} ", "dim")]
        for column, height in zip(chart.columns, heights, strict=True):
            filled = min(max(height - row * len(EIGHTHS), 0), len(EIGHTHS))
            # Bars of other kinds have whole cells of their own; the last one is as high as it should be.
            glyph = " " if not filled else _BODY[column.source] if filled == len(EIGHTHS) else EIGHTHS[filled - 1]
            spans.append(Span(glyph * chart.cells, _ROLE[column.source]))
        lines.append(_merged(spans))
    return lines


def _eighths(value: float | None, top: float, rows: int) -> int:
    """Return a bar's height in eighths of a row: at least one for anything above 0."""
    if not value or top <= 0:
        return 0
    return max(round(value / top * rows * len(EIGHTHS)), 1)


def _axis(chart: Chart) -> Line:
    """Draw where each column's figure comes from, and where something failed."""
    spans = [Span(f"{'0':>{GUTTER - 1}} ", "dim")]
    for column in chart.columns:
        glyph, role = (_FAILED, "bad strong") if column.failed else (_AXIS[column.source], "dim")
        spans.append(Span(glyph * chart.cells, role))
    return _merged(spans)


def _times(chart: Chart) -> Line:
    """Draw the times below the columns that begin with them, as many as have room."""
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
    """Say what the signs mean that are drawn, shortly where that saves a line."""
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
    """Join neighbours of the same role."""
    merged: list[Span] = []
    for one in spans:
        if merged and merged[-1].role == one.role:
            merged[-1] = merged[-1]._replace(text=merged[-1].text + one.text)
        else:
            merged.append(one)
    return tuple(merged)
