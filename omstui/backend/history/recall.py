"""Looks up the past of the watched tasks, once each of them is watched."""

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
"""Most tasks in one question, so that the history answers within its time limit and has time for writing."""

_HABIT = timedelta(days=14)
"""How far back a task's habits are looked up."""


class PastLookup:
    """Looks up each task's past, and repeats it until the history has answered."""

    def __init__(
        self, recall: Callable[[Iterable[TaskRef]], Awaitable[Mapping[TaskRef, Recalled]]], board: Callable[[], Board]
    ) -> None:
        """Create the lookup; nothing is asked yet.

        Args:
            recall: asks the history; returns an empty mapping when there is no answer.
            board: returns the current board.
        """
        self._recall = recall
        self._board_now = board
        self._known: set[TaskRef] = set()
        self._is_asking = False
        self._seen: set[TaskRef] = set()
        """Tasks whose failures the user marked as seen before their past was known."""

    def missing(self) -> frozenset[TaskRef]:
        """Return some watched tasks whose past is not known yet; none during a lookup."""
        if self._is_asking:
            return frozenset()
        watched = self._board_now().states.keys()
        self._known &= watched
        self._seen &= watched
        return frozenset(islice(watched - self._known, _AT_ONCE))

    def knows(self, ref: TaskRef) -> bool:
        """Return whether this task's past is known; until then, so is not what the user has seen of it."""
        return ref in self._known

    def mark_seen(self, refs: Iterable[TaskRef]) -> None:
        """Keep what the user has marked as seen now, whatever the history says later."""
        states = self._board_now().states
        self._seen |= {ref for ref in refs if ref in states and states[ref].good is not None} - self._known

    async def look_up(self, refs: frozenset[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return the past of these tasks; empty when the history did not answer."""
        self._is_asking = True
        try:
            recalled = await self._recall(refs)
            await asyncio.sleep(0)  # thousands of tasks take many questions: keys and the clock are handled in between
        finally:
            self._is_asking = False
        self._known |= recalled.keys() & self._board_now().states.keys()
        return {ref: replace(one, acknowledged=None) if ref in self._seen else one for ref, one in recalled.items()}


class HabitLookup:
    """Computes each watched task's habits once, from its whole stored past."""

    def __init__(
        self, spans: Callable[[TaskRef, datetime], Awaitable[tuple[CounterSpan, ...]]], gap: timedelta
    ) -> None:
        """Create the lookup, without tasks.

        Args:
            spans: asks the history for a task's counter spans since a time.
            gap: the longest time between two answers that still counts as watched.
        """
        self._spans, self._gap = spans, gap
        self._watched: dict[TaskRef, datetime] = {}
        """Since when each task is watched."""

        self._left: dict[TaskRef, None] = {}
        """Tasks whose habits are not known yet."""

        self._is_looking = False

    def want(self, refs: Iterable[TaskRef], now: datetime) -> None:
        """Look for the habits of exactly these tasks; those that were wanted before are not looked up again."""
        refs = list(refs)
        self._left = {ref: None for ref in refs if ref in self._left or ref not in self._watched}
        self._watched = {ref: self._watched.get(ref, now) for ref in refs}

    def drop(self, ref: TaskRef) -> None:
        """Treat a task's habit as known."""
        self._left.pop(ref, None)

    def is_known(self, ref: TaskRef) -> bool:
        """Return whether the task's habit was reported, as far as its past is stored."""
        return ref not in self._left

    async def next(self) -> tuple[TaskRef, Habit] | None:
        """Return the habit of the next task; ``None`` when all are known or another lookup is running."""
        if self._is_looking:
            return None
        self._is_looking = True
        try:
            while self._left:
                ref = next(iter(self._left))
                since = self._watched[ref]
                spans = [one for one in await self._spans(ref, since - _HABIT) if one.until < since]
                # Thousands of counter spans take a while, so this runs in a thread.
                activity = await in_daemon_thread(Activity.of, spans, self._gap) if spans else Activity()
                if self._watched.get(ref) == since and ref in self._left:
                    del self._left[ref]
                    return ref, activity.habit
        finally:
            self._is_looking = False
        return None
