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


_SKEW = timedelta(minutes=5)
"""By how much this machine's clock and the service's may differ before the service's decides which month it is; no
answer is as long on its way."""


_LONGEST_PAUSE = timedelta(hours=2)
"""No interval is as long."""


def are_apart(here: datetime, service: datetime) -> bool:
    """Whether two clocks differ so much that the current month by one may be another than by the other."""
    return abs(here - service) >= _SKEW and len({*possible_months(here), *possible_months(service)}) > 1


def counted_at(sample: Sample) -> datetime:
    """Return the moment that an answer for the current month was asked for: ours, or the service's if ours is wrong."""
    if sample.served_at is not None and are_apart(sample.asked_at, sample.served_at):
        return sample.served_at
    return sample.asked_at


def service_time(good: Sample | None, now: datetime) -> datetime:
    """Return what the service's clock shows now, where the last good answer tells that this machine's is wrong.

    A clock that was set since that answer is right by now if the answer's month fits.

    Args:
        good: the last good answer.
        now: the present moment by this machine's clock.
    """
    if good is None or good.served_at is None or not are_apart(good.answered_at, good.served_at):
        return now
    was_set = not timedelta() <= now - good.answered_at <= _LONGEST_PAUSE
    return now if was_set and good.month in possible_months(now) else now + (good.served_at - good.answered_at)


def counted_month(known: Sample | None, new: Sample) -> Month:
    """Return the month that the figures of a new answer for the current month count for.

    Where it can be either of two, the series goes on under its name until the figures fall. A first answer is named by
    the profile's zone.

    Args:
        known: the last good answer before, under the month that it counted for.
        new: a good answer.
    """
    earlier, later = possible_months(counted_at(new))
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
        months = possible_months(counted_at(before))
        is_settled = months[0] == months[1] or months != possible_months(counted_at(after)) or after.month != months[1]
        has_turned = turned_at is not None and possible_months(turned_at)[1] == months[1]
        if not has_fallen or is_settled or has_turned:
            return None
        closed = months[0]
    return Rollover(
        after.ref,
        closed,
        Reading.of(before.task, closed, before.answered_at),
        Reading.of(after.task, after.month, after.answered_at),
        counted_at(before),
        counted_at(after),
        has_fallen,
    )


def current_month(good: Sample | None, now: datetime, zone: tzinfo) -> Month:
    """Return the month that the service counts at present, as far as anyone can say.

    Args:
        good: the last good answer, under the month that it counted for.
        now: the present moment.
        zone: names the profile's months; it may not be the service's.
    """
    now = service_time(good, now)
    here = Month.containing(now, zone)
    if good is None or good.month not in possible_months(now):
        return here
    is_newer = Month.containing(counted_at(good), zone) == here
    return good.month if is_newer or good.month > here else here
