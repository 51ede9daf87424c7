"""Watches tasks without a screen, for as long as it is let: the same asking, and changes instead of pictures."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.workspace import Workspace, WorkspaceError
from omstui.cli.tasks.asking import chosen, with_habits, zone_of
from omstui.cli.tasks.names import names_of
from omstui.core.output.task_row import Change, ChangeFeed, TaskRow, row_of
from omstui.core.profile import places_reached
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.board import Board
from omstui.core.watch.condition import ConditionIndex
from omstui.core.watch.rollover import are_apart
from omstui.core.watch.sample import Refusal, Sample

_LOOK_EVERY = 5.0
"""Seconds between two looks at what nobody tells of: files, and answers that do not come."""


class Heartbeat(Struct, frozen=True):
    """A sign of life: how the tasks are doing by now."""

    at: datetime
    conditions: dict[str, int]


class Watching:
    """One poller over the tasks that are meant, whoever edits the watch list, and what has changed about them."""

    def __init__(
        self,
        workspace: Workspace,
        tasks: WatchList,
        words: Sequence[str],
        profile: str | None,
        *,
        tell: Callable[[Change], None],
        say: Callable[[str], None],
        beat: Callable[[Heartbeat], None] | None = None,
        beat_every: float = 0.0,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            workspace: asks.
            tasks: what is meant now.
            words: which tasks are meant when the watch list changes: ids and labels, none for all.
            profile: of which profile only, if of one.
            tell: takes each change at once.
            say: takes sentences about files that cannot be read, once for each.
            beat: takes signs of life, if they are wanted.
            beat_every: seconds between two of them.
        """
        self._workspace = workspace
        self._clock = workspace.clock
        self._interval = workspace.settings.interval
        self._words, self._profile = words, profile
        self._unlisted = tuple(task for task in tasks if not {task.ref.sync_task_id, str(task.ref)}.isdisjoint(words))
        self._by_bucket = {task.ref for task in tasks if names_of(task).isdisjoint(words)} if words else frozenset()
        """The tasks that were named by their source bucket, which the list itself does not tell."""

        self._tell, self._say, self._beat, self._beat_every = tell, say, beat, beat_every
        self._said: dict[str, str] = {}
        self._feed = ChangeFeed()
        self._board = Board(silent_after=workspace.settings.silent_after).watching(tasks)
        self._answered: set[TaskRef] = set()
        """The tasks that have answered well in this run."""

        self._poller = workspace.open_poller(self._file, lambda _: None)
        self._places = places_reached(workspace.profiles)

    async def run(self) -> None:
        """Watch until cancelled; what was answered is remembered then."""
        try:
            self._board = await with_habits(self._workspace, self._board, self._board.states)
            self._poller.watch(self._board.states)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._poller.run())
                group.create_task(self._look_around())
                if self._beat is not None:
                    group.create_task(self._show_life(self._beat))
        finally:
            await self._workspace.history.aclose()

    def _file(self, news: Sample | Refusal) -> None:
        if isinstance(news, Refusal):
            self._board = self._board.refused(news.profile, news.problem)
        else:
            state = self._board.states.get(news.ref)
            if state is None:
                return
            self._board = self._board.filed(news, self._interval)
            for one in self._board.states[news.ref].taken_since(state):
                self._answered.add(one.ref)
                self._workspace.history.record(one)
            if news.served_at is not None:
                is_wrong = are_apart(news.asked_at, news.served_at)
                self._say_once("clock", "this machine's clock is wrong: set it (omstui doctor)" if is_wrong else "")
        self._look()

    def _rows(self, now: datetime) -> list[TaskRow]:
        ends = self._workspace.expiries()
        rows = []
        for ref, state in self._board.states.items():
            if ref not in self._answered and state.problem is None:  # what is known from before this run is no news
                state = replace(state, good=None)  # noqa: PLW2901 - the same one, as far as it is news
            rows.append(
                row_of(state, now, self._interval, zone=zone_of(self._workspace, ref), expires_at=ends.get(ref.profile))
            )
        return rows

    def _look(self) -> None:
        """Tell what has changed."""
        now = self._clock.now()
        self._feed, changes = self._feed.seen(self._rows(now), now)
        for change in changes:
            self._tell(change)

    async def _look_around(self) -> None:
        """See what nobody tells of: answers that do not come, and what others change in the files."""
        while True:
            await self._clock.sleep(_LOOK_EVERY)
            self._say_once("history", self._workspace.history.trouble)
            try:
                if await self._workspace.reload_profiles():
                    self._use_profiles()
                self._say_once("profiles", "")
            except WorkspaceError as trouble:
                self._say_once("profiles", str(trouble))
            try:
                changed = await self._workspace.reload_watchlist()
                if changed is not None:
                    await self._take_over(changed)
            except WorkspaceError as trouble:
                self._say_once("list", str(trouble))
            self._look()

    def _use_profiles(self) -> None:
        """Take over changed profiles; what is known of a task does not hold where one leads to another project."""
        places = places_reached(self._workspace.profiles)
        moved = {name for name, place in places.items() if self._places.get(name, place) != place}
        self._places = places
        self._board = self._board.moved(moved, self._clock.now())
        self._poller.use_profiles(self._workspace.profiles)

    async def _take_over(self, watchlist: WatchList) -> None:
        """Watch what is meant now; ids that were named stay, whatever the list says."""
        self._say_once("list", "")
        by_bucket = [task for task in watchlist if task.ref in self._by_bucket]
        tasks = chosen(watchlist, self._words, self._profile).added(by_bucket).added(self._unlisted)
        fresh = [task.ref for task in tasks if task.ref not in self._board.states]
        self._answered.intersection_update(task.ref for task in tasks)
        self._board = self._board.watching(tasks)
        self._board = await with_habits(self._workspace, self._board, fresh)
        self._poller.watch(self._board.states)

    def _say_once(self, what: str, words: str) -> None:
        """Say what is wrong with a file, once as long as it stays the same."""
        if words and self._said.get(what) != words:
            self._say(words)
        self._said[what] = words

    async def _show_life(self, beat: Callable[[Heartbeat], None]) -> None:
        while True:
            await self._clock.sleep(self._beat_every)
            now = self._clock.now()
            counts = ConditionIndex.of(self._board, now, self._interval).counts
            beat(Heartbeat(now, {str(word): number for word, number in counts.items()}))
