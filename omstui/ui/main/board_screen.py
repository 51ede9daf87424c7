"""The list and the pane of one task, painted from what the session knows."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import inf
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from omstui.backend.polling.poller import Asking
from omstui.backend.session import (
    AnswerFiled,
    Beat,
    CredentialChanged,
    FileProblem,
    ListChanged,
    NewsTold,
    PastRecalled,
    ProfilesChanged,
    SessionMessage,
    StatisticFiled,
    WatchSession,
)
from omstui.backend.workspace import Workspace
from omstui.core.month import Month, bar_reason
from omstui.core.news.event import Event
from omstui.core.profile import Profile
from omstui.core.task import TaskRef, WatchList
from omstui.core.watch.board import Board, PastMonth, TaskState
from omstui.core.watch.condition import ConditionIndex
from omstui.core.watch.sample import StatisticSample
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.columns import Context, Layout
from omstui.ui.drawing.line import Span, wrapped
from omstui.ui.drawing.text import clean
from omstui.ui.keys.names import KeyNames
from omstui.ui.main.detail_pane import DetailPane
from omstui.ui.main.list import ListView
from omstui.ui.main.pane import View
from omstui.ui.main.task_table import TaskTable, profile_marks, profile_role
from omstui.ui.terminal.compat import draw_afresh, forget_closed
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.head_line import ClockFace, Head, HeadLine
from omstui.ui.widgets.key_line import KeyLine
from omstui.ui.widgets.over_screen import SeenThrough

if TYPE_CHECKING:
    from omstui.ui.events.log import EventLog


ZONES = ("service", "local", "UTC")
"""The zones in which times can be shown: the profile's, this machine's, and none."""

RESTING = 0.3
"""Seconds that a past month must stay in view before it is asked for."""

_AFRESH = 60
"""Beats after which all is drawn once more, which costs a millisecond or two each time and keeps memory small."""

_MOMENT = 0.2
"""Seconds after a paint in which an answer that is waited for is left to the next heartbeat."""


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
        self.session = WatchSession(workspace, workspace.clock, workspace.history, meant=self._tasks_meant)
        self.session.listen(self._hear)
        self._poller = self.session.poller
        self._alert_session = self.session.alerts
        self._event_log: EventLog | None = None
        self._view = ListView()
        self._only_profile = profile
        self._marks: dict[str, Span] = {}
        self._month = month
        self._zone_kind = ZONES[0]
        self._rows: list[TaskState] = []
        self._followed: TaskRef | None = None
        """The selected task, as far as the poller has been told."""

        self._head_zone: tzinfo | None = None
        """In which zone the first line tells the time."""

        self._painted_at = -inf
        """When the screen was painted last, in steady seconds."""

        self._troubles: dict[str, str] = {}
        """What is wrong with the files, by what they hold."""

        self._judged = ConditionIndex.of(self.session.board, self._clock.now(), self._interval)
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
        self.run_worker(self.session.run(), name="watching")
        self.call_after_refresh(self.paint)

    async def on_unmount(self) -> None:
        """Leave nothing unwritten, and nothing running."""
        await self.session.aclose()

    def _hear(self, message: SessionMessage) -> None:
        """Show what the session tells."""
        match message:
            case Beat():
                self.paint()
                if message.number % _AFRESH == 0:
                    draw_afresh(self.app.screen)
                    self.post_message(self.DrawnAfresh())
            case AnswerFiled():
                if message.is_awaited and self._has_rested():
                    self.paint()
            case PastRecalled():
                self.paint()
                if message.is_first:
                    self.call_after_refresh(self.post_message, self.Recalled())
            case ListChanged() | ProfilesChanged():
                self._mark_profiles()
                self.paint()
            case CredentialChanged():
                self.paint()
            case StatisticFiled():
                self.file_statistic(message.sample)
            case FileProblem():
                self._tell_trouble(message.what, message.words)
            case NewsTold():
                self._show_news(message)

    def _show_news(self, news: NewsTold) -> None:
        if self._event_log is not None:
            self._event_log.show_events(self._alert_session.events(self._event_log.events_shown))
        if news.heard:
            self.post_message(self.Alerted(news.heard))

    def _tasks_meant(self, watchlist: WatchList) -> WatchList:
        """Return the tasks of one profile only, when the screen was opened for one."""
        return WatchList(tuple(task for task in watchlist if self._only_profile in {None, task.ref.profile}))

    def _mark_profiles(self) -> None:
        """Choose the marks of the profiles on the list."""
        self._marks = profile_marks(self._workspace.profiles, (ref.profile for ref in self.session.board.states))

    def _has_rested(self) -> bool:
        """Whether nothing was painted a moment ago: of a thousand first answers each would draw the screen anew."""
        return not 0 <= self._clock.monotonic() - self._painted_at < _MOMENT

    def file_statistic(self, sample: StatisticSample) -> None:
        """Take over what the service's own statistic says; the screen of the past has a use for it."""

    def user_pressed(self) -> None:
        """Somebody is at the keyboard, or at the mouse."""
        self._alert_session.pressed(self.session.board, self._clock.now())

    def terminal_left(self) -> None:
        """The terminal has lost the focus."""
        self._alert_session.left(self.session.board, self._clock.now())

    def terminal_returned(self) -> None:
        """The terminal has got the focus."""
        self._alert_session.returned(self._clock.now())

    # What is shown

    def paint(self, *, is_move: bool = False) -> None:
        """Show what is known at this moment; only what differs reaches the terminal.

        Args:
            is_move: whether only another row or month is chosen; the first line, which is about all tasks, can wait.
        """
        if not self.is_attached:
            return
        now, self._painted_at = self._clock.now(), self._clock.monotonic()
        shown = self.session.shown()
        board, judged_at = shown.board, shown.at
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
            paused_at=self.session.held.at if self.session.held is not None else None,
            filtered=len(self._rows) if self._view.is_filtering else None,
            profile=self._view.profile,
            is_demo=self._workspace.is_demo,
            changes=self._alert_session.changes(judged) if self.session.held is None else None,
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
        live = self.session.board.states.get(state.ref)
        if live is not None and live.months is not state.months:  # a paused view holds the present, not the past
            state = replace(state, months=live.months)
        profile = self._profile_of(state.ref)
        month_zone = profile.zone if profile is not None else context.zone
        learned = self.session.month_ends.zones.get(state.ref.profile)
        new = self._alert_session.new_failures(state)
        is_told = self.session.held is None or state.refusal is not None
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
        state = self.session.board.states.get(ref)
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
        view = self._pane_view(self.session.board, Context(self._clock.now(), self._zone(), self._interval))
        if view is None:
            return Month.containing(self._clock.now(), self._zone()), None
        return view.current_month, view.created_month
