"""How much each counter rose, bucket by bucket of time, with holes where nobody watched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

from omstui.core.reading import Reading
from omstui.core.task import COUNTER_NAMES

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
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


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time between two answers, or over which all answers were the same, and the rise in it."""

    start_at: datetime
    end_at: datetime
    rise: int

    def rise_up_to(self, at: datetime) -> int:
        """Return how much had risen by then, evenly spread, in whole numbers that add up."""
        if at >= self.end_at:
            return self.rise
        return self.rise * max((at - self.start_at) // _MOMENT, 0) // max((self.end_at - self.start_at) // _MOMENT, 1)


def series(
    readings: Sequence[Reading], end_at: datetime, width: timedelta, count: int, longest_gap: timedelta
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
    starts = [end_at - width * number for number in range(count, 0, -1)]
    increases: list[dict[str, int]] = [{} for _ in starts]
    for counter in COUNTER_NAMES:
        for stretch in _stretches(readings, counter, longest_gap):
            for number in _touched(stretch, starts, width):
                start = starts[number]
                rise = stretch.rise_up_to(start + width) - stretch.rise_up_to(start)
                increases[number][counter] = increases[number].get(counter, 0) + rise
    watched = [timedelta() for _ in starts]
    for stretch in _stretches(readings, None, longest_gap):
        for number in _touched(stretch, starts, width):
            start = starts[number]
            watched[number] += min(stretch.end_at, start + width) - max(stretch.start_at, start)
    return tuple(
        # A clock that was set back makes times overlap.
        Bucket(start, start + width, min(seen, width), MappingProxyType(rises))
        for start, seen, rises in zip(starts, watched, increases, strict=True)
    )


def _stretches(readings: Iterable[Reading], counter: str | None, longest_gap: timedelta) -> Iterable[_Stretch]:
    """Return the watched stretches of a counter, or, without one, of all answers; those of no length left out."""
    known = [one for one in readings if counter is None or getattr(one, counter) is not None]
    for reading in known:
        if reading.until > reading.answered_at:
            yield _Stretch(reading.answered_at, reading.until, 0)
    for earlier, later in pairwise(known):
        is_watched = timedelta() < later.answered_at - earlier.until <= longest_gap and _continues(earlier, later)
        rise = getattr(later, counter) - getattr(earlier, counter) if counter is not None else 0
        if is_watched and rise >= 0:
            yield _Stretch(earlier.until, later.answered_at, rise)


def _continues(earlier: Reading, later: Reading) -> bool:
    """Whether both count for one run of one task in one month."""
    return (earlier.month, earlier.create_time, earlier.last_start_time) == (
        later.month, later.create_time, later.last_start_time,
    )  # fmt: skip


def _touched(stretch: _Stretch, starts: Sequence[datetime], width: timedelta) -> range:
    """Return the numbers of the buckets that share some time with a stretch."""
    if not starts:
        return range(0)
    first = (stretch.start_at - starts[0]) // width
    last = -(-(stretch.end_at - starts[0]) // width)
    return range(min(max(first, 0), len(starts)), min(max(last, 0), len(starts)))
