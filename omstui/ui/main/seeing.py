"""What has happened, and what of it the user has seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.backend.session import NewsTold, SessionMessage
from omstui.core.alerts.alert_session import MOST_EVENTS
from omstui.core.alerts.event import Event
from omstui.core.task import TaskRef
from omstui.ui.drawing.formats import clean
from omstui.ui.main.stage import Stage

if TYPE_CHECKING:
    from omstui.ui.events.log import EventLog

_LABEL_WIDTH = 40


class Seeing:
    """Marks failures and changes as seen, and notices that the user is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "acknowledge", "Mark the task's failures as seen", id="list.acknowledge"),
        Binding("X", "acknowledge_all", "Mark the failures of all tasks as seen", id="list.acknowledge-all"),
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def action_acknowledge(self) -> None:
        """Mark the task's failures so far as seen."""
        if self._stage.view.selected is not None:
            self._acknowledge([self._stage.view.selected])

    def action_acknowledge_all(self) -> None:
        """Mark the failures of all tasks so far as seen, whatever the filter lets through."""
        states = self._stage.session.board.states
        count = sum(state.new_failures for state in states.values())
        self._acknowledge(states)
        self._stage.say(f"{count:,} failures marked as seen" if count else "No failures that are new")

    def _acknowledge(self, refs: Iterable[TaskRef]) -> None:
        self._stage.session.acknowledge(refs)
        self._stage.paint()

    def action_mark_seen(self) -> None:
        """Take it that all has been seen that has changed so far; failures that are not marked as seen stay new."""
        session = self._stage.session
        session.alerts.seen_by_hand(session.conditions())
        self._stage.say("All changes so far count as looked at")
        self._stage.paint()

    def user_pressed(self) -> None:
        """Somebody is at the keyboard, or at the mouse."""
        self._stage.session.alerts.pressed(self._stage.session.conditions())

    def terminal_left(self) -> None:
        """The terminal has lost the focus."""
        self._stage.session.alerts.left(self._stage.session.conditions())

    def terminal_returned(self) -> None:
        """The terminal has got the focus."""
        self._stage.session.alerts.returned(self._stage.clock.now())


class Events:
    """Opens the event log, keeps it up to date, and has alarms heard."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("l", "event_log", "Event log", id="event.log")]

    @dataclass
    class Alerted(Message):
        """Something has happened that is to be heard at the terminal."""

        events: tuple[Event, ...]

    def __init__(self, stage: Stage, go_to: Callable[[TaskRef], None]) -> None:
        """Begin to listen.

        Args:
            stage: what is known.
            go_to: selects a task, whatever is filtered.
        """
        self._stage, self._go_to = stage, go_to
        self.log: EventLog | None = None
        stage.session.listen(self._hear)

    def _hear(self, message: SessionMessage) -> None:
        if not isinstance(message, NewsTold):
            return
        if self.log is not None:
            self.log.show_events(self._stage.session.alerts.events(self.log.events_shown))
        if message.heard:
            self._stage.screen.post_message(self.Alerted(message.heard))

    def action_event_log(self) -> None:
        """Open the event log, at once with what this run has seen: the keys that follow are meant for it."""
        from omstui.ui.events.log import EventLog

        if self.log is None:
            self.log = EventLog(self._stage.session.alerts.events(), self._stage.zone(), is_whole=False)
            self._stage.screen.app.push_screen(self.log, self.jump_to)
            self._stage.screen.run_worker(self._recall(self.log), group="events", exclusive=True)

    async def _recall(self, log: "EventLog") -> None:
        """Put what is remembered of earlier runs before what the log shows."""
        remembered = await self._stage.workspace.history.events(MOST_EVENTS)
        if log is self.log:
            log.recall(self._stage.session.alerts.events(remembered))

    def jump_to(self, ref: TaskRef | None) -> None:
        """Go to the task that was chosen in the event log."""
        self.log = None
        if ref is None:
            return
        if ref in self._stage.session.board.states:
            self._go_to(ref)
            return
        task, profile = clean(ref.sync_task_id, _LABEL_WIDTH), clean(ref.profile, _LABEL_WIDTH)
        self._stage.say(f"{task} of {profile} is not on the list", "warn")
