"""What has changed since the user last looked at the screen."""

from collections import Counter
from collections.abc import Mapping
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
    """The tasks whose failures or condition differ now."""

    @classmethod
    def at_board(cls, judged: ConditionIndex, started_at: datetime) -> Self:
        """Return the seen state of this moment, in a run that began at `started_at`."""
        return cls(judged.now, started_at).completed(replace(judged, changed=tuple(judged.board.states)))

    def completed(self, judged: ConditionIndex) -> Self:
        """Return the seen state with the present values of tasks that it lacks, and with `differing` updated.

        Args:
            judged: the board now, with all changes since the seen state was last completed.
        """
        failed, conditions = {}, {}
        differing = set(self.differing)
        for ref in judged.changed:
            state, condition = judged.board.states[ref], judged.conditions[ref]
            figure = self._failed(state)
            if figure is not None and ref not in self.failed:
                failed[ref] = figure
            if ref not in self.conditions and self._is_live(state) and not self._is_undecided(state, condition):
                conditions[ref] = condition
            if figure != self.failed.get(ref, figure) or condition is not self.conditions.get(ref, condition):
                differing.add(ref)
            else:
                differing.discard(ref)
        if not failed and not conditions and differing == self.differing:
            return self
        return replace(
            self,
            failed=with_entries(self.failed, failed),
            conditions=with_entries(self.conditions, conditions),
            differing=frozenset(differing),
        )

    def renewed(self, judged: ConditionIndex) -> Self:
        """Return the seen state of this moment; only the tasks that differ are read again.

        Args:
            judged: as for `completed`.
        """
        now = self.completed(judged)
        if not now.conditions.keys() <= judged.board.states.keys():  # tasks have left the list
            return self.at_board(judged, self.started_at)
        if not now.differing:
            return replace(now, at=judged.now)
        failed, conditions = dict(now.failed), dict(now.conditions)
        for ref in now.differing:
            failed.pop(ref, None)
            conditions.pop(ref, None)
        fresh = replace(now, at=judged.now, failed=failed, conditions=conditions, differing=frozenset())
        return fresh.completed(replace(judged, changed=tuple(now.differing)))

    def new_failures(self, state: TaskState) -> int:
        """Return how many objects of the task have failed since then; 0 if unknown."""
        figure, seen = self._failed(state), self.failed.get(state.ref)
        if figure is None or seen is None:
            return 0
        month, failed = figure
        return failed if month > seen[0] else max(failed - seen[1], 0) if month == seen[0] else 0

    def changes(self, judged: ConditionIndex) -> Changes:
        """Return what has changed since then.

        Args:
            judged: as for `completed`.
        """
        now = self.completed(judged)
        conditions: Counter[Condition] = Counter()
        failures = 0
        for ref in now.differing & judged.conditions.keys():
            condition = judged.conditions[ref]
            if _is_news(now.conditions.get(ref, condition), condition):
                conditions[condition] += 1
            failures += now.new_failures(judged.board.states[ref])
        return Changes(self.at, failures, conditions)

    def _is_live(self, state: TaskState) -> bool:
        """Whether the task has an answer in this run."""
        samples = (sample for sample in (state.good, state.trouble) if sample is not None)
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

    glance: SeenState
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
        return replace(pressed, glance=seen, reading_until=None)

    def left(self, seen: SeenState) -> Self:
        """Return the presence after the terminal lost the focus."""
        is_passing_by = self.focused_at is not None and timedelta() <= seen.at - self.focused_at < _GLANCE
        away = replace(self, focused_at=None, reading_until=None)
        return away if is_passing_by else replace(away, glance=seen)

    def returned(self, now: datetime) -> Self:
        """Return the presence after the terminal got the focus: the changes stay for `READING`."""
        return replace(self, focused_at=now, reading_until=now + READING)

    def with_new(self, judged: ConditionIndex) -> Self:
        """Return the presence with the tasks that the seen state lacks."""
        glance = self.glance.completed(judged)
        return self if glance is self.glance else replace(self, glance=glance)

    def by_hand(self, seen: SeenState) -> Self:
        """Return the presence after the user marked everything as seen."""
        return replace(self, glance=seen, reading_until=None)
