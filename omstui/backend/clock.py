"""Time as an argument."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two ways to tell the time, and a way to wait."""

    def now(self) -> datetime:
        """The wall clock's time, aware, in UTC: for ages, expiry and months."""

    def monotonic(self) -> float:
        """Steady seconds: for intervals."""

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The wall clock's time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Steady seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""
        import asyncio  # brings the whole of TLS along, and the first picture does without

        await asyncio.sleep(seconds)
