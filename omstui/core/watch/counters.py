"""Spans of time in which a task's counters did not change, merged from all observers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES, SyncTask


class CounterSpan(Struct, frozen=True):
    """Equal answers for the current month, from the first of them to the last.

    The counters are unknown between `until` and the `answered_at` of the next span: if that is longer than a few
    intervals, the task was not watched.
    """

    month: Month
    """The month that the figures count for."""

    answered_at: datetime
    """When the first of the answers was complete."""

    until: datetime
    """When the last of the answers was complete."""

    status: str | None = None
    create_time: int | None = None
    last_start_time: int | None = None
    monthly_acceptance_request: int | None = None
    monthly_success_object: int | None = None
    monthly_failure_object: int | None = None
    monthly_skip_object: int | None = None
    monthly_size: int | None = None

    @classmethod
    def of(cls, task: SyncTask, month: Month, answered_at: datetime) -> "CounterSpan":
        """Return the span of a single answer."""
        return cls(month, answered_at, answered_at, **{name: getattr(task, name) for name in READ_NAMES})

    def says(self, other: "CounterSpan") -> bool:
        """Whether the other span has the same values, regardless of its time."""
        return self.month == other.month and all(getattr(self, name) == getattr(other, name) for name in READ_NAMES)


READ_NAMES = ("status", "create_time", "last_start_time", *COUNTER_NAMES)
"""The fields of an answer that a counter span keeps, named as in `SyncTask`."""


TICK = timedelta(milliseconds=1)
"""The resolution of times."""

_GAP_INTERVALS = 2.5


def longest_gap(interval: float) -> timedelta:
    """Return the longest time between two answers that counts as watched, at this interval (seconds)."""
    return timedelta(seconds=_GAP_INTERVALS * interval)


def to_tick(at: datetime) -> datetime:
    """Cut a time to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def woven(known: Sequence[CounterSpan], new: CounterSpan, gap: timedelta) -> tuple[CounterSpan, ...]:
    """Return the counter spans with a new one added: in order, without overlaps, equal neighbours joined.

    Two instances that watch the same task report the same values twice, and sometimes contradict each other, since the
    service does not answer the same everywhere at once. All values are kept: where different spans overlap, the new one
    is cut, and when nothing would be left of it, it splits the other one.

    Args:
        known: the spans in order, without overlaps; their times and those of `new` are whole ticks.
        new: equal answers of one observer, from the first to the last.
        gap: equal neighbours that are further apart are not joined, since the time between them was not watched.
    """
    others = [one for one in known if not one.says(new)]
    pieces = _without(new, others)
    if not pieces:
        moment = new.until
        taken = {one.answered_at for one in others if one.answered_at == one.until}
        while moment in taken:  # different answers of one millisecond follow each other
            moment += TICK
        pieces = [replace(new, answered_at=moment, until=moment)]
        others = [piece for one in others for piece in _without(one, pieces)]
    same = [one for one in known if one.says(new)]
    return _joined(sorted([*others, *same, *pieces], key=lambda one: one.answered_at), gap)


def _without(span: CounterSpan, others: Sequence[CounterSpan]) -> list[CounterSpan]:
    """Return the parts of a span outside the times of the others."""
    pieces = [span]
    for other in others:
        if other.until < span.answered_at or span.until < other.answered_at:
            continue
        sides = [
            side
            for piece in pieces
            for side in (
                replace(piece, until=min(piece.until, other.answered_at - TICK)),
                replace(piece, answered_at=max(piece.answered_at, other.until + TICK)),
            )
        ]
        pieces = [side for side in sides if side.answered_at <= side.until]
    return pieces


def _joined(spans: Sequence[CounterSpan], gap: timedelta) -> tuple[CounterSpan, ...]:
    joined: list[CounterSpan] = []
    for one in spans:
        last = joined[-1] if joined else None
        if last is not None and last.says(one) and one.answered_at - last.until <= gap:
            joined[-1] = replace(last, until=max(last.until, one.until))
        else:
            joined.append(one)
    return tuple(joined)
