"""Detects that time has jumped: the machine slept, its clock was set, or the program was suspended."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import inf
from typing import NoReturn, TypeVar

from msgspec import Struct

from omstui.backend.runtime.clock import Clock

T = TypeVar("T")

CHECK_INTERVAL = 1.0
"""Seconds between two comparisons of the clocks."""

JUMP = 3.0
"""Seconds; a greater difference of the clocks, or a comparison later than this, is a jump."""


class Moment(Struct, frozen=True):
    """A point in time on both clocks."""

    wall: datetime
    """On the wall clock."""

    at: float
    """On the monotonic clock, in seconds."""


class ClockJumpDetector:
    """Compares the wall clock with the monotonic one, and both with the time of its next comparison."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._checked = self.moment()
        self._jumped_at = -inf
        """When the last jump was detected, on the monotonic clock."""

    def moment(self) -> Moment:
        """Return the present moment."""
        return Moment(self._clock.now(), self._clock.monotonic())

    async def run(self, jumped: Callable[[], None] = lambda: None) -> NoReturn:
        """Compare the clocks every `CHECK_INTERVAL` seconds until cancelled, and call `jumped` after each jump."""
        while True:
            await self._clock.sleep(CHECK_INTERVAL)
            now = self.moment()
            has_jumped = self._is_late(now) or _differ(self._checked, now)
            # Each comparison starts at the moment of the last one, so that no gap hides a suspension; the first starts
            # in `__init__`, since the program may be suspended before this runs.
            self._checked = now
            if has_jumped:
                self._jumped_at = now.at
                jumped()

    def has_jumped_since(self, moment: Moment) -> bool:
        """Return whether time has jumped since then, so that the age of a result from that span is unknown."""
        now = self.moment()
        # After a suspension this may run before `run` does.
        return moment.at < self._jumped_at or self._is_late(now) or _differ(moment, now)

    def _is_late(self, now: Moment) -> bool:
        """Return whether the next comparison is overdue, because the program was suspended until just now."""
        return now.at - self._checked.at > CHECK_INTERVAL + JUMP


def _differ(before: Moment, now: Moment) -> bool:
    """Return whether the two clocks advanced by times that differ by more than `JUMP`."""
    return abs((now.wall - before.wall - timedelta(seconds=now.at - before.at)).total_seconds()) > JUMP


async def without_a_jump(clock: Clock, work: Awaitable[T]) -> tuple[T, bool]:
    """Await `work`; return its result, and whether time did not jump meanwhile."""
    jump_detector = ClockJumpDetector(clock)
    began = jump_detector.moment()
    running = asyncio.ensure_future(jump_detector.run())
    try:
        outcome = await work
    finally:
        running.cancel()
    return outcome, not jump_detector.has_jumped_since(began)
