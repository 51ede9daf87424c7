"""When objects last arrived at a task, and whether it is quiet for longer than usual; only watched time counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil, isfinite, log2
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from omstui.core.task import STOPPED
from omstui.core.watch.counters import CounterSpan

FLOOR = timedelta(minutes=30)
"""A quiet spell of this length or less is never silence."""

_FACTOR = 2.0
_USUAL = 0.95
"""The share of the watched time that lies in usual quiet spells."""

_LEARNED_FROM = timedelta(days=1)
_LEAST_SPELLS = 8
_BRIEF = timedelta(seconds=1)
_BINS_AN_OCTAVE = 4
_BINS = 24 * _BINS_AN_OCTAVE
_FORGOTTEN_AFTER = timedelta(days=28)
"""Each time the spells add up to more than this, all of them count half from then on, since habits change."""


class Habit(Struct, frozen=True):
    """A histogram of a task's quiet spells by length; each bin is a fifth wider than the one before."""

    spells: float = 0.0
    """The number of spells."""

    bins: tuple[float, ...] = (0.0,) * _BINS
    """The seconds that the spells in each bin add up to."""

    def after(self, spell: timedelta) -> Self:
        """Return the habit with one more spell."""
        seconds = spell.total_seconds()
        if spell < _BRIEF:
            return self
        place = min(ceil(log2(seconds) * _BINS_AN_OCTAVE), _BINS - 1)
        bins = tuple(spent + seconds * (number == place) for number, spent in enumerate(self.bins))
        made = replace(self, spells=self.spells + 1, bins=bins)
        if sum(bins) <= _FORGOTTEN_AFTER.total_seconds():
            return made
        return replace(made, spells=made.spells / 2, bins=tuple(spent / 2 for spent in bins))

    def with_more(self, other: Self) -> Self:
        """Return the sum of both habits."""
        bins = tuple(one + more for one, more in zip(self.bins, other.bins, strict=True))
        return replace(self, spells=self.spells + other.spells, bins=bins)

    @property
    def longest_usual(self) -> timedelta | None:
        """The length of the longest usual spell; ``None`` until a day and some spells were watched.

        Spells are weighted by their length: a long spell by day is as usual as the many short ones of a night's work.
        """
        if self.spells < _LEAST_SPELLS or (watched := sum(self.bins)) < _LEARNED_FROM.total_seconds():
            return None
        place = next(number for number, up_to in enumerate(accumulate(self.bins)) if up_to >= _USUAL * watched)
        return timedelta(seconds=2 ** (place / _BINS_AN_OCTAVE))


class Activity(Struct, frozen=True):
    """When objects arrived at one task, built up answer by answer.

    A quiet spell is the time between two answers in which accepted has risen. A spell that was watched only in part
    counts with that part.
    """

    seen: CounterSpan | None = None
    """The last counter span with a figure for accepted; its `until` is the time of the last answer."""

    highest: int | None = None
    """The largest figure for accepted of the month: a figure that lags behind and catches up is no arrival."""

    last_at: datetime | None = None
    """When accepted was last seen to rise."""

    rose_unseen: bool = False
    """Whether it rose after that in time that was not watched."""

    quiet_since: datetime | None = None
    """Since when the task has been quiet in watched time."""

    habit: Habit = field(default_factory=Habit)

    @classmethod
    def of(cls, spans: Iterable[CounterSpan], longest_gap: timedelta) -> Self:
        """Return the activity that these counter spans show, oldest first."""
        made = cls()
        for span in spans:
            made = made.after(span, longest_gap)
        return made

    def after(self, new: CounterSpan, longest_gap: timedelta) -> Self:
        """Return the activity after one more counter span.

        A span without a figure for accepted changes nothing. One that is older than the last starts a new quiet spell.

        Args:
            new: the counter span.
            longest_gap: the time between two answers that are further apart counts as not watched.
        """
        accepted, seen = new.monthly_acceptance_request, self.seen
        if accepted is None:
            return self
        if seen is None or self.highest is None:
            return replace(self, seen=new, highest=accepted, quiet_since=new.answered_at)
        if new.until < seen.until:
            # The clock was set back: the time since the earlier answers is unknown.
            return replace(self, seen=new, highest=accepted, quiet_since=new.answered_at)
        is_restart = new.month != seen.month or new.create_time != seen.create_time
        has_risen = accepted > (0 if is_restart else self.highest)
        highest = accepted if is_restart else max(accepted, self.highest)
        was_watched = new.answered_at - seen.until <= longest_gap and STOPPED not in {new.status, seen.status}
        known = replace(self, seen=new, highest=highest)
        if not was_watched or new.last_start_time != seen.last_start_time:
            habit = self._habit_after(seen.until)
            unseen = self.rose_unseen or has_risen
            return replace(known, habit=habit, quiet_since=new.answered_at, rose_unseen=unseen)
        if not has_risen:
            return known
        at = new.answered_at
        return replace(known, habit=self._habit_after(at), quiet_since=at, last_at=at, rose_unseen=False)

    @property
    def quiet(self) -> timedelta:
        """How long nothing has arrived in watched time, up to the last answer."""
        if self.seen is None or self.quiet_since is None:
            return timedelta()
        return max(self.seen.until - self.quiet_since, timedelta())

    def limit(self, configured: float | None) -> timedelta | None:
        """Return the quiet spell beyond which the task is silent; ``None`` for never or while the habit is unknown.

        Args:
            configured: the user's setting, seconds; ``None`` uses the task's own habit, infinity means never.
        """
        if configured is not None:
            return timedelta(seconds=configured) if isfinite(configured) else None
        usual = self.habit.longest_usual
        return max(_FACTOR * usual, FLOOR) if usual is not None else None

    def is_silent(self, configured: float | None) -> bool:
        """Whether the task has been quiet for longer than its limit."""
        limit = self.limit(configured)
        return limit is not None and self.quiet > limit

    def _habit_after(self, until: datetime) -> Habit:
        """Return the habit with the spell that ends at this time."""
        return self.habit.after(until - self.quiet_since) if self.quiet_since is not None else self.habit
