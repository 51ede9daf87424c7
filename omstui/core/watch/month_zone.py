"""The zone that the service's months follow, learned from when its counters restart."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

from msgspec import Struct

from omstui.core.watch.rollover import Rollover
from omstui.core.zone import written_offset

_STEP = timedelta(minutes=15)
"""The offsets of all zones in use are multiples of this."""

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_LATEST_NOTICE, _ZONE_SKEW = timedelta(minutes=10), timedelta(minutes=2)
"""How much later than the month the counters may restart, and how much earlier by the local clock: together less than a
step, so that one offset is left when the answers are close together."""


class MonthZone(Struct, frozen=True):
    """The range of offsets from UTC at which months may begin, both ends included."""

    least: timedelta
    most: timedelta
    seen_at: datetime
    """When the month began from which the range was learned."""

    def __str__(self) -> str:
        """Return three words that `parse` reads."""
        minutes = (offset // timedelta(minutes=1) for offset in (self.least, self.most))
        return " ".join((*map(str, minutes), self.seen_at.isoformat()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the result of `str`; ``None`` for any other text."""
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
        """Return the offsets that a change of month allows; ``None`` when it tells nothing about them.

        The month began between two query times. The offset is midnight of its first day, in UTC, minus that moment; the
        counters may have restarted late, and the local clock may be a little late or early.
        """
        month = change.first.month
        if not change.has_fallen or month != change.closed_month.plus(1):
            return None
        midnight = datetime(month.year, month.number, 1, tzinfo=UTC)
        least = max(midnight - change.began_by - _ZONE_SKEW, _WEST)
        most = min(midnight - change.began_after + _LATEST_NOTICE, _EAST + _STEP)
        low = -(-least // _STEP) * _STEP  # rounded up
        high = -(-most // _STEP) * _STEP - _STEP  # the largest below
        if low > high or (low, high) == (_WEST, _EAST):
            return None
        return cls(low, high, change.began_by)

    def narrowed(self, newer: Self) -> Self:
        """Return the range that both allow; the newer one alone when they contradict each other, as after a change."""
        low, high = max(self.least, newer.least), min(self.most, newer.most)
        return type(self)(low, high, newer.seen_at) if low <= high else newer

    def allows(self, zone: tzinfo) -> bool:
        """Whether months may begin at the offset of this zone."""
        offset = self.seen_at.astimezone(zone).utcoffset()
        return offset is not None and self.least <= offset <= self.most

    @property
    def is_exact(self) -> bool:
        """Whether only one offset is left."""
        return self.least == self.most

    @property
    def words(self) -> str:
        """The offsets as the screen shows them: ``UTC+08:00``, or ``between UTC+06:00 and UTC+09:00``."""
        low, high = written_offset(self.least), written_offset(self.most)
        return low if low == high else f"between {low} and {high}"
