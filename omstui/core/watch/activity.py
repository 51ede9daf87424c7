"""When did anything last arrive, and is it quiet for longer than usual: judged from watched time alone."""

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
"""No quiet spell is silence that is not longer than this, whatever the habit."""

_FACTOR = 2.0
_USUAL = 0.95
"""This much of the watched time lies in quiet spells that are usual."""

_LEARNED_FROM = timedelta(days=1)
_LEAST_SPELLS = 8
_BRIEF = timedelta(seconds=1)
_BINS_AN_OCTAVE = 4
_BINS = 24 * _BINS_AN_OCTAVE
_FORGOTTEN_AFTER = timedelta(days=28)
"""What was watched longer ago counts for half, and so on: habits change."""


class Habit(Struct, frozen=True):
    """The quiet spells of a task, sorted by their length into bins, each a fifth wider than the one before."""

    spells: float = 0.0
    """How many there were."""

    bins: tuple[float, ...] = (0.0,) * _BINS
    """The seconds that were spent in spells of up to the length of each bin."""

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
        """Return both together."""
        bins = tuple(one + more for one, more in zip(self.bins, other.bins, strict=True))
        return replace(self, spells=self.spells + other.spells, bins=bins)

    @property
    def longest_usual(self) -> timedelta | None:
        """How long a usual spell lasts at most; ``None`` until a day and some spells were watched.

        Spells are weighed by their length: between the many short ones of a night's work the long one of the day is as
        usual as they are.
        """
        if self.spells < _LEAST_SPELLS or (watched := sum(self.bins)) < _LEARNED_FROM.total_seconds():
            return None
        place = next(number for number, up_to in enumerate(accumulate(self.bins)) if up_to >= _USUAL * watched)
        return timedelta(seconds=2 ** (place / _BINS_AN_OCTAVE))


class Activity(Struct, frozen=True):
    """What is known of the comings and goings at one task: built up from one answer after the other.

    A quiet spell lies between two answers with more accepted than before. One that was not watched to its end, or from
    its beginning, counts for as long as it was.
    """

    seen: CounterSpan | None = None
    """The last reading with a figure for accepted; its `until` is the last answer's time."""

    highest: int | None = None
    """The largest figure for accepted of the month: one that lags behind and catches up is nothing new."""

    last_at: datetime | None = None
    """When accepted was last seen to have risen."""

    rose_unseen: bool = False
    """Whether it rose after that while nobody watched."""

    quiet_since: datetime | None = None
    """Since when it has been quiet while watched."""

    habit: Habit = field(default_factory=Habit)

    @classmethod
    def of(cls, readings: Iterable[CounterSpan], longest_gap: timedelta) -> Self:
        """Return what these readings tell, oldest first."""
        made = cls()
        for reading in readings:
            made = made.after(reading, longest_gap)
        return made

    def after(self, new: CounterSpan, longest_gap: timedelta) -> Self:
        """Return what is known once this reading has come; one without a figure, or older than the last, adds nothing.

        Args:
            new: the reading.
            longest_gap: between two answers further apart than this nobody was watching.
        """
        accepted, seen = new.monthly_acceptance_request, self.seen
        if accepted is None:
            return self
        if seen is None or self.highest is None:
            return replace(self, seen=new, highest=accepted, quiet_since=new.answered_at)
        if new.until < seen.until:
            # The clock was set back: what follows has no known distance from what was before.
            return replace(self, seen=new, highest=accepted, quiet_since=new.answered_at)
        is_anew = new.month != seen.month or new.create_time != seen.create_time
        has_risen = accepted > (0 if is_anew else self.highest)
        highest = accepted if is_anew else max(accepted, self.highest)
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
        """For how long nothing has been seen to arrive, up to the last answer, while watched."""
        if self.seen is None or self.quiet_since is None:
            return timedelta()
        return max(self.seen.until - self.quiet_since, timedelta())

    def limit(self, configured: float | None) -> timedelta | None:
        """Return the quiet spell beyond which the task is silent; ``None`` when there is no telling.

        Args:
            configured: what the user has set, seconds; ``None`` to go by the task's own habit, infinity for never.
        """
        if configured is not None:
            return timedelta(seconds=configured) if isfinite(configured) else None
        usual = self.habit.longest_usual
        return max(_FACTOR * usual, FLOOR) if usual is not None else None

    def is_silent(self, configured: float | None) -> bool:
        """Whether it has been quiet for longer than it may be."""
        limit = self.limit(configured)
        return limit is not None and self.quiet > limit

    def _habit_after(self, until: datetime) -> Habit:
        """Return the habit with the spell that has just ended."""
        return self.habit.after(until - self.quiet_since) if self.quiet_since is not None else self.habit
