"""The result of one request as a value: a task, a statistic or a problem."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import force_setattr

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef


class Sample(Struct, frozen=True):
    """The result of one request for a task: a task or a problem, never both, filed under task and month."""

    ref: TaskRef
    month: Month
    """The month that `query_time` lies in, named in the profile's zone."""

    is_current: bool
    """Whether the month was the current one when it was requested."""

    asked_at: datetime
    """When the request was sent, by this machine's clock."""

    answered_at: datetime
    """When its answer was complete or the request failed, by this machine's clock."""

    task: SyncTask | None = None
    problem: Problem | None = None
    next_at: datetime | None = None
    """When the next request is planned; ``None`` for never."""

    request_id: str | None = None
    number: int | None = None
    """The number of the request in the order of sending, which a clock that is set back does not change."""

    remarks: tuple[str, ...] = ()
    """Which fields of the answer are invalid and count as not reported, and why."""

    served_at: datetime | None = None
    """When it was answered, by the service's clock; ``None`` if the answer does not tell."""

    agreed: bool | None = False
    """Whether a second answer for a past month has confirmed the figures; ``None`` for an answer from the history of an
    earlier version, which took one answer as final."""

    def __post_init__(self) -> None:
        if (self.task is None) == (self.problem is None):
            raise ValueError("a sample holds a task or a problem")

    @property
    def is_good(self) -> bool:
        """Whether the sample holds a task."""
        return self.task is not None

    @property
    def told_at(self) -> datetime:
        """When it was answered by the service's clock; if unknown, when it was requested by ours."""
        return self.served_at or self.asked_at


LATEST_ANSWER = timedelta(minutes=5)
"""No request takes this long: if one seems to be sent earlier than that, the clock was set back before it."""


def is_late(sample: Sample, known: Sample | None) -> bool:
    """Whether the known sample was requested later than this one."""
    if known is None:
        return False
    if sample.number is not None and known.number is not None:
        return sample.number < known.number
    return is_earlier(sample.asked_at, known.asked_at)


_SPREAD = 0.9
"""Two requests count as one interval apart from this part of an interval on."""


def is_an_interval_later(sample: Sample, earlier: Sample, interval: float) -> bool:
    """Whether about one interval (seconds) or more lies between two answers, so that one can confirm the other."""
    if sample.served_at is not None and earlier.served_at is not None:
        passed = sample.served_at - earlier.served_at
    else:
        passed = sample.asked_at - earlier.asked_at
    return passed >= timedelta(seconds=_SPREAD * interval)


def is_earlier(asked_at: datetime, other: datetime) -> bool:
    """Whether a request was sent before another one, allowing for a clock that was set back between them."""
    return other - LATEST_ANSWER <= asked_at < other


class Refusal(Struct, frozen=True):
    """A profile's credential was refused for this reason, or it was replaced or accepted again (``None``)."""

    profile: str
    problem: Problem | None


REQUEST, SUCCESS, FAILURE, SKIP, SIZE = "REQUEST", "SUCCESS", "FAILURE", "SKIP", "SIZE"
DATA_TYPES = (REQUEST, SUCCESS, FAILURE, SKIP, SIZE)
"""The kinds of series: objects accepted, synced, failed and skipped, and bytes of synced objects."""

WIDTHS = MappingProxyType({"FIVE_MINUTES": timedelta(minutes=5), "ONE_HOUR": timedelta(hours=1)})
"""The length of a bucket by the service's word for it; the reference does not say how the service selects it."""

_UNSUPPORTED = frozenset({ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.ENDPOINT, ProblemKind.REFUSED})


class Statistic(Struct, frozen=True):
    """The increase of each series in each bucket; a bucket begins at its time stamp."""

    width: timedelta
    series: Mapping[str, Mapping[datetime, int]] = field(default_factory=lambda: MappingProxyType({}))
    """By kind of series, then by the bucket's beginning; kinds that were not answered are missing."""

    begins_at: datetime | None = None
    """The beginning of the first bucket of any series."""

    ends_at: datetime | None = None
    """The end of the last bucket of any series."""

    _in_order: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """The sorted beginnings of each series' buckets, for binary search."""

    def __post_init__(self) -> None:
        in_order = {kind: tuple(sorted(points)) for kind, points in self.series.items()}
        begins_at = min((times[0] for times in in_order.values() if times), default=None)
        last = max((times[-1] for times in in_order.values() if times), default=None)
        force_setattr(self, "begins_at", begins_at)
        force_setattr(self, "ends_at", last + self.width if last is not None else None)
        force_setattr(self, "_in_order", MappingProxyType(in_order))

    def between(self, data_type: str, begin: datetime, end: datetime) -> float | None:
        """Return the increase from one moment to another; ``None`` when the statistic does not cover them.

        An answer leaves out buckets without events, so a missing bucket counts as zero, but only between the first and
        the last bucket in the answer: outside them the service may have no data yet, or no longer. A bucket that a
        moment cuts counts in proportion to its time.
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
    """The result of one request for a task's statistic: a statistic or a problem, never both."""

    ref: TaskRef
    span: timedelta
    """How far back the requested statistic reaches."""

    answered_at: datetime
    statistic: Statistic | None = None
    problem: Problem | None = None

    def __post_init__(self) -> None:
        if (self.statistic is None) == (self.problem is None):
            raise ValueError("a sample holds a statistic or a problem")

    @property
    def is_unsupported(self) -> bool:
        """Whether a retry is useless: the region does not offer the call, or the credential may not use it."""
        return self.problem is not None and self.problem.kind in _UNSUPPORTED and not self.problem.is_foreign
