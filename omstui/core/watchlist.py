"""The list of watched tasks, and how lines that a person pastes become entries of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from omstui.core.task import TaskRef, check_task_id

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
_WRAPPING = "\"'`,;<>()[]{}\ufeff\u200b"
_GARBLED = "\ufffd"
"""Stands where a character could not be read or was not fit to be shown, so that the id is not what was meant."""

LONGEST_LABEL = 64
_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class WatchedTask:
    """An entry: which task, and what people call it."""

    ref: TaskRef
    label: str = ""


@dataclass(frozen=True, slots=True)
class WatchList:
    """The watched tasks in the user's order, each once; every change is a new list."""

    tasks: tuple[WatchedTask, ...] = ()

    def __iter__(self) -> Iterator[WatchedTask]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __contains__(self, ref: TaskRef) -> bool:
        return any(task.ref == ref for task in self.tasks)

    def find(self, ref: TaskRef) -> WatchedTask | None:
        """Return the entry for this task, if it is watched."""
        return next((task for task in self.tasks if task.ref == ref), None)

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


def is_like_a_task_id(word: str) -> bool:
    """Whether a word has the form in which the service's reference shows ids."""
    return _UUID.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Line:
    """A line that names a task."""

    sync_task_id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that does not, and why."""

    number: int
    reason: str


def read_lines(text: str) -> tuple[list[Line], list[BadLine]]:
    """Find task ids in pasted or piped text: one a line, a label may follow, ``#`` begins a comment.

    Quotes, commas, brackets and invisible marks around an id are dropped. A lone word is taken as an id as long as it
    could be one; with more words the first must look like a UUID, so that prose is named as bad and not watched. What
    is said about a bad line quotes it.
    """
    good: list[Line] = []
    bad: list[BadLine] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        words = line.split(maxsplit=1)
        if not words:
            continue
        sync_task_id = words[0].strip(_WRAPPING)
        label = words[1].strip().strip(_WRAPPING).strip()[:LONGEST_LABEL] if len(words) > 1 else ""
        reason = _bad_reason(line, sync_task_id, is_lone=len(words) == 1)
        if reason is not None:
            bad.append(BadLine(number, reason))
        else:
            good.append(Line(sync_task_id, label))
    return good, bad


def _bad_reason(line: str, sync_task_id: str, *, is_lone: bool) -> str | None:
    """Say why this line names no task, quoting the line; ``None`` when it names one."""
    quoted = repr(line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…")
    if len(_UUID.findall(line)) > 1:
        return f"{quoted} holds more than one task id: write each on a line of its own"
    try:
        check_task_id(sync_task_id)
    except ValueError as error:
        return f"{quoted}: {error}" if len(sync_task_id) > _LONGEST_QUOTE else f"{quoted} is not a task id"
    if _GARBLED in sync_task_id:
        return f"{quoted} is garbled: copy the task id again"
    if not is_lone and not _UUID.fullmatch(sync_task_id):
        return f"{quoted} does not look like a task id"
    return None
