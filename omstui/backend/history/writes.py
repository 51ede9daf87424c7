"""Decides which answers are written: those that changed, and one every few minutes."""

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import TaskRef
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.sample import Sample

LONGEST_HOLD = timedelta(minutes=4)
"""How long repeated answers may stay unwritten."""


class AnswerSpan(Struct, frozen=True):
    """A span of equal answers: its counters, and the whole of the last answer."""

    counters: CounterSpan
    sample: Sample


class _Held(Struct):
    answers: AnswerSpan
    is_written: bool


class WriteCoalescer:
    """Holds back repeated answers, for each task."""

    def __init__(self, longest_gap: timedelta) -> None:
        self._longest_gap = longest_gap
        self._held: dict[TaskRef, _Held] = {}

    def add(self, sample: Sample) -> list[AnswerSpan]:
        """Accept a good answer for a current month, and return the spans to write now.

        Args:
            sample: in the form that `as_remembered` returns.
        """
        if sample.task is None:
            return []
        counters = CounterSpan.of(sample.task, sample.month, sample.answered_at)
        held = self._held.get(sample.ref)
        if held is not None and self._continues(held.answers, sample):
            held.answers = AnswerSpan(replace(held.answers.counters, until=sample.answered_at), sample)
            held.is_written = False
            if sample.answered_at - held.answers.counters.answered_at < LONGEST_HOLD:
                return []
            return [self._written(held)]
        due = [held.answers] if held is not None and not held.is_written else []
        self._held[sample.ref] = held = _Held(AnswerSpan(counters, sample), is_written=False)
        return [*due, self._written(held)]

    def held_back(self) -> Iterator[AnswerSpan]:
        """Yield all spans that are held back, and mark them as written."""
        for held in self._held.values():
            if not held.is_written:
                yield self._written(held)

    def _continues(self, answers: AnswerSpan, sample: Sample) -> bool:
        """Return whether an answer equals the last one and came within the longest gap after it."""
        gap = sample.answered_at - answers.counters.until
        is_same = (answers.sample.task, answers.sample.month) == (sample.task, sample.month)
        return is_same and timedelta() <= gap <= self._longest_gap

    def _written(self, held: _Held) -> AnswerSpan:
        """Mark a span as written and return it; the next one begins where it ends."""
        due = held.answers
        held.answers = replace(due, counters=replace(due.counters, answered_at=due.counters.until))
        held.is_written = True
        return due
