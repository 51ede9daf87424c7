"""A task's months side by side, and which of them need another request."""

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
    """The counters of one month or of a part of it; each may be unknown."""

    accepted: int | None = None
    synced: int | None = None
    failed: int | None = None
    skipped: int | None = None
    size: int | None = None
    """Bytes."""

    @classmethod
    def of(cls, figures: SyncTask | CounterSpan) -> "Figures":
        """Return the figures of an answer or a counter span."""
        return cls(*(getattr(figures, name) for name in COUNTER_NAMES))


class Comparison(Struct, frozen=True):
    """The figures of the month before: of the whole month, or up to the same point."""

    before: Figures
    at_same_point: bool
    """Whether they are for the same part of the month, from own answers; else for the whole month."""


class Projection(Struct, frozen=True):
    """The figures that the running month will reach at its average pace so far."""

    figures: Figures
    basis: timedelta
    """The part of the month from which the pace was computed."""


class MonthRow(Struct, frozen=True):
    """One month of a task."""

    month: Month
    figures: Figures | None
    """``None`` when the month has no answer yet."""

    answered_at: datetime | None = None
    is_closed: bool = False
    """Whether the figures never change again."""

    is_running: bool = False
    """Whether it is the month that the service counts at present."""

    compared: Comparison | None = None
    """The month before; ``None`` when no comparable figures are known."""

    projection: Projection | None = None


def month_rows(
    months: Iterable[Month],
    running: Sample | None,
    past: Mapping[Month, Sample],
    *,
    closed: Iterable[Month],
    spans: Sequence[CounterSpan],
    longest_gap: timedelta,
    zone: tzinfo,
) -> tuple[MonthRow, ...]:
    """Return a row for each month.

    Args:
        months: the months in the order of the rows.
        running: the last good answer for the current month, under the month that it counts for.
        past: good answers for past months.
        closed: the past months whose figures never change again.
        spans: counter spans of the month before the running one, oldest first, for a comparison at the same point.
        longest_gap: the time between two answers that are further apart counts as not watched.
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
                compared=_at_same_point(sample, spans, longest_gap, zone),
                projection=_projection(sample, sample.task, zone),
            )
        )
    return tuple(rows)


def _at_same_point(
    sample: Sample, spans: Sequence[CounterSpan], longest_gap: timedelta, zone: tzinfo
) -> Comparison | None:
    """Return the figures of the month before at the age that the running month had at this answer."""
    before = sample.month.plus(-1)
    elapsed = sample.answered_at - first_moment(sample.month, zone)
    point = first_moment(before, zone) + elapsed
    if elapsed < timedelta() or point >= first_moment(sample.month, zone):
        return None
    known = [one for one in spans if one.month == before and one.answered_at <= point]
    latest = max(known, key=lambda one: one.answered_at, default=None)
    if latest is None or point - latest.until > longest_gap:
        return None
    return Comparison(Figures.of(latest), at_same_point=True)


def _projection(sample: Sample, task: SyncTask, zone: tzinfo) -> Projection | None:
    """Return the projection of the running month; ``None`` for less than a day of it, and for a stopped task."""
    begin, end = first_moment(sample.month, zone), first_moment(sample.month.plus(1), zone)
    created = task.created_at
    if created is not None and begin < created < end:
        begin = created
    basis = sample.answered_at - begin
    if basis < _PROJECTED_FROM or sample.answered_at > end or task.is_stopped:
        return None
    seconds, whole = basis // timedelta(seconds=1), (end - begin) // timedelta(seconds=1)
    # Integer arithmetic: a count may have more digits than a float holds.
    grown = (value * whole // seconds if value is not None else None for value in _values(Figures.of(task)))
    return Projection(Figures(*grown), basis)


def _values(figures: Figures) -> tuple[int | None, ...]:
    return figures.accepted, figures.synced, figures.failed, figures.skipped, figures.size


_SETTLING = timedelta(days=1)
"""How long a month's figures may still change after its end, even if they were confirmed."""


def closed_months(state: TaskState) -> frozenset[Month]:
    """Return the months whose figures are final: two answers from after the month's end agree."""
    counting = state.good.month if state.good is not None else None
    return frozenset(
        month
        for month, past in state.months.items()
        if past.good is not None and is_closed(past.good, state.turned_at, counting)
    )


def missing_months(state: TaskState, months: Iterable[Month], now: datetime, interval: float) -> tuple[Month, ...]:
    """Return those of these months that need another request, in their order.

    The running month is watched anyway and never among them. A month that was answered before its end is requested once
    after its end, and once more an interval later to confirm the figures; if its last answer is from the first day
    after its end, also once after that day. The result is empty while requests for the task itself fail, since requests
    for its months would fail too.

    Args:
        state: the state of the task.
        months: the months to choose from.
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
    """Whether a past month has no answer yet, or another answer may differ from the last one."""
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
