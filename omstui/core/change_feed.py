"""What a program that listens is told: each task once, and then its changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from omstui.core.condition import Condition
from omstui.core.task import FIELD_NAMES, TaskRef
from omstui.core.task_row import TaskRow

HOLD = timedelta(seconds=20)
"""An answer that is late by less than this is no change: after a pause of the machine all are, for a moment."""

_Said = Mapping[str, object]


class ChangeKind(StrEnum):
    """What kind of line it is."""

    TASK = "task"
    """The first that is known of a task in this run."""

    CHANGE = "change"
    REMOVED = "removed"
    """It is not watched any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line to tell."""

    kind: ChangeKind
    row: TaskRow
    changed: tuple[str, ...] = ()
    """What is otherwise than it was told last; times and the names of requests do not count."""


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """Remembers what was told last, so that nothing is told twice."""

    told: Mapping[TaskRef, TaskRow] = field(default_factory=lambda: MappingProxyType({}))
    stale_since: Mapping[TaskRef, datetime] = field(default_factory=lambda: MappingProxyType({}))

    def seen(self, rows: Iterable[TaskRow], now: datetime) -> tuple[Self, tuple[Change, ...]]:
        """Return the feed after a look at all watched tasks, and what there is to tell.

        A task of which nothing has been answered in this run is left out until there is something.

        Args:
            rows: the watched tasks in their order.
            now: the present moment.
        """
        told, stale, changes = dict(self.told), dict(self.stale_since), []
        present = {TaskRef(row.profile, row.sync_task_id): row for row in rows}
        for ref, row in present.items():
            if row.condition is not Condition.STALE:
                stale.pop(ref, None)
            elif (since := stale.setdefault(ref, now)) <= now < since + HOLD:
                continue
            change = _change(told.get(ref), row)
            if change is not None:
                told[ref] = row
                changes.append(change)
        for ref in [ref for ref in told if ref not in present]:
            changes.append(Change(ChangeKind.REMOVED, told.pop(ref)))
            stale.pop(ref, None)
        known = replace(self, told=MappingProxyType(told), stale_since=MappingProxyType(stale))
        return known, tuple(changes)


def _change(before: TaskRow | None, row: TaskRow) -> Change | None:
    if before is None:
        return None if row.condition is Condition.ASKING else Change(ChangeKind.TASK, row)
    earlier, later = _content(before), _content(row)
    changed = tuple(name for name, value in later.items() if name in earlier and value != earlier[name])
    return Change(ChangeKind.CHANGE, row, changed) if changed else None


def _content(row: TaskRow) -> _Said:
    """Return what counts as a change; the service words one trouble in several ways, with times in them."""
    problem = row.problem
    return {
        "label": row.label,
        "condition": row.condition,
        "silent": row.is_silent,
        "problem": (problem.kind, problem.code, problem.status) if problem is not None else None,
        "task": row.task is None,
        **({"month": row.month, "new_failures": row.new_failures} if row.task is not None else {}),
        **({name: getattr(row.task, name) for name in FIELD_NAMES} if row.task is not None else {}),
    }
