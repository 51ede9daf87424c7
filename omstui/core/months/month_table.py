"""Months side by side, and which of them are still worth asking for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from omstui.core.month import Month, first_moment
from omstui.core.task import COUNTER_NAMES, SyncTask
from omstui.core.watch.board import TaskState
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rollover import is_closed, service_time, was_over
from omstui.core.watch.sample import Sample

_PROJECTED_FROM = timedelta(days=1)


class Figures(Struct, frozen=True):
    """The counters of one month, or of a part of it; each may be unknown."""

    accepted: int | None = None
    synced: int | None = None
    failed: int | None = None
    skipped: int | None = None
    size: int | None = None
    """Bytes."""

    @classmethod
    def of(cls, told: SyncTask | CounterSpan) -> "Figures":
        """Take them from an answer."""
        return cls(*(getattr(told, name) for name in COUNTER_NAMES))


class Comparison(Struct, frozen=True):
    """What the month before had come to: as a whole, or at the same point."""

    before: Figures
    at_same_point: bool
    """Whether it is the same part of the month before, seen by own eyes; else the whole of it."""


class Projection(Struct, frozen=True):
    """What the running month will come to if it goes on as it has so far."""

    figures: Figures
    basis: timedelta
    """How much of the month that rests on."""


class MonthRow(Struct, frozen=True):
    """One month of a task."""

    month: Month
    figures: Figures | None
    """``None`` when nothing was answered for it yet."""

    answered_at: datetime | None = None
    is_closed: bool = False
    """Whether the figures never change again."""

    is_running: bool = False
    """Whether it is the month that the service counts at present."""

    compared: Comparison | None = None
    """What it can fairly be compared with; ``None`` when nothing is known that is like it."""

    projection: Projection | None = None


def month_rows(
    months: Iterable[Month],
    running: Sample | None,
    past: Mapping[Month, Sample],
    *,
    closed: Iterable[Month],
    readings: Sequence[CounterSpan],
    longest_gap: timedelta,
    zone: tzinfo,
) -> tuple[MonthRow, ...]:
    """Return a row for each month.

    Args:
        months: which, in the order wanted.
        running: the last good answer for the current month, under the month that it counts for.
        past: good answers for months that are over.
        closed: those of them that never change again.
        readings: own ones of the month before the running one, oldest first; they allow a comparison at the same point.
        longest_gap: between two answers further apart than this nobody was watching.
        zone: decides where a month begins.
    """
    over = frozenset(closed)
    rows = []
    for month in months:
        is_running = running is not None and running.month == month
        sample = running if is_running else past.get(month)
        if sample is None or sample.task is None:
            rows.append(MonthRow(month, None))
            continue
        before = past.get(month.plus(-1)) if month.plus(-1) in over else None
        if not is_running:
            is_over = month in over
            whole = Figures.of(before.task) if is_over and before is not None and before.task is not None else None
            compared = Comparison(whole, at_same_point=False) if whole is not None else None
            rows.append(MonthRow(month, Figures.of(sample.task), sample.answered_at, is_over, compared=compared))
            continue
        rows.append(
            MonthRow(
                month,
                Figures.of(sample.task),
                sample.answered_at,
                is_running=True,
                compared=_at_same_point(sample, readings, longest_gap, zone),
                projection=_projection(sample, sample.task, zone),
            )
        )
    return tuple(rows)


def _at_same_point(
    sample: Sample, readings: Sequence[CounterSpan], longest_gap: timedelta, zone: tzinfo
) -> Comparison | None:
    """Return what the month before had come to when it was as old as the running one was at this answer."""
    before = sample.month.plus(-1)
    elapsed = sample.answered_at - first_moment(sample.month, zone)
    point = first_moment(before, zone) + elapsed
    if elapsed < timedelta() or point >= first_moment(sample.month, zone):
        return None
    known = [one for one in readings if one.month == before and one.answered_at <= point]
    latest = max(known, key=lambda one: one.answered_at, default=None)
    if latest is None or point - latest.until > longest_gap:
        return None
    return Comparison(Figures.of(latest), at_same_point=True)


def _projection(sample: Sample, task: SyncTask, zone: tzinfo) -> Projection | None:
    """Return where the running month is heading; ``None`` for less than a day of it, and for a task that is stopped."""
    begin, end = first_moment(sample.month, zone), first_moment(sample.month.plus(1), zone)
    created = task.created_at
    if created is not None and begin < created < end:
        begin = created
    basis = sample.answered_at - begin
    if basis < _PROJECTED_FROM or sample.answered_at > end or task.is_stopped:
        return None
    seconds, whole = basis // timedelta(seconds=1), (end - begin) // timedelta(seconds=1)
    # Whole numbers throughout: a count may have more digits than a float holds.
    grown = (value * whole // seconds if value is not None else None for value in _values(Figures.of(task)))
    return Projection(Figures(*grown), basis)


def _values(figures: Figures) -> tuple[int | None, ...]:
    return figures.accepted, figures.synced, figures.failed, figures.skipped, figures.size


_SETTLING = timedelta(days=1)
"""For so long after its end a month's figures may still change, however often they were confirmed."""


def closed_months(state: TaskState) -> frozenset[Month]:
    """Return the months whose figures never change again: they were asked for when the service had ended them."""
    counting = state.good.month if state.good is not None else None
    return frozenset(
        month
        for month, past in state.months.items()
        if past.good is not None and is_closed(past.good, state.turned_at, counting)
    )


def missing_months(state: TaskState, months: Iterable[Month], now: datetime, interval: float) -> tuple[Month, ...]:
    """Return those of these months that an answer would tell more of, in their order.

    The month that is counted at present is watched anyway, and is none of them. A month that was answered before it was
    over is asked for once more when it is, and an interval later to confirm the figures; one whose last answer is from
    the first day after its end also once that day has passed. None is missed while asking for the task itself does not
    work: what fails now would fail for each month.

    Args:
        state: what is known.
        months: which ones.
        now: the present moment.
        interval: seconds between two answers of which one confirms the other.
    """
    if state.problem is not None or state.good is None:
        return ()
    closed = closed_months(state)
    return tuple(
        month for month in months if month < state.good.month and _is_new(state, month, month in closed, now, interval)
    )


def _is_new(state: TaskState, month: Month, is_closed: bool, now: datetime, interval: float) -> bool:
    """Whether a month before the present one might be answered otherwise now than it was, if it was."""
    past = state.months.get(month)
    latest = past.latest if past is not None else None
    if past is None or latest is None:
        return True
    since, there = now - latest.asked_at, service_time(state.good, now)
    is_set_back = since < timedelta()
    if is_closed and past.held is None:
        settled_at = month.over_everywhere_at + _SETTLING
        return latest.told_at < settled_at <= there and (since >= _SETTLING or is_set_back)
    if was_over(latest, state.turned_at, state.good.month if state.good is not None else None):
        return since >= timedelta(seconds=interval) or is_set_back
    return state.turned_at is not None or there >= month.over_everywhere_at
