"""How many objects a pretend task moves: a pure function of time, exact, and the same for whoever asks."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

_DAY = 86_400
_HOUR_PARTS = 60_000
"""An hour's objects are spread over this many parts, a thousand for each minute."""

_HOURS = (
    90, 110, 120, 115, 105, 120, 140, 150, 145, 135, 120, 105,
    95, 85, 75, 62, 50, 42, 38, 35, 38, 45, 58, 75,
)  # fmt: skip
"""The rhythm of a day, from 00:00 UTC, which is morning in China."""

_WEEKDAYS = (1060, 1090, 1100, 1080, 1040, 780, 700)
"""Monday to Sunday, in thousandths."""

_SEASON = (560, 480, 650, 790, 940, 1120, 1240, 1150, 960, 1010, 1270, 1390)
"""January to December, in thousandths."""


class Traffic(Struct, frozen=True):
    """The stream of objects through one task."""

    key: str
    """Tells its noise from that of other tasks."""

    objects_a_day: int
    """On an average day; at least a few thousand make every minute show."""

    bytes_an_object: int
    season_shift: int = 0
    """By how many months its season is late."""

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Return the objects and the bytes moved from one moment to a later one, both epoch seconds."""
        if end <= start:
            return 0, 0
        objects = size = 0
        for day in range(start // _DAY, end // _DAY + 1):
            until = self._objects(day, min(end - day * _DAY, _DAY))
            moved = until - self._objects(day, max(start - day * _DAY, 0))
            objects += moved
            size += moved * _day_of(self, day).bytes_an_object
        return objects, size

    def _objects(self, day: int, second: int) -> int:
        """Return how many objects this day (counted from 1970) has moved up to its second, 0 to 86400."""
        day_of = _day_of(self, day)
        whole, hours = day_of.objects, day_of.hours
        if second in {0, _DAY}:
            return whole if second else 0
        hour, rest = divmod(second, 3600)
        parts = hours[hour] * _HOUR_PARTS + (hours[hour + 1] - hours[hour]) * self._hour_parts(day, hour, rest)
        return whole * parts // (hours[-1] * _HOUR_PARTS)

    def _hour_parts(self, day: int, hour: int, second: int) -> int:
        """Return how much of an hour's objects has moved up to its second, in parts of `_HOUR_PARTS`."""
        minute, rest = divmod(second, 60)
        begin, end = (self._minute_parts(day, hour, number) for number in (minute, minute + 1))
        return begin + (end - begin) * rest // 60

    def _minute_parts(self, day: int, hour: int, minute: int) -> int:
        """Return the parts at the beginning of a minute: late by 600 of its 1000 at most, so that each moves some."""
        if minute in {0, 60}:
            return minute * 1000
        return minute * 1000 + _hash(self.key, day, hour, minute) % 601

    def noise(self, spread: int, *what: int | str) -> int:
        """Return a factor in thousandths, at most `spread` away from 1000."""
        return 1000 - spread + _hash(self.key, *what) % (2 * spread + 1)


class _Day(NamedTuple):
    """What one day of a task is like."""

    objects: int
    """All that it moves."""

    hours: tuple[int, ...]
    """The weights of the hours before each hour, and of all 24."""

    bytes_an_object: int


@lru_cache(maxsize=1024)
def _day_of(traffic: Traffic, day: int) -> _Day:
    """Work out a day, counted from 1970; kept, because the past asks for each day hundreds of times."""
    month = datetime.fromtimestamp(day * _DAY, UTC).month - 1
    season = _SEASON[(month - traffic.season_shift) % 12]
    weekday = _WEEKDAYS[(day + 3) % 7]  # 1970 began on a Thursday
    whole = traffic.objects_a_day * season * weekday * traffic.noise(150, day) // 10**9
    weights = (weight * traffic.noise(200, day, number) for number, weight in enumerate(_HOURS))
    size = traffic.bytes_an_object * traffic.noise(120, "size", day) // 1000 + _hash(traffic.key, "odd", day) % 1009
    return _Day(whole, (0, *accumulate(weights)), size)


class Failures(Struct, frozen=True):
    """Failures that come in batches: at one moment, or again and again from then on."""

    key: str
    first_at: datetime
    least: int
    most: int
    every: int | None = None
    """Seconds from one batch to the next; ``None`` for a single one."""

    def between(self, start: int, end: int) -> int:
        """Return how many failed from one moment up to and with a later one, both epoch seconds."""
        first = int(self.first_at.timestamp())
        if self.every is None:
            return self._batch(0) if start < first <= end else 0
        numbers = range(max((start - first) // self.every + 1, 0), max((end - first) // self.every + 1, 0))
        return sum(self._batch(number) for number in numbers)

    def _batch(self, number: int) -> int:
        return self.least + _hash(self.key, "failures", number) % (self.most - self.least + 1)


def _hash(*what: int | str) -> int:
    text = "/".join(map(str, what))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
