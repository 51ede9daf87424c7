"""The months that have just ended and are to be asked for once more, so that their last figures are known."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from omstui.core.board import Board
from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.turn import Turn

_AGAIN_AFTER = timedelta(minutes=5)
"""A question that came to nothing is put again this much later."""


@dataclass(slots=True)
class Closing:
    """Which questions are open, and when each may be put."""

    _open: dict[tuple[TaskRef, Month], tuple[datetime, datetime]] = field(default_factory=dict)
    """The moment from which an answer counts, and the one before which nothing is asked."""

    def add(self, ref: TaskRef, turn: Turn) -> None:
        """Take in a month that has ended."""
        self._open[ref, turn.ended] = (turn.at, turn.at)

    def next_question(self, board: Board, now: datetime) -> tuple[TaskRef, Month] | None:
        """Return what to ask for now, if anything; what has been answered, or is not watched any more, is dropped."""
        for key, (counts_from, not_before) in list(self._open.items()):
            track = board.tracks.get(key[0])
            past = track.months.get(key[1]) if track is not None else None
            known_at = past.good.asked_at if past is not None and past.good is not None else None
            is_closed = known_at is not None and known_at >= min(counts_from, key[1].over_everywhere_at)
            if track is None or is_closed:
                del self._open[key]
            elif now >= not_before:
                return key
        return None

    def put(self, question: tuple[TaskRef, Month], now: datetime) -> None:
        """Remember that this has been asked."""
        counts_from, _ = self._open[question]
        self._open[question] = (counts_from, now + _AGAIN_AFTER)
