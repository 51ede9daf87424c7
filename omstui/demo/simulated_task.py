"""A task of the pretend service: a daily rhythm of objects, and the counters that follow from it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.month import Month, first_moment
from omstui.core.task import SyncTask
from omstui.core.watch.sample import DATA_TYPES

_DAY = 86_400
_HOUR_PARTS = 60_000
"""The parts over which an hour's objects are spread, a thousand for each minute."""

_HOURS = (
    90, 110, 120, 115, 105, 120, 140, 150, 145, 135, 120, 105,
    95, 85, 75, 62, 50, 42, 38, 35, 38, 45, 58, 75,
)  # fmt: skip
"""The rhythm of a day, from 00:00 UTC, which is morning in China."""

_WEEKDAYS = (1060, 1090, 1100, 1080, 1040, 780, 700)
"""Monday to Sunday, in thousandths."""

_SEASON = (560, 480, 650, 790, 940, 1120, 1240, 1150, 960, 1010, 1270, 1390)
"""January to December, in thousandths."""


class Traffic(Struct, frozen=True):
    """The stream of objects through one task."""

    key: str
    """The seed of its noise, different for each task."""

    objects_a_day: int
    """On an average day; with at least a few thousand, the counters change every minute."""

    bytes_an_object: int
    season_shift: int = 0
    """How many months its seasons are late."""

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Return the objects and the bytes moved from one moment to a later one, both epoch seconds."""
        if end <= start:
            return 0, 0
        objects = size = 0
        for day in range(start // _DAY, end // _DAY + 1):
            moved, bytes_an_object = _day_of(self, day)
            first, last = start - day * _DAY, end - day * _DAY
            if first > 0 or last < _DAY:
                moved = self._objects(day, min(last, _DAY)) - self._objects(day, max(first, 0))
            objects += moved
            size += moved * bytes_an_object
        return objects, size

    def _objects(self, day: int, second: int) -> int:
        """Return how many objects were moved on this day (counted from 1970) up to its second, 0 to 86400."""
        whole, _ = _day_of(self, day)
        if second in {0, _DAY}:
            return whole if second else 0
        hours = _hours_of(self, day)
        hour, rest = divmod(second, 3600)
        parts = hours[hour] * _HOUR_PARTS + (hours[hour + 1] - hours[hour]) * self._hour_parts(day, hour, rest)
        return whole * parts // (hours[-1] * _HOUR_PARTS)

    def _hour_parts(self, day: int, hour: int, second: int) -> int:
        """Return how much of an hour's objects were moved up to its second, in parts of `_HOUR_PARTS`."""
        minute, rest = divmod(second, 60)
        begin, end = (self._minute_parts(day, hour, number) for number in (minute, minute + 1))
        return begin + (end - begin) * rest // 60

    def _minute_parts(self, day: int, hour: int, minute: int) -> int:
        """Return the parts up to a minute: 1000 per minute and up to 600 more, so that each minute moves some."""
        if minute in {0, 60}:
            return minute * 1000
        return minute * 1000 + _hash(self.key, day, hour, minute) % 601

    def noise(self, spread: int, *what: int | str) -> int:
        """Return a factor in thousandths, at most `spread` away from 1000."""
        return 1000 - spread + _hash(self.key, *what) % (2 * spread + 1)


@lru_cache(maxsize=2048)
def _day_of(traffic: Traffic, day: int) -> tuple[int, int]:
    """Return all objects of a day, counted from 1970, and the bytes of each; the demo's past needs both often."""
    month = datetime.fromtimestamp(day * _DAY, UTC).month - 1
    season = _SEASON[(month - traffic.season_shift) % 12]
    weekday = _WEEKDAYS[(day + 3) % 7]  # 1970 began on a Thursday
    whole = traffic.objects_a_day * season * weekday * traffic.noise(150, day) // 10**9
    size = traffic.bytes_an_object * traffic.noise(120, "size", day) // 1000 + _hash(traffic.key, "odd", day) % 1009
    return whole, size


@lru_cache(maxsize=1024)
def _hours_of(traffic: Traffic, day: int) -> tuple[int, ...]:
    """Return the cumulative weights of a day's hours, before each hour and of all 24: for a part of a day only."""
    weights = (weight * traffic.noise(200, day, number) for number, weight in enumerate(_HOURS))
    return (0, *accumulate(weights))


class Failures(Struct, frozen=True):
    """Failures that come in batches: one batch, or one after the other from `first_at` on."""

    key: str
    first_at: datetime
    least: int
    most: int
    every: int | None = None
    """Seconds from one batch to the next; ``None`` for a single one."""

    def between(self, start: int, end: int) -> int:
        """Return how many objects failed after `start` and up to `end` inclusive, both epoch seconds."""
        first = int(self.first_at.timestamp())
        if self.every is None:
            return self._batch(0) if start < first <= end else 0
        numbers = range(max((start - first) // self.every + 1, 0), max((end - first) // self.every + 1, 0))
        return sum(self._batch(number) for number in numbers)

    def _batch(self, number: int) -> int:
        return self.least + _hash(self.key, "failures", number) % (self.most - self.least + 1)


def _hash(*what: int | str) -> int:
    text = "/".join(map(str, what))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


_IN_FLIGHT = timedelta(seconds=90)
"""The time from the acceptance of an object until it is finished."""

_TOO_FAR = timedelta(days=40)
_MILLION = 10**6


class Accident(StrEnum):
    """What may fail between omstui and a task that is well."""

    PROXY = "proxy"
    """A proxy answers 503 with an HTML page."""

    THROTTLED = "throttled"
    """The gateway limits the rate of requests."""


class Spell(Struct, frozen=True):
    """An accident that comes and goes; all times are seconds from the start of the scenario."""

    accident: Accident
    begins: int
    lasts: int
    every: int

    def holds(self, seconds: float) -> bool:
        """Whether the accident is on at this moment."""
        return (seconds - self.begins) % self.every < self.lasts


class SimulatedTask(Struct, frozen=True):
    """A task whose counters depend only on the request and the time."""

    settings: SyncTask
    """The fields that do not change from answer to answer; its counters are empty."""

    traffic: Traffic
    failed_ppm: int = 0
    """Objects that fail continuously, in millionths of those synced."""

    skipped_ppm: int = 0
    failures: tuple[Failures, ...] = ()
    """Additional failures in batches."""

    stopped_at: datetime | None = None
    spells: tuple[Spell, ...] = ()

    @property
    def sync_task_id(self) -> str:
        """The task's id."""
        return self.settings.sync_task_id or ""

    @property
    def created_at(self) -> datetime:
        """When the task was created."""
        return self.settings.created_at or datetime.fromtimestamp(0, UTC)

    def as_of(self, now: datetime, asked: datetime | None, zone: tzinfo) -> SyncTask:
        """Return the task as it is now, with the counters of the month that contains the requested moment.

        They are zero for a month before the task was created or in the future; those of a past month do not change.

        Args:
            now: the present moment.
            asked: the moment of `query_time`; ``None`` when it lies outside the calendar.
            zone: decides where a month begins.
        """
        bounds = self._bounds(now, asked, zone)
        if bounds is None:
            return self._counting((0, 0, 0, 0), accepted=0)
        begin, over = bounds
        end = over if self.stopped_at is None else min(over, self.stopped_at)
        # Accepted are all objects that will be finished by the time the objects in flight are.
        accepted = sum(self._done(begin, min(now + _IN_FLIGHT, end))[:3])
        return self._counting(self._done(begin, min(now, end)), accepted)

    def moved(self, begin: datetime, end: datetime) -> Mapping[str, int]:
        """Return the increases from one moment to a later one, by the statistic's kinds of series."""
        end = end if self.stopped_at is None else min(end, self.stopped_at)
        begin = max(begin, self.created_at)
        if end <= begin:
            return dict.fromkeys(DATA_TYPES, 0)
        synced, failed, skipped, size = self._done(begin, end)
        accepted = sum(self._done(begin + _IN_FLIGHT, end + _IN_FLIGHT)[:3])
        return dict(zip(DATA_TYPES, (accepted, synced, failed, skipped, size), strict=True))

    def failed(self, synced: int, begin: datetime, end: datetime) -> int:
        """Return how many objects failed from one moment to a later one, while this many were synced."""
        first, last = int(begin.timestamp()), int(end.timestamp())
        return synced * self.failed_ppm // _MILLION + sum(batch.between(first, last) for batch in self.failures)

    def accident(self, seconds: float) -> Accident | None:
        """Return the accident at this many seconds after the start of the scenario; ``None`` when all is well."""
        return next((spell.accident for spell in self.spells if spell.holds(seconds)), None)

    def _bounds(self, now: datetime, asked: datetime | None, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """Return when the count of the requested month begins and ends; ``None`` when there is nothing to count."""
        if asked is None or not self.created_at - _TOO_FAR < asked < now + _TOO_FAR:
            return None
        month = Month.containing(asked, zone)
        begin = max(first_moment(month, zone), self.created_at)
        over = first_moment(month.plus(1), zone)
        return (begin, over) if begin <= now and begin < over else None

    def _counting(self, done: tuple[int, int, int, int], accepted: int) -> SyncTask:
        synced, failed, skipped, size = done
        return replace(
            self.settings,
            monthly_acceptance_request=accepted,
            monthly_success_object=synced,
            monthly_failure_object=failed,
            monthly_skip_object=skipped,
            monthly_size=size,
        )

    def _done(self, begin: datetime, end: datetime) -> tuple[int, int, int, int]:
        """Return the objects synced, failed and skipped, and the bytes, from one moment to another."""
        first, last = int(begin.timestamp()), int(end.timestamp())
        synced, size = self.traffic.between(first, last)
        return synced, self.failed(synced, begin, end), synced * self.skipped_ppm // _MILLION, size
