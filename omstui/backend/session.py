"""The watch over the tasks: all that is known, and everything that changes it. A screen and a script listen to it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from itertools import count
from typing import Any

from msgspec import Struct

from omstui.backend.history.history import History
from omstui.backend.history.recall import HabitLookup, PastLookup
from omstui.backend.polling.poller import Poller
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.sleep import InterruptibleSleep
from omstui.backend.workspace import Workspace, WorkspaceError
from omstui.core.alerts.alert_session import AlertSession
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.profile import places_reached
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.board import Board, SeenHow, TaskState
from omstui.core.watch.condition import ConditionIndex
from omstui.core.watch.counters import longest_gap
from omstui.core.watch.month_ends import MonthEnds
from omstui.core.watch.sample import Refusal, Sample, StatisticSample

_PICTURE_WITHIN = 3.0
"""Seconds that the first request waits for the first picture at most."""

_FILES_EVERY = 2.0
"""Seconds between two looks at the files that other programs may change."""

_LEARN_AFTER = 2.0
"""Seconds after which a viewer's tasks have had their first answers: habits can wait for them."""


class Beat(Struct, frozen=True):
    """Time has passed; sent at regular intervals."""

    number: int
    """How many there have been."""


class AnswerFiled(Struct, frozen=True):
    """An answer has been filed."""

    sample: Sample
    taken: tuple[Sample, ...]
    """The good answers that count from now on: none while one is held back until the next confirms it."""

    is_awaited: bool
    """Whether the user waits for it: the first good answer of a task, or one for a past month."""


class CredentialChanged(Struct, frozen=True):
    """A profile's credential was refused, or is in order again."""

    profile: str


class StatisticFiled(Struct, frozen=True):
    """The service's own statistic of a task has been answered."""

    sample: StatisticSample


class ListChanged(Struct, frozen=True):
    """Other tasks are watched, or the same ones under other labels."""


class ProfilesChanged(Struct, frozen=True):
    """Profiles were made, changed or removed."""


class PastRecalled(Struct, frozen=True):
    """What was known before this run of the tasks that are watched has been looked up."""

    is_first: bool


class HabitLearned(Struct, frozen=True):
    """It is known from before this run how long a task is usually quiet, as far as that is remembered."""

    ref: TaskRef


class FileProblem(Struct, frozen=True):
    """What is wrong with a file; sent with an empty text when it is in order."""

    what: str
    """What the file holds: ``list``, ``profiles`` or ``history``."""

    words: str


class NewsTold(Struct, frozen=True):
    """Something has happened that is worth a line in the event log."""

    events: tuple[Event, ...]
    heard: tuple[Event, ...]
    """Those that are to be heard at the terminal."""


SessionMessage = (
    Beat
    | AnswerFiled
    | CredentialChanged
    | StatisticFiled
    | ListChanged
    | ProfilesChanged
    | PastRecalled
    | HabitLearned
    | FileProblem
    | NewsTold
)


class WatchSession:
    """Owns the board: files answers, recalls and remembers, follows the files, and tells its listeners.

    It needs a running loop of asyncio and no terminal. It alone assigns the board.
    """

    def __init__(
        self,
        workspace: Workspace,
        clock: Clock,
        history: History,
        *,
        tasks: WatchList | None = None,
        meant: Callable[[WatchList], WatchList] = lambda watchlist: watchlist,
        has_viewer: bool = True,
        waits_for_picture: bool = False,
        beat_every: float = 1.0,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            workspace: profiles, credentials, lists and settings of this run.
            clock: tells the time.
            history: remembers.
            tasks: what is watched at first; ``None`` to load the stored list.
            meant: returns the tasks of the stored list that are meant.
            has_viewer: whether a person looks at what is known. Then failures that are shown count as seen, news are
                told, and a month that has ended is asked for once more.
            waits_for_picture: whether the first requests wait for the end of `picture_wait`, so as not to delay the
                recalled figures on the screen.
            beat_every: seconds between two beats.
        """
        self._workspace, self._clock, self._history = workspace, clock, history
        self._interval = workspace.settings.interval
        self._meant, self._has_viewer, self._beat_every = meant, has_viewer, beat_every
        self._waits_for_picture = waits_for_picture
        self.picture_wait = InterruptibleSleep(clock)
        """Ended when the recalled figures are on the screen."""

        self._listeners: list[Callable[[SessionMessage], None]] = []
        self._group: asyncio.TaskGroup | None = None
        self._board = Board(silent_after=workspace.settings.silent_after)
        self._index = ConditionIndex.of(self._board, clock.now(), self._interval)
        self.paused: ConditionIndex | None = None
        """All that was known when the view was paused; ``None`` when it is not."""

        self._has_recalled = False
        self._is_loaded = tasks is not None
        self.habits = HabitLookup(history.spans, longest_gap(self._interval))
        self.poller: Poller = workspace.open_poller(self._file, lambda sample: self._tell(StatisticFiled(sample)))
        self.alerts = AlertSession(clock.now(), workspace.settings.alerts.burst, history.note)
        self.month_ends = MonthEnds(history.note, self._interval)
        self.past_lookup = PastLookup(history.recall, lambda: self._board)
        self.places = places_reached(workspace.profiles)
        """Where each profile leads to."""

        if tasks is not None:
            self._board = self._board.watching(tasks)
            self.habits.want(self._board.states, clock.now())

    @property
    def board(self) -> Board:
        """All that is known."""
        return self._board

    def conditions(self) -> ConditionIndex:
        """Return all that is known now, with each task's condition; only tasks that changed are assessed again."""
        self._index = self._index.at(self._board, self._clock.now())
        return self._index

    def shown(self) -> ConditionIndex:
        """Return what is to be shown: all that is known now, or what was known when the view was paused."""
        return self.paused or self.conditions()

    def listen(self, listener: Callable[[SessionMessage], None]) -> None:
        """Tell this listener from now on what changes."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._beat())
                group.create_task(self._watch())
        finally:
            self._group = None

    async def aclose(self) -> None:
        """Write what is still to be remembered, and end what was started for alerts."""
        self._workspace.end_alerts()
        await self._history.aclose()

    # What a person changes

    async def load(self) -> None:
        """Take over the list as it is stored now."""
        try:
            self.take_over(await self._workspace.load_watchlist())
        except WorkspaceError as error:
            self._tell(FileProblem("list", str(error)))

    async def edit(self, change: Callable[[WatchList], WatchList]) -> None:
        """Change the stored list, and take over what it holds then.

        Raises:
            WorkspaceError: it could not be kept; all is as it was.
        """
        self.take_over(await self._workspace.edit_watchlist(change))

    def take_over(self, watchlist: WatchList) -> None:
        """Watch the tasks of this list that are meant, and no others."""
        self._tell(FileProblem("list", ""))
        wanted = self._meant(watchlist)
        self._change(lambda board: board.watching(wanted))
        self.habits.want(self._board.states, self._clock.now())
        self.poller.watch(self._board.states)
        self._tell(ListChanged())
        if self._has_recalled:  # before that it is waited for, and nothing is asked
            self._start(self._recall())

    def use_profiles(self) -> None:
        """Take over changed profiles; what is known of a task does not hold where one leads to another project."""
        places = places_reached(self._workspace.profiles)
        moved = {name for name, place in places.items() if self.places.get(name, place) != place}
        self.places = places
        now = self._clock.now()
        self._change(lambda board: board.moved(moved, now))
        self._tell(ProfilesChanged())

    def acknowledge(self, refs: Iterable[TaskRef]) -> None:
        """Mark the present failures of these tasks as seen."""
        refs = tuple(refs)
        self._change(lambda board: board.acknowledged(refs))
        self.past_lookup.mark_seen(refs)
        self._keep_seen(dict.fromkeys(refs), is_marked=True)

    def bring_back(self, state: TaskState) -> None:
        """Take over what was known of a task before it was removed."""
        self.habits.drop(state.ref)
        self._change(lambda board: board.returned(state))

    def pause(self, *, is_paused: bool) -> None:
        """Hold what is shown as it is, or let it go on; the watch goes on either way."""
        self.paused = self.conditions() if is_paused else None

    # What changes by itself

    async def _beat(self) -> None:
        """Tell that time has moved on, on the second; nothing else can end it."""
        for number in count(1):
            self._check_for_events()
            self._tell(Beat(number))
            await self._clock.sleep(self._beat_every - self._clock.now().microsecond / 1_000_000)

    async def _watch(self) -> None:
        """Load the list, recall its past, ask for its tasks, and follow the files."""
        if not self._is_loaded:
            await self.load()
        await self._recall()
        if self._waits_for_picture:
            await self.picture_wait.take(_PICTURE_WITHIN)  # whatever becomes of the picture, the watch begins
        self.poller.watch(self._board.states)
        self._start(self.poller.run(), name="asking")
        await self._workspace.sweep()
        while True:
            await self._clock.sleep(_FILES_EVERY)
            self._tell(FileProblem("history", self._history.error))
            if self._has_viewer:
                self.month_ends.ask_next(
                    self._board, self._clock.now(), lambda ref, month: bool(self.poller.ask_month(ref, month).asked)
                )
            if self.past_lookup.missing():
                self._start(self._recall())
            await self._follow_files()

    async def _follow_files(self) -> None:
        """Take over what others have changed in the files."""
        try:
            if await self._workspace.reload_profiles():
                self._tell(FileProblem("profiles", ""))
                self.use_profiles()
        except WorkspaceError as error:
            self._tell(FileProblem("profiles", str(error)))
        try:
            changed = await self._workspace.reload_watchlist()
            if changed is not None:
                self.take_over(changed)
        except WorkspaceError as error:
            self._tell(FileProblem("list", str(error)))

    async def _recall(self) -> None:
        """Take over what was known when these tasks were last watched; their habits follow."""
        while missing := self.past_lookup.missing():  # more tasks may come to be watched meanwhile
            recalled = await self.past_lookup.look_up(missing)
            if recalled and self._has_viewer:
                self.alerts.remember(await self._history.notes())
            zone_of, now = self._workspace.month_zone_of, self._clock.now()
            self._board = self._board.with_recalled(recalled, now, zone_of, self._interval)
            self._keep_seen({ref: one.acknowledged for ref, one in recalled.items()})
            self._check_for_events()  # so that what this run's answers say is compared with it
            if not missing <= recalled.keys():
                break
        self._tell(FileProblem("history", self._history.error))
        is_first, self._has_recalled = not self._has_recalled, True
        self._tell(PastRecalled(is_first))
        self._start(self._learn(is_first=is_first))

    async def _learn(self, *, is_first: bool) -> None:
        """Find out what all that is remembered tells of each task's habits, one task after the other."""
        if is_first and self._has_viewer:
            self._board = self.month_ends.remembered(await self._history.notes(), self._board)
            await self._clock.sleep(_LEARN_AFTER)
        while (learned := await self.habits.next()) is not None:
            ref, habit = learned
            if habit.spells:
                self._board = self._board.learning(ref, habit)
            self._tell(HabitLearned(ref))

    def _file(self, news: Sample | Refusal) -> None:
        """File what the poller has brought."""
        if isinstance(news, Refusal):
            self._board = self._board.refused(news.profile, news.problem)
            self._tell(CredentialChanged(news.profile))
            return
        before = self._board.states.get(news.ref)
        if before is None:
            return
        self._board = self._board.filed(news, self._interval)
        after = self._board.states[news.ref]
        if self.past_lookup.knows(news.ref):
            self._keep_seen({news.ref: before.seen})
        taken = after.taken_since(before)
        for one in taken:
            self._history.record(one)
        if self._has_viewer and (change := after.turned_since(before)) is not None:
            self.month_ends.seen(change)
        self._tell(AnswerFiled(news, taken, is_awaited=before.good is None or not news.is_current))

    def _check_for_events(self) -> None:
        """Give the events of this moment to the history, to the user's program for alerts, and to the listeners."""
        events = self.alerts.check(self.conditions()) if self._has_viewer else ()
        for event in events:
            self._history.add_event(event)
        if events:
            self._tell(NewsTold(events, self._workspace.raise_alerts(events)))

    def _keep_seen(self, before: Mapping[TaskRef, tuple[Month, int] | None], *, is_marked: bool = False) -> None:
        """Have the history keep how many failures of these tasks count as seen, where that is not as it was before."""
        if not self._has_viewer:
            return
        for ref, was in before.items():
            state = self._board.states.get(ref)
            seen = state.seen if state is not None and state.good is not None else None
            if seen is None or (seen == was and not is_marked):
                continue
            has_fallen = was is not None and was[0] == seen[0]
            how = SeenHow.MARKED if is_marked else SeenHow.RESTART if has_fallen else SeenHow.FIRST
            self._history.acknowledge(ref, *seen, self._clock.now(), how)

    def _change(self, change: Callable[[Board], Board]) -> None:
        """Change what is known, also in the view that is held."""
        self._board = change(self._board)
        if self.paused is not None:
            self.paused = self.paused.at(change(self.paused.board), self.paused.now)

    def _tell(self, message: SessionMessage) -> None:
        for listener in self._listeners:
            listener(message)

    def _start(self, work: Coroutine[Any, Any, None], *, name: str | None = None) -> None:
        """Do this beside all else, as long as the session runs."""
        if self._group is None:
            work.close()
        else:
            self._group.create_task(work, name=name)
