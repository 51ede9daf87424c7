"""When a month ends: read off the service's answers, since no clock here knows in which zone it counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from omstui.core.month import Month
from omstui.core.rates import has_begun_anew, is_same_task
from omstui.core.reading import Reading
from omstui.core.sample import Sample
from omstui.core.task import TaskRef

EARLIEST, LATEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""The zones on earth in which a month begins first, and last."""


@dataclass(frozen=True, slots=True)
class Rollover:
    """The service has ended a month of a task's and counts the next one."""

    ref: TaskRef
    closed_month: Month
    last: Reading
    """The last answer that counted for the month that is over; objects may have come after it."""

    first: Reading
    """The first one that counted for the new month."""

    began_after: datetime
    """The `query_time` of the last answer of the old month: the new one had not begun."""

    began_by: datetime
    """The `query_time` of the first answer of the new one."""

    has_fallen: bool
    """Whether the figures told it; else only the calendar did, since a month is over in every zone."""


def possible_months(at: datetime) -> tuple[Month, Month]:
    """Return the earlier and the later month that this moment may lie in; in most of a month they are the same."""
    return Month.containing(at, LATEST), Month.containing(at, EARLIEST)


def counted_month(known: Sample | None, new: Sample) -> Month:
    """Return the month that the figures of a new answer for the current month count for.

    Where it can be either of two, the series goes on under its name until the figures fall. A first answer is named by
    the profile's zone.

    Args:
        known: the last good answer before, under the month that it counted for.
        new: a good answer.
    """
    earlier, later = possible_months(new.asked_at)
    if earlier == later:
        return earlier
    if known is None or known.task is None or new.task is None or known.month not in {earlier, later}:
        return new.month if new.month in {earlier, later} else earlier
    if known.month == earlier and is_same_task(known.task, new.task) and has_begun_anew(known.task, new.task):
        return later
    return known.month


def rollover(before: Sample | None, after: Sample | None, turned_at: datetime | None = None) -> Rollover | None:
    """Return the change of month between two good answers of one task, filed one after the other, if there is one.

    A task that was made anew begins at nothing without any month's being over. Where the first answers were given the
    name of the new month too early, the fall of the figures tells that they counted for the old one.

    Args:
        before: the earlier answer.
        after: the later one.
        turned_at: when the month turned before, where that was seen.
    """
    if before is None or after is None or before.task is None or after.task is None:
        return None
    if not is_same_task(before.task, after.task):
        return None
    has_fallen = has_begun_anew(before.task, after.task)
    closed = before.month
    if after.month <= before.month:
        months = possible_months(before.asked_at)
        is_settled = months[0] == months[1] or months != possible_months(after.asked_at) or after.month != months[1]
        has_turned = turned_at is not None and possible_months(turned_at)[1] == months[1]
        if not has_fallen or is_settled or has_turned:
            return None
        closed = months[0]
    return Rollover(
        after.ref,
        closed,
        Reading.of(before.task, closed, before.answered_at),
        Reading.of(after.task, after.month, after.answered_at),
        before.asked_at,
        after.asked_at,
        has_fallen,
    )


def current_month(good: Sample | None, now: datetime, zone: tzinfo) -> Month:
    """Return the month that the service counts at present, as far as anyone can say.

    Args:
        good: the last good answer, under the month that it counted for.
        now: the present moment.
        zone: names the profile's months; it may not be the service's.
    """
    here = Month.containing(now, zone)
    if good is None or good.month not in possible_months(now):
        return here
    is_newer = Month.containing(good.asked_at, zone) == here
    return good.month if is_newer or good.month > here else here
