"""Draws the wall: one task in large figures, and the name of every task that is not well."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from rich.cells import cell_len

from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Assessment, Condition
from omstui.core.watch.rates import Rate, rate
from omstui.ui.drawing.big_letters import big_height, big_lines, big_width, can_draw
from omstui.ui.drawing.condition_signs import GLYPHS, role_of, state_words
from omstui.ui.drawing.formats import clean, count, cut, exact, seen_at, span
from omstui.ui.drawing.line import EMPTY, Line, Span, fitted, flowing, joined, width_of
from omstui.ui.drawing.list_columns import Context
from omstui.ui.drawing.task_words import pending_words
from omstui.ui.widgets.head_line import Head

_MARGIN = 2
_GAP = 4
_BETWEEN = 6
"""Dots between two names of tasks that are not well, more than between two words."""

_LONGEST_NAME = 40
_AIR = 2
"""Blank lines that are preferred to larger letters."""

_EVEN = {0: 0, 1: 0, 2: 2, 3: 2, 4: 4}
"""The next smaller or equal scale that needs no half blocks."""

_QUIET = frozenset({Condition.SYNCING, Condition.ASKING})
_MINUTE = timedelta(minutes=1)


class WallView(Struct, frozen=True):
    """The data of the wall."""

    states: tuple[TaskState, ...]
    """The tasks that match the filter, in the order of the list."""

    every: tuple[TaskState, ...]
    """All tasks, since a filter must not hide an alarm."""

    context: Context
    head: Head
    is_ascii: bool = False
    is_thin: bool = False
    """Whether the clock shows minutes only."""

    @property
    def with_problems(self) -> list[TaskState]:
        """The tasks that are not well, the worst first."""
        conditions = [(self.context.assessment(state).condition, state) for state in self.every]
        bad = [pair for pair in conditions if pair[0] not in _QUIET]
        return [state for _, state in sorted(bad, key=lambda pair: pair[0].severity)]


class Sizes(NamedTuple):
    """The scales of the parts; 0 is normal text."""

    name: int
    state: int
    label: int
    figure: int
    band: int


_SIZES = (
    Sizes(4, 3, 2, 4, 2),
    Sizes(3, 3, 2, 4, 2),
    Sizes(3, 3, 2, 4, 1),
    Sizes(4, 3, 1, 4, 1),
    Sizes(3, 3, 1, 4, 1),
    Sizes(3, 2, 1, 4, 1),
    Sizes(2, 2, 1, 4, 1),
    Sizes(3, 3, 1, 3, 2),
    Sizes(3, 2, 1, 3, 1),
    Sizes(2, 2, 1, 3, 1),
    Sizes(2, 2, 1, 2, 1),
    Sizes(1, 2, 1, 2, 1),
    Sizes(2, 1, 1, 2, 1),
    Sizes(1, 1, 1, 2, 1),
    Sizes(1, 1, 0, 2, 1),
    Sizes(1, 1, 1, 2, 0),
    Sizes(1, 1, 0, 2, 0),
    Sizes(0, 1, 0, 2, 0),
)
"""From the largest to the smallest; the first that fits is used."""


class Figure(NamedTuple):
    """One of the four figures."""

    label: str
    exact: tuple[Span, ...]
    rounded: tuple[Span, ...]
    note: str = ""


def wall_lines(view: WallView, ref: TaskRef | None, width: int, height: int) -> list[Line]:
    """Draw one task, with the tasks that are not well at the bottom, as large as fits."""
    state = next((one for one in view.states if one.ref == ref), None)
    if state is None:
        words = "No task matches the filter" if view.every else "No task is watched"
        return _filled([EMPTY, (Span(f"  {words}", "strong"),)], _plain_band(view, width), height)
    for is_rounded, air in ((False, _AIR), (False, 0), (True, 0)):
        for sizes in _SIZES:
            asked = Sizes(*(_EVEN[scale] for scale in sizes)) if view.is_ascii else sizes
            parts = _drawn(view, state, asked, width, is_rounded=is_rounded)
            band = _band(view, asked.band, width)
            if parts is not None and band is not None and sum(map(len, parts)) + len(band) + air <= height:
                return _filled(_airy(parts, height - len(band)), band, height)
    return _small(view, state, width, height)


def _filled(lines: Sequence[Line], band: Sequence[Line], height: int) -> list[Line]:
    """Return the lines with the band at the bottom."""
    above = [*lines, *[EMPTY] * height][: max(height - len(band), 0)]
    return [*above, *band][:height]


def _airy(parts: Sequence[Sequence[Line]], height: int) -> list[Line]:
    """Return the parts with as many blank lines as fit: before the first, then the last, then the others."""
    spare = height - sum(map(len, parts))
    order = [0, *range(len(parts) - 1, 0, -1)]
    gaps = [0] * len(parts)
    for turn in range(min(spare, 2 * len(parts))):
        gaps[order[turn % len(parts)]] += 1
    return [line for gap, part in zip(gaps, parts, strict=True) for line in (*[EMPTY] * gap, *part)]


def _drawn(view: WallView, state: TaskState, sizes: Sizes, width: int, *, is_rounded: bool) -> list[list[Line]] | None:
    """Draw name, state and two rows of two figures in these sizes; ``None`` when they are wider than the screen."""
    assessment = view.context.assessment(state)
    room = width - 2 * _MARGIN
    name = clean(state.name, _LONGEST_NAME)
    name_scale = sizes.name if can_draw(name) else 0
    if name_scale and big_width(name, name_scale) > room:
        return None
    state_line = _state(view, state, assessment, sizes.state, room)
    grid = _grid(_figures(view, state, assessment), sizes, room, is_rounded=is_rounded)
    if grid is None or state_line is None:
        return None
    title = [*_text(name, name_scale, "strong"), (Span(_about(view, state, has_name=not name_scale), "dim"),)]
    return [[(Span(" " * _MARGIN), *line) for line in part] for part in (title, state_line, *grid)]


def _width(text: str, scale: int) -> int:
    return big_width(text, scale) if scale else width_of((Span(text),))


def _text(text: str, scale: int, role: str) -> list[Line]:
    """Draw a text in a scale; 0 is normal text."""
    return [(Span(line, role),) for line in (big_lines(text, scale) if scale else (text,))]


def _about(view: WallView, state: TaskState, *, has_name: bool) -> str:
    """Return the exact name if wanted, the profile, the place among the tasks, and the counted month."""
    refs = [one.ref for one in view.states]
    month = f" · {state.good.month.title} so far" if state.good is not None else ""
    place = f"{refs.index(state.ref) + 1} of {len(refs)}"
    name = "" if has_name else f"{clean(state.name, _LONGEST_NAME)} · "
    return f"{name}{clean(state.ref.profile, _LONGEST_NAME)} · {place}{month}"


def _ages(assessment: Assessment, now: datetime) -> tuple[str, ...]:
    """Return the age of the figures, in a long and a short form; in minutes, so that it does not change each second."""
    age = assessment.age(now)
    if age is None:
        return ("no answer",)
    if assessment.is_age_unknown:
        return "of unknown age", "age ?"
    words = "<1 min" if age < _MINUTE else span(age)
    return f"answered {words} ago", f"age {words}"


def _state(view: WallView, state: TaskState, assessment: Assessment, scale: int, room: int) -> list[Line] | None:
    """Draw the condition, with the age of the figures on the right; ``None`` when they are wider than the screen."""
    words = f"{GLYPHS[assessment.condition]} {state_words(state, assessment, view.context.now)}"
    scale = scale if can_draw(words) else 0
    age_scale = 0 if view.is_ascii and scale < 4 else max(scale - 1, min(scale, 1))
    left = room - _GAP - _width(words, scale)
    tries = [(text, age_scale) for text in _ages(assessment, view.context.now)]
    if state.good is not None and big_height(age_scale) < big_height(scale):
        tries.append((tries[-1][0].removeprefix("age "), age_scale))  # the time of the answer is below it
    tries.append((tries[0][0], 0))
    age, age_scale = next((one for one in tries if _width(*one) <= left), ("", -1))
    if age_scale < 0:
        return None
    lines = _text(words, scale, f"{role_of(assessment.condition)} strong")
    is_old = assessment.condition.has_old_figures
    right = _text(age, age_scale, "warn" if is_old else "dim")
    good = state.good
    if good is not None and len(lines) > len(right):
        at = f"answered {seen_at(good.answered_at, view.context.now, view.context.zone)}"
        right.append((Span(at, "dim"),))
    right += [EMPTY] * (len(lines) - len(right))
    return [joined(left, beside, room) for left, beside in zip(lines, right[: len(lines)], strict=True)]


def _figures(view: WallView, state: TaskState, assessment: Assessment) -> tuple[Figure, Figure, Figure, Figure]:
    task = state.task
    role = "dim" if assessment.condition.has_old_figures else "strong"
    synced = task.monthly_success_object if task is not None else None
    failed = task.monthly_failure_object if task is not None else None
    pending = task.pending if task is not None else None
    is_current = not assessment.condition.has_old_figures
    speed = rate(state.points, "monthly_success_object") if is_current else None
    return (
        _figure("Synced", synced, role),
        _figure("Pending", pending, role, note=pending_words(state) if is_current else ""),
        _figure("Failed", failed, role, new=state.new_failures),
        _pace(speed, role),
    )


def _pace(speed: Rate | None, role: str) -> Figure:
    """Return the figure of synced objects per minute, with the time over which it was measured."""
    if speed is None:
        return _figure("Per min", None, role)
    note = f"over {span(speed.basis)}"
    if 0 < abs(speed.per_minute) < 10:
        text = (Span(f"{speed.per_minute:.1f}", role),)
        return Figure("Per min", text, text, note)
    return _figure("Per min", round(speed.per_minute), role, note=note)


def _figure(label: str, number: int | None, role: str, *, new: int = 0, note: str = "") -> Figure:
    """Return a figure with its new part, exact and rounded."""
    pairs = ((exact(number), f" +{new:,}"), (_briefly(number), f" +{_briefly(new)}"))
    whole, rounded = ((Span(text, role), *((Span(more, "bad strong"),) if new else ())) for text, more in pairs)
    return Figure(label, whole, rounded, note)


def _briefly(number: int | None) -> str:
    return count(number, 4).replace(" ", "")


def _grid(figures: Sequence[Figure], sizes: Sizes, room: int, *, is_rounded: bool) -> list[list[Line]] | None:
    """Draw two rows of two figures; ``None`` when they are wider than `room`."""
    spans = [figure.rounded if is_rounded else figure.exact for figure in figures]
    widths = [
        max(big_width("".join(one.text for one in figure), sizes.figure), _width(label.label, sizes.label))
        for figure, label in zip(spans, figures, strict=True)
    ]
    left, right = max(widths[0], widths[2]), max(widths[1], widths[3])
    if left + _GAP + right > room:
        return None
    left_room = max(min(room // 2 + room // 8, room - right), left + _GAP)
    rows: list[list[Line]] = []
    for first, second in ((0, 1), (2, 3)):
        cells = [
            _cell(figures[index], spans[index], sizes, cell_room)
            for index, cell_room in ((first, left_room - 1), (second, room - left_room))
        ]
        rows.append([(*fitted(a, left_room), *b) for a, b in zip(*cells, strict=True)])
    return rows


def _cell(figure: Figure, spans: Sequence[Span], sizes: Sizes, room: int) -> list[Line]:
    """Draw one figure below its label, with the note beside the label if it fits."""
    label = _text(figure.label, sizes.label, "dim")
    note = figure.note
    if spans != figure.exact:
        note = " · ".join(part for part in ("".join(one.text for one in figure.exact), note) if part)
    rest = room - width_of(label[0]) - 2
    if note and rest >= width_of((Span(note),)):
        middle = len(label) // 2
        label[middle] = (*label[middle], Span(f"  {note}", "dim"))
    drawn = [list[Span]() for _ in range(big_height(sizes.figure))]
    for at, one in enumerate(spans):
        for line, piece in zip(drawn, big_lines(one.text, sizes.figure), strict=True):
            line.append(Span((" " * sizes.figure if at else "") + piece, one.role))
    return [*label, *map(tuple, drawn)]


# The tasks that are not well


def _band(view: WallView, scale: int, width: int) -> list[Line] | None:
    """Draw the name of every task that is not well, in this scale; ``None`` when one is wider than the screen."""
    with_problems = view.with_problems
    if not with_problems:
        return []
    if not scale:
        return _plain_band(view, width)
    rows: list[list[Span]] = [[]]
    taken = 0
    for state in with_problems:
        condition = view.context.assessment(state).condition
        words = f"{GLYPHS[condition]} {clean(state.name, _LONGEST_NAME)}"
        cells = big_width(words, scale)
        if not can_draw(words) or cells > width - 2 * _MARGIN:
            return None
        gap = _BETWEEN * scale if rows[-1] else 0
        if taken + gap + cells > width - 2 * _MARGIN:
            rows.append([])
            taken = gap = 0
        rows[-1].append(Span(words, f"{role_of(condition)} strong"))
        taken += gap + cells
    lines = [_rule(width)]
    for row in rows:
        for index in range(big_height(scale)):
            line = [Span(" " * _MARGIN)]
            for number, one in enumerate(row):
                between = " " * (_BETWEEN * scale if number else 0)
                line.append(Span(between + big_lines(one.text, scale)[index], one.role))
            lines.append(tuple(line))
    return lines


def _plain_band(view: WallView, width: int) -> list[Line]:
    """Draw the name and the state of every task that is not well, in normal text."""
    spans: list[Span] = []
    for state in view.with_problems:
        assessment = view.context.assessment(state)
        before, after = f"  {GLYPHS[assessment.condition]} ", f" {state_words(state, assessment, view.context.now)}  "
        name = clean(state.name, max(min(_LONGEST_NAME, width - cell_len(before + after)), 1))
        spans.append(Span(f"{before}{name}{after}", f"{role_of(assessment.condition)} strong"))
    return [_rule(width), *flowing(spans, width)] if spans else []


def _rule(width: int) -> Line:
    return (Span("─" * width, "dim"),)


# Little room


def _small(view: WallView, state: TaskState, width: int, height: int) -> list[Line]:
    """Draw the wall in normal text, for a small screen."""
    assessment = view.context.assessment(state)
    words = f"{GLYPHS[assessment.condition]} {state_words(state, assessment, view.context.now)}"
    state_line = Span(words, role_of(assessment.condition))
    lines: list[Line] = [
        (Span(clean(state.name, _LONGEST_NAME), "strong"),),
        (Span(cut(_about(view, state, has_name=True), max(width - 1, 1)), "dim"),),
        joined((state_line,), (Span(_ages(assessment, view.context.now)[0], "dim"),), max(width - 2, 1)),
    ]
    synced, pending, failed, pace = _figures(view, state, assessment)
    for figure in (synced, failed, pending, pace):  # the most important first, since not all may fit
        note = (Span(f"  {figure.note}", "dim"),) if figure.note else ()
        lines.append((Span(figure.label.ljust(12), "dim"), *figure.exact, *note))
    band = _plain_band(view, width)
    if len(lines) + len(band) > height:  # the tasks that are not well matter more than the figures
        band = band[: max(height - 3, 1)]
        lines = lines[: height - len(band)]
    return _filled([(Span(" "), *line) for line in lines], band, height)
