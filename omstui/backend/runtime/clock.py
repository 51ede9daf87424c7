"""Time as an argument."""

import math
import time
from datetime import MAXYEAR, UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two ways to tell the time, and a way to wait."""

    def now(self) -> datetime:
        """The wall clock's time, aware, in UTC: for ages, expiry and months."""

    def monotonic(self) -> float:
        """Steady seconds: for intervals."""

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""


STRETCHES = 8
"""Into how many parts a wait with a deadline is divided: a standstill of the whole program costs one, and not all."""

_BEYOND = datetime(MAXYEAR, 1, 1, tzinfo=UTC)

_SHORT = 1.0
"""Seconds; waits of no more are for people, for the wire or for the next full second, and are kept to."""

_PER_SECOND = 8
"""The moments of each second at which longer waits end."""

_FIRST = 1 / 16
"""Seconds into each second of the first of them: the screen is painted at the full second, halfway between two."""


class SystemClock:
    """The machine's own clock.

    Longer waits end together, eight times a second: what the processor has at hand for one it has for all, and between
    them it rests. Of a thousand tasks that takes a fifth of each answer's cost.
    """

    def now(self) -> datetime:
        """The wall clock's time."""
        return moment_of(time.time())

    def monotonic(self) -> float:
        """Steady seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds, or up to an eighth of a second more."""
        import asyncio  # brings the whole of TLS along, and the first picture does without

        await asyncio.sleep(until_common_moment(time.time(), seconds))


def moment_of(seconds: float) -> datetime:
    """Return the time so many seconds after 1970 began; beyond the calendar, the beginning of its last year."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return _BEYOND


def until_common_moment(now: float, seconds: float) -> float:
    """Return how long a wait of so many seconds takes when it ends together with others.

    Args:
        now: the wall clock's time, in seconds.
        seconds: what is asked for.
    """
    if not _SHORT < seconds < math.inf:
        return seconds
    return math.ceil((now + seconds - _FIRST) * _PER_SECOND) / _PER_SECOND + _FIRST - now
