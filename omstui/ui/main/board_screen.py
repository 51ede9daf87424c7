"""The picture that is held while the view is paused."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from omstui.backend.polling.poller import Asking, Poller
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.workspace import Workspace, WorkspaceError
from omstui.core.month import Month, bar_reason
from omstui.core.news.event import Event
from omstui.core.profile import Profile, places_reached
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.activity import Activity
from omstui.core.watch.board import Board, PastMonth, SeenHow, TaskState
from omstui.core.watch.condition import ConditionIndex
from omstui.core.watch.counters import longest_gap
from omstui.core.watch.sample import Refusal, Sample, StatisticSample
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.columns import Context, Layout
from omstui.ui.drawing.line import Span, wrapped
from omstui.ui.drawing.text import clean
from omstui.ui.keys.names import KeyNames
from omstui.ui.main.detail_pane import DetailPane
from omstui.ui.main.list import ListView
from omstui.ui.main.month_ends import MonthEnds
from omstui.ui.main.news import AlertSession
from omstui.ui.main.pane import View
from omstui.ui.main.recall import Recalling
from omstui.ui.main.task_table import TaskTable, profile_marks, profile_role
from omstui.ui.terminal.compat import draw_afresh, forget_closed
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.head_line import ClockFace, Head, HeadLine
from omstui.ui.widgets.key_line import KeyLine
from omstui.ui.widgets.over_screen import SeenThrough

if TYPE_CHECKING:
    from omstui.ui.events.log import EventLog


class Frozen(Struct, frozen=True):
    """What was known at a moment."""

    board: Board
    at: datetime


ZONES = ("service", "local", "UTC")
"""The zones in which times can be shown: the profile's, this machine's, and none."""

RESTING = 0.3
"""Seconds that a past month must stay in view before it is asked for."""

_RELOAD_EVERY = 2.0
_AFRESH = 60
"""Beats after which all is drawn once more, which costs a millisecond or two each time and keeps memory small."""

_MOMENT = 0.2
"""Seconds after a paint in which an answer that is waited for is left to the next heartbeat."""

_HABIT = timedelta(days=14)
"""How far back a task's habits are looked for."""


class BoardScreen(SeenThrough[None]):
    """Watch list and detail pane over one immutable `Board`.

    What arrives is filed at once; a heartbeat paints once a second what has changed, keys and first answers paint at
    once. Whatever is painted is worked out from the board and the clock at that moment.
    """

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (40, "-narrow"), (60, "-stacked"), (110, "-wide")]  # noqa: RUF012 - typed by Textual
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (12, "-short"), (16, "-tall")]  # noqa: RUF012 - typed by Textual

    @dataclass
    class Alerted(Message):
        """Something has happened that is to be heard at the terminal."""

        events: tuple[Event, ...]

    @dataclass
    class Recalled(Message):
        """What was known from before stands on the screen."""

    @dataclass
    class DrawnAfresh(Message):
        """What was drawn before has been let go of."""

    def __init__(self, workspace: Workspace, *, month: Month | None = None, profile: str | None = None) -> None:
        super().__init__()
        self._workspace = workspace
        self._clock = workspace.clock
        self._interval = workspace.settings.interval
        self._key_names = KeyNames(workspace.settings.keys)
        self._poller: Poller = workspace.open_poller(self._file, self.file_statistic)
        self._alert_session = AlertSession(
            self._clock.now(), self._interval, workspace.settings.alerts.burst, workspace.history.note
        )
        self._event_log: EventLog | None = None
        self._view = ListView()
        self._only_profile = profile
        self._marks: dict[str, Span] = {}
        self._month = month
        self._zone_kind = ZONES[0]
        self._frozen: Frozen | None = None
        self._rows: list[TaskState] = []
        self._followed: TaskRef | None = None
        """The selected task, as far as the poller has been told."""

        self._month_ends = MonthEnds(workspace.history.note, self._interval)

        self._reached = places_reached(workspace.profiles)
        self._recalling = Recalling(workspace.history.recall, lambda: self.board)
        self._has_recalled = False
        self._head_zone: tzinfo | None = None
        """In which zone the first line tells the time."""

        self._painted_at = -inf
        """When the screen was painted last, in steady seconds."""

        self._troubles: dict[str, str] = {}
        """What is wrong with the files, by what they hold."""

        self.board = Board(silent_after=workspace.settings.silent_after)
        """All that is known; only this screen assigns it."""

        self._judged = ConditionIndex.of(self.board, self._clock.now(), self._interval)
        """The tasks' conditions as last painted."""

    # What it is made of

    def compose(self) -> ComposeResult:
        """Place head line, list, pane and key line."""
        with Horizontal(id="top"):
            yield HeadLine(id="head")
            yield ClockFace(id="clock")
        with Horizontal(id="body"):
            with Vertical(id="list-side"):
                yield Canvas(id="titles")
                yield TaskTable(id="tasks")
                yield FilterLine(id="filter")
                yield Canvas(id="trouble")
            yield DetailPane(id="pane")
        yield KeyLine(id="keys")
        yield Canvas(id="too-small")

    def on_mount(self) -> None:
        """Start the heart, the poller, and the look-out for changes of the list."""
        self.bindings_updated_signal.subscribe(self, lambda _: self._show_keys())
        current, _ = self._month_bounds()
        if self._month is not None and self._month >= current:
            if self._month > current:
                self.say(f"{self._month.title} is in the future", "warn")
            self._month = None
        self.run_worker(self._beat(), name="heartbeat")
        self.run_worker(self._watch(), name="poller")
        self.call_after_refresh(self.paint)

    async def _beat(self) -> None:
        """Paint once a second, on the second."""
        for beats in itertools.count(1):
            self._look()
            self.paint()
            if beats % _AFRESH == 0:
                draw_afresh(self.app.screen)
                self.post_message(self.DrawnAfresh())
            now = self._clock.now()
            await self._clock.sleep(1.0 - now.microsecond / 1_000_000)

    async def _watch(self) -> None:
        """Load the list, ask for its tasks, and take over what other instances change."""
        await self.load()
        await self._recall()
        self.call_after_refresh(self.post_message, self.Recalled())
        self.run_worker(self._poller.run(), name="asking", group="asking", exclusive=True)
        self.run_worker(self._learn(), name="learning", group="learning", exclusive=True)
        await self._workspace.sweep()
        while True:
            await self._clock.sleep(_RELOAD_EVERY)
            self._tell_trouble("history", self._workspace.history.trouble)
            self._close_a_month()
            if self._recalling.missing():
                self.run_worker(self._recall(), name="recalling", group="recalling")
            try:
                if await self._workspace.reload_profiles():
                    self._tell_trouble("profiles", "")
                    self.profiles_changed()
            except WorkspaceError as trouble:
                self._tell_trouble("profiles", str(trouble))
            try:
                changed = await self._workspace.reload_watchlist()
                if changed is not None:
                    self._take_over(changed)
            except WorkspaceError as trouble:
                self._tell_trouble("list", str(trouble))

    async def load(self) -> None:
        """Take over the list as it is stored now."""
        try:
            self._take_over(await self._workspace.load_watchlist())
        except WorkspaceError as trouble:
            self._tell_trouble("list", str(trouble))

    # What is known

    async def _recall(self) -> None:
        """Show at once what was known when these tasks were last watched."""
        while missing := self._recalling.missing():  # more tasks may come to be watched meanwhile
            recalled = await self._recalling.look_up(missing)
            if recalled:
                self._alert_session.remember(await self._workspace.history.notes())
            self.board = self.board.recalling(recalled, self._clock.now(), self._month_zone_of, self._interval)
            self._keep_seen({ref: one.acknowledged for ref, one in recalled.items()})
            self._look()  # so that what this run's answers say is compared with it
            if not missing <= recalled.keys():
                break
        self._tell_trouble("history", self._workspace.history.trouble)
        self._has_recalled = True
        self.paint()

    async def _learn(self) -> None:
        """Find out what all that is remembered tells of each task's habits, one task after the other."""
        history, started_at, gap = self._workspace.history, self._clock.now(), longest_gap(self._interval)
        notes = await history.notes()
        self.board = self._month_ends.remembered(notes, self.board)
        for ref in list(self.board.states):
            readings = [one for one in await history.readings(ref, started_at - _HABIT) if one.until < started_at]
            if readings:
                # Thousands of readings take a moment: the loop goes on meanwhile.
                activity = await in_daemon_thread(Activity.of, readings, gap)
                self.board = self.board.learning(ref, activity.habit)

    def _close_a_month(self) -> None:
        """Ask for the last figures of a month that has ended, for one at a time."""
        now = self._clock.now()
        question = self._month_ends.closing.next_question(self.board, now)
        if question is not None and self._poller.ask_month(*question).asked:
            self._month_ends.closing.put(question, now)

    def _month_zone_of(self, ref: TaskRef) -> tzinfo:
        profile = self._profile_of(ref)
        return profile.zone if profile is not None else UTC

    async def on_unmount(self) -> None:
        """Leave nothing unwritten, and nothing running."""
        self._workspace.end_alerts()
        await self._workspace.history.aclose()

    def _take_over(self, watchlist: WatchList) -> None:
        """Watch exactly these tasks; of one profile only, when the screen was opened for one."""
        self._tell_trouble("list", "")
        wanted = WatchList(tuple(task for task in watchlist if self._only_profile in {None, task.ref.profile}))
        self.board = self.board.watching(wanted)
        if self._frozen is not None:
            self._frozen = replace(self._frozen, board=self._frozen.board.watching(wanted))
        self._mark_profiles()
        self.paint()
        if self._has_recalled:  # before that it is waited for, and nothing is asked
            self.run_worker(self._recall(), name="recalling", group="recalling")
        self._poller.watch(self.board.states)

    def _mark_profiles(self) -> None:
        """Choose the marks of the profiles on the list."""
        self._marks = profile_marks(self._workspace.profiles, (ref.profile for ref in self.board.states))

    def _file(self, news: Sample | Refusal) -> None:
        """File what has arrived; paint at once where a figure is waited for."""
        if isinstance(news, Refusal):
            self.board = self.board.refused(news.profile, news.problem)
            self.paint()
            return
        known = self.board
        before = known.states.get(news.ref)
        self.board = known.filed(news, self._interval)
        if before is not None and self._recalling.knows(news.ref):
            self._keep_seen({news.ref: before.seen})
        after = self.board.states.get(news.ref)
        if before is not None and after is not None:
            for one in after.taken_since(before):
                self._workspace.history.record(one)
            if (change := after.turned_since(before)) is not None:
                self._month_ends.seen(change)
        if before is not None and (before.good is None or not news.is_current) and self._has_rested():
            self.paint()

    def _has_rested(self) -> bool:
        """Whether nothing was painted a moment ago: of a thousand first answers each would draw the screen anew."""
        return not 0 <= self._clock.monotonic() - self._painted_at < _MOMENT

    def file_statistic(self, sample: StatisticSample) -> None:
        """Take over what the service's own statistic says; the screen of the past has a use for it."""

    # What is news

    def _look(self) -> None:
        """Tell what is news at this moment: to the history, to the event log, and to whoever is to hear of it."""
        events = self._alert_session.look(self.board, self._clock.now())
        if not events:
            return
        for event in events:
            self._workspace.history.add_event(event)
        if self._event_log is not None:
            self._event_log.show_events(self._alert_session.events(self._event_log.events_shown))
        if heard := self._workspace.raise_alerts(events):
            self.post_message(self.Alerted(heard))

    def user_pressed(self) -> None:
        """Somebody is at the keyboard, or at the mouse."""
        self._alert_session.pressed(self.board, self._clock.now())

    def terminal_left(self) -> None:
        """The terminal has lost the focus."""
        self._alert_session.left(self.board, self._clock.now())

    def terminal_returned(self) -> None:
        """The terminal has got the focus."""
        self._alert_session.returned(self._clock.now())

    def _keep_seen(self, before: Mapping[TaskRef, tuple[Month, int] | None], *, is_marked: bool = False) -> None:
        """Have the history keep how many failures of these tasks count as seen, where that is not as it was before."""
        for ref, was in before.items():
            state = self.board.states.get(ref)
            seen = state.seen if state is not None and state.good is not None else None
            if seen is None or (seen == was and not is_marked):
                continue
            has_fallen = was is not None and was[0] == seen[0]
            how = SeenHow.MARKED if is_marked else SeenHow.RESTART if has_fallen else SeenHow.FIRST
            self._workspace.history.acknowledge(ref, *seen, self._clock.now(), how)

    # What is shown

    def paint(self, *, is_move: bool = False) -> None:
        """Show what is known at this moment; only what differs reaches the terminal.

        Args:
            is_move: whether only another row or month is chosen; the first line, which is about all tasks, can wait.
        """
        if not self.is_attached:
            return
        now, self._painted_at = self._clock.now(), self._clock.monotonic()
        board, judged_at = (self._frozen.board, self._frozen.at) if self._frozen is not None else (self.board, now)
        context = Context(judged_at, self._zone(), self._interval, self._marks)
        rows = self._view.rows(board, context)
        self._view = self._view.settled(rows)
        self._rows = rows
        if self._view.selected != self._followed:
            self._followed = self._view.selected
            self._poller.select(self._followed)
            self._want_month()
        titles = self.query_one("#titles", Canvas)
        layout = Layout.for_width(titles.drawn_width, has_marks=bool(self._marks))
        if not is_move or context.zone != self._head_zone:
            self._head_zone = context.zone
            unmarked = layout.order_unmarked(self._view.sort, reverse=self._view.reverse)
            order = unmarked if titles.drawn_width else ""  # the pane alone has no list to be in an order
            self._paint_head(replace(self._head(board, now, judged_at, context), order=order))
        titles.show_lines([layout.header(self._view.sort, reverse=self._view.reverse)])
        self.query_one(TaskTable).show_rows(rows, context, self._view.selected)
        self._show_pane(board, context)

    @property
    def is_too_small(self) -> bool:
        """Whether there is no room for the picture, so that keys would act unseen."""
        return self.has_class("-too-narrow") or self.has_class("-too-short")

    def _head(self, board: Board, now: datetime, judged_at: datetime, context: Context) -> Head:
        """Return what there is to say in the first line."""
        self._judged = judged = self._judged.at(board, judged_at)
        return Head(
            counts=judged.counts,
            now=now,
            zone=context.zone,
            expiries=self._workspace.expiries(),
            paused_at=self._frozen.at if self._frozen is not None else None,
            filtered=len(self._rows) if self._view.is_filtering else None,
            profile=self._view.profile,
            is_demo=self._workspace.is_demo,
            changes=self._alert_session.changes(judged) if self._frozen is None else None,
        )

    def _paint_head(self, head: Head) -> None:
        self.query_one(HeadLine).show_head(head)
        self.query_one(ClockFace).show_time(head.now, head.zone, is_thin=self._workspace.settings.thin)
        small = f"{self.size.width}×{self.size.height} is too small: omstui needs 40×12. It goes on watching."
        self.query_one("#too-small", Canvas).show_lines([(Span(small, "warn"),)])

    def _show_pane(self, board: Board, context: Context) -> None:
        view = self._pane_view(board, context)
        pane = self.query_one(DetailPane)
        if view is not None:
            pane.show_view(view)
        elif self._troubles.get("list"):
            pane.show_words("The watch list could not be read; its file says why, below.", "warn")
        else:
            presses = 1 + self.has_class("-pane-full")
            pane.show_words(self._view.nothing_words(board, self._key_names, presses=presses), "dim")

    def _pane_view(self, board: Board, context: Context) -> View | None:
        state = board.states.get(self._view.selected) if self._view.selected is not None else None
        if state is None:
            return None
        live = self.board.states.get(state.ref)
        if live is not None and live.months is not state.months:  # a paused view holds the present, not the past
            state = replace(state, months=live.months)
        profile = self._profile_of(state.ref)
        month_zone = profile.zone if profile is not None else context.zone
        learned = self._month_ends.zones.get(state.ref.profile)
        new = self._alert_session.new_failures(state)
        is_told = self._frozen is None or state.refusal is not None
        next_at = self._poller.next_at(state.ref) if is_told else None
        role = profile_role(profile.color if profile is not None else None)
        mark = context.marks.get(state.ref.profile)
        return View(
            state,
            self._month,
            context.now,
            context.zone,
            month_zone,
            self._interval,
            learned,
            new,
            mark,
            role,
            next_at,
            self._key_names,
        )

    def _want_month(self) -> None:
        """Ask for the past month in view once it has been in view for a moment, unless it is known."""
        if self._month is not None:
            wanted = (self._view.selected, self._month)
            self.set_timer(RESTING, lambda: self._ask_month(*wanted))

    def _ask_month(self, ref: TaskRef | None, month: Month | None, *, again: bool = False) -> Asking:
        """Ask for a past month of a task, as long as both are still in view; once, unless asked to do so again."""
        if ref is None or month is None or (ref, month) != (self._view.selected, self._month):
            return Asking()
        state = self.board.states.get(ref)
        if state is None or (not again and state.months.get(month, PastMonth()) != PastMonth()):
            return Asking()
        current, created = self._month_bounds()
        is_past = month != current and bar_reason(month, current, created) is None
        return self._poller.ask_month(ref, month) if is_past else Asking()

    def _profile_of(self, ref: TaskRef | None) -> Profile | None:
        return self._workspace.profiles.get(ref.profile) if ref is not None else None

    def _zone(self) -> tzinfo:
        """Return the zone in which times are shown."""
        now = self._clock.now()
        match self._zone_kind:
            case "local":
                return now.astimezone().tzinfo or now.tzinfo or UTC
            case "service":
                profile = self._profile_of(self._view.selected) or next(iter(self._workspace.profiles.values()), None)
                return profile.zone if profile is not None else UTC
            case _:
                return UTC

    def _tell_trouble(self, what: str, text: str) -> None:
        """Say below the list what is wrong with a file, for as long as it is; an empty text when it is in order."""
        self._troubles[what] = text
        canvas = self.query_one("#trouble", Canvas)
        width = max(self.query_one("#titles", Canvas).drawn_width, 20)
        lines = [
            line for one in self._troubles.values() if one for line in wrapped(f" {clean(one, 400)}", width, "bad")
        ]
        canvas.display = bool(lines)
        canvas.show_lines(lines)

    def say(self, text: str, role: str = "") -> None:
        """Tell the user something in the last line, until the next key."""
        self.query_one(KeyLine).show_message(clean(text, 500), role)

    def _show_keys(self) -> None:
        bindings = [active.binding for active in self.active_bindings.values() if active.enabled]
        if self.has_class("-pane-full"):  # what quits leads back to the list then, as the first hint says
            bindings = [one for one in bindings if one.id != "quit"]
        self.query_one(KeyLine).show_keys(bindings)

    def on_key(self) -> None:
        """A key takes the message away."""
        self.query_one(KeyLine).show_message("")

    def on_resize(self) -> None:
        """Draw at the new size."""
        self.call_after_refresh(self.paint)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Draw what happened behind a dialog, and let go of the dialog."""
        forget_closed()
        self.call_after_refresh(self.paint)
        self._show_keys()

    def _month_bounds(self) -> tuple[Month, Month | None]:
        """Return the current month, and the one in which the selected task was created."""
        view = self._pane_view(self.board, Context(self._clock.now(), self._zone(), self._interval))
        if view is None:
            return Month.containing(self._clock.now(), self._zone()), None
        return view.current_month, view.created_month

    def profiles_changed(self) -> None:
        """Take over profiles that were made or changed meanwhile."""
        reached = places_reached(self._workspace.profiles)
        moved = {name for name, place in reached.items() if self._reached.get(name, place) != place}
        self._reached = reached
        self.board = self.board.moved(moved, self._clock.now())
        if self._frozen is not None:
            self._frozen = replace(self._frozen, board=self._frozen.board.moved(moved, self._clock.now()))
        self._poller.use_profiles(self._workspace.profiles)
        self._mark_profiles()
        self.paint()
