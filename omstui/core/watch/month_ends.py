"""The months that have just ended and are to be asked for once more, so that their last figures are known."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.board import Board
from omstui.core.watch.month_zone import MonthZone
from omstui.core.watch.past_month import PastMonth
from omstui.core.watch.rollover import MonthEnd, Rollover

_AGAIN_AFTER = timedelta(minutes=5)
"""A question that came to nothing is put again this much later, and one whose answers do not agree."""


class _Open(Struct, frozen=True):
    """A month that has ended and is not closed."""

    counts_from: datetime
    """The moment from which an answer counts, by the service's clock."""

    put_at: datetime | None = None
    """When it was last asked for."""

    times: int = 0
    """How often it was asked for."""


class Closing(Struct):
    """Which questions are open, and when each may be put."""

    interval: float
    """Seconds between two answers of which one confirms the other."""

    _open: dict[tuple[TaskRef, Month], _Open] = field(default_factory=dict)

    def add(self, ref: TaskRef, month_end: MonthEnd) -> None:
        """Take in a month that has ended."""
        self._open[ref, month_end.ended] = _Open(month_end.at)

    def next_question(self, board: Board, now: datetime) -> tuple[TaskRef, Month] | None:
        """Return what to ask for now, if anything; what has been answered, or is not watched any more, is dropped."""
        for key, one in list(self._open.items()):
            state = board.states.get(key[0])
            past = state.months.get(key[1], PastMonth()) if state is not None else None
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


MONTH_ZONE = "month zone"
"""The note that keeps in which zone a profile's months begin."""

_TURN = "turn "
"""What a note's key begins with that keeps when a task's month ended; the task's id follows."""


class MonthEnds:
    """Learns from each end of a month, and knows which last figures are still to be asked for."""

    def __init__(self, keep: Callable[[str, str, str], None], interval: float) -> None:
        """Begin without knowing any.

        Args:
            keep: keeps a small fact: profile, key and value.
            interval: seconds between two answers of which one confirms the other.
        """
        self._keep = keep
        self.closing = Closing(interval)
        self.zones: dict[str, MonthZone] = {}
        """In which zone months begin, by profile, where that was seen."""

    def ask_next(self, board: Board, now: datetime, ask: Callable[[TaskRef, Month], bool]) -> None:
        """Have the last figures of one month that has ended asked for, if it is time for that.

        Args:
            board: all that is known.
            now: the present moment.
            ask: asks for a task's month; returns whether it could.
        """
        question = self.closing.next_question(board, now)
        if question is not None and ask(*question):
            self.closing.put(question, now)

    def seen(self, change: Rollover) -> None:
        """Learn from the service's having ended a month, and have the old one's last figures asked for."""
        month_end = MonthEnd(change.closed_month, change.began_by)
        self.closing.add(change.ref, month_end)
        profile, learned = change.ref.profile, MonthZone.learned(change)
        self._keep(profile, _TURN + change.ref.sync_task_id, str(month_end))
        if learned is None:
            return
        known = self.zones.get(profile)
        self.zones[profile] = learned = learned if known is None else known.narrowed(learned)
        self._keep(profile, MONTH_ZONE, str(learned))

    def remembered(self, notes: Mapping[tuple[str, str], str], board: Board) -> Board:
        """Take over what earlier runs have learned, and return the board that knows of it."""
        for (profile, key), text in notes.items():
            if key == MONTH_ZONE and (zone := MonthZone.parse(text)) is not None:
                self.zones.setdefault(profile, zone)
            if key.startswith(_TURN) and (month_end := MonthEnd.parse(text)) is not None:
                ref = TaskRef(profile, key.removeprefix(_TURN))
                after = board.turned(ref, month_end)
                if after is not board:
                    # A run that ended too soon has left it open; nothing is asked where the last figures are known.
                    self.closing.add(ref, month_end)
                board = after
        return board
