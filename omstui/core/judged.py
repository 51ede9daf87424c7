"""The conditions of all tasks, each worked out anew only when something has come or its time is over."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import is_not
from types import MappingProxyType
from typing import Self

from omstui.core.board import Board, Track
from omstui.core.condition import Condition, judge
from omstui.core.entries import with_entries
from omstui.core.task import TaskRef

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """A board as it stood at one moment, with the condition of each task.

    A thousand tasks are judged once a second and more often: only those are looked at that changed since.
    """

    board: Board
    now: datetime
    interval: float
    conditions: Mapping[TaskRef, Condition]
    changed: tuple[TaskRef, ...]
    """The tasks of which more is known than in the one before, or whose condition is another; in the board's order."""

    until: datetime
    """No condition changes by itself before."""

    @classmethod
    def of(cls, board: Board, now: datetime, interval: float) -> Self:
        """Judge all tasks.

        Args:
            board: all that is known.
            now: this moment.
            interval: seconds between two requests for one task.
        """
        conditions, until = {}, _NEVER
        for ref, track in board.tracks.items():
            judgement = judge(track, now, interval)
            conditions[ref] = judgement.condition
            if judgement.until is not None:
                until = min(until, judgement.until)
        return cls(board, now, interval, MappingProxyType(conditions), tuple(board.tracks), until)

    def at(self, board: Board, now: datetime) -> Self:
        """Judge the board as it is at another moment, by way of what has changed."""
        if not self.now <= now < self.until or not _has_same_keys(self.board, board):
            return self._anew(board, now)
        fresh, until = {}, self.until
        for track in _changed(self.board, board):
            judgement = judge(track, now, self.interval)
            fresh[track.ref] = judgement.condition
            if judgement.until is not None:
                until = min(until, judgement.until)
        conditions = with_entries(self.conditions, fresh) if fresh else self.conditions
        return type(self)(board, now, self.interval, conditions, tuple(fresh), until)

    @property
    def counts(self) -> Counter[Condition]:
        """How many tasks are in which condition."""
        return Counter(self.conditions.values())

    def _anew(self, board: Board, now: datetime) -> Self:
        made = self.of(board, now, self.interval)
        known, conditions = self.board.tracks, self.conditions
        changed = tuple(
            ref
            for ref, track in board.tracks.items()
            if known.get(ref) is not track or conditions[ref] is not made.conditions[ref]
        )
        return type(self)(board, now, self.interval, made.conditions, changed, made.until)


def _changed(before: Board, after: Board) -> list[Track]:
    """Return the tracks that are others, of two boards with the same tasks; a thousand are compared in no time."""
    if before.tracks is after.tracks:
        return []
    known, tracks = before.tracks.values(), after.tracks.values()
    return [track for track, is_other in zip(tracks, map(is_not, known, tracks), strict=True) if is_other]


def _has_same_keys(before: Board, after: Board) -> bool:
    """Whether both hold the same tasks in the same order, as boards do that were made from each other."""
    if before.tracks is after.tracks:
        return True
    return len(before.tracks) == len(after.tracks) and not any(map(is_not, before.tracks, after.tracks))
