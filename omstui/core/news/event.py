"""Something that happened to a task or a profile, worth a line in the log."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omstui.core.task import TaskRef

SAME_EVENT = timedelta(minutes=2)
"""Two instances that watch the same notice the same within this time."""


class Severity(StrEnum):
    """How much an event asks of the person on the ops screen."""

    NOTE = "note"
    """Worth a line, no more: a month was closed, a task recovered."""

    WARNING = "warning"
    """Worth a look: a task is silent, or was stopped."""

    ALARM = "alarm"
    """Worth getting up: failures rise, a credential was refused, a task is gone."""


class Event(Struct, frozen=True):
    """One line of the event log."""

    at: datetime
    kind: str
    """A short stable word, as ``failures``, ``silent``, ``month closed``: for filters and for scripts."""

    words: str
    """The sentence; it may hold foreign text, not yet tamed."""

    severity: Severity = Severity.NOTE
    profile: str = ""
    sync_task_id: str = ""
    """Empty for an event that concerns a whole profile."""

    name: str = ""
    """What the task was called at that time; foreign text."""

    @property
    def ref(self) -> TaskRef | None:
        """The task, if the event is about one."""
        return TaskRef(self.profile, self.sync_task_id) if self.sync_task_id else None

    def is_same_as(self, other: "Event") -> bool:
        """Whether both say the same about the same at almost the same time: one of them is another instance's."""
        return abs(self.at - other.at) <= SAME_EVENT and replace(self, at=other.at) == other
