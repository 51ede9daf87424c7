"""An event of a task or a profile, one line of the event log."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import TaskRef

SAME_EVENT = timedelta(minutes=2)
"""Two instances that watch the same task notice the same event within this time."""


class Severity(StrEnum):
    """How urgent an event is for the operator."""

    NOTE = "note"
    """Needs only a line in the log: a month was closed, a task recovered."""

    WARNING = "warning"
    """Needs a look: a task is silent, or was stopped."""

    ALARM = "alarm"
    """Needs action now: failures rise, a credential was refused, a task is gone."""


class Event(Struct, frozen=True):
    """One line of the event log."""

    at: datetime
    kind: str
    """A short stable word for filters and scripts, such as ``failures``, ``silent``, ``month closed``."""

    words: str
    """The sentence; it may hold foreign text, not yet tamed."""

    severity: Severity = Severity.NOTE
    profile: str = ""
    sync_task_id: str = ""
    """Empty for an event about a whole profile."""

    name: str = ""
    """The displayed name of the task at that time; foreign text."""

    @property
    def ref(self) -> TaskRef | None:
        """The task, if the event is about one."""
        return TaskRef(self.profile, self.sync_task_id) if self.sync_task_id else None

    def is_same_as(self, other: "Event") -> bool:
        """Whether both report the same within `SAME_EVENT`, so that one of them is from another instance."""
        return abs(self.at - other.at) <= SAME_EVENT and replace(self, at=other.at) == other
