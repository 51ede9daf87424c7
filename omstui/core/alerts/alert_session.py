"""The events for the user at the screen, and what that user has seen."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from omstui.core.alerts.alerts import Alerts
from omstui.core.alerts.event import Event
from omstui.core.alerts.seen import Changes, Presence, SeenState
from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import ConditionIndex

MOST_EVENTS = 1000
"""How many lines the event log shows."""

_TOLD = "told "
"""What a note's key begins with that keeps how many failures people know of; the task's id follows."""


class AlertSession:
    """Makes events of what changes, and remembers how the tasks were when the user last looked."""

    def __init__(
        self,
        started_at: datetime,
        burst: int,
        keep: Callable[[str, str, str | None], None] = lambda profile, key, value: None,
    ) -> None:
        """Begin without knowing any task.

        Args:
            started_at: when the run began.
            burst: how many failures at once are an alarm.
            keep: keeps a small fact: profile, key and value; with no value it drops the fact.
        """
        self._keep = keep
        self._alerts = Alerts(started_at, burst)
        self._presence = Presence(SeenState(started_at, started_at), started_at)
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)

    def check(self, index: ConditionIndex) -> tuple[Event, ...]:
        """Return the events since the last check."""
        told = self._alerts.told
        self._alerts, events = self._alerts.after(index)
        for ref, (month, failed) in self._alerts.told.items() if self._alerts.told is not told else ():
            if told.get(ref) != (month, failed):
                self._keep(ref.profile, _TOLD + ref.sync_task_id, f"{month} {failed}")
        for ref in told.keys() - self._alerts.told.keys() if self._alerts.told is not told else ():
            self._keep(ref.profile, _TOLD + ref.sync_task_id, None)
        self._events.extend(events)
        self._presence = self._presence.with_new(index)
        return events

    def remember(self, notes: Mapping[tuple[str, str], str]) -> None:
        """Take over what people were told of in earlier runs; what this run has told stands."""
        told = {
            TaskRef(profile, key.removeprefix(_TOLD)): known
            for (profile, key), text in notes.items()
            if key.startswith(_TOLD) and (known := _told(text)) is not None
        }
        self._alerts = replace(self._alerts, told={**told, **self._alerts.told})

    def events(self, remembered: Iterable[Event] = ()) -> tuple[Event, ...]:
        """Return the latest events in order of time: those of this run, and those that are remembered."""
        known: dict[tuple[object, ...], list[Event]] = {}
        for event in (*remembered, *self._events):
            alike = known.setdefault((event.kind, event.words, event.profile, event.sync_task_id), [])
            # What is remembered is cut to the millisecond, and another instance may have said it a moment sooner.
            if not any(event.is_same_as(one) for one in alike):
                alike.append(event)
        events = (event for alike in known.values() for event in alike)
        return tuple(sorted(events, key=lambda event: event.at)[-MOST_EVENTS:])

    def pressed(self, index: ConditionIndex) -> None:
        """Take note that the user pressed a key."""
        self._presence = self._presence.key(self._seen(index))

    def left(self, index: ConditionIndex) -> None:
        """Take note that the terminal lost the focus."""
        self._presence = self._presence.left(self._seen(index))

    def returned(self, now: datetime) -> None:
        """Take note that the terminal got the focus."""
        self._presence = self._presence.returned(now)

    def seen_by_hand(self, index: ConditionIndex) -> None:
        """Take note that the user marked everything as seen."""
        self._presence = self._presence.by_hand(self._seen(index))

    def changes(self, index: ConditionIndex) -> Changes:
        """Return what has changed since the user last looked."""
        self._presence = self._presence.with_new(index)
        return self._presence.seen.changes(index)

    def new_failures(self, state: TaskState) -> int:
        """Return how many objects of a task have failed since the user last looked."""
        return self._presence.seen.new_failures(state)

    def _seen(self, index: ConditionIndex) -> SeenState:
        return self._presence.seen.renewed(index)


def _told(text: str) -> tuple[Month, int] | None:
    """Read how many failures of which month people know of; ``None`` for anything else."""
    try:
        month, failed = text.split()
        return Month.parse(month), int(failed)
    except ValueError:
        return None
