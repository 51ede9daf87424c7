"""When to send the next request: about once a minute, spread over the interval, and less often after failures."""

import re
from datetime import datetime
from math import inf
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind

FIRST_ROUND = 4.0
"""Seconds over which the first requests are spread."""

_STRETCH = 0.25
_TOLERANCE = 0.01
_GOLDEN = 0.618_033_988_749_895
_LONGEST_PAUSE = 300.0
_SLOW_PROBE = 900.0
_LONGEST_WAIT = 3600.0
_THROTTLED_AT_LEAST = 60.0
_JITTER = 0.2
"""The part of a pause by which it may be longer, so that the requests of many instances are spread."""

_TRY_PAUSES = (300.0, 900.0, 3600.0)
_KEY_TRY_PAUSES = (300.0, 900.0, 28_800.0)
_KEY_TRIES = 4
_DAY = 86_400.0

SUSPECT_SKEW = 300.0
"""From this difference (seconds) to the gateway's clock on, this machine's clock is named as the cause of a refused
signature; the gateway accepts at most 900 (API reference, Signing Requests)."""

_SLOW = frozenset({ProblemKind.GONE, ProblemKind.FORBIDDEN, ProblemKind.ENDPOINT, ProblemKind.REFUSED})
_WINDOW = re.compile(r"time:\s*(\d{1,6})\s*(second|minute|hour|day)", re.IGNORECASE)
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Hold(Struct, frozen=True):
    """A pause without requests, and whether the service or omstui asked for it."""

    seconds: float
    """How long the pause still lasts."""

    told: float | None = None
    """Seconds that the service asked for; ``None`` if it named no time, or if the pause is no longer than that."""

    is_ours: bool = True
    """Whether omstui waits longer than the service asked."""


class Tries(Struct, frozen=True):
    """When to retry a refused credential: 5 minutes after the refusal, 15 minutes after that, then every 60.

    Access keys are retried every 8 hours from the third time on, and in any case at most four times in 24 hours. With
    the refused request these are five wrong signatures in a row; more than five lock the key for 5 minutes (API
    reference, Signing Requests).

    All times are seconds of the monotonic clock.
    """

    last: float
    """When the credential was refused or last retried."""

    is_key: bool = False
    number: int = 0
    """The number of retries."""

    lately: tuple[float, ...] = ()
    """The times of the last few retries."""

    gateway_zero: float | None = None
    """The gateway's time when the monotonic clock was 0, in epoch seconds; set only if this machine's clock was wrong
    enough at the refusal to be its cause."""

    @property
    def next_at(self) -> float:
        """When the next automatic retry is due."""
        pauses = _KEY_TRY_PAUSES if self.is_key else _TRY_PAUSES
        return max(self.last + pauses[min(self.number, len(pauses) - 1)], self._limited_until(self._limit))

    @property
    def allowed_at(self) -> float:
        """From when on the user may request a retry at once."""
        return max(self.last + _TRY_PAUSES[0], self._limited_until(self._limit))

    def is_clock_right(self, now: datetime, steady: float) -> bool:
        """Whether this machine's clock was wrong at the refusal and is right now, so that a retry may succeed."""
        if self.gateway_zero is None or steady < self._limited_until(_KEY_TRIES):
            return False
        return abs(now.timestamp() - steady - self.gateway_zero) < SUSPECT_SKEW

    def after(self, tried_at: float) -> Self:
        """Return the state after one more retry at this time."""
        lately = (*self.lately, tried_at)[-_KEY_TRIES:]
        return replace(self, last=tried_at, number=self.number + 1, lately=lately, gateway_zero=None)

    @property
    def _limit(self) -> int:
        # While the clock is wrong, one retry is reserved for the time when it is right.
        return _KEY_TRIES if self.gateway_zero is None else _KEY_TRIES - 1

    def _limited_until(self, limit: int) -> float:
        """Return when the oldest of the last `limit` retries of an access key is a day old; 0 when there were fewer."""
        return self.lately[-limit] + _DAY if self.is_key and len(self.lately) >= limit else 0.0


def slot(number: int) -> float:
    """Return the place of the number-th task within the interval, 0 to 1; the places are spread for any task count."""
    return number * _GOLDEN % 1.0


def first_pause(position: int, count: int) -> float:
    """Return the seconds before the first request of the task at this position of the list."""
    return FIRST_ROUND * position / max(count, 1)


def regular_pause(asked: float, place: float, interval: float) -> float:
    """Return the seconds between a request with a good answer and the next request.

    This is the interval, plus at most a quarter until the task has reached its place in the interval, so that requests
    which began together spread out. A task that is a little late for its place keeps the plain interval.

    Args:
        asked: when the request was sent, in seconds of a monotonic clock.
        place: the task's place in the interval, see `slot`.
        interval: seconds.
    """
    to_place = (place * interval - asked) % interval
    late = interval - to_place
    return interval if late <= interval * _TOLERANCE else interval + min(to_place, interval * _STRETCH)


def pause_after(problem: Problem, failures: int, interval: float, chance: float) -> float:
    """Return the seconds to wait after a problem; infinity when only a new credential helps.

    Args:
        problem: the problem.
        failures: the number of problems in a row, this one included; 1 or more.
        interval: the regular interval, seconds.
        chance: a random number from 0 to 1, which spreads the requests of many instances.
    """
    doubled = 2.0 ** min(failures - 1, 10)
    spread = 1.0 + _JITTER * chance
    told = min(problem.retry_after or 0.0, _LONGEST_WAIT)
    match problem.kind:
        case ProblemKind.TOKEN:
            return inf
        case ProblemKind.THROTTLED:
            # First the pause that the service named; if that was too short, exponential backoff.
            pause = told if told and failures == 1 else min(max(interval, _THROTTLED_AT_LEAST) * doubled, _LONGEST_WAIT)
        case ProblemKind.MISSING:  # the second answer shows whether the task is gone
            pause = interval
        case kind if kind in _SLOW and not problem.is_foreign:  # the problem of a proxy or a portal may be short
            pause = max(_SLOW_PROBE, interval)
        case _:
            pause = max(min(interval * doubled, _LONGEST_PAUSE), interval)
    return max(pause, told) * spread


def is_beyond(pause: float, told: float | None) -> bool:
    """Whether a pause is longer than the service asked for, not counting the random part."""
    return told is None or pause > told * (1.0 + _JITTER)


def slower(pace: float) -> float:
    """Return the factor for the interval after one more throttling: at most 2."""
    return min(pace + 0.5, 2.0)


def throttle_window(text: str) -> float | None:
    """Return the seconds of the time window in a throttling text, such as ``limit:200,time:5 minute``."""
    match = _WINDOW.search(text)
    if match is None:
        return None
    seconds = int(match.group(1)) * _UNIT_SECONDS[match.group(2).lower()]
    return float(min(seconds, _LONGEST_WAIT)) if seconds > 0 else None
