"""What is asked because somebody looks at the past: months that are over and statistics, slowly, each rarely."""

import logging
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from typing import NoReturn

from omstui.backend.runtime.clock import Clock
from omstui.core.month import Month
from omstui.core.task import TaskRef

log = logging.getLogger(__name__)

PACE = 2.0
"""Seconds between two such requests, over the whole program."""

MONTH_AGAIN = 600.0
"""Seconds before a month that brought no answer is asked for again, as long as somebody looks at it."""

STATISTIC_AGAIN = 300.0
"""Seconds before a statistic is asked for again."""


class BackfillQueue:
    """Asks for what is looked at, one after the other, and for nothing else."""

    def __init__(
        self,
        *,
        clock: Clock,
        ask_month: Callable[[TaskRef, Month], bool],
        ask_statistic: Callable[[TaskRef, timedelta], bool],
    ) -> None:
        """Prepare for asking.

        Args:
            clock: sets the pace.
            ask_month: begins to ask for a month, and says whether it does: it may not be possible now.
            ask_statistic: the same for a statistic that reaches this far back.
        """
        self._clock = clock
        self._ask_month = ask_month
        self._ask_statistic = ask_statistic
        self._months: tuple[tuple[TaskRef, Month], ...] = ()
        self._statistic: tuple[TaskRef, timedelta] | None = None
        self._asked: dict[Hashable, float] = {}
        self._answered: set[tuple[TaskRef, Month]] = set()
        """Months that were answered and are still wanted."""

    def look_at(
        self, months: Iterable[tuple[TaskRef, Month]], statistic: tuple[TaskRef, timedelta] | None = None
    ) -> None:
        """Take over what is looked at now and not known, in the order in which it is wanted."""
        self._months, self._statistic = tuple(months), statistic
        if self._answered:
            for known in self._answered.difference(self._months):
                self._asked.pop(known, None)
                self._answered.discard(known)

    def forget(self, ref: TaskRef) -> None:
        """Drop what was asked for a task that is watched no more."""
        self._asked = {key: at for key, at in self._asked.items() if not (isinstance(key, tuple) and key[0] == ref)}

    def answered(self, ref: TaskRef, month: Month) -> None:
        """Take in that a month has been answered: once it is not wanted any more, a new wish need not wait."""
        self._answered.add((ref, month))

    async def run(self) -> NoReturn:
        """Ask until cancelled."""
        while True:
            await self._clock.sleep(PACE)
            try:
                self._ask_one()
            except Exception:  # a mistake of ours in an extra must not end the watch over all tasks
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

    def _is_due(self, wanted: Hashable, again: float) -> bool:
        asked = self._asked.get(wanted)
        return asked is None or self._clock.monotonic() - asked >= again
