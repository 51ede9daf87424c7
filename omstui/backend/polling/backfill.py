"""Asks slowly for the past that is in view: months that are over, and statistics."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NoReturn

from omstui.backend.runtime.clock import Clock
from omstui.core.month import Month
from omstui.core.task import TaskRef

log = logging.getLogger(__name__)

PACE = 2.0
"""Seconds between two such requests in the whole program."""

MONTH_AGAIN = 600.0
"""Seconds before a month without an answer is asked for again, as long as it is in view."""

STATISTIC_AGAIN = 300.0
"""Seconds before a statistic is asked for again."""


class BackfillQueue:
    """Asks for what is in view, one request after the other, and for nothing else."""

    def __init__(
        self,
        *,
        clock: Clock,
        ask_month: Callable[[TaskRef, Month], bool],
        ask_statistic: Callable[[TaskRef, timedelta], bool],
    ) -> None:
        """Create the queue.

        Args:
            clock: sets the pace.
            ask_month: starts to ask for a month; returns `False` when that is not possible now.
            ask_statistic: does the same for a statistic of this span up to now.
        """
        self._clock = clock
        self._ask_month = ask_month
        self._ask_statistic = ask_statistic
        self._months: tuple[tuple[TaskRef, Month], ...] = ()
        self._statistic: tuple[TaskRef, timedelta] | None = None
        self._asked: dict[tuple[TaskRef, Month | timedelta], float] = {}
        self._answered: set[tuple[TaskRef, Month]] = set()
        """Months that were answered and are still in view."""

    def look_at(
        self, months: Iterable[tuple[TaskRef, Month]], statistic: tuple[TaskRef, timedelta] | None = None
    ) -> None:
        """Set what is in view and not known yet, the most wanted first."""
        self._months, self._statistic = tuple(months), statistic
        if self._answered:
            for known in self._answered.difference(self._months):
                self._asked.pop(known, None)
                self._answered.discard(known)

    def forget(self, ref: TaskRef) -> None:
        """Forget when a task's months and statistic were asked for, since it is no longer watched."""
        self._asked = {wanted: at for wanted, at in self._asked.items() if wanted[0] != ref}

    def answered(self, ref: TaskRef, month: Month) -> None:
        """Note that a month was answered: once it leaves the view, it may be asked for again without a wait."""
        self._answered.add((ref, month))

    async def run(self) -> NoReturn:
        """Ask until cancelled."""
        while True:
            await self._clock.sleep(PACE)
            try:
                self._ask_one()
            except Exception:  # a bug in an extra must not stop watching the tasks
                log.exception("internal error while asking for what is looked at")

    def _ask_one(self) -> None:
        seen = self._statistic
        if seen is not None and self._is_due(seen, STATISTIC_AGAIN) and self._ask_statistic(*seen):
            self._asked[seen] = self._clock.monotonic()
            return
        for wanted in self._months:
            if self._is_due(wanted, MONTH_AGAIN) and self._ask_month(*wanted):
                self._asked[wanted] = self._clock.monotonic()
                return

    def _is_due(self, wanted: tuple[TaskRef, Month | timedelta], again: float) -> bool:
        asked = self._asked.get(wanted)
        return asked is None or self._clock.monotonic() - asked >= again
