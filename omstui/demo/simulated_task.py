"""One task of the pretend service: its settings, its traffic and its accidents."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.month import Month, first_moment
from omstui.core.task import SyncTask
from omstui.core.watch.sample import DATA_TYPES
from omstui.demo.traffic import Failures, Traffic

_IN_FLIGHT = timedelta(seconds=90)
"""From an object's being accepted to its being done."""

_TOO_FAR = timedelta(days=40)
_MILLION = 10**6


class Accident(StrEnum):
    """What may go wrong on the way to a task that is well."""

    PROXY = "proxy"
    """A proxy answers 503 with a page for people."""

    THROTTLED = "throttled"
    """The gateway wants fewer requests."""


class Spell(Struct, frozen=True):
    """An accident that comes and goes; all in seconds, counted from the beginning of the scenario."""

    accident: Accident
    begins: int
    lasts: int
    every: int

    def holds(self, seconds: float) -> bool:
        """Whether it is on at this moment."""
        return (seconds - self.begins) % self.every < self.lasts


class SimulatedTask(Struct, frozen=True):
    """A task whose counters follow from the question and the time alone."""

    settings: SyncTask
    """All that does not change from answer to answer; its counters are empty."""

    traffic: Traffic
    failed_ppm: int = 0
    """Objects that fail all the time, in millionths of those synced."""

    skipped_ppm: int = 0
    failures: tuple[Failures, ...] = ()
    """Failures on top of that."""

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
        """Return the task as it is now, with the counters of the month that contains the moment asked for.

        They are zero for a month before the task or in the future; those of a month that is over stay as they are.

        Args:
            now: the present moment.
            asked: the moment that `query_time` gives; ``None`` when it lies outside the calendar.
            zone: decides where a month begins.
        """
        bounds = self._bounds(now, asked, zone)
        if bounds is None:
            return self._counting((0, 0, 0, 0), accepted=0)
        begin, over = bounds
        end = over if self.stopped_at is None else min(over, self.stopped_at)
        # All that will be done when those under way are, has been accepted by now.
        accepted = sum(self._done(begin, min(now + _IN_FLIGHT, end))[:3])
        return self._counting(self._done(begin, min(now, end)), accepted)

    def moved(self, begin: datetime, end: datetime) -> Mapping[str, int]:
        """Return what happened from one moment to a later one, by the statistic's kinds of series."""
        end = end if self.stopped_at is None else min(end, self.stopped_at)
        begin = max(begin, self.created_at)
        if end <= begin:
            return dict.fromkeys(DATA_TYPES, 0)
        synced, failed, skipped, size = self._done(begin, end)
        accepted = sum(self._done(begin + _IN_FLIGHT, end + _IN_FLIGHT)[:3])
        return dict(zip(DATA_TYPES, (accepted, synced, failed, skipped, size), strict=True))

    def failed(self, synced: int, begin: datetime, end: datetime) -> int:
        """Return how many objects have failed from one moment to a later one, while so many were synced."""
        first, last = int(begin.timestamp()), int(end.timestamp())
        return synced * self.failed_ppm // _MILLION + sum(batch.between(first, last) for batch in self.failures)

    def accident(self, seconds: float) -> Accident | None:
        """Return what goes wrong this many seconds after the beginning of the scenario."""
        return next((spell.accident for spell in self.spells if spell.holds(seconds)), None)

    def _bounds(self, now: datetime, asked: datetime | None, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """Return when the counting of the month asked for begins and ends; ``None`` when there is nothing to count."""
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
