"""The condition of each task in one word, computed again only for tasks that changed."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import compress
from operator import is_not
from types import MappingProxyType
from typing import Self

from msgspec import Struct

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
    def has_old_figures(self) -> bool:
        """Whether requests fail or answers are stale, so that the figures are old."""
        return self.severity <= _ORDER[Condition.STALE]

    @property
    def is_well(self) -> bool:
        """Whether the task accepts events, requests work, and there are no new failures."""
        return self is Condition.SYNCING


_OVERDUE = 0.75
"""How late an answer may be, in intervals after the planned time of its request."""

_ORDER = {condition: place for place, condition in enumerate(Condition)}
_OF_PROBLEM = {kind: Condition(kind.value) for kind in ProblemKind}


NEVER = datetime.max.replace(tzinfo=UTC)


class Assessment(Struct, frozen=True):
    """The condition of a task; it holds until another answer comes or `until` is reached."""

    condition: Condition
    answered_at: datetime | None = None
    """When the last good answer came, if there is one."""

    is_age_unknown: bool = False
    """Whether that answer lies in the future: the clock was set back since, and the age is unknown."""

    until: datetime = NEVER
    """From when on the condition may change without a new answer."""

    def age(self, now: datetime) -> timedelta | None:
        """Return how old the last good answer is; ``None`` when there is none."""
        return max(now - self.answered_at, timedelta()) if self.answered_at is not None else None


def stale_after(interval: float) -> timedelta:
    """Return the age beyond which an answer counts as stale: twice the interval (seconds)."""
    return timedelta(seconds=2 * interval)


def assess(state: TaskState, now: datetime, interval: float) -> Assessment:
    """Return the condition of a task at this moment.

    Freshness is computed here from the time of the last good answer, so that a row of a dead poller becomes stale.
    """
    good, problem = state.good, state.problem
    if problem is not None:
        return Assessment(_OF_PROBLEM[problem.kind], good.answered_at if good is not None else None)
    if good is None or good.task is None:
        return Assessment(Condition.ASKING)
    limit, last_at, held = _limit(good, interval), good.answered_at, state.held
    if held is not None and held.answered_at - last_at <= limit:
        last_at = held.answered_at  # its figures await confirmation, but the task answers
    age = now - last_at
    # An answer from the future means that the clock was set back: its age is unknown.
    if age > limit:
        return Assessment(Condition.STALE, good.answered_at)
    if age < -limit:
        return Assessment(Condition.STALE, good.answered_at, is_age_unknown=True, until=last_at - limit)
    return Assessment(_live_condition(state, good.task), good.answered_at, until=last_at + limit)


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


class ConditionIndex(Struct, frozen=True):
    """All that is known at one moment: a board, with the assessment of each of its tasks.

    The next index keeps the assessments of tasks that did not change: there may be a thousand tasks, and an index is
    made for each key and each answer.
    """

    board: Board
    now: datetime
    interval: float
    """Seconds between two requests for one task."""

    assessments: Mapping[TaskRef, Assessment]
    """In the board's order."""

    until: datetime
    """Before this time no assessment changes without a new answer."""

    assessed: int
    """How many times a task was assessed for this index and all that it was made from."""

    @classmethod
    def of(cls, board: Board, now: datetime, interval: float) -> Self:
        """Assess all tasks.

        Args:
            board: the tasks with their states.
            now: this moment.
            interval: seconds between two requests for one task.
        """
        return cls(Board(), now, interval, MappingProxyType({}), NEVER, 0).at(board, now)

    def at(self, board: Board, now: datetime) -> Self:
        """Return the index for this board at this moment: assesses only tasks that changed or whose `until` is over."""
        is_over, has_same_tasks = now >= self.until, _has_same_keys(self.board.states, board.states)
        if now < self.now:  # the clock was set back
            states = list(board.states.values())
        elif not has_same_tasks:
            states = [state for state in board.states.values() if not self._holds_for(state, now)]
        else:
            states = self._changed_or_over(board, now) if is_over else _changed(self.board, board)
        fresh, known = {state.ref: assess(state, now, self.interval) for state in states}, self.assessments
        if not has_same_tasks:
            known = MappingProxyType({ref: fresh.get(ref) or known[ref] for ref in board.states})
        elif fresh:
            known = with_entries(known, fresh)
        until = min((one.until for one in (known if is_over else fresh).values()), default=NEVER)
        until = until if is_over else min(until, self.until)
        return type(self)(board, now, self.interval, known, until, self.assessed + len(fresh))

    def condition(self, ref: TaskRef) -> Condition:
        """Return the condition of a task of the board."""
        return self.assessments[ref].condition

    def changed_since(self, earlier: Self | None) -> list[TaskRef]:
        """Return the tasks that were assessed since an earlier index, in the board's order; all without one."""
        now = self.assessments
        if earlier is None:
            return list(now)
        before = earlier.assessments
        if now is before:
            return []
        if _has_same_keys(before, now):
            return list(compress(now, map(is_not, before.values(), now.values())))
        return [ref for ref, one in now.items() if before.get(ref) is not one]

    @property
    def counts(self) -> Counter[Condition]:
        """The number of tasks in each condition."""
        return Counter(one.condition for one in self.assessments.values())

    def _changed_or_over(self, board: Board, now: datetime) -> list[TaskState]:
        known, states, assessments = self.board.states.values(), board.states.values(), self.assessments.values()
        return [
            state
            for state, before, one in zip(states, known, assessments, strict=True)
            if state is not before or one.until <= now
        ]

    def _holds_for(self, state: TaskState, now: datetime) -> bool:
        return self.board.states.get(state.ref) is state and self.assessments[state.ref].until > now


def _changed(before: Board, after: Board) -> list[TaskState]:
    """Return the states that differ between two boards with the same tasks; the comparison runs in C."""
    if before.states is after.states:
        return []
    known, states = before.states.values(), after.states.values()
    return list(compress(states, map(is_not, known, states)))


def _has_same_keys(before: Mapping[TaskRef, object], after: Mapping[TaskRef, object]) -> bool:
    """Whether both hold the same task references, as the same objects in the same order."""
    return before is after or (len(before) == len(after) and not any(map(is_not, before, after)))
