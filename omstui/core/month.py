"""A calendar month, and the `query_time` that requests it from the service.

The service returns the counters of the month that contains `query_time` (API reference, ShowSyncTask). It does not
document which time zone decides where a month begins; the rules here are right for every zone.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Self

from msgspec import Struct

_WRITTEN = re.compile(r"(\d{4})-(\d{1,2})")
_TYPED = re.compile(r"(?:(\d{4})(?:[-/](?=\d)|(?=\d\d$)))?(\d{1,2})")
_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""The years whose months can be requested; a month outside them is only for calculations."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Month(Struct, frozen=True, order=True):
    """A month of a year, without a time zone: ``Month(2026, 11)``."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (MINYEAR <= self.year <= MAXYEAR and 1 <= self.number <= 12):
            raise ValueError(f"there is no month {self.number} in year {self.year}")

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2026-03``.

        Raises:
            ValueError: the text is not a month that can be asked for; the message shows what one looks like.
        """
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a month: write it as 2026-03")
        month = cls(int(match.group(1)), int(match.group(2)))
        if not month.can_be_asked_for:
            raise ValueError(f"{text!r} cannot be asked for: months go from {FIRST_YEAR}-01 to {LAST_YEAR}-12")
        return month

    @classmethod
    def typed(cls, text: str, year: int) -> Self:
        """Read what people type: ``2026-03``, ``2026/03``, ``202603``, or ``3`` for March of the given year.

        Raises:
            ValueError: the text is not a month; the message shows what one looks like.
        """
        match = _TYPED.fullmatch(text)
        if match is None:
            raise ValueError(f"{text} is not a month: type 2026-03, 202603 or 3")
        number = int(match.group(2))
        if not 1 <= number <= 12:
            raise ValueError(f"there is no month {number}: type 2026-03, 202603 or 3")
        month = cls(int(match.group(1) or year), number)
        if not month.can_be_asked_for:
            raise ValueError(f"there is no month {month} to ask for: months go from {FIRST_YEAR}-01 to {LAST_YEAR}-12")
        return month

    @staticmethod
    def containing(at: datetime, zone: tzinfo) -> "Month":
        """Return the month that this moment falls into in that zone."""
        local = at.astimezone(zone)
        return _one(local.year, local.month)

    def plus(self, steps: int) -> Self:
        """Return the month this many months later; earlier when negative.

        Raises:
            ValueError: that month lies outside the calendar.
        """
        count = self.year * 12 + self.number - 1 + steps
        return type(self)(count // 12, count % 12 + 1)

    @property
    def can_be_asked_for(self) -> bool:
        """Whether the month lies in the years that the service's times can express."""
        return FIRST_YEAR <= self.year <= LAST_YEAR

    @property
    def name(self) -> str:
        """The month's English name: ``November``."""
        return _NAMES[self.number - 1]

    @property
    def short_name(self) -> str:
        """Its first three letters: ``Nov``."""
        return self.name[:3]

    @property
    def title(self) -> str:
        """Name and year: ``November 2026``."""
        return f"{self.name} {self.year}"

    @property
    def middle(self) -> datetime:
        """12:00 UTC on the 15th, which lies inside this month in every time zone on earth."""
        return datetime(self.year, self.number, 15, 12, tzinfo=UTC)

    @property
    def over_everywhere_at(self) -> datetime:
        """When it has ended in every time zone on earth: 12:00 UTC on the first day of the next month."""
        if (self.year, self.number) == (MAXYEAR, 12):
            return datetime.max.replace(tzinfo=UTC)
        following = self.plus(1)
        return datetime(following.year, following.number, 1, 12, tzinfo=UTC)


_one = lru_cache(maxsize=256)(Month)
"""A cached `Month`: Python compares an object with itself faster than two equal objects."""


def first_moment(month: Month, zone: tzinfo) -> datetime:
    """Return when a month begins in a zone, in UTC."""
    return datetime(month.year, month.number, 1, tzinfo=zone).astimezone(UTC)


def query_time_ms(month: Month | None, now: datetime) -> int:
    """Return the `query_time` for a past month, or for the current one (``None``): epoch milliseconds.

    For the current month it is the present moment, so that the service decides which month that is. The moment is cut
    to the millisecond, since rounding up could reach into the next month.
    """
    return ((now if month is None else month.middle) - _EPOCH) // timedelta(milliseconds=1)


def bar_reason(month: Month, current: Month, created: Month | None) -> str | None:
    """Return why this month cannot be requested; ``None`` when it can.

    Args:
        month: the month in question.
        current: the month of the present moment.
        created: the month in which the task was created, where known.
    """
    if month > current:
        return "in the future"
    if not month.can_be_asked_for:
        return f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
    if created is not None and month < created:
        return "before the task was created"
    return None
