"""What a chart is made of: own figures where somebody watched, else the service's own, else nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from omstui.core.statistic import FAILURE, REQUEST, SUCCESS, Statistic

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


@dataclass(frozen=True, slots=True)
class Column:
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
