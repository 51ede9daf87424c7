"""Time that hurries in strides."""

import asyncio
from datetime import datetime, timedelta


class StridingClock:
    """A `Clock` that goes on by a few seconds at once, so that weeks pass as fast as the program can keep up.

    Whoever sleeps less than a stride is woken that much late, as on a busy machine.
    """

    def __init__(self, start: datetime) -> None:
        """Begin at `start`, an aware time in UTC."""
        self._start = start
        self._elapsed = 0.0
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> datetime:
        """The wall clock's time."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Steady seconds: those gone so far."""
        return self._elapsed

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return once this many seconds have gone."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self._elapsed + seconds
        try:
            await sleeper
        finally:
            del self._sleepers[sleeper]

    def stride(self, seconds: float) -> None:
        """Go on by this many seconds, and wake all whose time has come."""
        self._elapsed += seconds
        for sleeper, due in self._sleepers.items():
            if due <= self._elapsed and not sleeper.done():
                sleeper.set_result(None)

    def skip_night(self, length: timedelta) -> None:
        """Let the wall clock alone go on, as when the machine sleeps."""
        self._start += length
