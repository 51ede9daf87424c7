"""What the counters said for a while: the unit in which answers are remembered."""

from dataclasses import dataclass
from datetime import datetime

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES, SyncTask


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers for the current month that all said the same, from the first of them to the last.

    Between `until` and the next reading's `answered_at` nobody knows what the counters were: when that is longer than
    a few intervals, nobody was watching.
    """

    month: Month
    """The month that the figures count for."""

    answered_at: datetime
    """When the first answer that said so was complete."""

    until: datetime
    """When the last one was."""

    status: str | None = None
    create_time: int | None = None
    last_start_time: int | None = None
    monthly_acceptance_request: int | None = None
    monthly_success_object: int | None = None
    monthly_failure_object: int | None = None
    monthly_skip_object: int | None = None
    monthly_size: int | None = None

    @classmethod
    def of(cls, task: SyncTask, month: Month, answered_at: datetime) -> "Reading":
        """Return the reading that a single answer makes."""
        return cls(month, answered_at, answered_at, **{name: getattr(task, name) for name in READ_NAMES})

    def says(self, other: "Reading") -> bool:
        """Whether the other one says the same, at whatever time."""
        return self.month == other.month and all(getattr(self, name) == getattr(other, name) for name in READ_NAMES)


READ_NAMES = ("status", "create_time", "last_start_time", *COUNTER_NAMES)
"""The fields of an answer that a reading keeps, named as in `SyncTask`."""
