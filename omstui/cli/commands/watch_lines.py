"""The lines of `omstui watch`: turns a session's messages into changes of tasks and sentences."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.session import AnswerFiled, FileProblem, ListChanged, SessionMessage, WatchSession
from omstui.backend.workspace import Workspace
from omstui.cli.tasks.asking import chosen
from omstui.cli.tasks.names import names_of
from omstui.core.reports.task_row import Change, ChangeFeed, TaskRow, row_of
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.core.watch.rollover import are_apart

_LOOK_EVERY = 5.0
"""Seconds between two checks for tasks that no longer answer."""


class Heartbeat(Struct, frozen=True):
    """A sign of life: how many tasks are in each condition."""

    at: datetime
    conditions: dict[str, int]


def watch_session(workspace: Workspace, tasks: WatchList, words: Sequence[str], profile: str | None) -> WatchSession:
    """Return a session without a viewer for the meant tasks.

    Args:
        workspace: asks.
        tasks: the tasks that are meant now.
        words: ids and labels that choose tasks when the watch list changes; empty for all tasks.
        profile: the only profile; ``None`` for all.
    """
    unlisted = tuple(task for task in tasks if not {task.ref.sync_task_id, str(task.ref)}.isdisjoint(words))
    # The watch list does not hold the source bucket that named a task.
    by_bucket = {task.ref for task in tasks if names_of(task).isdisjoint(words)} if words else frozenset()

    def meant(watchlist: WatchList) -> WatchList:
        """Return the meant tasks of another list; tasks named by id stay in any case."""
        named_by_bucket = [task for task in watchlist if task.ref in by_bucket]
        return chosen(watchlist, words, profile).added(named_by_bucket).added(unlisted)

    return WatchSession(
        workspace,
        workspace.clock,
        workspace.history,
        tasks=tasks,
        meant=meant,
        has_viewer=False,
        beat_every=_LOOK_EVERY,
    )


class ChangeReporter:
    """Listens to a session, and reports each change of a task, and each problem with a file once."""

    def __init__(
        self, session: WatchSession, workspace: Workspace, tell: Callable[[Change], None], say: Callable[[str], None]
    ) -> None:
        """Start to listen.

        Args:
            session: the session.
            workspace: of this run.
            tell: gets each change at once.
            say: gets sentences about unreadable files and about the clock.
        """
        self._session, self._workspace, self._tell, self._say = session, workspace, tell, say
        self._said: dict[str, str] = {}
        self._feed = ChangeFeed()
        self._answered: set[TaskRef] = set()
        """The tasks with a good answer in this run."""

        session.listen(self._hear)

    def _hear(self, message: SessionMessage) -> None:
        match message:
            case FileProblem():
                self._say_once(message.what, message.words)
                return
            case AnswerFiled():
                self._answered.update(one.ref for one in message.taken)
                sample = message.sample
                if sample.served_at is not None:
                    is_wrong = are_apart(sample.asked_at, sample.served_at)
                    self._say_once("clock", "this machine's clock is wrong: set it (omstui doctor)" if is_wrong else "")
            case ListChanged():
                self._answered.intersection_update(self._session.board.states)
        index = self._session.conditions()
        self._feed, changes = self._feed.seen(self._rows(index), index.now)
        for change in changes:
            self._tell(change)

    def _rows(self, index: ConditionIndex) -> list[TaskRow]:
        """Return the tasks as they are now; data from before this run is not a change."""
        workspace, ends = self._workspace, self._workspace.credentials.expiries()
        rows = []
        for ref, state in index.board.states.items():
            if not self._session.habits.is_known(ref):  # without its habit, a silent task looks fine
                continue
            has_answered = ref in self._answered or state.problem is not None
            shown = state if has_answered else replace(state, good=None)
            condition = index.condition(ref) if has_answered else Condition.ASKING
            zone, expires_at = workspace.month_zone_of(ref), ends.get(ref.profile)
            rows.append(row_of(shown, condition, index.now, zone=zone, expires_at=expires_at))
        return rows

    def _say_once(self, what: str, words: str) -> None:
        """Report a problem once, as long as it stays the same."""
        if words and self._said.get(what) != words:
            self._say(words)
        self._said[what] = words


async def report_heartbeats(
    session: WatchSession, workspace: Workspace, every: float, beat: Callable[[Heartbeat], None]
) -> None:
    """Report the tasks' conditions every `every` seconds."""
    while True:
        await workspace.clock.sleep(every)
        index = session.conditions()
        beat(Heartbeat(index.now, {str(word): number for word, number in index.counts.items()}))
