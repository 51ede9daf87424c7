"""The rows about tasks that scripts receive, and the changes of these rows."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.task import FIELD_NAMES, SyncTask, TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Condition
from omstui.core.watch.rollover import was_over
from omstui.core.watch.sample import Sample


class TaskRow(Struct, frozen=True):
    """One task with the figures of the latest request; there are none when that request failed."""

    profile: str
    sync_task_id: str
    label: str
    name: str
    """The displayed name: the label, else the source bucket, else the id; foreign text, not yet tamed."""

    condition: Condition
    month: Month
    """The month that the figures count for, named in `zone`."""

    zone: tzinfo
    is_current_month: bool
    is_final: bool | None = None
    """Whether the figures count as final, see `_is_final`; ``None`` without figures."""

    task: SyncTask | None = None
    new_failures: int | None = None
    """Failures beyond those that count as seen; ``None`` if unknown."""

    is_silent: bool = False
    problem: Problem | None = None
    answered_at: datetime | None = None
    """When the figures were answered."""

    last_answered_at: datetime | None = None
    """When the last good answer came, in this run or before."""

    request_id: str | None = None
    """The id of the latest request, whether it brought figures or a problem."""

    credential_expires_at: datetime | None = None
    """When the profile's credential ends, if known."""

    is_watched: bool = True
    """Whether the task is on the watch list, and not only named on the command line."""

    @property
    def is_answered(self) -> bool:
        """Whether the latest request brought figures."""
        return self.task is not None

    def age(self, now: datetime) -> timedelta | None:
        """Return how old the figures are; ``None`` without figures."""
        return None if self.answered_at is None else max(now - self.answered_at, timedelta())


def row_of(
    state: TaskState,
    condition: Condition,
    now: datetime,
    *,
    zone: tzinfo,
    month: Month | None = None,
    expires_at: datetime | None = None,
) -> TaskRow:
    """Return the row of a task at this moment.

    Args:
        state: the state of the task.
        condition: its condition.
        now: the present moment.
        zone: names the profile's months.
        month: the past month that was requested; ``None`` for the current one.
        expires_at: when the profile's credential ends.
    """
    good, problem = state.good, state.problem
    answer = good if problem is None else None
    named = answer or state.failure
    return TaskRow(
        profile=state.ref.profile,
        sync_task_id=state.ref.sync_task_id,
        label=state.watched.label,
        name=state.name,
        condition=condition,
        month=month or (named.month if named is not None else Month.containing(now, zone)),
        zone=zone,
        is_current_month=month is None,
        is_final=None if answer is None else month is not None and _is_final(answer, month),
        task=answer.task if answer is not None else None,
        new_failures=_new_failures(state) if answer is not None and month is None else None,
        is_silent=answer is not None and month is None and state.is_silent,
        problem=problem,
        answered_at=answer.answered_at if answer is not None else None,
        last_answered_at=good.answered_at if good is not None else None,
        request_id=problem.request_id if problem is not None else good.request_id if good is not None else None,
        credential_expires_at=expires_at,
    )


def _is_final(answer: Sample, month: Month) -> bool:
    """Whether the figures of a past month count as final: they were answered after its end.

    The screen waits for a second answer that agrees, since it asks again and can correct what it showed. The commands
    that print past months, `once` and `report`, send one request, so one answer is all that there is to decide by.
    `watch` prints the current month only, which is never final. The answer may be filed as one for the current month.
    """
    return was_over(replace(answer, month=month, is_current=False), None, None)


def _new_failures(state: TaskState) -> int | None:
    task = state.task
    is_known = task is not None and task.monthly_failure_object is not None and state.acknowledged is not None
    return state.new_failures if is_known else None


HOLD = timedelta(seconds=20)
"""A task must be stale for this long to count as changed: after a suspend all tasks are stale for a moment."""

_Said = Mapping[str, object]


class ChangeKind(StrEnum):
    """The kind of a line in the feed."""

    TASK = "task"
    """The first line about a task in this run."""

    CHANGE = "change"
    REMOVED = "removed"
    """The task is no longer watched."""


class Change(Struct, frozen=True):
    """One line of the feed."""

    kind: ChangeKind
    row: TaskRow
    changed: tuple[str, ...] = ()
    """The names of the values that differ from the previous line; times and request ids do not count."""


class ChangeFeed(Struct, frozen=True):
    """Keeps the last line about each task, so that the feed repeats nothing."""

    reported: Mapping[TaskRef, TaskRow] = field(default_factory=lambda: MappingProxyType({}))
    stale_since: Mapping[TaskRef, datetime] = field(default_factory=lambda: MappingProxyType({}))

    def seen(self, rows: Iterable[TaskRow], now: datetime) -> tuple[Self, tuple[Change, ...]]:
        """Return the feed after these rows, and the lines to write.

        A task without an answer in this run is left out until it has one.

        Args:
            rows: all watched tasks in their order.
            now: the present moment.
        """
        reported, stale, changes = dict(self.reported), dict(self.stale_since), []
        present = {TaskRef(row.profile, row.sync_task_id): row for row in rows}
        for ref, row in present.items():
            if row.condition is not Condition.STALE:
                stale.pop(ref, None)
            elif (since := stale.setdefault(ref, now)) <= now < since + HOLD:
                continue
            change = _change(reported.get(ref), row)
            if change is not None:
                reported[ref] = row
                changes.append(change)
        for ref in [ref for ref in reported if ref not in present]:
            changes.append(Change(ChangeKind.REMOVED, reported.pop(ref)))
            stale.pop(ref, None)
        known = replace(self, reported=MappingProxyType(reported), stale_since=MappingProxyType(stale))
        return known, tuple(changes)


def _change(before: TaskRow | None, row: TaskRow) -> Change | None:
    if before is None:
        return None if row.condition is Condition.ASKING else Change(ChangeKind.TASK, row)
    earlier, later = _content(before), _content(row)
    changed = tuple(name for name, value in later.items() if name in earlier and value != earlier[name])
    return Change(ChangeKind.CHANGE, row, changed) if changed else None


def _content(row: TaskRow) -> _Said:
    """Return the values whose change makes a line; a problem's text is left out, since its wording and times vary."""
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
