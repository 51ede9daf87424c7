"""A clock for the demo and the tests that moves only on command."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count

_TURNS = 20
"""Turns of the event loop after which a woken task waits for time again."""


class SteppedClock:
    """A `Clock` that stands still between two calls of `advance`.

    It does not wait for threads and sockets: its user must do that.
    """

    def __init__(self, start: datetime) -> None:
        """Begin at `start`, an aware time in UTC."""
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """The wall clock's time."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """The seconds that have passed so far, without jumps."""
        return self._elapsed

    @property
    def sleepers(self) -> int:
        """How many tasks wait for time to pass."""
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed; for 0 or less at the loop's next turn."""
        if not seconds > 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        entry = (self._elapsed + seconds, next(self._numbers), sleeper)
        heapq.heappush(self._sleepers, entry)
        try:
            await sleeper
        except asyncio.CancelledError:
            # A sleeper that was woken and cancelled in the same turn is no longer in the heap.
            if entry in self._sleepers:
                self._sleepers.remove(entry)
                heapq.heapify(self._sleepers)
            raise

    async def advance(self, seconds: float) -> None:
        """Let this many seconds pass: sleepers wake in order of their due times, each runs before the next wakes."""
        until = self._elapsed + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, sleeper = heapq.heappop(self._sleepers)
            if sleeper.done():
                continue
            self._elapsed = due
            sleeper.set_result(None)
            await _settle()
        self._elapsed = until

    async def stand_still(self, seconds: float) -> None:
        """Let this many seconds pass before any sleeper wakes, as in a suspended process."""
        self._elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
        await _settle()

    def jump(self, seconds: float) -> None:
        """Move only the wall clock, forward or back, as a suspended machine or a corrected clock does."""
        self._start += timedelta(seconds=seconds)


async def _settle() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
