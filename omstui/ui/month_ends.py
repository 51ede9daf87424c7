"""What the ends of months have told, kept from one run to the next: in which zone they lie, and when each was seen."""

from collections.abc import Callable, Mapping

from omstui.core.task import TaskRef
from omstui.core.watch.board import Board
from omstui.core.watch.rollover import MonthZone, Rollover, Turn
from omstui.ui.closing import Closing

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

    def seen(self, change: Rollover) -> None:
        """Learn from the service's having ended a month, and have the old one's last figures asked for."""
        turn = Turn(change.closed_month, change.began_by)
        self.closing.add(change.ref, turn)
        profile, learned = change.ref.profile, MonthZone.learned(change)
        self._keep(profile, _TURN + change.ref.sync_task_id, str(turn))
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
            if key.startswith(_TURN) and (turn := Turn.parse(text)) is not None:
                ref = TaskRef(profile, key.removeprefix(_TURN))
                after = board.turned(ref, turn)
                if after is not board:
                    # A run that ended too soon has left it open; nothing is asked where the last figures are known.
                    self.closing.add(ref, turn)
                board = after
        return board
