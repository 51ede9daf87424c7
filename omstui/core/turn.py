"""When a task's month ended, as it was seen here: remembered, so that a month stays closed after a restart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from omstui.core.month import Month
from omstui.core.sample import Sample


def is_closed(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether the figures of a past month are final: two answers agree that were given when the month was over.

    Args:
        sample: the later one of them.
        turned_at: as in `was_over`.
        counting: as in `was_over`.
    """
    return bool(sample.agreed) and was_over(sample, turned_at, counting)


def was_over(sample: Sample, turned_at: datetime | None, counting: Month | None) -> bool:
    """Whether a good answer for a past month was given when that month was over, by the service's clock if known.

    Args:
        sample: the answer.
        turned_at: when an answer was first asked for that counted for the present month, where that was seen.
        counting: the month that the service counts at present, as far as answers told.
    """
    if not sample.is_good or sample.is_current or (counting is not None and sample.month >= counting):
        return False
    if sample.told_at >= sample.month.over_everywhere_at:
        return True
    return turned_at is not None and counting is not None and sample.told_at >= turned_at


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
