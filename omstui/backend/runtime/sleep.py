"""A sleep that can be ended early."""

import asyncio
from contextlib import suppress

from omstui.backend.runtime.clock import Clock


class InterruptibleSleep:
    """Rests, one time after the other; whoever ends it while nobody rests ends the next one before it begins.

    It takes no task of its own, as a race between the clock and an event would: thousands of them rest at a time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.until = 0.0
        """When the latest rest ends by itself, by the steady clock."""

        self._is_ended = False
        self._resting: asyncio.Timeout | None = None

    def end(self) -> None:
        """Have the rest end now."""
        if not self._is_ended and self._resting is not None:
            self._resting.reschedule(0.0)  # a moment that is long past on the loop's clock
        self._is_ended = True

    def forget(self) -> None:
        """Let the next rest take its time, whoever has ended it so far."""
        self._is_ended = False

    async def take(self, seconds: float) -> None:
        """Rest for this many seconds, or until it is ended."""
        self.until = self._clock.monotonic() + seconds
        if seconds > 0 and not self._is_ended:
            with suppress(TimeoutError):
                try:
                    async with asyncio.timeout(None) as self._resting:
                        await self._clock.sleep(seconds)
                finally:
                    self._resting = None
        self._is_ended = False
