"""The columns of the watch list, and the words and figures in them."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Assessment, Condition, ConditionIndex
from omstui.ui.drawing.condition_signs import GLYPHS, role_of, state_words
from omstui.ui.drawing.formats import (
    MISSING,
    clean,
    count,
    counts_within,
    seen_shortly,
    size,
)
from omstui.ui.drawing.line import Line, Span, fitted


class Context(Struct, frozen=True):
    """What a row needs besides its task state."""

    index: ConditionIndex
    """All tasks with their assessments."""

    zone: tzinfo
    """The zone in which times are shown."""

    marks: Mapping[str, Span] = field(default_factory=dict)
    """The mark of each profile in front of its rows; empty when none is needed."""

    @property
    def now(self) -> datetime:
        """The moment that is shown."""
        return self.index.now

    def assessment(self, state: TaskState) -> Assessment:
        """Return the assessment of a task of the index."""
        return self.index.assessments[state.ref]


class Column(Struct, frozen=True):
    """One column of the watch list."""

    name: str
    width: int
    """In cells, without the blank after it."""

    cell: Callable[[TaskState, Assessment, Context, int], Line]
    sort_key: Callable[[TaskState, Context], Any]
    is_number: bool = True


def _name_cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
    return (Span(clean(state.name, width), "strong" if assessment.condition is Condition.FAILING else ""),)


def _state_cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
    return (Span(clean(state_words(state, assessment, context.now), width), role_of(assessment.condition)),)


def _old(assessment: Assessment) -> str:
    """Return the role of figures: dim when they are not current, which the state explains."""
    return "dim" if assessment.condition.has_old_figures else ""


def _counter(field: str) -> Callable[[TaskState, Assessment, Context, int], Line]:
    def cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
        value = getattr(state.task, field) if state.task is not None else None
        return (Span(count(value, width).rjust(width), _old(assessment)),)

    return cell


def _failed_cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
    failed = state.task.monthly_failure_object if state.task is not None else None
    role = _old(assessment)
    if not state.new_failures:
        return (Span(count(failed, width).rjust(width), role),)
    total, new = counts_within(width, failed, state.new_failures)
    return (Span(f"{total} ".rjust(width - len(new))[: width - len(new)], role), Span(new, f"{role} bad".strip()))


def _size_cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
    value = state.task.monthly_size if state.task is not None else None
    return (Span(size(value).rjust(width), _old(assessment)),)


def _answered_cell(state: TaskState, assessment: Assessment, context: Context, width: int) -> Line:
    text = MISSING if state.good is None else seen_shortly(state.good.answered_at, context.now, context.zone)
    role = "warn" if assessment.condition is Condition.STALE else "dim"
    return (Span(clean(text, width).rjust(width), role),)


def _by(field: str) -> Callable[[TaskState, Context], Any]:
    def key(state: TaskState, context: Context) -> Any:
        value = getattr(state.task, field) if state.task is not None else None
        return -1 if value is None else value

    return key


def _severity(state: TaskState, context: Context) -> int:
    return context.assessment(state).condition.severity


TASK = Column("Task", 13, _name_cell, lambda state, _: state.name.casefold(), is_number=False)
STATE = Column("State", 10, _state_cell, _severity, is_number=False)
SYNCED = Column("Synced", 11, _counter("monthly_success_object"), _by("monthly_success_object"))
FAILED = Column("Failed", 10, _failed_cell, _by("monthly_failure_object"))
SKIPPED = Column("Skipped", 8, _counter("monthly_skip_object"), _by("monthly_skip_object"))
PENDING = Column("Pending", 7, _counter("pending"), _by("pending"))
SIZE = Column("Size", 7, _size_cell, _by("monthly_size"))
ANSWERED = Column(
    "Answered",
    8,
    _answered_cell,
    lambda state, _: state.good.answered_at.timestamp() if state.good is not None else 0.0,
)

COLUMNS = (TASK, STATE, SYNCED, FAILED, SKIPPED, PENDING, SIZE, ANSWERED)
_DROPPED_FIRST = (SKIPPED, SIZE, PENDING, ANSWERED, SYNCED)
_MARK = 2  # a blank and the letter of the row's profile
_EDGE = 3  # the glyph, with a blank on each side
_WIDEST_NAME = 40
_SPARE_FOR_FIGURES = 4
_ARROWS = {False: "▲", True: "▼"}
"""The arrow of the sort order, by whether it is reversed."""


class Layout(Struct, frozen=True):
    """The columns that fit a width, with their own widths."""

    columns: tuple[tuple[Column, int], ...]
    has_marks: bool = False

    @classmethod
    @lru_cache(maxsize=64)  # called for each row
    def for_width(cls, width: int, *, has_marks: bool = False) -> "Layout":
        """Return the layout for a width: columns are dropped until the rest fits; glyph, task, state and failed stay.

        The task's name gets the rest up to a limit; then the counters grow.

        Args:
            width: the width in cells.
            has_marks: whether each row begins with its profile's mark.
        """
        width -= _MARK * has_marks
        kept = list(COLUMNS)
        for column in _DROPPED_FIRST:
            if _taken(kept) <= width:
                break
            kept.remove(column)
        spare = max(width - _taken(kept), 0)
        widths = {column.name: column.width for column in kept}
        widths[TASK.name] += min(spare, _WIDEST_NAME - TASK.width)
        spare -= widths[TASK.name] - TASK.width
        for column in (SYNCED, FAILED, SKIPPED, PENDING):
            if column in kept:
                more = min(spare, _SPARE_FOR_FIGURES)
                widths[column.name] += more
                spare -= more
        return cls(tuple((column, widths[column.name]) for column in kept), has_marks)

    def order_unmarked(self, sort: Column | None, *, reverse: bool) -> str:
        """Return the sort order, ``Size ▼``, if no title shows it; empty for the user's own order."""
        if sort is None:
            return f"list order {_ARROWS[reverse]}" if reverse else ""
        is_shown = any(column is sort for column, _ in self.columns)
        return "" if is_shown else f"{sort.name} {_ARROWS[reverse]}"

    def header(self, sort: Column | None, *, reverse: bool) -> Line:
        """Draw the column titles, with an arrow in the blank after the sorted one."""
        spans = [Span(" " * (_EDGE + _MARK * self.has_marks))]
        for column, width in self.columns:
            arrow = _ARROWS[reverse] if column is sort else ""
            title = column.name.rjust(width) if column.is_number else column.name
            spans.append(Span(f"{title}{arrow}".ljust(width + 1), "title", f"screen.sort_by('{column.name}')"))
        return tuple(spans)

    def row(self, state: TaskState, context: Context) -> Line:
        """Draw one task."""
        assessment = context.assessment(state)
        spans = [Span(" "), context.marks.get(state.ref.profile, Span(" "))] if self.has_marks else []
        spans.append(Span(f" {GLYPHS[assessment.condition]} ", role_of(assessment.condition)))
        for column, width in self.columns:
            spans += [*fitted(column.cell(state, assessment, context, width), width), Span(" ")]
        return tuple(spans)


def _taken(columns: list[Column]) -> int:
    return _EDGE + sum(column.width + 1 for column in columns)


def arranged(states: list[TaskState], sort: Column | None, *, reverse: bool, context: Context) -> list[TaskState]:
    """Return the task states sorted by a column; equal ones, and all without a column, are in the user's order."""
    if sort is None:
        return states[::-1] if reverse else states
    return sorted(states, key=lambda state: sort.sort_key(state, context), reverse=reverse)
