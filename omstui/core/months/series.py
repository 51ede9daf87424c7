"""Chart data: how much each counter rose in each bucket of time, from own answers or the service's statistic."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct, field

from omstui.core.task import COUNTER_NAMES
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.sample import FAILURE, REQUEST, SUCCESS, Statistic

_MICROSECOND = timedelta(microseconds=1)


class Bucket(Struct, frozen=True):
    """The increases of the counters from `start_at` to `end_at`."""

    start_at: datetime
    end_at: datetime
    watched: timedelta = timedelta()
    """How much of the time was watched; increases in the rest are unknown."""

    increases: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """By counter (a field name of `SyncTask`), in objects or bytes; unknown counters are missing."""

    def increase(self, counter: str) -> int | None:
        """Return by how much a counter rose; ``None`` if it was not watched."""
        return self.increases.get(counter)


def series(
    spans: Sequence[CounterSpan], end_at: datetime, width: timedelta, count: int, longest_gap: timedelta
) -> tuple[Bucket, ...]:
    """Return the increases of all counters in `count` buckets, oldest first.

    The increase between two answers is spread evenly over the time between them. There is no increase, and the time
    counts as not watched, if the answers are further apart than `longest_gap`, a counter fell, the month changed, or
    the task was stopped, started or recreated.

    Args:
        spans: the counter spans of one task, oldest first.
        end_at: when the last bucket ends.
        width: the length of a bucket.
        count: the number of buckets.
        longest_gap: the time between two answers that are further apart counts as not watched.
    """
    origin, step = end_at - width * count, width // _MICROSECOND
    gap = longest_gap // _MICROSECOND
    sums: dict[str, list[int | None]] = {name: [None] * count for name in COUNTER_NAMES}
    watched = [0] * count
    bounds = [((one.answered_at - origin) // _MICROSECOND, (one.until - origin) // _MICROSECOND) for one in spans]
    last: dict[str, int] = {}
    before: int | None = None
    for place, (one, (start, end)) in enumerate(zip(spans, bounds, strict=True)):
        is_next = before is not None and _goes_on(spans[before], one, bounds[before][1], start, gap)
        for begin, until in ((bounds[before][1], start) if is_next and before is not None else (0, 0), (start, end)):
            for number, (low, high) in _shares(begin, until, step, count):
                watched[number] += high - low
        for name in COUNTER_NAMES:
            value = getattr(one, name)
            if value is None:
                continue
            known = last.get(name)
            last[name] = place
            if end > start:
                _add(sums[name], start, end, 0, step)
            if known is None:
                continue
            rise, since = value - getattr(spans[known], name), bounds[known][1]
            is_watched = is_next if known == before else _goes_on(spans[known], one, since, start, gap)
            if is_watched and rise >= 0:
                _add(sums[name], since, start, rise, step)
        before = place
    return tuple(
        Bucket(
            origin + width * number,
            origin + width * (number + 1),
            # A clock that was set back makes times overlap.
            min(watched[number] * _MICROSECOND, width),
            MappingProxyType({name: rise for name, by in sums.items() if (rise := by[number]) is not None}),
        )
        for number in range(count)
    )


def renewed(
    known: Sequence[Bucket],
    known_spans: Sequence[CounterSpan],
    spans: Sequence[CounterSpan],
    *,
    end_at: datetime,
    width: timedelta,
    count: int,
    longest_gap: timedelta,
) -> tuple[Bucket, ...]:
    """Return the result of `series`, reusing the buckets that no new counter span touches.

    Args:
        known: the previous buckets, of any width.
        known_spans: the spans of the previous buckets; spans in both sequences are the same objects.
        spans: as in `series`, like the other arguments.
        end_at: when the last bucket ends.
        width: the length of a bucket.
        count: the number of buckets.
        longest_gap: the time between two answers that are further apart counts as not watched.
    """
    same = 0
    for one, other in zip(known_spans, spans, strict=False):
        if one is not other:
            break
        same += 1
    start = end_at - width * count
    # A counter that was missing for a while may have risen since shortly before the last common span.
    settled = spans[same - 1].until - longest_gap if same else start
    kept = [one for one in known if one.start_at >= start and one.end_at <= min(settled, end_at)]
    if not kept or kept[0].start_at != start or kept[0].end_at - start != width:
        kept = []
    left = count - len(kept)
    begin = end_at - width * left - longest_gap
    return (*kept, *series([one for one in spans if one.until >= begin], end_at, width, left, longest_gap))


def _goes_on(earlier: CounterSpan, later: CounterSpan, since: int, start: int, gap: int) -> bool:
    """Whether the time between two spans was watched, and both belong to one run of one task in one month."""
    return 0 < start - since <= gap and (earlier.month, earlier.create_time, earlier.last_start_time) == (
        later.month, later.create_time, later.last_start_time,
    )  # fmt: skip


def _add(sums: list[int | None], begin: int, end: int, rise: int, step: int) -> None:
    """Spread a rise evenly over the buckets from `begin` to `end`, in integers that add up to it."""
    first = begin // step
    if first == (end - 1) // step:  # the common case, for thousands of spans
        if 0 <= first < len(sums):
            sums[first] = (sums[first] or 0) + rise
        return
    for number, (low, high) in _shares(begin, end, step, len(sums)):
        length = end - begin
        share = rise * (high - begin) // length - rise * (low - begin) // length
        sums[number] = (sums[number] or 0) + share


def _shares(begin: int, end: int, step: int, count: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Return the number of each bucket that a time span touches, with the part of the span in it."""
    if end <= begin:
        return
    for number in range(max(begin // step, 0), min((end - 1) // step, count - 1) + 1):
        yield number, (max(begin, number * step), min(end, (number + 1) * step))


ACCEPTED, SYNCED, FAILED = "monthly_acceptance_request", "monthly_success_object", "monthly_failure_object"
_DATA_TYPE = {ACCEPTED: REQUEST, SYNCED: SUCCESS}
_MOSTLY = 0.9
"""The share of a bucket that must be watched for its own figure to count for the whole bucket."""


class Source(StrEnum):
    """Where a figure comes from."""

    OWN = "own"
    """Own answers."""

    PART = "part"
    """Own answers for a part of the time: the figures for the rest are unknown or not there yet."""

    SERVICE = "service"
    """The service's own statistic."""

    NOBODY = "nobody"
    """No source: there is no figure."""


class Watched(Protocol):
    """A bucket of own answers."""

    @property
    def start_at(self) -> datetime:
        """When the bucket begins."""

    @property
    def end_at(self) -> datetime:
        """When the bucket ends."""

    @property
    def watched(self) -> timedelta:
        """How much of the bucket was watched."""

    def increase(self, counter: str) -> int | None:
        """Return by how much a counter rose while it was watched."""


class Column(Struct, frozen=True):
    """One column of a chart."""

    start_at: datetime
    end_at: datetime
    source: Source
    value: float | None = None
    """Objects; ``None`` without a source."""

    failed: float | None = None
    """Objects that failed, if known."""


def columns(buckets: Sequence[Watched], statistic: Statistic | None, counter: str) -> tuple[Column, ...]:
    """Return a column for each bucket.

    Args:
        buckets: own answers, oldest first.
        statistic: the service's own statistic, if it offers one.
        counter: the counter to draw, `ACCEPTED` or `SYNCED`.
    """
    return tuple(_column(bucket, statistic, counter) for bucket in buckets)


def shown_counter(buckets: Iterable[Watched]) -> str:
    """Return the counter to draw: accepted objects, or synced ones if only those are reported."""
    bucket_list = list(buckets)
    has_accepted, has_synced = (
        any(bucket.increase(name) is not None for bucket in bucket_list) for name in (ACCEPTED, SYNCED)
    )
    return SYNCED if has_synced and not has_accepted else ACCEPTED


def _column(bucket: Watched, statistic: Statistic | None, counter: str) -> Column:
    own = bucket.increase(counter)
    is_whole = bucket.watched >= (bucket.end_at - bucket.start_at) * _MOSTLY
    counted = statistic.between(_DATA_TYPE[counter], bucket.start_at, bucket.end_at) if statistic is not None else None
    if statistic is not None and counted is not None and not (own is not None and is_whole):
        failed = statistic.between(FAILURE, bucket.start_at, bucket.end_at)
        return Column(bucket.start_at, bucket.end_at, Source.SERVICE, counted, failed)
    if own is not None:
        source = Source.OWN if is_whole else Source.PART
        return Column(bucket.start_at, bucket.end_at, source, own, bucket.increase(FAILED))
    return Column(bucket.start_at, bucket.end_at, Source.NOBODY)
