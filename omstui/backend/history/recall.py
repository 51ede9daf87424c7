"""The past of the watched tasks, looked up when each of them comes to be watched."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from msgspec.structs import replace

from omstui.backend.runtime.threads import in_daemon_thread
from omstui.core.task import TaskRef
from omstui.core.watch.activity import Activity, Habit
from omstui.core.watch.board import Board, Recalled
from omstui.core.watch.counters import CounterSpan

_AT_ONCE = 200
"""Tasks in one question: the history answers it within its patience, and has time to write what comes of it."""

_HABIT = timedelta(days=14)
"""How far back a task's habits are looked for."""


class Recalling:
    """Looks up each task's past once, or as often as it takes: the history may not answer in time."""

    def __init__(
        self, recall: Callable[[Iterable[TaskRef]], Awaitable[Mapping[TaskRef, Recalled]]], board: Callable[[], Board]
    ) -> None:
        """Begin without knowing any.

        Args:
            recall: asks the history; of no answer comes an empty mapping.
            board: returns what is watched at that moment.
        """
        self._recall = recall
        self._board_now = board
        self._known: set[TaskRef] = set()
        self._is_asking = False
        self._seen: set[TaskRef] = set()
        """The tasks whose failures the user has marked as seen before their past was known."""

    def missing(self) -> frozenset[TaskRef]:
        """Return watched tasks whose past is not known yet, some at a time; none while others are being looked up."""
        if self._is_asking:
            return frozenset()
        watched = self._board_now().states.keys()
        self._known &= watched
        self._seen &= watched
        return frozenset(islice(watched - self._known, _AT_ONCE))

    def knows(self, ref: TaskRef) -> bool:
        """Return whether this task's past has been looked up: before that, what was seen of it is not known."""
        return ref in self._known

    def mark_seen(self, refs: Iterable[TaskRef]) -> None:
        """Let what a person has marked as seen outlive what the history says later."""
        states = self._board_now().states
        self._seen |= {ref for ref in refs if ref in states and states[ref].good is not None} - self._known

    async def look_up(self, refs: frozenset[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return the past of these tasks; of none when the history did not answer."""
        self._is_asking = True
        try:
            recalled = await self._recall(refs)
            await asyncio.sleep(0)  # thousands of tasks are many questions: keys and the clock go between two of them
        finally:
            self._is_asking = False
        self._known |= recalled.keys() & self._board_now().states.keys()
        return {ref: replace(one, acknowledged=None) if ref in self._seen else one for ref, one in recalled.items()}


class HabitLookup:
    """Works out each watched task's habits once, from all that is remembered of it."""

    def __init__(
        self, readings: Callable[[TaskRef, datetime], Awaitable[tuple[CounterSpan, ...]]], gap: timedelta
    ) -> None:
        """Begin without any task.

        Args:
            readings: asks the history what a task's counters said since a moment.
            gap: the longest time between two answers that still counts as watched.
        """
        self._readings, self._gap = readings, gap
        self._watched: dict[TaskRef, datetime] = {}
        """Since when each task is watched."""

        self._left: dict[TaskRef, None] = {}
        """The tasks whose habits are not known yet."""

        self._is_looking = False

    def want(self, refs: Iterable[TaskRef], now: datetime) -> None:
        """Look for the habits of these tasks and no others; those that were wanted before are not looked for again."""
        refs = list(refs)
        self._left = {ref: None for ref in refs if ref in self._left or ref not in self._watched}
        self._watched = {ref: self._watched.get(ref, now) for ref in refs}

    def drop(self, ref: TaskRef) -> None:
        """Take a task's habit for known."""
        self._left.pop(ref, None)

    def is_known(self, ref: TaskRef) -> bool:
        """Return whether all that is remembered of the task's habit has been told."""
        return ref not in self._left

    async def next(self) -> tuple[TaskRef, Habit] | None:
        """Return the habit of the next task, ``None`` when all are known or another one is being worked out."""
        if self._is_looking:
            return None
        self._is_looking = True
        try:
            while self._left:
                ref = next(iter(self._left))
                since = self._watched[ref]
                readings = [one for one in await self._readings(ref, since - _HABIT) if one.until < since]
                # Thousands of readings take a moment: the loop goes on meanwhile.
                activity = await in_daemon_thread(Activity.of, readings, self._gap) if readings else Activity()
                if self._watched.get(ref) == since and ref in self._left:
                    del self._left[ref]
                    return ref, activity.habit
        finally:
            self._is_looking = False
        return None
