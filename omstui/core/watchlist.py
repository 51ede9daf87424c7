"""The list of watched tasks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from omstui.core.task import TaskRef

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
TASK_ID = re.compile(rf"{_UUID.pattern}|[0-9a-fA-F]{{32}}")
"""The form in which the service's reference shows ids."""

LONGEST_LABEL = 64


@dataclass(frozen=True, slots=True)
class WatchedTask:
    """An entry: which task, and what people call it."""

    ref: TaskRef
    label: str = ""


@dataclass(frozen=True, slots=True)
class WatchList:
    """The watched tasks in the user's order, each once; every change is a new list."""

    tasks: tuple[WatchedTask, ...] = ()
    _by_ref: dict[TaskRef, WatchedTask] = field(init=False, repr=False, compare=False)
    """Finds an entry without a walk through the list, which may be long."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_ref", {task.ref: task for task in self.tasks})

    def __iter__(self) -> Iterator[WatchedTask]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __contains__(self, ref: TaskRef) -> bool:
        return ref in self._by_ref

    def find(self, ref: TaskRef) -> WatchedTask | None:
        """Return the entry for this task, if it is watched."""
        return self._by_ref.get(ref)

    def added(self, new: Iterable[WatchedTask]) -> Self:
        """Return the list with these entries at its end; what is watched already stays as it is."""
        tasks = list(self.tasks)
        known = {task.ref for task in tasks}
        for task in new:
            if task.ref not in known:
                known.add(task.ref)
                tasks.append(task)
        return replace(self, tasks=tuple(tasks))

    def removed(self, refs: Iterable[TaskRef]) -> Self:
        """Return the list without these tasks; absent ones do no harm."""
        unwanted = set(refs)
        return replace(self, tasks=tuple(task for task in self.tasks if task.ref not in unwanted))

    def inserted(self, task: WatchedTask, index: int) -> Self:
        """Return the list with the entry at this place, as an undone removal wants it; once only."""
        if task.ref in self:
            return self
        return replace(self, tasks=(*self.tasks[:index], task, *self.tasks[index:]))

    def relabelled(self, ref: TaskRef, label: str) -> Self:
        """Return the list with another label for this task."""
        return replace(
            self, tasks=tuple(replace(task, label=label) if task.ref == ref else task for task in self.tasks)
        )


def task_id_doubts(ids: Iterable[str]) -> str:
    """Say which ids do not have the form of all that the reference shows, which may be ids all the same.

    The first is repeated, not yet tamed, and the others counted; the text is empty where all have that form.
    """
    odd = list(dict.fromkeys(word for word in ids if not _UUID.fullmatch(word)))
    if not odd:
        return ""
    first, others = odd[0][:40], len(odd) - 1
    if not others:
        return f"{first} does not look like a task id, which is a UUID"
    return f"{first} and {others:,} other{'s' if others > 1 else ''} do not look like task ids, which are UUIDs"


def is_like_a_task_id(word: str) -> bool:
    """Whether a word has the form in which the service's reference shows ids."""
    return TASK_ID.fullmatch(word) is not None
