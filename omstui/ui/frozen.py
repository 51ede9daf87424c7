"""The picture that is held while the view is paused."""

from dataclasses import dataclass
from datetime import datetime

from omstui.core.watch.board import Board


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was known at a moment."""

    board: Board
    at: datetime
