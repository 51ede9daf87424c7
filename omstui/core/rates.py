"""How fast a counter moves, worked out from answers only, and never across a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from omstui.core.task import COUNTER_NAMES, SyncTask

SPAN = timedelta(minutes=10)
"""A rate is told over about this long."""

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Point:
    """A good answer for the current month and its time."""

    answered_at: datetime
    task: SyncTask


@dataclass(frozen=True, slots=True)
class Rate:
    """A speed and its basis."""

    per_minute: float
    basis: timedelta


def has_reset(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether a counter fell between two answers: a new month has begun, or the task was made anew."""
    counters = ((getattr(earlier, name), getattr(later, name)) for name in COUNTER_NAMES)
    return any(before is not None and after is not None and after < before for before, after in counters)


_LARGE_COUNTERS = ("monthly_acceptance_request", "monthly_success_object")


def has_begun_anew(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether counting has started over between two answers: a new month, or a task made anew under the same id.

    The counters of a new month begin at nothing, so the large ones fall to less than half.
    """
    if None not in {earlier.create_time, later.create_time} and earlier.create_time != later.create_time:
        return True
    pairs = ((getattr(earlier, name), getattr(later, name)) for name in _LARGE_COUNTERS)
    return any(before is not None and after is not None and 2 * after < before for before, after in pairs)


def follows(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether the later answer continues the earlier one's counting: no new month, no stop and start between them."""
    same_run = (earlier.create_time, earlier.last_start_time) == (later.create_time, later.last_start_time)
    return same_run and not has_reset(earlier, later)


def extended(points: Sequence[Point], new: Point, longest_gap: timedelta) -> tuple[Point, ...]:
    """Return the run of answers that ends with the new one: unbroken, about `SPAN` long, bounded.

    It breaks at a gap, at a clock that was set back, and when the new answer does not continue the counting of each
    earlier one: a counter that is missing in between hides no new month.
    """
    if not points:
        return (new,)
    gap = new.answered_at - points[-1].answered_at
    if not timedelta() <= gap <= longest_gap or not all(follows(point.task, new.task) for point in points):
        return (new,)
    start = new.answered_at - SPAN
    # The one before is kept in any case: an interval longer than the span has a rate as well.
    recent = [point for point in points if point.answered_at >= start] or points[-1:]
    return (*recent[-_KEPT:], new)


def rate(points: Sequence[Point], counter: str) -> Rate | None:
    """Return the speed of a counter (a field name of `SyncTask`) over the run; ``None`` when there is no basis."""
    known = [(point.answered_at, getattr(point.task, counter)) for point in points]
    known = [(at, value) for at, value in known if value is not None]
    if len(known) < 2:
        return None
    (first_at, first), (last_at, last) = known[0], known[-1]
    basis = last_at - first_at
    if basis < timedelta(seconds=30):
        return None
    return Rate((last - first) / (basis / timedelta(minutes=1)), basis)
