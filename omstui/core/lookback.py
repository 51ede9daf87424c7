"""Which months that are over are still worth asking for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from omstui.core.board import Track
from omstui.core.month import Month
from omstui.core.rollover import service_time
from omstui.core.turn import is_closed, was_over

_SETTLING = timedelta(days=1)
"""For so long after its end a month's figures may still change, however often they were confirmed."""


def closed_months(track: Track) -> frozenset[Month]:
    """Return the months whose figures never change again: they were asked for when the service had ended them."""
    counting = track.good.month if track.good is not None else None
    return frozenset(
        month
        for month, past in track.months.items()
        if past.good is not None and is_closed(past.good, track.turned_at, counting)
    )


def missing_months(track: Track, months: Iterable[Month], now: datetime, interval: float) -> tuple[Month, ...]:
    """Return those of these months that an answer would tell more of, in their order.

    The month that is counted at present is watched anyway, and is none of them. A month that was answered before it was
    over is asked for once more when it is, and an interval later to confirm the figures; one whose last answer is from
    the first day after its end also once that day has passed. None is missed while asking for the task itself does not
    work: what fails now would fail for each month.

    Args:
        track: what is known.
        months: which ones.
        now: the present moment.
        interval: seconds between two answers of which one confirms the other.
    """
    if track.problem is not None or track.good is None:
        return ()
    closed = closed_months(track)
    return tuple(
        month for month in months if month < track.good.month and _is_new(track, month, month in closed, now, interval)
    )


def _is_new(track: Track, month: Month, is_closed: bool, now: datetime, interval: float) -> bool:
    """Whether a month before the present one might be answered otherwise now than it was, if it was."""
    past = track.months.get(month)
    latest = past.latest if past is not None else None
    if past is None or latest is None:
        return True
    since, there = now - latest.asked_at, service_time(track.good, now)
    is_set_back = since < timedelta()
    if is_closed and past.held is None:
        settled_at = month.over_everywhere_at + _SETTLING
        return latest.told_at < settled_at <= there and (since >= _SETTLING or is_set_back)
    if was_over(latest, track.turned_at, track.good.month if track.good is not None else None):
        return since >= timedelta(seconds=interval) or is_set_back
    return track.turned_at is not None or there >= month.over_everywhere_at
