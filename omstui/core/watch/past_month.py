"""The answers for a month that is over."""

from collections.abc import Callable
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.watch.rates import has_same_counters
from omstui.core.watch.sample import Sample, is_an_interval_later, is_late


def month_after(known: Sample | None, new: Sample) -> Sample:
    """Return which good answer for a past month to keep: an unconfirmed one never replaces final figures.

    Args:
        known: the answer that is kept now.
        new: another one, requested later.
    """
    if known is None or known.task is None or new.task is None or new.agreed or known.agreed is False:
        return new
    if known.told_at < known.month.over_everywhere_at and not known.agreed:
        return new
    return replace(new, agreed=known.agreed) if has_same_counters(known.task, new.task) else known


class PastMonth(Struct, frozen=True):
    """The answers for a month that is over: the last good one, and a newer problem."""

    good: Sample | None = None
    """The answer to show: the last one, but figures that differ from final ones only after a second answer agrees."""

    failure: Sample | None = None
    """The latest sample, if it holds a problem; the next good answer clears it."""

    held: Sample | None = None
    """The first answer with figures that no second one has confirmed yet, if it is not `good`."""

    instead_of: Sample | None = None
    """The answer before, whose figures counted as final and differ from those of `good`."""

    @property
    def latest(self) -> Sample | None:
        """The last good answer, confirmed or not."""
        if self.good is None or self.held is None:
            return self.held or self.good
        return self.good if is_late(self.held, self.good) else self.held

    def answered(self, sample: Sample, interval: float, over: Callable[[Sample], bool]) -> Self:
        """Return the month after one more good answer, requested later than all before.

        Args:
            sample: the answer.
            interval: seconds between two answers of which one confirms the other.
            over: returns whether an answer was given after the month's end.
        """
        failure = self.failure if is_late(sample, self.failure) else None
        if not over(sample):
            return type(self)(good=replace(sample, agreed=False), failure=failure)
        good = self.good if self.good is not None and over(self.good) else None
        was_final = good is not None and good.agreed is not False
        first = self.held if self.held is not None else good
        if was_final and good is not None and _says_the_same(good, sample):
            first = good
        is_same = first is not None and _says_the_same(first, sample)
        agreed = first is not None and is_same and (first.agreed or is_an_interval_later(sample, first, interval))
        if agreed:
            replaced = good if was_final and first is not good else None
            return type(self)(good=replace(sample, agreed=True), failure=failure, instead_of=replaced)
        if was_final:
            return type(self)(good=good, failure=failure, held=first if is_same else sample)
        held = first if is_same else None
        return type(self)(good=replace(sample, agreed=False), failure=failure, held=held)


def _says_the_same(one: Sample, other: Sample) -> bool:
    return one.task is not None and other.task is not None and has_same_counters(one.task, other.task)
