"""The history between runs: answers over time, past months, events, what the user has seen."""

from bisect import insort
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.task import TaskRef
from omstui.core.watch.board import RECALLED_SPANS, Recalled, SeenHow, seen_after
from omstui.core.watch.counters import CounterSpan, longest_gap, to_tick, woven
from omstui.core.watch.past_month import month_after
from omstui.core.watch.sample import Sample, is_late

LONGEST_GAP = longest_gap(DEFAULT_INTERVAL)
"""Equal answers that are further apart make two counter spans, at the default interval."""

KEPT_EVENTS = 10_000

_KEPT_IN_MEMORY = 4_000


class History(Protocol):
    """Stores answers, events and notes; an error costs only this run's history, and `error` says why.

    Writes are kept in the order of the calls; a read returns all that was written before it.
    """

    @property
    def error(self) -> str:
        """The current error as a sentence; empty when there is none."""

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is stored about these tasks: an entry for each, or none when the file does not answer."""

    def record(self, sample: Sample) -> None:
        """Store a good answer, for the current month or a past one; problems are not stored."""

    async def spans(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the task's counter spans since then, in order of time, without overlaps."""

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Store how many failures of this month the user has seen, by the rule of `seen_after`."""

    def add_event(self, event: Event) -> None:
        """Add a line to the event log, unless another instance has just added the same one."""

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines of the event log, newest first."""

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Store a small fact about a profile in place of the one under this key; ``None`` deletes that."""

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the small facts by profile and key."""

    async def aclose(self) -> None:
        """Write what is not written yet, and wait a second at most; later calls store nothing."""


class MemoryHistory:
    """A history in memory until the program ends: for the demo, for tests, and where no file is wanted or possible."""

    error = ""

    def __init__(self, gap: timedelta = LONGEST_GAP) -> None:
        self._gap = gap
        self._tasks: dict[TaskRef, Recalled] = {}
        self._events: list[Event] = []
        self._notes: dict[tuple[str, str], str] = {}

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return what is stored about these tasks: an entry for each."""
        known = {ref: self._of(ref) for ref in refs}
        return {ref: replace(one, spans=one.spans[-RECALLED_SPANS:]) for ref, one in known.items()}

    def record(self, sample: Sample) -> None:
        """Store a good answer."""
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
        span = CounterSpan.of(sample.task, sample.month, kept.answered_at)
        spans = with_span(known.spans, span, self._gap)[-_KEPT_IN_MEMORY:]
        last = known.last if is_late(kept, known.last) else kept
        self._tasks[sample.ref] = replace(known, last=last, spans=spans)

    async def spans(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the counter spans that end at this moment or later."""
        return tuple(one for one in self._of(ref).spans if one.until >= since)

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Store how many failures the user has seen."""
        known = self._of(ref)
        self._tasks[ref] = replace(known, acknowledged=seen_after(known.acknowledged, month, failures, how))

    def add_event(self, event: Event) -> None:
        """Add a line to the event log, unless the same one was just added."""
        if not any(event.is_same_as(known) for known in self._events[-100:]):
            insort(self._events, event, key=lambda one: one.at)
            del self._events[:-KEPT_EVENTS]

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest lines, newest first."""
        return tuple(reversed(self._events[-limit:])) if limit > 0 else ()

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Store a fact; ``None`` deletes it."""
        if value is None:
            self._notes.pop((profile, key), None)
        else:
            self._notes[profile, key] = value

    async def notes(self) -> Mapping[tuple[str, str], str]:
        """Return the facts by profile and key."""
        return dict(self._notes)

    async def aclose(self) -> None:
        """Do nothing: there is no file to write."""

    def _of(self, ref: TaskRef) -> Recalled:
        return self._tasks.get(ref, Recalled())


def as_remembered(sample: Sample) -> Sample:
    """Return a good answer as it is stored: times cut to milliseconds, without the fields of the run that asked."""
    return replace(
        sample,
        asked_at=to_tick(sample.asked_at),
        answered_at=to_tick(sample.answered_at),
        next_at=None,
        request_id=None,
        number=None,
    )


def with_span(known: tuple[CounterSpan, ...], new: CounterSpan, gap: timedelta) -> tuple[CounterSpan, ...]:
    """Return the counter spans with the new one merged in; only those near it are compared."""
    start = len(known)
    while start and known[start - 1].until + gap >= new.answered_at:
        start -= 1
    return (*known[:start], *woven(known[start:], new, gap))
