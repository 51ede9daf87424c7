"""Which months that are over are still worth asking for."""

from collections.abc import Iterable
from datetime import datetime

from omstui.core.board import Track
from omstui.core.month import Month
from omstui.core.month_table import is_closed


def closed_months(track: Track) -> frozenset[Month]:
    """Return the months whose figures never change again: they were asked for when the service had ended them."""
    counting = track.good.month if track.good is not None else None
    return frozenset(
        month
        for month, past in track.months.items()
        if past.good is not None and is_closed(past.good, track.turned_at, counting)
    )


def missing_months(track: Track, months: Iterable[Month], now: datetime) -> tuple[Month, ...]:
    """Return those of these months that an answer would tell more of, in their order.

    The month that is counted at present is watched anyway, and is none of them. A month that was answered before it was
    over is asked for once more when it is. None is missed while asking for the
    task itself does not work: what fails now would fail for each month.
    """
    if track.problem is not None or track.good is None:
        return ()
    closed = closed_months(track)
    return tuple(
        month
        for month in months
        if month < track.good.month
        and month not in closed
        and (track.months.get(month) is None or _is_new(track, month, now))
    )


def _is_new(track: Track, month: Month, now: datetime) -> bool:
    """Whether a month before the present one that was asked for before would be answered otherwise now."""
    good = track.months[month].good
    if good is None:
        return True
    return track.turned_at is not None or now >= month.over_everywhere_at
