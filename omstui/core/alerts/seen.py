"""What has changed since the user last looked at the screen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState, with_entries
from omstui.core.watch.condition import Condition, ConditionIndex


class Changes(Struct, frozen=True):
    """What has changed since the user last looked."""

    since: datetime
    new_failures: int = 0
    now: Counter[Condition] = field(default_factory=Counter)
    """How many tasks are newly in each condition; failures are counted separately."""

    @property
    def are_any(self) -> bool:
        """Whether anything has changed."""
        return bool(self.new_failures or self.now)


class SeenState(Struct, frozen=True):
    """Failures and conditions at the moment the user last looked; for later tasks, when they first answered."""

    at: datetime
    started_at: datetime
    """When the run began: recalled answers are left out, since it is unknown when they changed."""

    failed: Mapping[TaskRef, tuple[Month, int]] = field(default_factory=lambda: MappingProxyType({}))
    conditions: Mapping[TaskRef, Condition] = field(default_factory=lambda: MappingProxyType({}))
    differing: frozenset[TaskRef] = frozenset()
    """The tasks whose failures or condition differ in `latest`."""

    latest: ConditionIndex | None = None
    """The latest index that the tasks were compared with."""

    @classmethod
    def at_board(cls, index: ConditionIndex, started_at: datetime) -> Self:
        """Return the seen state of this moment, in a run that began at `started_at`."""
        return cls(index.now, started_at).completed(index)

    def completed(self, index: ConditionIndex) -> Self:
        """Return the seen state with the present values of tasks that it lacks, and with `differing` updated.

        Args:
            index: the tasks now.
        """
        if index is self.latest:
            return self
        return self.compared_with(index, index.changed_since(self.latest))

    def compared_with(self, index: ConditionIndex, refs: Iterable[TaskRef]) -> Self:
        """Return the seen state after comparing these tasks with the index."""
        failed, conditions = {}, {}
        differing = set(self.differing)
        for ref in refs:
            state, condition = index.board.states[ref], index.condition(ref)
            figure = self._failed(state)
            if figure is not None and ref not in self.failed:
                failed[ref] = figure
            if ref not in self.conditions and self._is_live(state) and not self._is_undecided(state, condition):
                conditions[ref] = condition
            if figure != self.failed.get(ref, figure) or condition is not self.conditions.get(ref, condition):
                differing.add(ref)
            else:
                differing.discard(ref)
        return replace(
            self,
            failed=with_entries(self.failed, failed) if failed else self.failed,
            conditions=with_entries(self.conditions, conditions) if conditions else self.conditions,
            differing=frozenset(differing),
            latest=index,
        )

    def renewed(self, index: ConditionIndex) -> Self:
        """Return the seen state of this moment; only the tasks that differ are read again.

        Args:
            index: the tasks now.
        """
        now = self.completed(index)
        if not now.conditions.keys() <= index.board.states.keys():  # tasks have left the list
            return self.at_board(index, self.started_at)
        if not now.differing:
            return replace(now, at=index.now)
        failed, conditions = dict(now.failed), dict(now.conditions)
        for ref in now.differing:
            failed.pop(ref, None)
            conditions.pop(ref, None)
        fresh = replace(now, at=index.now, failed=failed, conditions=conditions, differing=frozenset())
        return fresh.compared_with(index, now.differing & index.board.states.keys())

    def new_failures(self, state: TaskState) -> int:
        """Return how many objects of the task have failed since then; 0 if unknown."""
        figure, seen = self._failed(state), self.failed.get(state.ref)
        if figure is None or seen is None:
            return 0
        month, failed = figure
        return failed if month > seen[0] else max(failed - seen[1], 0) if month == seen[0] else 0

    def changes(self, index: ConditionIndex) -> Changes:
        """Return what has changed since then.

        Args:
            index: the tasks now.
        """
        now = self.completed(index)
        conditions: Counter[Condition] = Counter()
        failures = 0
        for ref in now.differing & index.board.states.keys():
            condition = index.condition(ref)
            if _is_news(now.conditions.get(ref, condition), condition):
                conditions[condition] += 1
            failures += now.new_failures(index.board.states[ref])
        return Changes(self.at, failures, conditions)

    def _is_live(self, state: TaskState) -> bool:
        """Whether the task has an answer in this run."""
        samples = (sample for sample in (state.good, state.failure) if sample is not None)
        return state.refusal is not None or any(sample.answered_at >= self.started_at for sample in samples)

    def _is_undecided(self, state: TaskState, condition: Condition) -> bool:
        """Whether the first answer of this run said that the task does not exist: only the second one decides."""
        good = state.good
        return condition is Condition.MISSING and (good is None or good.answered_at < self.started_at)

    def _failed(self, state: TaskState) -> tuple[Month, int] | None:
        good = state.good
        if good is None or good.task is None or good.answered_at < self.started_at:
            return None
        failed = good.task.monthly_failure_object
        return None if failed is None else (good.month, failed)


def _is_news(before: Condition, now: Condition) -> bool:
    return now not in {Condition.ASKING, Condition.FAILING, Condition.MISSING} and _kind(now) != _kind(before)


def _kind(condition: Condition) -> Condition:
    """Return the condition, with `SYNCING` for a task that fails, or is missing but not yet gone."""
    return _SAME_NEWS.get(condition, condition)


_SAME_NEWS = {Condition.FAILING: Condition.SYNCING, Condition.MISSING: Condition.SYNCING}


AWAY = timedelta(minutes=1)
"""A user who presses no key for this long may be away."""

READING = timedelta(minutes=1)
"""The changes stay on the screen for this long after the user returns, whatever keys are pressed."""

_GLANCE = timedelta(seconds=3)
"""A focus shorter than this does not count as a look at the screen."""


class Presence(Struct, frozen=True):
    """What the user has seen, updated by keys and changes of focus."""

    seen: SeenState
    """The tasks when the user last looked."""

    last_key_at: datetime
    reading_until: datetime | None = None
    """Until when the seen state does not change, since the user has just returned."""

    focused_at: datetime | None = None
    """Since when the terminal has the focus, if it reports that."""

    def key(self, seen: SeenState) -> Self:
        """Return the presence after a key.

        Args:
            seen: the seen state of this moment.
        """
        now, pressed = seen.at, replace(self, last_key_at=seen.at)
        if self.reading_until is not None and now < self.reading_until <= now + READING:
            return pressed
        if self.reading_until is None and now - self.last_key_at >= AWAY:
            return replace(pressed, reading_until=now + READING)
        return replace(pressed, seen=seen, reading_until=None)

    def left(self, seen: SeenState) -> Self:
        """Return the presence after the terminal lost the focus."""
        is_passing_by = self.focused_at is not None and timedelta() <= seen.at - self.focused_at < _GLANCE
        away = replace(self, focused_at=None, reading_until=None)
        return away if is_passing_by else replace(away, seen=seen)

    def returned(self, now: datetime) -> Self:
        """Return the presence after the terminal got the focus: the changes stay for `READING`."""
        return replace(self, focused_at=now, reading_until=now + READING)

    def with_new(self, index: ConditionIndex) -> Self:
        """Return the presence with the tasks that the seen state lacks."""
        seen = self.seen.completed(index)
        return self if seen is self.seen else replace(self, seen=seen)

    def by_hand(self, seen: SeenState) -> Self:
        """Return the presence after the user marked everything as seen."""
        return replace(self, seen=seen, reading_until=None)
