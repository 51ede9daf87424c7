"""Chart data: how much each counter rose in each bucket of time, from our answers or from the service's statistic."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct, field

from omstui.core.task import COUNTER_NAMES
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.sample import FAILURE, REQUEST, SUCCESS, Statistic

_MOMENT = timedelta(microseconds=1)


class Bucket(Struct, frozen=True):
    """What rose from `start_at` up to `end_at`."""

    start_at: datetime
    end_at: datetime
    watched: timedelta = timedelta()
    """How much of it was watched; what rose in the rest is not known."""

    increases: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """By counter (a field name of `SyncTask`), for those that were known while watched; objects, or bytes."""

    def increase(self, counter: str) -> int | None:
        """Return by how much a counter rose; ``None`` where nobody watched it."""
        return self.increases.get(counter)


def series(
    readings: Sequence[CounterSpan], end_at: datetime, width: timedelta, count: int, longest_gap: timedelta
) -> tuple[Bucket, ...]:
    """Return the increases of all counters in the buckets that end at a moment, oldest first.

    The rise between two answers is spread evenly over the time between them. There is none, and the time counts as not
    watched, where they lie further apart than `longest_gap`, a counter fell, the month changed, or the task was
    stopped, started or made anew.

    Args:
        readings: of one task, oldest first.
        end_at: where the last bucket ends.
        width: of a bucket.
        count: how many buckets.
        longest_gap: between two answers further apart than this nobody was watching.
    """
    origin, step = end_at - width * count, width // _MOMENT
    gap = longest_gap // _MOMENT
    sums: dict[str, list[int | None]] = {name: [None] * count for name in COUNTER_NAMES}
    watched = [0] * count
    spans = [((one.answered_at - origin) // _MOMENT, (one.until - origin) // _MOMENT) for one in readings]
    last: dict[str, int] = {}
    before: int | None = None
    for place, (one, (start, end)) in enumerate(zip(readings, spans, strict=True)):
        is_next = before is not None and _goes_on(readings[before], one, spans[before][1], start, gap)
        for begin, until in ((spans[before][1], start) if is_next and before is not None else (0, 0), (start, end)):
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
            rise, since = value - getattr(readings[known], name), spans[known][1]
            is_watched = is_next if known == before else _goes_on(readings[known], one, since, start, gap)
            if is_watched and rise >= 0:
                _add(sums[name], since, start, rise, step)
        before = place
    return tuple(
        Bucket(
            origin + width * number,
            origin + width * (number + 1),
            # A clock that was set back makes times overlap.
            min(watched[number] * _MOMENT, width),
            MappingProxyType({name: rise for name, by in sums.items() if (rise := by[number]) is not None}),
        )
        for number in range(count)
    )


def renewed(
    known: Sequence[Bucket],
    known_readings: Sequence[CounterSpan],
    readings: Sequence[CounterSpan],
    *,
    end_at: datetime,
    width: timedelta,
    count: int,
    longest_gap: timedelta,
) -> tuple[Bucket, ...]:
    """Return what `series` returns, taking over the buckets that no new reading touches.

    Args:
        known: the buckets before, of whatever width.
        known_readings: what they were made of; those in both are the same objects.
        readings: as in `series`, and so is the rest.
        end_at: where the last bucket ends.
        width: of a bucket.
        count: how many buckets.
        longest_gap: between two answers further apart than this nobody was watching.
    """
    same = 0
    for one, other in zip(known_readings, readings, strict=False):
        if one is not other:
            break
        same += 1
    start = end_at - width * count
    # A counter that was missing for a while may have risen from a little before the last reading that is the same.
    settled = readings[same - 1].until - longest_gap if same else start
    kept = [one for one in known if one.start_at >= start and one.end_at <= min(settled, end_at)]
    if not kept or kept[0].start_at != start or kept[0].end_at - start != width:
        kept = []
    left = count - len(kept)
    begin = end_at - width * left - longest_gap
    return (*kept, *series([one for one in readings if one.until >= begin], end_at, width, left, longest_gap))


def _goes_on(earlier: CounterSpan, later: CounterSpan, since: int, start: int, gap: int) -> bool:
    """Whether somebody watched from one reading to the next, and both count for one run of one task in one month."""
    return 0 < start - since <= gap and (earlier.month, earlier.create_time, earlier.last_start_time) == (
        later.month, later.create_time, later.last_start_time,
    )  # fmt: skip


def _add(sums: list[int | None], begin: int, end: int, rise: int, step: int) -> None:
    """Add a rise to the buckets that it was spread over evenly, in whole numbers that add up."""
    first = begin // step
    if first == (end - 1) // step:  # as nearly always, and there are thousands
        if 0 <= first < len(sums):
            sums[first] = (sums[first] or 0) + rise
        return
    for number, (low, high) in _shares(begin, end, step, len(sums)):
        length = end - begin
        share = rise * (high - begin) // length - rise * (low - begin) // length
        sums[number] = (sums[number] or 0) + share


def _shares(begin: int, end: int, step: int, count: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Return the numbers of the buckets that a time touches, and from when to when it lies in each."""
    if end <= begin:
        return
    for number in range(max(begin // step, 0), min((end - 1) // step, count - 1) + 1):
        yield number, (max(begin, number * step), min(end, (number + 1) * step))


ACCEPTED, SYNCED, FAILED = "monthly_acceptance_request", "monthly_success_object", "monthly_failure_object"
_DATA_TYPE = {ACCEPTED: REQUEST, SYNCED: SUCCESS}
_MOSTLY = 0.9
"""The share of a bucket that must have been watched for its own figure to stand for the whole of it."""


class Source(StrEnum):
    """Where a figure comes from."""

    OWN = "own"
    """Own answers, from watching."""

    PART = "part"
    """Own answers from watching a part of the time: what came in the rest of it is not known, or is still to come."""

    SERVICE = "service"
    """The service's own statistic."""

    NOBODY = "nobody"
    """Nobody knows: there is no figure."""


class Watched(Protocol):
    """A bucket of own answers."""

    @property
    def start_at(self) -> datetime:
        """Where it begins."""

    @property
    def end_at(self) -> datetime:
        """Where it ends."""

    @property
    def watched(self) -> timedelta:
        """How much of it was watched."""

    def increase(self, counter: str) -> int | None:
        """Return by how much a counter rose while it was watched."""


class Column(Struct, frozen=True):
    """One column of a chart."""

    start_at: datetime
    end_at: datetime
    source: Source
    value: float | None = None
    """Objects; there is none where nobody watched."""

    failed: float | None = None
    """Objects that failed, where that is known."""


def columns(buckets: Sequence[Watched], statistic: Statistic | None, counter: str) -> tuple[Column, ...]:
    """Return a column for each bucket.

    Args:
        buckets: of own answers, oldest first.
        statistic: what the service counted itself, if it says.
        counter: what is drawn, `ACCEPTED` or `SYNCED`.
    """
    return tuple(_column(bucket, statistic, counter) for bucket in buckets)


def shown_counter(buckets: Iterable[Watched]) -> str:
    """Return the counter to draw: accepted objects, or synced ones where only those are reported."""
    bucket_list = list(buckets)
    has_accepted, has_synced = (
        any(bucket.increase(name) is not None for bucket in bucket_list) for name in (ACCEPTED, SYNCED)
    )
    return SYNCED if has_synced and not has_accepted else ACCEPTED


def _column(bucket: Watched, statistic: Statistic | None, counter: str) -> Column:
    own = bucket.increase(counter)
    is_whole = bucket.watched >= (bucket.end_at - bucket.start_at) * _MOSTLY
    told = statistic.between(_DATA_TYPE[counter], bucket.start_at, bucket.end_at) if statistic is not None else None
    if statistic is not None and told is not None and not (own is not None and is_whole):
        failed = statistic.between(FAILURE, bucket.start_at, bucket.end_at)
        return Column(bucket.start_at, bucket.end_at, Source.SERVICE, told, failed)
    if own is not None:
        source = Source.OWN if is_whole else Source.PART
        return Column(bucket.start_at, bucket.end_at, source, own, bucket.increase(FAILED))
    return Column(bucket.start_at, bucket.end_at, Source.NOBODY)
