"""When a month ends and in which zone, as the service's answers tell."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Self

from msgspec import Struct

from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rates import has_begun_anew, is_same_task
from omstui.core.watch.sample import Sample
from omstui.core.zone import written_offset


def is_closed(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether the figures of a past month are final: two answers agree that were given when the month was over.

    Args:
        sample: the later one of them.
        turned_at: as in `was_over`.
        counting: as in `was_over`.
    """
    return bool(sample.agreed) and was_over(sample, turned_at, counting)


def was_over(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether a good answer for a past month was given when that month was over, by the service's clock if known.

    Args:
        sample: the answer.
        turned_at: when an answer was first asked for that counted for the present month, where that was seen.
        counting: the month that the service counts at present, as far as answers told.
    """
    if not sample.is_good or sample.is_current or (counting is not None and sample.month >= counting):
        return False
    if sample.told_at >= sample.month.over_everywhere_at:
        return True
    return turned_at is not None and counting is not None and sample.told_at >= turned_at


class Turn(Struct, frozen=True):
    """A month that the service has ended."""

    ended: Month
    at: datetime
    """When the first answer of the next month was asked for: what is asked for the ended one from then on is final."""

    failed: int | None = None
    """How many failures the ended month had by its last answer, where that is known."""

    def __str__(self) -> str:
        """Write month and time so that `parse` can read them."""
        return f"{self.ended} {self.at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; ``None`` for anything else."""
        try:
            month, at = text.split()
            made = cls(Month.parse(month), datetime.fromisoformat(at))
        except ValueError:
            return None
        return made if made.at.utcoffset() is not None else None


EARLIEST, LATEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""The zones on earth in which a month begins first, and last."""


class Rollover(Struct, frozen=True):
    """The service has ended a month of a task's and counts the next one."""

    ref: TaskRef
    closed_month: Month
    last: CounterSpan
    """The last answer that counted for the month that is over; objects may have come after it."""

    first: CounterSpan
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
        CounterSpan.of(before.task, closed, before.answered_at),
        CounterSpan.of(after.task, after.month, after.answered_at),
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


_STEP = timedelta(minutes=15)
"""Every zone in use is a whole number of quarters of an hour away from UTC."""

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_LATEST_NOTICE, _ZONE_SKEW = timedelta(minutes=10), timedelta(minutes=2)
"""By how much the counters may begin anew later than the month, and sooner by the clock here: together less than a
step, so that one offset is left when the answers are close together."""


class MonthZone(Struct, frozen=True):
    """The offsets from UTC at which months may begin, all in between included."""

    least: timedelta
    most: timedelta
    seen_at: datetime
    """When the month began that told."""

    def __str__(self) -> str:
        """Write it so that `parse` can read it: three words."""
        minutes = (offset // timedelta(minutes=1) for offset in (self.least, self.most))
        return " ".join((*map(str, minutes), self.seen_at.isoformat()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; ``None`` for anything else."""
        try:
            least, most, seen = text.split()
            low, high = (timedelta(minutes=int(minutes)) for minutes in (least, most))
            seen_at = datetime.fromisoformat(seen)
        except (ValueError, OverflowError):
            return None
        is_sound = _WEST <= low <= high <= _EAST and seen_at.utcoffset() is not None
        return cls(low, high, seen_at) if is_sound else None

    @classmethod
    def learned(cls, change: Rollover) -> Self | None:
        """Return what a change of month tells; ``None`` when it tells nothing.

        The month began between two query times. Midnight at its first day, in UTC, less that moment is the offset; the
        counters may have been late to begin anew, and the clock here a little late or early.
        """
        month = change.first.month
        if not change.has_fallen or month != change.closed_month.plus(1):
            return None
        midnight = datetime(month.year, month.number, 1, tzinfo=UTC)
        least = max(midnight - change.began_by - _ZONE_SKEW, _WEST)
        most = min(midnight - change.began_after + _LATEST_NOTICE, _EAST + _STEP)
        low = -(-least // _STEP) * _STEP  # rounded up
        high = -(-most // _STEP) * _STEP - _STEP  # the largest below
        if low > high or (low, high) == (_WEST, _EAST):
            return None
        return cls(low, high, change.began_by)

    def narrowed(self, newer: Self) -> Self:
        """Return what both say together; the newer one alone when they contradict each other, as after a change."""
        low, high = max(self.least, newer.least), min(self.most, newer.most)
        return type(self)(low, high, newer.seen_at) if low <= high else newer

    def allows(self, zone: tzinfo) -> bool:
        """Whether months may begin where this zone begins them."""
        offset = self.seen_at.astimezone(zone).utcoffset()
        return offset is not None and self.least <= offset <= self.most

    @property
    def is_exact(self) -> bool:
        """Whether one offset is left."""
        return self.least == self.most

    @property
    def words(self) -> str:
        """The offsets as the screen shows them: ``UTC+08:00``, or ``between UTC+06:00 and UTC+09:00``."""
        low, high = written_offset(self.least), written_offset(self.most)
        return low if low == high else f"between {low} and {high}"
