"""Time that moves when told to."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count

_TURNS = 20
"""Turns of the event loop in which a woken task gets as far as it can without time passing."""


class SteppedClock:
    """A `Clock` that stands still between two calls of `advance`.

    It knows nothing of threads and sockets: whoever waits for those has to wait for them itself.
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
        """Steady seconds: those advanced so far."""
        return self._elapsed

    @property
    def sleepers(self) -> int:
        """How many tasks wait for time to pass."""
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been advanced by this many seconds; for none of them at the loop's next turn."""
        if not seconds > 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        entry = (self._elapsed + seconds, next(self._numbers), sleeper)
        heapq.heappush(self._sleepers, entry)
        try:
            await sleeper
        except asyncio.CancelledError:
            # One that was woken and cancelled in the same turn has left the heap already.
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
        """Let this many seconds pass before anyone is woken, as in a program that was stopped."""
        self._elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
        await _settle()

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, forth or back, as a suspended machine or a corrected clock does."""
        self._start += timedelta(seconds=seconds)


async def _settle() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
