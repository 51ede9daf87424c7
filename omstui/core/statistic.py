"""What the service itself counted over time, in buckets (API reference, ListSyncTaskStatistic)."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import TaskRef

REQUEST, SUCCESS, FAILURE, SKIP, SIZE = "REQUEST", "SUCCESS", "FAILURE", "SKIP", "SIZE"
DATA_TYPES = (REQUEST, SUCCESS, FAILURE, SKIP, SIZE)
"""The kinds of series: objects accepted, synced, failed and skipped, and bytes of synced objects."""

WIDTHS = MappingProxyType({"FIVE_MINUTES": timedelta(minutes=5), "ONE_HOUR": timedelta(hours=1)})
"""How long a bucket is, by the service's word for it; what selects it is not documented."""

_UNSUPPORTED = frozenset({ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.ENDPOINT, ProblemKind.REFUSED})


@dataclass(frozen=True, slots=True)
class Statistic:
    """Increases by bucket; a bucket begins at its time stamp."""

    width: timedelta
    series: Mapping[str, Mapping[datetime, int]] = field(default_factory=lambda: MappingProxyType({}))
    """By kind of series, then by the bucket's beginning; a kind that was not answered is not there."""

    begins_at: datetime | None = field(init=False, repr=False, compare=False)
    """The beginning of the first bucket of any series."""

    ends_at: datetime | None = field(init=False, repr=False, compare=False)
    """The end of the last bucket of any series."""

    _in_order: Mapping[str, tuple[datetime, ...]] = field(init=False, repr=False, compare=False)
    """The beginnings of each series' buckets, so that few are looked at."""

    def __post_init__(self) -> None:
        in_order = {kind: tuple(sorted(points)) for kind, points in self.series.items()}
        begins_at = min((times[0] for times in in_order.values() if times), default=None)
        last = max((times[-1] for times in in_order.values() if times), default=None)
        object.__setattr__(self, "begins_at", begins_at)
        object.__setattr__(self, "ends_at", last + self.width if last is not None else None)
        object.__setattr__(self, "_in_order", MappingProxyType(in_order))

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


@dataclass(frozen=True, slots=True)
class StatisticSample:
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
