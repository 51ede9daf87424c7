"""When a task's month ended, as it was seen here: remembered, so that a month stays closed after a restart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from omstui.core.month import Month


@dataclass(frozen=True, slots=True)
class Turn:
    """A month that the service has ended."""

    ended: Month
    at: datetime
    """When the first answer of the next month was asked for: what is asked for the ended one from then on is final."""

    failed: int | None = None
    """How many failures the ended month had by its last answer, where that is known."""

    def __str__(self) -> str:
        """Write month and time so that `parse` can read them."""
        return f"{self.ended} {self.at.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; ``None`` for anything else."""
        try:
            month, at = text.split()
            made = cls(Month.parse(month), datetime.fromisoformat(at))
        except ValueError:
            return None
        return made if made.at.utcoffset() is not None else None
