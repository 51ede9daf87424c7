"""Answers as values: one for a task, one for a statistic, or why there is none."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import force_setattr

from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, TaskRef


class Sample(Struct, frozen=True):
    """What one request brought: a task or a problem, never both, filed under task and month."""

    ref: TaskRef
    month: Month
    """The month that `query_time` lies in, named in the profile's zone."""

    is_current: bool
    """Whether the month was the current one when asked; a past month is history, not life."""

    asked_at: datetime
    """When the request was sent, by this machine's clock."""

    answered_at: datetime
    """When its answer, or its failure, was complete, by this machine's clock."""

    task: SyncTask | None = None
    problem: Problem | None = None
    next_at: datetime | None = None
    """When this will be asked again by itself; ``None`` for never."""

    request_id: str | None = None
    number: int | None = None
    """Counts the requests in the order in which they were sent: a clock that is set back does not change it."""

    remarks: tuple[str, ...] = ()
    """Which fields of the answer do not fit and count as not reported, and why."""

    served_at: datetime | None = None
    """When it was answered by the service's clock; ``None`` where the answer does not tell."""

    agreed: bool | None = False
    """Whether a second answer about a month that is over has confirmed the figures; ``None`` where an earlier version
    kept it, which took one answer for the last word."""

    def __post_init__(self) -> None:
        if (self.task is None) == (self.problem is None):
            raise ValueError("a sample holds a task or a problem")

    @property
    def is_good(self) -> bool:
        """Whether there is an answer to show."""
        return self.task is not None

    @property
    def told_at(self) -> datetime:
        """When it was answered by the service's clock; where that is unknown, when it was asked for by ours."""
        return self.served_at or self.asked_at


LATEST_ANSWER = timedelta(minutes=5)
"""No request takes as long; an answer that seems to be later still was asked for after the clock had been set back."""


def is_late(sample: Sample, known: Sample | None) -> bool:
    """Whether something asked for later is known already."""
    if known is None:
        return False
    if sample.number is not None and known.number is not None:
        return sample.number < known.number
    return is_earlier(sample.asked_at, known.asked_at)


_SPREAD = 0.9
"""The part of an interval that two requests are apart at least which are sent one interval apart."""


def is_an_interval_later(sample: Sample, earlier: Sample, interval: float) -> bool:
    """Whether about one interval (seconds) lies between two answers, so that the later one can confirm the other."""
    if sample.served_at is not None and earlier.served_at is not None:
        passed = sample.served_at - earlier.served_at
    else:
        passed = sample.asked_at - earlier.asked_at
    return passed >= timedelta(seconds=_SPREAD * interval)


def is_earlier(asked_at: datetime, other: datetime) -> bool:
    """Whether a request was sent before another, as far as a clock that may have been set back tells."""
    return other - LATEST_ANSWER <= asked_at < other


class Refusal(Struct, frozen=True):
    """A profile's credential was refused, for this reason, or there is a new one or it is let in again (``None``)."""

    profile: str
    problem: Problem | None


REQUEST, SUCCESS, FAILURE, SKIP, SIZE = "REQUEST", "SUCCESS", "FAILURE", "SKIP", "SIZE"
DATA_TYPES = (REQUEST, SUCCESS, FAILURE, SKIP, SIZE)
"""The kinds of series: objects accepted, synced, failed and skipped, and bytes of synced objects."""

WIDTHS = MappingProxyType({"FIVE_MINUTES": timedelta(minutes=5), "ONE_HOUR": timedelta(hours=1)})
"""How long a bucket is, by the service's word for it; what selects it is not documented."""

_UNSUPPORTED = frozenset({ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.ENDPOINT, ProblemKind.REFUSED})


class Statistic(Struct, frozen=True):
    """Increases by bucket; a bucket begins at its time stamp."""

    width: timedelta
    series: Mapping[str, Mapping[datetime, int]] = field(default_factory=lambda: MappingProxyType({}))
    """By kind of series, then by the bucket's beginning; a kind that was not answered is not there."""

    begins_at: datetime | None = None
    """The beginning of the first bucket of any series."""

    ends_at: datetime | None = None
    """The end of the last bucket of any series."""

    _in_order: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """The beginnings of each series' buckets, so that few are looked at."""

    def __post_init__(self) -> None:
        in_order = {kind: tuple(sorted(points)) for kind, points in self.series.items()}
        begins_at = min((times[0] for times in in_order.values() if times), default=None)
        last = max((times[-1] for times in in_order.values() if times), default=None)
        force_setattr(self, "begins_at", begins_at)
        force_setattr(self, "ends_at", last + self.width if last is not None else None)
        force_setattr(self, "_in_order", MappingProxyType(in_order))

    def between(self, data_type: str, begin: datetime, end: datetime) -> float | None:
        """Return the increase from one moment to another; ``None`` where the service has said nothing.

        Buckets without events are left out of an answer, so that they count as zero, yet only between the first and the
        last bucket that it names: before and after those it may know nothing yet, or nothing any more. Of a bucket that
        is cut by either moment the share counts that its time has.
        """
        points = self.series.get(data_type)
        begins_at, ends_at = self.begins_at, self.ends_at
        if points is None or begins_at is None or ends_at is None or begin < begins_at or end > ends_at:
            return None
        times = self._in_order[data_type]
        near = times[bisect_right(times, begin - self.width) : bisect_left(times, end)]
        overlaps = ((points[at], min(end, at + self.width) - max(begin, at)) for at in near)
        return sum(number * (overlap / self.width) for number, overlap in overlaps)


class StatisticSample(Struct, frozen=True):
    """What one request for a task's statistic brought: a statistic or a problem, never both."""

    ref: TaskRef
    span: timedelta
    """How far back was asked for."""

    answered_at: datetime
    statistic: Statistic | None = None
    problem: Problem | None = None

    def __post_init__(self) -> None:
        if (self.statistic is None) == (self.problem is None):
            raise ValueError("a sample holds a statistic or a problem")

    @property
    def is_unsupported(self) -> bool:
        """Whether asking again is no use: the region does not offer the call, or the credential may not use it."""
        return self.problem is not None and self.problem.kind in _UNSUPPORTED and not self.problem.is_foreign
