"""When a month ends and in which zone, inferred from the service's answers."""

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Self

from msgspec import Struct

from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rates import has_restarted, is_same_task
from omstui.core.watch.sample import Sample


def is_closed(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether the figures of a past month are final: two answers from after the month's end agree.

    Args:
        sample: the later of the two answers.
        turned_at: as in `was_over`.
        counting: as in `was_over`.
    """
    return bool(sample.agreed) and was_over(sample, turned_at, counting)


def was_over(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether a good answer for a past month was given after that month's end, by the service's clock if known.

    Args:
        sample: the answer.
        turned_at: when the first answer of the current month was requested, if the change of month was observed.
        counting: the month that the service counts at present, as far as answers show it.
    """
    if not sample.is_good or sample.is_current or (counting is not None and sample.month >= counting):
        return False
    if sample.told_at >= sample.month.over_everywhere_at:
        return True
    return turned_at is not None and counting is not None and sample.told_at >= turned_at


class MonthEnd(Struct, frozen=True):
    """A month that the service has ended."""

    ended: Month
    at: datetime
    """When the first answer of the next month was requested: from then on the ended month is over."""

    failed: int | None = None
    """How many failures the ended month had in its last answer, if known."""

    def __str__(self) -> str:
        """Return month and time in the form that `parse` reads."""
        return f"{self.ended} {self.at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the result of `str`; ``None`` for any other text."""
        try:
            month, at = text.split()
            made = cls(Month.parse(month), datetime.fromisoformat(at))
        except ValueError:
            return None
        return made if made.at.utcoffset() is not None else None


EARLIEST, LATEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""The zones on earth in which a month begins first, and last."""


class Rollover(Struct, frozen=True):
    """A change of month: the service has ended a task's month and counts the next one."""

    ref: TaskRef
    closed_month: Month
    last: CounterSpan
    """The last answer that counted for the ended month; more objects may have come after it."""

    first: CounterSpan
    """The first answer that counted for the new month."""

    began_after: datetime
    """The moment that the last answer of the old month counts for; the new month had not begun then."""

    began_by: datetime
    """The moment that the first answer of the new month counts for."""

    has_fallen: bool
    """Whether the figures fell; otherwise only the calendar shows the change, since the month is over in every zone."""


def possible_months(at: datetime) -> tuple[Month, Month]:
    """Return the earlier and the later month that this moment may lie in; most of the time they are the same."""
    return Month.containing(at, LATEST), Month.containing(at, EARLIEST)


_SKEW = timedelta(minutes=5)
"""If this machine's clock and the service's differ by more, the service's decides which month it is; no answer takes as
long."""


_LONGEST_PAUSE = timedelta(hours=2)
"""Longer than every interval."""


def are_apart(here: datetime, service: datetime) -> bool:
    """Whether two clocks differ so much that they may show different months."""
    return abs(here - service) >= _SKEW and len({*possible_months(here), *possible_months(service)}) > 1


def counted_at(sample: Sample) -> datetime:
    """Return the moment that an answer for the current month counts for; by the service's clock if ours is wrong."""
    if sample.served_at is not None and are_apart(sample.asked_at, sample.served_at):
        return sample.served_at
    return sample.asked_at


def service_time(good: Sample | None, now: datetime) -> datetime:
    """Return the present moment, by the service's clock if the last good answer shows that this machine's is wrong.

    A clock that was set after that answer counts as right if the answer's month fits.

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

    While two months are possible, the month stays the known one until the figures fall. The profile's zone names the
    month of a first answer.

    Args:
        known: the previous good answer, under the month that it counted for.
        new: a good answer.
    """
    earlier, later = possible_months(counted_at(new))
    if earlier == later:
        return earlier
    if known is None or known.task is None or new.task is None or known.month not in {earlier, later}:
        return new.month if new.month in {earlier, later} else earlier
    if known.month == earlier and is_same_task(known.task, new.task) and has_restarted(known.task, new.task):
        return later
    return known.month


def rollover(before: Sample | None, after: Sample | None, turned_at: datetime | None = None) -> Rollover | None:
    """Return the change of month between two consecutive good answers of one task, if there is one.

    A recreated task begins at 0 without a change of month. If the first answers were named after the new month too
    early, the fall of the figures shows that they counted for the old one.

    Args:
        before: the earlier answer.
        after: the later one.
        turned_at: when the previous change of month was, if it was observed.
    """
    if before is None or after is None or before.task is None or after.task is None:
        return None
    if not is_same_task(before.task, after.task):
        return None
    has_fallen = has_restarted(before.task, after.task)
    closed = before.month
    if after.month <= before.month:
        months = possible_months(counted_at(before))
        was_certain = months[0] == months[1]
        is_later_by_calendar = months != possible_months(counted_at(after))
        is_named_earlier = after.month != months[1]
        has_turned = turned_at is not None and possible_months(turned_at)[1] == months[1]
        if not has_fallen or was_certain or is_later_by_calendar or is_named_earlier or has_turned:
            return None
        closed = months[0]
    return Rollover(
        after.ref,
        closed,
        CounterSpan.of(before.task, closed, before.answered_at),
        CounterSpan.of(after.task, after.month, after.answered_at),
        counted_at(before),
        counted_at(after),
        has_fallen,
    )


def current_month(good: Sample | None, now: datetime, zone: tzinfo) -> Month:
    """Return the month that the service probably counts at present.

    Args:
        good: the last good answer, under the month that it counted for.
        now: the present moment.
        zone: names the profile's months; the service's zone may differ.
    """
    now = service_time(good, now)
    here = Month.containing(now, zone)
    if good is None or good.month not in possible_months(now):
        return here
    is_newer = Month.containing(counted_at(good), zone) == here
    return good.month if is_newer or good.month > here else here
