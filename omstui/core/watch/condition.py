"""The condition of each task in one word, computed again only for tasks that changed."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import is_not
from types import MappingProxyType
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import Board, TaskState, with_entries
from omstui.core.watch.sample import Sample


class Condition(StrEnum):
    """The word on a task's row; if several apply, the first in this order wins, which is the worst."""

    TOKEN = "token"  # noqa: S105 - a word for the screen, not a secret
    GONE = "gone"
    FORBIDDEN = "forbidden"
    ENDPOINT = "endpoint"
    REFUSED = "refused"
    MISSING = "missing"
    """One answer said that the task does not exist."""

    BAD_ANSWER = "bad answer"
    THROTTLED = "throttled"
    NETWORK = "network"
    SERVER = "server"
    INTERNAL = "internal"
    STALE = "stale"
    STOPPED = "stopped"
    FAILING = "failing"
    UNKNOWN = "unknown"
    """The service reports a status that the reference does not list."""

    SILENT = "silent"
    """Nothing has arrived for an unusually long time."""

    SYNCING = "syncing"
    ASKING = "asking"
    """No answer yet."""

    @property
    def severity(self) -> int:
        """The place in the order: 0 is the worst."""
        return _ORDER[self]

    @property
    def is_trouble(self) -> bool:
        """Whether requests fail, so that the figures are old."""
        return self.severity <= _ORDER[Condition.STALE]

    @property
    def is_well(self) -> bool:
        """Whether the task accepts events, requests work, and there are no new failures."""
        return self is Condition.SYNCING


_OVERDUE = 0.75
"""How late an answer may be, in intervals after the planned time of its request."""

_ORDER = {condition: place for place, condition in enumerate(Condition)}
_OF_PROBLEM = {kind: Condition(kind.value) for kind in ProblemKind}


class Assessment(Struct, frozen=True):
    """The condition of a task, with the age of its last good answer."""

    condition: Condition
    age: timedelta | None
    """How old the last good answer is; ``None`` when there is none."""

    is_age_unknown: bool = False
    """Whether that answer lies in the future: the clock was set back since, and the age is unknown."""

    until: datetime | None = None
    """From when on the condition may change without a new answer; ``None`` when only an answer changes it."""


def stale_after(interval: float) -> timedelta:
    """Return the age beyond which an answer counts as stale: twice the interval (seconds)."""
    return timedelta(seconds=2 * interval)


def assess(state: TaskState, now: datetime, interval: float) -> Assessment:
    """Return the condition of a task at this moment.

    Freshness is computed here from the time of the last good answer, so that a row of a dead poller becomes stale.
    """
    good = state.good
    age = now - good.answered_at if good is not None else None
    shown_age = max(age, timedelta()) if age is not None else None
    problem = state.problem
    if problem is not None:
        return Assessment(_OF_PROBLEM[problem.kind], shown_age)
    if good is None or good.task is None or age is None:
        return Assessment(Condition.ASKING, None)
    limit, last_at, held = _limit(good, interval), good.answered_at, state.held
    if held is not None and held.answered_at - last_at <= limit:
        last_at = held.answered_at  # its figures await confirmation, but the task answers
        age = now - last_at
    # An answer from the future means that the clock was set back: its age is unknown.
    if age > limit:
        return Assessment(Condition.STALE, shown_age)
    if age < -limit:
        return Assessment(Condition.STALE, shown_age, is_age_unknown=True, until=last_at - limit)
    return Assessment(_live_condition(state, good.task), shown_age, until=last_at + limit)


def _limit(good: Sample, interval: float) -> timedelta:
    """Return the age beyond which this answer is stale."""
    limit = stale_after(interval)
    if good.next_at is not None:
        # After throttling, the requests of a profile are slower on purpose, so its answers may be older.
        limit = max(limit, good.next_at - good.answered_at + timedelta(seconds=_OVERDUE * interval))
    return limit


def _live_condition(state: TaskState, task: SyncTask) -> Condition:
    """Return the condition that a fresh answer shows."""
    if task.is_stopped:
        return Condition.STOPPED
    if state.new_failures:
        return Condition.FAILING
    if not task.is_synchronizing:
        return Condition.UNKNOWN
    return Condition.SILENT if state.is_silent else Condition.SYNCING


_NEVER = datetime.max.replace(tzinfo=UTC)


class ConditionIndex(Struct, frozen=True):
    """A board at one moment, with the condition of each task.

    The index is updated once a second or more often, with a thousand tasks: only changed tasks are assessed again.
    """

    board: Board
    now: datetime
    interval: float
    conditions: Mapping[TaskRef, Condition]
    changed: tuple[TaskRef, ...]
    """The tasks whose state or condition differs from the index before, in the board's order."""

    ends: Mapping[TaskRef, datetime]
    """From when on each task's condition may change without a new answer."""

    until: datetime
    """The earliest of `ends`."""

    @classmethod
    def of(cls, board: Board, now: datetime, interval: float) -> Self:
        """Assess all tasks.

        Args:
            board: the tasks with their states.
            now: this moment.
            interval: seconds between two requests for one task.
        """
        conditions, ends = {}, {}
        for ref, state in board.states.items():
            assessment = assess(state, now, interval)
            conditions[ref], ends[ref] = assessment.condition, assessment.until or _NEVER
        until = min(ends.values(), default=_NEVER)
        return cls(
            board, now, interval, MappingProxyType(conditions), tuple(board.states), MappingProxyType(ends), until
        )

    def at(self, board: Board, now: datetime) -> Self:
        """Return the index at a later moment: assesses only tasks that changed and tasks whose `ends` is over."""
        if now < self.now or not _has_same_keys(self.board, board):
            return self._rebuilt(board, now)
        is_over = now >= self.until
        states = self._changed_or_over(board, now) if is_over else _changed(self.board, board)
        conditions, ends, changed = {}, {}, []
        for state in states:
            ref, assessment = state.ref, assess(state, now, self.interval)
            conditions[ref], ends[ref] = assessment.condition, assessment.until or _NEVER
            if state is not self.board.states[ref] or assessment.condition is not self.conditions[ref]:
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
        """The number of tasks in each condition."""
        return Counter(self.conditions.values())

    def _rebuilt(self, board: Board, now: datetime) -> Self:
        made = self.of(board, now, self.interval)
        known, conditions = self.board.states, self.conditions
        changed = tuple(
            ref
            for ref, state in board.states.items()
            if known.get(ref) is not state or conditions[ref] is not made.conditions[ref]
        )
        return replace(made, changed=changed)

    def _changed_or_over(self, board: Board, now: datetime) -> list[TaskState]:
        known, states, ends = self.board.states.values(), board.states.values(), self.ends.values()
        return [
            state for state, before, end in zip(states, known, ends, strict=True) if state is not before or end <= now
        ]


def _changed(before: Board, after: Board) -> list[TaskState]:
    """Return the states that differ between two boards with the same tasks; the comparison runs in C."""
    if before.states is after.states:
        return []
    known, states = before.states.values(), after.states.values()
    return [state for state, is_other in zip(states, map(is_not, known, states), strict=True) if is_other]


def _has_same_keys(before: Board, after: Board) -> bool:
    """Whether both boards hold the same task references, as the same objects in the same order."""
    if before.states is after.states:
        return True
    return len(before.states) == len(after.states) and not any(map(is_not, before.states, after.states))
