"""In which time zone the service's months begin, as far as its answers have told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

from omstui.core.rollover import Rollover
from omstui.core.zone import written_offset

_STEP = timedelta(minutes=15)
"""Every zone in use is a whole number of quarters of an hour away from UTC."""

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_LAG, _SKEW = timedelta(minutes=10), timedelta(minutes=2)
"""By how much the counters may begin anew later than the month, and sooner by the clock here: together less than a
step, so that one offset is left when the answers are close together."""


@dataclass(frozen=True, slots=True)
class MonthZone:
    """The offsets from UTC at which months may begin, all in between included."""

    least: timedelta
    most: timedelta
    seen_at: datetime
    """When the month began that told."""

    def __str__(self) -> str:
        """Write it so that `parse` can read it: three words."""
        minutes = (offset // timedelta(minutes=1) for offset in (self.least, self.most))
        return " ".join((*map(str, minutes), self.seen_at.isoformat()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; ``None`` for anything else."""
        try:
            least, most, seen = text.split()
            low, high = (timedelta(minutes=int(minutes)) for minutes in (least, most))
            seen_at = datetime.fromisoformat(seen)
        except (ValueError, OverflowError):
            return None
        is_sound = _WEST <= low <= high <= _EAST and seen_at.utcoffset() is not None
        return cls(low, high, seen_at) if is_sound else None

    @classmethod
    def learned(cls, change: Rollover) -> Self | None:
        """Return what a change of month tells; ``None`` when it tells nothing.

        The month began between two query times. Midnight at its first day, in UTC, less that moment is the offset; the
        counters may have been late to begin anew, and the clock here a little late or early.
        """
        month = change.first.month
        if not change.has_fallen or month != change.closed_month.plus(1):
            return None
        midnight = datetime(month.year, month.number, 1, tzinfo=UTC)
        least = max(midnight - change.began_by - _SKEW, _WEST)
        most = min(midnight - change.began_after + _LAG, _EAST + _STEP)
        low = -(-least // _STEP) * _STEP  # rounded up
        high = -(-most // _STEP) * _STEP - _STEP  # the largest below
        if low > high or (low, high) == (_WEST, _EAST):
            return None
        return cls(low, high, change.began_by)

    def narrowed(self, newer: Self) -> Self:
        """Return what both say together; the newer one alone when they contradict each other, as after a change."""
        low, high = max(self.least, newer.least), min(self.most, newer.most)
        return type(self)(low, high, newer.seen_at) if low <= high else newer

    def allows(self, zone: tzinfo) -> bool:
        """Whether months may begin where this zone begins them."""
        offset = self.seen_at.astimezone(zone).utcoffset()
        return offset is not None and self.least <= offset <= self.most

    @property
    def is_exact(self) -> bool:
        """Whether one offset is left."""
        return self.least == self.most

    @property
    def words(self) -> str:
        """The offsets as the screen shows them: ``UTC+08:00``, or ``between UTC+06:00 and UTC+09:00``."""
        low, high = written_offset(self.least), written_offset(self.most)
        return low if low == high else f"between {low} and {high}"
