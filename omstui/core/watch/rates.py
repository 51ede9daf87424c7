"""How fast counters rise, and how long the number of pending objects has been growing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import COUNTER_NAMES, SyncTask

SPAN = timedelta(minutes=10)
"""The time over which a rate is computed, about."""

_KEPT = 64


class Point(Struct, frozen=True):
    """A good answer for the current month, and its time."""

    answered_at: datetime
    task: SyncTask


class Rate(Struct, frozen=True):
    """The speed of a counter, and the time over which it was computed."""

    per_minute: float
    basis: timedelta

    @property
    def per_second(self) -> float:
        """The same rate per second, for volumes."""
        return self.per_minute / 60


def has_reset(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether a counter fell between two answers: a new month has begun, or the task was recreated."""
    counters = ((getattr(earlier, name), getattr(later, name)) for name in COUNTER_NAMES)
    return any(before is not None and after is not None and after < before for before, after in counters)


def has_same_counters(one: SyncTask, other: SyncTask) -> bool:
    """Whether two answers agree in all counters."""
    return all(getattr(one, name) == getattr(other, name) for name in COUNTER_NAMES)


_LARGE_COUNTERS = ("monthly_acceptance_request", "monthly_success_object")


def is_same_task(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether both answers are about one task, not about one that was recreated under the same id."""
    return None in {earlier.create_time, later.create_time} or earlier.create_time == later.create_time


def has_restarted(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether the counters restarted between two answers: a new month, or a task recreated under the same id.

    The counters of a new month begin at 0, so the large ones fall to less than half.
    """
    if not is_same_task(earlier, later):
        return True
    pairs = ((getattr(earlier, name), getattr(later, name)) for name in _LARGE_COUNTERS)
    return any(before is not None and after is not None and 2 * after < before for before, after in pairs)


def follows(earlier: SyncTask, later: SyncTask) -> bool:
    """Whether the later answer continues the counters of the earlier: no new month, no stop and start between them."""
    same_run = (earlier.create_time, earlier.last_start_time) == (later.create_time, later.last_start_time)
    return same_run and not has_reset(earlier, later)


def extended(points: Sequence[Point], new: Point, longest_gap: timedelta) -> tuple[Point, ...]:
    """Return the unbroken run of answers that ends with the new one: about `SPAN` long, with a bounded number.

    A run breaks at a gap, at a clock that was set back, and when the new answer does not continue the counters of every
    earlier one, so that a counter that is missing in between cannot hide a new month.
    """
    if not points:
        return (new,)
    gap = new.answered_at - points[-1].answered_at
    if not timedelta() <= gap <= longest_gap or not all(follows(point.task, new.task) for point in points):
        return (new,)
    start = new.answered_at - SPAN
    # The previous point is always kept, so that an interval longer than `SPAN` also has a rate.
    recent = [point for point in points if point.answered_at >= start] or points[-1:]
    return (*recent[-_KEPT:], new)


def rate(points: Sequence[Point], counter: str) -> Rate | None:
    """Return the speed of a counter (a field name of `SyncTask`); ``None`` for less than two values or 30 seconds."""
    known = [(point.answered_at, getattr(point.task, counter)) for point in points]
    known = [(at, value) for at, value in known if value is not None]
    if len(known) < 2:
        return None
    (first_at, first), (last_at, last) = known[0], known[-1]
    basis = last_at - first_at
    if basis < timedelta(seconds=30):
        return None
    return Rate((last - first) / (basis / timedelta(minutes=1)), basis)


_STEADY_POINTS = 4
_STEADY_BASIS = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(days=99)


class Forecast(Struct, frozen=True):
    """The time left until nothing is pending at the recent pace, and the time over which that pace was measured."""

    left: timedelta
    basis: timedelta


def forecast(points: Sequence[Point]) -> Forecast | None:
    """Return when pending reaches 0; ``None`` unless it has shrunk steadily over the run.

    Steadily means: pending is known in each answer, there are at least four answers over five minutes, and pending is
    lower at the end of each third of the run than at its beginning.
    """
    known = [(point.answered_at, point.task.pending) for point in points]
    pending = [value for _, value in known if value is not None]
    basis = known[-1][0] - known[0][0] if known else timedelta()
    if len(pending) < max(len(known), _STEADY_POINTS) or basis < _STEADY_BASIS or not pending[-1]:
        return None
    last = len(pending) - 1
    marks = [pending[last * third // 3] for third in range(4)]
    if any(later >= earlier for earlier, later in pairwise(marks)):
        return None
    shrunk = marks[0] - marks[-1]
    # Integer arithmetic: a count may have more digits than a float holds.
    seconds = pending[-1] * (basis // timedelta(seconds=1)) // shrunk
    return Forecast(timedelta(seconds=seconds), basis) if seconds <= _LONGEST_WAIT.total_seconds() else None


_LEAST = timedelta(minutes=10)
"""Growth for less than this time is normal and not reported."""


class Backlog(Struct, frozen=True):
    """A time span in which pending has grown, or has not begun to shrink.

    It ends when half of the growth is gone again, or when pending reaches no new maximum for a while.
    """

    since: datetime
    """When pending was lowest."""

    lowest: int
    highest: int
    highest_at: datetime
    last_at: datetime

    @classmethod
    def begun(cls, at: datetime, pending: int) -> Self:
        """Return the backlog that begins with this answer."""
        return cls(at, pending, pending, at, at)

    def after(self, at: datetime, pending: int, patience: timedelta) -> Self:
        """Return the backlog after an answer that continues the counters.

        Args:
            at: when it was answered.
            pending: the objects that were pending then.
            patience: how long pending may stay without a new maximum, at least ten minutes.
        """
        if pending > self.highest:
            return replace(self, highest=pending, highest_at=at, last_at=at)
        is_over = pending <= self.lowest or 2 * pending < self.lowest + self.highest
        return self.begun(at, pending) if is_over or at - self.highest_at > patience else replace(self, last_at=at)

    @property
    def growing_for(self) -> timedelta | None:
        """How long pending has been growing; ``None`` for less than ten minutes."""
        lasts = self.last_at - self.since
        return lasts if self.highest > self.lowest and lasts >= _LEAST else None


def backlog_after(
    known: Backlog | None, at: datetime, pending: int | None, *, is_continued: bool, longest_gap: timedelta
) -> Backlog | None:
    """Return the backlog after an answer; ``None`` when pending is not known.

    Args:
        known: the backlog before.
        at: when it was answered.
        pending: the pending objects, if known.
        is_continued: whether the answer continues the counters of the one before, without a gap.
        longest_gap: the longest time between two answers that is no gap.
    """
    if pending is None:
        return None
    if known is None or not is_continued:
        return Backlog.begun(at, pending)
    return known.after(at, pending, max(_LEAST, longest_gap))
