"""For how long the pending objects have been growing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

_LEAST = timedelta(minutes=10)
"""Growth of less than this is the coming and going of every day."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """A stretch of answers over which pending has grown, or has not begun to shrink.

    It ends when half of what has come is gone again, and when nothing was added for a while.
    """

    since: datetime
    """When pending was lowest."""

    lowest: int
    highest: int
    highest_at: datetime
    last_at: datetime

    @classmethod
    def begun(cls, at: datetime, pending: int) -> Self:
        """Return the stretch that begins with this answer."""
        return cls(at, pending, pending, at, at)

    def after(self, at: datetime, pending: int, patience: timedelta) -> Self:
        """Return the stretch after an answer that continues the counting.

        Args:
            at: when it was answered.
            pending: what was pending then.
            patience: how long nothing may be added, at least ten minutes.
        """
        if pending > self.highest:
            return replace(self, highest=pending, highest_at=at, last_at=at)
        is_over = pending <= self.lowest or 2 * pending < self.lowest + self.highest
        return self.begun(at, pending) if is_over or at - self.highest_at > patience else replace(self, last_at=at)

    @property
    def growing_for(self) -> timedelta | None:
        """How long pending has been growing; ``None`` when it has not, for ten minutes at least."""
        lasts = self.last_at - self.since
        return lasts if self.highest > self.lowest and lasts >= _LEAST else None


def backlog_after(
    known: Backlog | None, at: datetime, pending: int | None, *, is_continued: bool, longest_gap: timedelta
) -> Backlog | None:
    """Return the stretch after an answer; ``None`` when pending is not known.

    Args:
        known: the stretch before.
        at: when it was answered.
        pending: what is pending, if the counters tell.
        is_continued: whether the answer continues the counting of the one before, without a gap.
        longest_gap: the longest time between two answers that is no gap.
    """
    if pending is None:
        return None
    if known is None or not is_continued:
        return Backlog.begun(at, pending)
    return known.after(at, pending, max(_LEAST, longest_gap))
