"""Notices that time has jumped: the machine slept, its clock was set, or the program stood still."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import inf
from typing import NoReturn, TypeVar

from msgspec import Struct

from omstui.backend.runtime.clock import Clock

T = TypeVar("T")

BEAT = 1.0
"""Seconds between two looks at the clocks."""

JUMP = 3.0
"""Seconds by which the clocks may differ, or a look may be late, before that counts as a jump."""


class Moment(Struct, frozen=True):
    """A point in time by both clocks."""

    told: datetime
    """By the wall clock."""

    at: float
    """In steady seconds."""


class ClockJumpDetector:
    """Compares the wall clock with the steady one, and both with when it should have woken."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beaten = self.moment()
        self._jumped_at = -inf
        """When a jump was seen last, in steady seconds."""

    def moment(self) -> Moment:
        """Return this moment."""
        return Moment(self._clock.now(), self._clock.monotonic())

    async def beat(self, jumped: Callable[[], None] = lambda: None) -> NoReturn:
        """Look at the clocks until cancelled, and tell of each jump."""
        while True:
            await self._clock.sleep(BEAT)
            now = self.moment()
            has_jumped = self._is_late(now) or _differ(self._beaten, now)
            # From one look to the next without a gap, in which a standstill would go unseen; the first of them is the
            # heart's making, since all may stand still before this is run for the first time.
            self._beaten = now
            if has_jumped:
                self._jumped_at = now.at
                jumped()

    def has_jumped_since(self, moment: Moment) -> bool:
        """Whether time has jumped since then: nobody knows when what came of it did so."""
        now = self.moment()
        # The heart itself may be the last to wake.
        return moment.at < self._jumped_at or self._is_late(now) or _differ(moment, now)

    def _is_late(self, now: Moment) -> bool:
        """Whether the heart should have beaten long ago, so that all stood still until a moment ago."""
        return now.at - self._beaten.at > BEAT + JUMP


def _differ(before: Moment, now: Moment) -> bool:
    """Whether the wall clock went another way than the steady one."""
    return abs((now.told - before.told - timedelta(seconds=now.at - before.at)).total_seconds()) > JUMP


async def without_a_jump(clock: Clock, work: Awaitable[T]) -> tuple[T, bool]:
    """Wait for this, and return what came of it and whether time has not jumped meanwhile."""
    jump_detector = ClockJumpDetector(clock)
    began = jump_detector.moment()
    beating = asyncio.ensure_future(jump_detector.beat())
    try:
        outcome = await work
    finally:
        beating.cancel()
    return outcome, not jump_detector.has_jumped_since(began)
