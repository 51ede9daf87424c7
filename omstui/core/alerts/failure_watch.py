"""Decides which failures of a task are reported."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.alerts.debounce import Cooldown, told_again

BURST_SPAN = timedelta(minutes=10)
"""Many failures within this time are a burst."""

_KEPT = 64


class Rise(Enum):
    """The kind of a rise of the failures."""

    BURST = "burst"
    FIRST = "first"
    MORE = "more"


class FailureNews(Struct, frozen=True):
    """Failures to report."""

    rise: Rise
    new: int
    """How many failures are new; in a burst, those within `span`."""

    failed: int
    """How many failures the month has."""

    span: timedelta
    """The time in which a burst came."""


class FailureWatch(Struct, frozen=True):
    """How many failures of the month are known: reported, or marked as seen."""

    known: int
    acknowledged: int | None = None
    recent: tuple[tuple[datetime, int], ...] = ()
    """The answers of about the last `BURST_SPAN`: the time, and the failures of the month."""

    said: Cooldown | None = None
    was_burst: bool = False
    """Whether a burst was reported lately; then another burst must also wait for the quiet time."""

    @property
    def is_known(self) -> bool:
        """Whether all failures are known."""
        return self.recent[-1][1] <= self.known

    @classmethod
    def beginning(cls, failed: int, at: datetime, known: int | None = None) -> Self:
        """Return the watch after a task's first answer, whose failures count as known.

        Args:
            failed: the failures of the month.
            at: when it was answered.
            known: how many of them are known, if not all.
        """
        return cls(failed if known is None else known, recent=((at, failed),))

    def answered(self, failed: int, at: datetime, *, span: timedelta, is_restart: bool) -> Self:
        """Return the watch after one more answer.

        Args:
            failed: the failures of the month.
            at: when it was answered.
            span: how old an earlier answer may be to form a burst with this one.
            is_restart: whether the counters restarted with this answer.
        """
        if is_restart:
            return self.beginning(failed, at, 0)
        recent = [one for one in self.recent if timedelta() <= at - one[0] <= span]
        return replace(self, recent=(*recent[1 - _KEPT :], (at, failed)))

    def acknowledged_at(self, acknowledged: int | None) -> Self:
        """Return the watch after the user has marked this many failures as seen; more failures are reported at once."""
        if acknowledged is None or acknowledged == self.acknowledged:
            return self
        is_more = self.acknowledged is None or acknowledged > self.acknowledged
        known = max(self.known, acknowledged)
        return replace(self, acknowledged=acknowledged, known=known, said=None if is_more else self.said)

    def news(self, now: datetime, *, burst: int, quiet: timedelta) -> tuple[Self, FailureNews | None]:
        """Return the watch after this moment, and the failures to report, if any.

        Args:
            now: the present moment.
            burst: how many failures within `BURST_SPAN` are a burst.
            quiet: the shortest time between two reports; only a burst may come sooner, once.
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
        after = replace(self, known=failed, said=said, was_burst=was_burst)
        return after, FailureNews(rise, at_once if is_burst else new, failed, at - begun_at)
