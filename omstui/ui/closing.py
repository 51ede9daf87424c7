"""The months that have just ended and are to be asked for once more, so that their last figures are known."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.board import Board, PastMonth
from omstui.core.watch.rollover import Turn

_AGAIN_AFTER = timedelta(minutes=5)
"""A question that came to nothing is put again this much later, and one whose answers do not agree."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A month that has ended and is not closed."""

    counts_from: datetime
    """The moment from which an answer counts, by the service's clock."""

    put_at: datetime | None = None
    """When it was last asked for."""

    times: int = 0
    """How often it was asked for."""


@dataclass(slots=True)
class Closing:
    """Which questions are open, and when each may be put."""

    interval: float
    """Seconds between two answers of which one confirms the other."""

    _open: dict[tuple[TaskRef, Month], _Open] = field(default_factory=dict)

    def add(self, ref: TaskRef, turn: Turn) -> None:
        """Take in a month that has ended."""
        self._open[ref, turn.ended] = _Open(turn.at)

    def next_question(self, board: Board, now: datetime) -> tuple[TaskRef, Month] | None:
        """Return what to ask for now, if anything; what has been answered, or is not watched any more, is dropped."""
        for key, one in list(self._open.items()):
            track = board.tracks.get(key[0])
            past = track.months.get(key[1], PastMonth()) if track is not None else None
            if past is None or _is_closed(past, min(one.counts_from, key[1].over_everywhere_at)):
                del self._open[key]
            elif self._is_due(one, past, now):
                return key
        return None

    def put(self, question: tuple[TaskRef, Month], now: datetime) -> None:
        """Remember that this has been asked."""
        one = self._open[question]
        self._open[question] = _Open(one.counts_from, now, one.times + 1)

    def _is_due(self, one: _Open, past: PastMonth, now: datetime) -> bool:
        """Whether a month may be asked for: at once, an interval after its first answer, and then ever again."""
        if one.put_at is None or now < one.put_at:  # the clock was set back
            return True
        latest = past.latest
        if one.times == 1 and latest is not None and latest.asked_at >= one.put_at:
            return now >= latest.asked_at + timedelta(seconds=self.interval)
        return now >= one.put_at + max(_AGAIN_AFTER, timedelta(seconds=self.interval))


def _is_closed(past: PastMonth, counts_from: datetime) -> bool:
    """Whether a second answer from after the end of the month has confirmed its figures."""
    good = past.good
    return past.held is None and good is not None and good.agreed is True and good.told_at >= counts_from
