"""A sleep that can be ended early."""

import asyncio
from contextlib import suppress

from omstui.backend.runtime.clock import Clock


class InterruptibleSleep:
    """Interruptible sleep, one at a time; `end` before `take` makes the next `take` return at once.

    It needs no task of its own, since thousands of sleeps run at a time; a race of clock and event would need one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.until = 0.0
        """When the latest sleep ends by itself, on the monotonic clock."""

        self._is_ended = False
        self._resting: asyncio.Timeout | None = None

    def end(self) -> None:
        """End the current sleep now, or the next one at once."""
        if not self._is_ended and self._resting is not None:
            self._resting.reschedule(0.0)  # in the past on the loop's clock
        self._is_ended = True

    def forget(self) -> None:
        """Cancel an `end` that has not taken effect yet."""
        self._is_ended = False

    async def take(self, seconds: float) -> None:
        """Sleep for this many seconds, or until `end` is called."""
        self.until = self._clock.monotonic() + seconds
        if seconds > 0 and not self._is_ended:
            with suppress(TimeoutError):
                try:
                    async with asyncio.timeout(None) as self._resting:
                        await self._clock.sleep(seconds)
                finally:
                    self._resting = None
        self._is_ended = False
