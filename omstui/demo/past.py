"""The demo's past: a year of months, days of answers with holes in them, and a few events."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec.structs import replace

from omstui.backend.history.history import MemoryHistory
from omstui.core.alerts.alerts import FAILURE_KINDS, MONTH_CLOSED, SEVERITY, STOPPED, failure_words
from omstui.core.alerts.event import Event, Severity
from omstui.core.alerts.failure_watch import BURST_SPAN, FailureWatch
from omstui.core.month import Month, first_moment
from omstui.core.settings import DEFAULT_BURST
from omstui.core.task import COUNTER_NAMES, SyncTask, TaskRef, WatchedTask
from omstui.core.watch.board import Recalled
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.sample import DATA_TYPES, Sample
from omstui.demo.scenario import DR, Scenario
from omstui.demo.simulated_task import SimulatedTask

_MONTHS = 11
_REACH = timedelta(days=8)
_MARK = timedelta(minutes=30)
"""Figures are computed exactly at this distance; between two such times they grow evenly."""

_STEP = timedelta(minutes=2)
_COMPARABLE_HOURS = 48
"""How long after the demo's start its month can be compared with the same part of the one before."""

_HOLES = (
    (timedelta(minutes=9), timedelta()),
    (timedelta(hours=14), timedelta(hours=10, minutes=40)),
    (timedelta(days=3, hours=7), timedelta(days=2, hours=22)),
    (timedelta(days=6, hours=8), timedelta(days=5, hours=14)),
)
"""The times that were not watched, each as its begin and end before the start of the demo."""


class DemoHistory(MemoryHistory):
    """A history with the answers that omstui would have kept from the pretend service, computed on request."""

    def __init__(self, scenario: Scenario, watched: Iterable[WatchedTask], project_of: Mapping[str, str]) -> None:
        """Make the history of these tasks.

        Args:
            scenario: the projects and tasks of the pretend service.
            watched: the tasks on the watch list.
            project_of: the project id of each profile.
        """
        super().__init__()
        self._scenario = scenario
        self._simulated: dict[TaskRef, SimulatedTask] = {}
        self._past: dict[TaskRef, tuple[CounterSpan, ...]] = {}
        self._names: dict[TaskRef, str] = {}
        self._has_told_failures = False
        tasks = {(one.project_id, task.sync_task_id): task for one in scenario.projects for task in one.tasks}
        for one in watched:
            simulated = tasks.get((project_of.get(one.ref.profile, ""), one.ref.sync_task_id))
            if simulated is not None and one.ref.profile != DR:  # the demo's token for it was never valid
                self._simulated[one.ref] = simulated
                self._names[one.ref] = one.label
                for event in self._events_of(one, simulated):
                    self.add_event(event)

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return the answers of this run, and the months of the year before it."""
        known = await super().recall(refs)
        return {
            ref: replace(one, months={**self._months(self._simulated[ref]), **one.months})
            if ref in self._simulated
            else one
            for ref, one in known.items()
        }

    async def spans(self, ref: TaskRef, since: datetime) -> tuple[CounterSpan, ...]:
        """Return the counter spans since then, from before this run and from it."""
        past = self._past_of(ref) if ref in self._simulated and since < self._scenario.started_at else ()
        return tuple(one for one in past if one.until >= since) + await super().spans(ref, since)

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        """Return the latest events; those about failures before this run are derived from its counter spans."""
        if not self._has_told_failures:
            self._has_told_failures = True
            for ref in self._simulated:
                for event in self._failures_of(ref):
                    self.add_event(event)
        return await super().events(limit)

    def _past_of(self, ref: TaskRef) -> tuple[CounterSpan, ...]:
        if ref not in self._past:
            task = self._simulated[ref]
            self._past[ref] = (*self._a_month_before(task), *self._spans_before(task))
        return self._past[ref]

    def _months(self, task: SimulatedTask) -> Mapping[Month, Sample]:
        """Return the past months, each with its final answer from the week after its end."""
        current = Month.containing(self._scenario.started_at, self._scenario.zone)
        months = [current.plus(-back) for back in range(1, _MONTHS + 1)]
        first = Month.containing(task.created_at, self._scenario.zone)
        return {month: self._final_answer(task, month) for month in months if month >= first}

    def _final_answer(self, task: SimulatedTask, month: Month) -> Sample:
        """Return the answer from the week after a month's end."""
        at = min(month.over_everywhere_at + timedelta(hours=32), self._scenario.started_at)
        return Sample(
            TaskRef("", task.sync_task_id),
            month,
            is_current=False,
            asked_at=at,
            answered_at=at,
            task=task.as_of(at, month.middle, self._scenario.zone),
            served_at=at,
            agreed=at >= month.over_everywhere_at,
        )

    def _a_month_before(self, task: SimulatedTask) -> Iterable[CounterSpan]:
        """Return hourly counter spans of the month before, with which the running month can be compared."""
        started_at, zone = self._scenario.started_at, self._scenario.zone
        month = Month.containing(started_at, zone)
        point = first_moment(month.plus(-1), zone) + (started_at - first_moment(month, zone))
        for hour in range(-1, _COMPARABLE_HOURS):
            at = point + timedelta(hours=hour)
            if Month.containing(at, zone) == month.plus(-1) and at < started_at - _REACH:
                yield CounterSpan.of(task.as_of(at, at, zone), month.plus(-1), at)

    def _spans_before(self, task: SimulatedTask) -> Iterable[CounterSpan]:
        """Return the counter spans from before the demo's start: every two minutes, except in the holes."""
        started_at, zone = self._scenario.started_at, self._scenario.zone
        holes = [(started_at - far, started_at - near) for far, near in _HOLES]
        marks = [started_at - number * _MARK for number in range(_REACH // _MARK, -1, -1)]
        counted = _counters(task.as_of(marks[0], marks[0], zone))
        for begin, end in pairwise(marks):
            month = Month.containing(begin, zone)
            if month != Month.containing(begin - _MARK, zone):
                counted = _counters(task.as_of(begin, begin, zone))
            month_begin = max(first_moment(month, zone), task.created_at)
            moved = tuple(task.moved(begin, end)[name] for name in DATA_TYPES)
            for number in range(_MARK // _STEP):
                at = begin + number * _STEP
                if any(begins < at < ends for begins, ends in holes):
                    continue
                grown = (have + more * number // (_MARK // _STEP) for have, more in zip(counted, moved, strict=True))
                figures = dict(zip(COUNTER_NAMES, grown, strict=True))
                figures["monthly_failure_object"] = task.failed(figures["monthly_success_object"], month_begin, at)
                settings = task.settings
                yield CounterSpan(
                    month, at, at, settings.status, settings.create_time, settings.last_start_time, **figures
                )
            counted = tuple(have + more for have, more in zip(counted, moved, strict=True))

    def _events_of(self, watched: WatchedTask, task: SimulatedTask) -> Iterable[Event]:
        """Return the events of a task from before the demo, except failures."""
        started_at, zone = self._scenario.started_at, self._scenario.zone
        last = Month.containing(started_at, zone).plus(-1)
        if task.created_at >= last.middle:
            return
        ref = watched.ref
        about = (ref.profile, ref.sync_task_id, watched.label)
        sample = self._final_answer(task, last)
        if sample.task is not None and sample.asked_at >= last.over_everywhere_at:
            accepted, failed = sample.task.monthly_acceptance_request, sample.task.monthly_failure_object
            words = f"{last.name} closed: {accepted:,} accepted, {failed:,} failed"
            closed_at = min(last.over_everywhere_at + timedelta(hours=8), sample.asked_at)
            yield Event(closed_at, MONTH_CLOSED, words, Severity.NOTE, *about)
        if task.stopped_at is not None:
            yield Event(self._noticed_at(task.stopped_at), STOPPED, "It was stopped", Severity.WARNING, *about)

    def _noticed_at(self, at: datetime) -> datetime:
        """Return when omstui noticed what happened at this time: a minute later, or a minute after the hole."""
        started_at = self._scenario.started_at
        seen_from = (started_at - near for far, near in _HOLES if started_at - far < at < started_at - near)
        return next(seen_from, at) + timedelta(minutes=1)

    def _failures_of(self, ref: TaskRef) -> Iterable[Event]:
        """Return the events about failures from before the demo, one for each rise."""
        watch, month = None, None
        for span in self._past_of(ref):
            at, failed = span.answered_at, span.monthly_failure_object or 0
            if at < self._scenario.started_at - _REACH:
                continue
            if watch is None:
                watch = FailureWatch.beginning(failed, at)
            else:
                watch = watch.answered(failed, at, span=BURST_SPAN, is_restart=span.month != month)
            month = span.month
            watch, told = watch.news(at, burst=DEFAULT_BURST, quiet=timedelta())
            if told is not None:
                kind, words = FAILURE_KINDS[told.rise], failure_words(told, month)
                yield Event(at, kind, words, SEVERITY[kind], ref.profile, ref.sync_task_id, self._names[ref])


def _counters(task: SyncTask) -> tuple[int, ...]:
    return tuple(getattr(task, name) or 0 for name in COUNTER_NAMES)
