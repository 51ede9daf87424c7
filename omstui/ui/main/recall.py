"""The past of the watched tasks, looked up when each of them comes to be watched."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice

from msgspec.structs import replace

from omstui.core.task import TaskRef
from omstui.core.watch.board import Board, Recalled

_AT_ONCE = 200
"""Tasks in one question: the history answers it within its patience, and has time to write what comes of it."""


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
        self._board = board
        self._known: set[TaskRef] = set()
        self._is_asking = False
        self._seen: set[TaskRef] = set()
        """The tasks whose failures the user has marked as seen before their past was known."""

    def missing(self) -> frozenset[TaskRef]:
        """Return watched tasks whose past is not known yet, some at a time; none while others are being looked up."""
        if self._is_asking:
            return frozenset()
        watched = self._board().states.keys()
        self._known &= watched
        self._seen &= watched
        return frozenset(islice(watched - self._known, _AT_ONCE))

    def knows(self, ref: TaskRef) -> bool:
        """Return whether this task's past has been looked up: before that, what was seen of it is not known."""
        return ref in self._known

    def mark_seen(self, refs: Iterable[TaskRef]) -> None:
        """Let what a person has marked as seen outlive what the history says later."""
        states = self._board().states
        self._seen |= {ref for ref in refs if ref in states and states[ref].good is not None} - self._known

    async def look_up(self, refs: frozenset[TaskRef]) -> Mapping[TaskRef, Recalled]:
        """Return the past of these tasks; of none when the history did not answer."""
        self._is_asking = True
        try:
            recalled = await self._recall(refs)
            await asyncio.sleep(0)  # thousands of tasks are many questions: keys and the clock go between two of them
        finally:
            self._is_asking = False
        self._known |= recalled.keys() & self._board().states.keys()
        return {ref: replace(one, acknowledged=None) if ref in self._seen else one for ref, one in recalled.items()}
