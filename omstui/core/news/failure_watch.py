"""Which failures of a task are news."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.news.debounce import Cooldown, told_again

BURST_SPAN = timedelta(minutes=10)
"""Failures within this time make a burst when they are many."""

_KEPT = 64


class Rise(Enum):
    """What kind of news a rise of the failures is."""

    BURST = "burst"
    FIRST = "first"
    MORE = "more"


class FailureNews(Struct, frozen=True):
    """Failures that nobody has been told of."""

    rise: Rise
    new: int
    """How many; in a burst, those of `span`."""

    failed: int
    """How many there are in the month."""

    span: timedelta
    """Within which time a burst came."""


class FailureWatch(Struct, frozen=True):
    """How many failures of the month people know of, by having been told or by having marked them as seen."""

    known: int
    acknowledged: int | None = None
    recent: tuple[tuple[datetime, int], ...] = ()
    """The answers of about the last `BURST_SPAN`: when, and how many had failed."""

    said: Cooldown | None = None
    was_burst: bool = False
    """Whether a burst was told lately; then another one does not come before its time either."""

    @property
    def is_known(self) -> bool:
        """Whether people know of all that has failed."""
        return self.recent[-1][1] <= self.known

    @classmethod
    def beginning(cls, failed: int, at: datetime, known: int | None = None) -> Self:
        """Return the watch over a task whose first answer says this; what has failed by then is no news.

        Args:
            failed: the failures of the month.
            at: when it was answered.
            known: of how many people know, where that is not all of them.
        """
        return cls(failed if known is None else known, recent=((at, failed),))

    def answered(self, failed: int, at: datetime, *, span: timedelta, anew: bool) -> Self:
        """Return the watch after one more answer.

        Args:
            failed: the failures of the month.
            at: when it was answered.
            span: how long ago an answer may be to make a burst with this one.
            anew: whether counting has begun anew with it.
        """
        if anew:
            return self.beginning(failed, at, 0)
        recent = [one for one in self.recent if timedelta() <= at - one[0] <= span]
        return replace(self, recent=(*recent[1 - _KEPT :], (at, failed)))

    def acknowledged_at(self, acknowledged: int | None) -> Self:
        """Return the watch once the user has marked so many as seen: what comes after that is news at once."""
        if acknowledged is None or acknowledged == self.acknowledged:
            return self
        is_more = self.acknowledged is None or acknowledged > self.acknowledged
        known = max(self.known, acknowledged)
        return replace(self, acknowledged=acknowledged, known=known, said=None if is_more else self.said)

    def news(self, now: datetime, *, burst: int, quiet: timedelta) -> tuple[Self, FailureNews | None]:
        """Return what there is to tell at this moment, if anything, and the watch after it is told.

        Args:
            now: the present.
            burst: how many failures within `BURST_SPAN` make a burst.
            quiet: how much time must pass between two tellings, at least; a burst alone may come sooner, once.
        """
        if self.is_known:
            return self, None
        at, failed = self.recent[-1]
        new = failed - self.known
        begun_at, fewest = min(self.recent, key=lambda one: one[1])
        at_once = failed - fewest
        is_burst = at_once >= burst
        is_quiet = self.said is not None and self.said.is_quiet(now, quiet)
        if is_quiet and (self.was_burst or not is_burst):
            return self, None
        rise = Rise.BURST if is_burst else Rise.FIRST if self.known == 0 else Rise.MORE
        said = told_again(self.said, now, quiet)
        was_burst = is_burst or (self.was_burst and said.times > 1)
        told = replace(self, known=failed, said=said, was_burst=was_burst)
        return told, FailureNews(rise, at_once if is_burst else new, failed, at - begun_at)
