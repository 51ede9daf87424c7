"""The conditions of all tasks, each worked out anew only when something has come or its time is over."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
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

    ends: Mapping[TaskRef, datetime]
    """From when on time alone may make each task's condition another."""

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
        conditions, ends = {}, {}
        for ref, track in board.tracks.items():
            judgement = judge(track, now, interval)
            conditions[ref], ends[ref] = judgement.condition, judgement.until or _NEVER
        until = min(ends.values(), default=_NEVER)
        return cls(
            board, now, interval, MappingProxyType(conditions), tuple(board.tracks), MappingProxyType(ends), until
        )

    def at(self, board: Board, now: datetime) -> Self:
        """Judge the board as it is at another moment: the tasks that have changed, and those whose time is over."""
        if now < self.now or not _has_same_keys(self.board, board):
            return self._anew(board, now)
        is_over = now >= self.until
        tracks = self._changed_or_over(board, now) if is_over else _changed(self.board, board)
        conditions, ends, changed = {}, {}, []
        for track in tracks:
            ref, judgement = track.ref, judge(track, now, self.interval)
            conditions[ref], ends[ref] = judgement.condition, judgement.until or _NEVER
            if track is not self.board.tracks[ref] or judgement.condition is not self.conditions[ref]:
                changed.append(ref)
        all_ends = with_entries(self.ends, ends) if ends else self.ends
        return type(self)(
            board,
            now,
            self.interval,
            with_entries(self.conditions, conditions) if changed else self.conditions,
            tuple(changed),
            all_ends,
            min(all_ends.values() if is_over else (self.until, *ends.values()), default=_NEVER),
        )

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
        return replace(made, changed=changed)

    def _changed_or_over(self, board: Board, now: datetime) -> list[Track]:
        known, tracks, ends = self.board.tracks.values(), board.tracks.values(), self.ends.values()
        return [
            track for track, before, end in zip(tracks, known, ends, strict=True) if track is not before or end <= now
        ]


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
