"""What is told to the person at the screen, and what that person has seen."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.news.alerts import Alerts
from omstui.core.news.event import Event
from omstui.core.news.seen import Changes, Presence, SeenState
from omstui.core.task import TaskRef
from omstui.core.watch.board import Board, TaskState
from omstui.core.watch.condition import ConditionIndex

MOST_EVENTS = 1000
"""How many lines the event log shows."""

_TOLD = "told "
"""What a note's key begins with that keeps how many failures people know of; the task's id follows."""


class AlertSession:
    """Watches the board for news, and remembers how it stood when somebody last looked."""

    def __init__(
        self,
        started_at: datetime,
        interval: float,
        burst: int,
        keep: Callable[[str, str, str | None], None] = lambda profile, key, value: None,
    ) -> None:
        """Begin without knowing any task.

        Args:
            started_at: when the run began.
            interval: seconds between two requests for one task.
            burst: how many failures at once are an alarm.
            keep: keeps a small fact: profile, key and value; with no value it drops the fact.
        """
        self._started_at, self._interval, self._keep = started_at, interval, keep
        self._alerts = Alerts(started_at, burst)
        self._attention = Presence(SeenState(started_at, started_at), started_at)
        self._pressed: tuple[Board, datetime] | None = None
        """The board at the latest key since the last look: keys come faster than a thousand tasks are judged."""

        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)

    def look(self, board: Board, now: datetime) -> tuple[Event, ...]:
        """Return what is news at this moment."""
        self._heed_keys()  # before the look: to judge an earlier moment than the last one is to judge all tasks
        told = self._alerts.told
        self._alerts, events = self._alerts.seen(board, now, self._interval)
        for ref, (month, failed) in self._alerts.told.items() if self._alerts.told is not told else ():
            if told.get(ref) != (month, failed):
                self._keep(ref.profile, _TOLD + ref.sync_task_id, f"{month} {failed}")
        for ref in told.keys() - self._alerts.told.keys() if self._alerts.told is not told else ():
            self._keep(ref.profile, _TOLD + ref.sync_task_id, None)
        self._events.extend(events)
        if self._alerts.judged is not None:
            self._attention = self._attention.with_new(self._alerts.judged)
        return events

    def remember(self, notes: Mapping[tuple[str, str], str]) -> None:
        """Take over what people were told of in earlier runs; what this run has told stands."""
        told = {
            TaskRef(profile, key.removeprefix(_TOLD)): known
            for (profile, key), text in notes.items()
            if key.startswith(_TOLD) and (known := _told(text)) is not None
        }
        self._alerts = replace(self._alerts, told={**told, **self._alerts.told})

    def judged(self, board: Board, now: datetime) -> ConditionIndex:
        """Return the conditions of the tasks, by way of what has changed since the last look."""
        last = self._alerts.judged
        return last.at(board, now) if last is not None else ConditionIndex.of(board, now, self._interval)

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

    def pressed(self, board: Board, now: datetime) -> None:
        """Somebody has pressed a key."""
        self._pressed = (board, now)

    def left(self, board: Board, now: datetime) -> None:
        """The terminal has lost the focus."""
        self._heed_keys()
        self._attention = self._attention.left(self._glance(board, now))

    def returned(self, now: datetime) -> None:
        """The terminal has got the focus."""
        self._heed_keys()
        self._attention = self._attention.returned(now)

    def seen_by_hand(self, board: Board, now: datetime) -> None:
        """Somebody says to have seen it all."""
        self._heed_keys()
        self._attention = self._attention.by_hand(self._glance(board, now))

    def changes(self, judged: ConditionIndex) -> Changes:
        """Return what has changed since somebody looked.

        Args:
            judged: the board now, with all that has changed since this was last asked.
        """
        self._heed_keys()
        self._attention = self._attention.with_new(judged)
        return self._attention.glance.changes(judged)

    def new_failures(self, state: TaskState) -> int:
        """Return how many objects of a task have failed since somebody looked."""
        attention = self._attention
        if self._pressed is not None:
            board, at = self._pressed
            alone = ConditionIndex.of(board.of(state.ref), at, self._interval)
            attention = attention.key(SeenState.at_board(alone, self._started_at))
        return attention.glance.new_failures(state)

    def _heed_keys(self) -> None:
        """Make of the latest key what is to be made of it."""
        if self._pressed is not None:
            self._attention = self._attention.key(self._glance(*self._pressed))
            self._pressed = None

    def _glance(self, board: Board, now: datetime) -> SeenState:
        return self._attention.glance.renewed(self.judged(board, now))


def _told(text: str) -> tuple[Month, int] | None:
    """Read how many failures of which month people know of; ``None`` for anything else."""
    try:
        month, failed = text.split()
        return Month.parse(month), int(failed)
    except ValueError:
        return None
