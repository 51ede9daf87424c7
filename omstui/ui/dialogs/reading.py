"""What pasted lines mean for one profile's watch list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from omstui.core.task import TaskRef, WatchedTask, task_id_doubts
from omstui.core.task_input import BadLine, read_lines, repeated
from omstui.ui.text import clean

_LONGEST_REASON = 160
_MOST_NAMED = 20
"""Lines, or runs of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The tasks that a text names, and the lines of it that name none."""

    new: tuple[WatchedTask, ...] = ()
    known: int = 0
    """How many lines name a task that is watched already."""

    bad: tuple[BadLine, ...] = ()
    bad_lines: tuple[str, ...] = ()
    """The bad lines as they were written."""

    repeated: tuple[BadLine, ...] = ()
    """The lines whose task stands further up already."""

    doubts: str = ""
    """Which of the new tasks' ids may be none, in words; empty where all look like one."""

    @classmethod
    def of(
        cls,
        text: str,
        profile: str,
        watched: Collection[TaskRef],
        profiles: Collection[str] = (),
        *,
        is_after_token: bool = False,
    ) -> Self:
        """Read the text; a task that is named twice counts once.

        Args:
            text: what was pasted or typed.
            profile: whose tasks they are where a line does not say so.
            watched: what is watched already.
            profiles: what else a line may say.
            is_after_token: whether a token was refused before, of which this may be the rest.
        """
        read, bad = read_lines(text, is_after_token=is_after_token)
        names = {None, profile, *profiles}
        good = [line for line in read if line.profile in names]
        bad += [
            BadLine(line.number, f"there is no profile {line.profile}") for line in read if line.profile not in names
        ]
        bad.sort(key=lambda line: line.number)
        new: dict[TaskRef, WatchedTask] = {}
        known: set[TaskRef] = set()
        for line in good:
            ref = TaskRef(line.profile or profile, line.sync_task_id)
            if ref in watched:
                known.add(ref)
            else:
                new.setdefault(ref, WatchedTask(ref, line.label))
        lines = text.splitlines()
        bad_lines = tuple(lines[bad_line.number - 1] for bad_line in bad)
        doubts = task_id_doubts(ref.sync_task_id for ref in new)
        return cls(tuple(new.values()), len(known), tuple(bad), bad_lines, tuple(repeated(good, profile)), doubts)

    @property
    def is_doubtful(self) -> bool:
        """Whether a line names no task, or what may be no id."""
        return bool(self.bad or self.doubts)

    def summary(self, verb: str) -> str:
        """Say in one sentence what was read: ``3 tasks to add · 1 watched already · line 2: …``."""
        parts = []
        if self.new or not (self.known or self.bad):
            parts.append(f"{len(self.new) or 'no'} task{'' if len(self.new) == 1 else 's'} to {verb}")
        if self.known:
            parts.append(f"{self.known} watched already")
        if self.repeated:
            count = len(self.repeated)
            parts.append(
                f"line {self.repeated[0].number} repeats one" if count == 1 else f"{count} lines repeat others"
            )
        if self.doubts:
            parts.append(clean(self.doubts, _LONGEST_REASON))
        if self.bad:
            first = self.bad[0]
            parts.append(f"line {first.number}: {clean(first.reason, _LONGEST_REASON)}")
        if len(self.bad) > 1:
            parts.append(_numbered(self.bad[1:]))
        return " · ".join(parts)


def _numbered(bad: Sequence[BadLine]) -> str:
    """Name further bad lines, so that they are found among many: ``lines 2, 5–8 and 12 too``."""
    runs: list[range] = []
    for line in bad:
        if runs and line.number == runs[-1].stop:
            runs[-1] = range(runs[-1].start, line.number + 1)
        else:
            runs.append(range(line.number, line.number + 1))
    named: list[str] = []
    for run in runs:
        named += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED:] = ["more"]
    *others, last = named
    return f"line{'s' if len(bad) > 1 else ''} {' and '.join([', '.join(others), last] if others else [last])} too"
