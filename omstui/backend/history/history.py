"""What is remembered from one run to the next: answers over time, past months, events, what the user has seen."""

from bisect import insort
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.news.event import Event
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.task import TaskRef
from omstui.core.watch.board import RECALLED_READINGS, Recalled, SeenHow, month_after, seen_after
from omstui.core.watch.counters import CounterSpan, longest_gap, to_tick, woven
from omstui.core.watch.sample import Sample, is_late

LONGEST_GAP = longest_gap(DEFAULT_INTERVAL)
"""Equal answers further apart than this are two readings, at the usual interval."""

KEPT_EVENTS = 10_000

_KEPT_IN_MEMORY = 4_000


class History(Protocol):
    """Remembers; whatever goes wrong with that costs nothing but the memory of this run, and is told by `trouble`.

    What is handed over is kept in the order in which it came; what is read holds all that was handed over before.
    """

    @property
    def trouble(self) -> str:
        """What is wrong, in words, for as long as it is; empty when all is well."""

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is known of these tasks from before: an entry for each, or none when there is no answer."""

    def record(self, sample: Sample) -> None:
        """Keep a good answer, for the current month or one that is over; trouble is not kept."""

    async def readings(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return what the task's counters said since then, in order, none overlapping another."""

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Keep how many failures of this month the user has seen, as `seen_after` has it."""

    def add_event(self, event: Event) -> None:
        """Add a line to the event log; what another instance has just said in the same words is one line."""

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines of the event log, the latest first."""

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Keep a small fact about a profile, in place of the last one under this key; ``None`` drops that."""

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the small facts by profile and key."""

    async def aclose(self) -> None:
        """Write what is still to be written, for a moment at most; nothing can be handed over after that."""


class MemoryHistory:
    """Remembers until the program ends: for the demo, for tests, and where no file is wanted or to be had."""

    trouble = ""

    def __init__(self, gap: timedelta = LONGEST_GAP) -> None:
        self._gap = gap
        self._tasks: dict[TaskRef, Recalled] = {}
        self._events: list[Event] = []
        self._notes: dict[tuple[str, str], str] = {}

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is known of these tasks."""
        known = {ref: self._of(ref) for ref in refs}
        return {ref: replace(one, readings=one.readings[-RECALLED_READINGS:]) for ref, one in known.items()}

    def record(self, sample: Sample) -> None:
        """Keep a good answer."""
        known = self._of(sample.ref)
        if sample.task is None:
            return
        kept = as_remembered(sample)
        if not sample.is_current:
            before = known.months.get(sample.month)
            if not is_late(kept, before):
                months = {**known.months, sample.month: month_after(before, kept)}
                self._tasks[sample.ref] = replace(known, months=months)
            return
        reading = CounterSpan.of(sample.task, sample.month, kept.answered_at)
        readings = with_reading(known.readings, reading, self._gap)[-_KEPT_IN_MEMORY:]
        last = known.last if is_late(kept, known.last) else kept
        self._tasks[sample.ref] = replace(known, last=last, readings=readings)

    async def readings(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the readings that reach beyond this moment."""
        return tuple(one for one in self._of(ref).readings if one.until >= since)

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Keep what the user has seen."""
        known = self._of(ref)
        self._tasks[ref] = replace(known, acknowledged=seen_after(known.acknowledged, month, failures, how))

    def add_event(self, event: Event) -> None:
        """Add a line."""
        if not any(event.is_same_as(known) for known in self._events[-100:]):
            insort(self._events, event, key=lambda one: one.at)
            del self._events[:-KEPT_EVENTS]

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines."""
        return tuple(reversed(self._events[-limit:])) if limit > 0 else ()

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Keep a fact, or drop it."""
        if value is None:
            self._notes.pop((profile, key), None)
        else:
            self._notes[profile, key] = value

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the facts."""
        return dict(self._notes)

    async def aclose(self) -> None:
        """Nothing is to be written."""

    def _of(self, ref: TaskRef) -> Recalled:
        return self._tasks.get(ref, Recalled())


def as_remembered(sample: Sample) -> Sample:
    """Return what is kept of a good answer: nothing that belongs to the run that asked for it."""
    return replace(
        sample,
        asked_at=to_tick(sample.asked_at),
        answered_at=to_tick(sample.answered_at),
        next_at=None,
        request_id=None,
        number=None,
    )


def with_reading(known: tuple[CounterSpan, ...], new: CounterSpan, gap: timedelta) -> tuple[CounterSpan, ...]:
    """Return the readings with this one among them; only those near it are looked at."""
    start = len(known)
    while start and known[start - 1].until + gap >= new.answered_at:
        start -= 1
    return (*known[:start], *woven(known[start:], new, gap))
