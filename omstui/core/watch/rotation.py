"""Which task the wall shows: one after the other, tasks with problems first and for longer."""

from collections.abc import Collection, Sequence
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import TaskRef

_LONGER = 2.0
"""The factor for the time that a task with problems is shown."""

_LEAST = 5.0
"""Seconds that a task is shown when another one has a new problem meanwhile."""


class Cycle(Struct, frozen=True):
    """The task that is shown, since when, and which one comes next."""

    dwell: float | None = None
    """Seconds that a task is shown; ``None`` until the user moves on."""

    current: TaskRef | None = None
    since: float = 0.0
    """Monotonic seconds."""

    with_problems: frozenset[TaskRef] = frozenset()
    waiting: tuple[TaskRef, ...] = ()
    """The tasks that got a problem since they were last shown, in that order."""

    is_held: bool = False

    def seen(self, refs: Sequence[TaskRef], with_problems: Collection[TaskRef], now: float) -> Self:
        """Return the cycle at this moment, for these tasks in the user's order and those of them with problems."""
        new = [
            ref for ref in refs if ref in with_problems and ref not in self.with_problems and ref not in self.waiting
        ]
        waiting = (*self.waiting, *new)
        with_problems = frozenset(ref for ref in refs if ref in with_problems)
        return replace(self, with_problems=with_problems, waiting=waiting).turned(refs, now)

    def turned(self, refs: Sequence[TaskRef], now: float) -> Self:
        """Return the cycle with the next task, if the time of the current one is over."""
        order = self.order(refs)
        if self.current not in order:
            return self._showing(order[0] if order else None, now)
        if self.dwell is None or self.is_held or now - self.since < self._stay:
            return self
        waiting = self._still_waiting(self.current)
        return self._showing(waiting[0] if waiting else self._after(order, 1), now)

    def moved(self, refs: Sequence[TaskRef], steps: int, now: float) -> Self:
        """Return the cycle with the task that the user moved to; it is shown for its whole time."""
        order = self.order(refs)
        return self._showing(self._after(order, steps), now) if order else self

    def held(self, now: float) -> Self:
        """Return the cycle paused, or resumed if it was paused."""
        return replace(self, is_held=not self.is_held, since=now)

    def order(self, refs: Sequence[TaskRef]) -> list[TaskRef]:
        """Return the tasks in the order of the cycle: those with problems first, else in the user's order."""
        return sorted(refs, key=lambda ref: ref not in self.with_problems)

    @property
    def _stay(self) -> float:
        stay = (self.dwell or 0.0) * (_LONGER if self.current in self.with_problems else 1.0)
        return min(stay, _LEAST) if self._still_waiting(self.current) else stay

    def _still_waiting(self, shown: TaskRef | None) -> tuple[TaskRef, ...]:
        return tuple(ref for ref in self.waiting if ref in self.with_problems and ref != shown)

    def _after(self, order: Sequence[TaskRef], steps: int) -> TaskRef:
        at = order.index(self.current) if self.current in order else 0
        return order[(at + steps) % len(order)]

    def _showing(self, ref: TaskRef | None, now: float) -> Self:
        return replace(self, current=ref, since=now, waiting=self._still_waiting(ref))
