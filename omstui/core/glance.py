"""What has changed since somebody looked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Self

from omstui.core.board import Track
from omstui.core.condition import Condition
from omstui.core.judged import Judged
from omstui.core.month import Month
from omstui.core.task import TaskRef


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise than it was when somebody looked."""

    since: datetime
    new_failures: int = 0
    now: Counter[Condition] = field(default_factory=Counter)
    """How many tasks are newly in which condition; failures are counted by themselves."""

    @property
    def are_any(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.new_failures or self.now)


@dataclass(frozen=True, slots=True)
class Glance:
    """How the tasks stood when somebody looked; of those that were not known then, how they stood at first."""

    at: datetime
    started_at: datetime
    """When the run began: what was recalled from before it is left out, since nobody knows when it changed."""

    failed: Mapping[TaskRef, tuple[Month, int]] = field(default_factory=lambda: MappingProxyType({}))
    conditions: Mapping[TaskRef, Condition] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def at_board(cls, judged: Judged, started_at: datetime) -> Self:
        """Return how the tasks stand at this moment, in a run that began at `started_at`."""
        return cls(judged.now, started_at).completed(judged)

    def completed(self, judged: Judged) -> Self:
        """Return the glance with the tasks that were not known then, as they stand now."""
        fresh = [
            (ref, track)
            for ref, track in judged.board.tracks.items()
            if ref not in self.failed and self._is_live(track)  # the others have a condition as well
        ]
        if not fresh:
            return self
        failed = dict(self.failed)
        conditions = dict(self.conditions)
        for ref, track in fresh:
            figure = self._failed(track)
            if ref not in failed and figure is not None:
                failed[ref] = figure
            conditions.setdefault(ref, judged.conditions[ref])
        if len(failed) == len(self.failed) and len(conditions) == len(self.conditions):
            return self
        return replace(self, failed=MappingProxyType(failed), conditions=MappingProxyType(conditions))

    def new_failures(self, track: Track) -> int:
        """Return how many objects of the task have failed since then; 0 where that is not known."""
        figure, seen = self._failed(track), self.failed.get(track.ref)
        if figure is None or seen is None:
            return 0
        month, failed = figure
        return failed if month > seen[0] else max(failed - seen[1], 0) if month == seen[0] else 0

    def changes(self, judged: Judged) -> Changes:
        """Return what is otherwise now."""
        conditions: Counter[Condition] = Counter()
        for ref, condition in judged.conditions.items():
            before = self.conditions.get(ref, condition)
            if before is not condition and _is_news(before, condition):
                conditions[condition] += 1
        failures = 0
        for ref, track in judged.board.tracks.items():
            good, seen = track.good, self.failed.get(ref)
            # Most have not failed since; to ask each of a thousand tasks in full would take a while, each second.
            is_as_seen = (
                good is not None
                and seen is not None
                and good.task is not None
                and good.task.monthly_failure_object == seen[1]
                and (good.month is seen[0] or good.month == seen[0])
            )
            if seen is not None and not is_as_seen:
                failures += self.new_failures(track)
        return Changes(self.at, failures, conditions)

    def _is_live(self, track: Track) -> bool:
        """Whether anything was answered in this run."""
        samples = (sample for sample in (track.good, track.trouble) if sample is not None)
        return track.refusal is not None or any(sample.answered_at >= self.started_at for sample in samples)

    def _failed(self, track: Track) -> tuple[Month, int] | None:
        good = track.good
        if good is None or good.task is None or good.answered_at < self.started_at:
            return None
        failed = good.task.monthly_failure_object
        return None if failed is None else (good.month, failed)


def _is_news(before: Condition, now: Condition) -> bool:
    return now not in {Condition.ASKING, Condition.FAILING, Condition.MISSING} and _kind(now) != _kind(before)


def _kind(condition: Condition) -> Condition:
    """Return the condition; a task that fails runs like one that is well, and one that is missing is soon gone."""
    return _SAME_NEWS.get(condition, condition)


_SAME_NEWS = {Condition.FAILING: Condition.SYNCING, Condition.MISSING: Condition.GONE}
