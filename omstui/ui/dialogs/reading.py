"""What pasted lines mean for one profile's watch list."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from omstui.core.task import TaskRef
from omstui.core.task_text import BadLine, read_lines
from omstui.core.watchlist import WatchedTask
from omstui.ui.text import clean

_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class Reading:
    """The tasks that a text names, and the lines of it that name none."""

    new: tuple[WatchedTask, ...] = ()
    known: int = 0
    """How many lines name a task that is watched already."""

    bad: tuple[BadLine, ...] = ()
    bad_lines: tuple[str, ...] = ()
    """The bad lines as they were written."""

    @classmethod
    def of(cls, text: str, profile: str, watched: Collection[TaskRef]) -> Self:
        """Read the text for this profile; a task that is named twice counts once."""
        good, bad = read_lines(text)
        new: dict[TaskRef, WatchedTask] = {}
        known: set[TaskRef] = set()
        for line in good:
            ref = TaskRef(line.profile or profile, line.sync_task_id)
            if ref in watched:
                known.add(ref)
            else:
                new.setdefault(ref, WatchedTask(ref, line.label))
        lines = text.splitlines()
        return cls(tuple(new.values()), len(known), tuple(bad), tuple(lines[bad_line.number - 1] for bad_line in bad))

    def summary(self, verb: str) -> str:
        """Say in one sentence what was read: ``3 tasks to add · 1 watched already · line 2: …``."""
        parts = []
        if self.new or not (self.known or self.bad):
            parts.append(f"{len(self.new) or 'no'} task{'' if len(self.new) == 1 else 's'} to {verb}")
        if self.known:
            parts.append(f"{self.known} watched already")
        if self.bad:
            first = self.bad[0]
            parts.append(f"line {first.number}: {clean(first.reason, _LONGEST_REASON)}")
        if len(self.bad) > 1:
            parts.append(f"{len(self.bad) - 1} more bad line{'' if len(self.bad) == 2 else 's'}")
        return " · ".join(parts)
