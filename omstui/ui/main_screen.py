"""The main screen: the one writer of what is known and of what is shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen

from omstui.backend.poller import Poller
from omstui.backend.workspace import Workspace, WorkspaceTrouble
from omstui.core.board import Board, PastMonth, Track
from omstui.core.month import Month, bar_reason
from omstui.core.profile import Profile
from omstui.core.sample import Refusal, Sample
from omstui.core.task import TaskRef
from omstui.core.watchlist import WatchedTask, WatchList
from omstui.core.zone import offset_name
from omstui.ui.canvas import Canvas
from omstui.ui.columns import COLUMNS, Context, Layout
from omstui.ui.detail import View
from omstui.ui.detail_pane import DetailPane
from omstui.ui.filter_line import FilterLine
from omstui.ui.head_line import Head, HeadLine
from omstui.ui.key_line import KeyLine
from omstui.ui.line import Span
from omstui.ui.list_view import ListView
from omstui.ui.task_table import TaskTable
from omstui.ui.text import clean

_RESTING = 0.3
"""Seconds that a past month must stay in view before it is asked for."""

_RELOAD_EVERY = 2.0
_LABEL_WIDTH = 40
_ZONES = ("service", "local", "UTC")


@dataclass(frozen=True, slots=True)
class Frozen:
    """The picture held while the view is paused."""

    board: Board
    at: datetime


class MainScreen(Screen[None]):
    """Watch list and detail pane over one immutable `Board`.

    Answers arrive as messages and are filed at once; a heartbeat paints once a second what has changed, keys and first
    answers paint at once. Whatever is painted is worked out from the board and the clock at that moment.
    """

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-too-narrow"), (40, "-narrow"), (60, "-stacked"), (110, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-too-short"), (12, "-short"), (16, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next task", id="move.down"),
        Binding("k,up", "move(-1)", "Previous task", id="move.up"),
        Binding("g,home", "move_to(0)", "First task", id="move.first"),
        Binding("G,end", "move_to(-1)", "Last task", id="move.last"),
        Binding("pageup", "move_page(-1)", "Page up", id="move.page-up"),
        Binding("pagedown", "move_page(1)", "Page down", id="move.page-down"),
        Binding("enter", "open_pane", "Pane as full screen", id="pane.open"),
        Binding("escape", "back", "Back", id="pane.back"),
        Binding("left_square_bracket", "step_month(-1)", "Month back", id="month.previous"),
        Binding("right_square_bracket", "step_month(1)", "Month on", id="month.next"),
        Binding("m", "pick_month", "Pick a month", id="month.pick"),
        Binding("t", "current_month", "Current month", id="month.current"),
        Binding("slash", "filter", "Filter the list", id="list.filter"),
        Binding("s", "sort", "Sort by the next column", id="list.sort"),
        Binding("S", "reverse", "Reverse the order", id="list.reverse"),
        Binding("a", "add", "Add tasks", id="list.add"),
        Binding("e", "label", "Label the task", id="list.label"),
        Binding("D", "remove", "Remove the task from the list", id="list.remove"),
        Binding("u", "undo", "Undo the removal", id="list.undo"),
        Binding("A", "acknowledge", "Mark failures as seen", id="list.acknowledge"),
        Binding("r", "ask_now", "Ask for this task now", id="ask.now"),
        Binding("R", "ask_all", "Ask for all tasks now", id="ask.all"),
        Binding("p", "pause", "Pause the view; asking goes on", id="view.pause"),
        Binding("z", "next_zone", "Times of the service, local, UTC", id="view.zone"),
        Binding("y", "copy_id", "Copy the task id", id="copy.id"),
        Binding("T", "credentials", "Credentials", id="credentials"),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("q", "quit", "Quit", id="quit"),
    ]

    @dataclass
    class Delivered(Message):
        """The poller has something to file."""

        news: Sample | Refusal

    def __init__(self, workspace: Workspace, *, month: Month | None = None, needle: str = "") -> None:
        super().__init__()
        self._workspace = workspace
        self._clock = workspace.clock
        self._interval = workspace.settings.interval
        self._poller: Poller = workspace.open_poller(lambda news: self.post_message(self.Delivered(news)))
        self._view = ListView(needle=needle)
        self._month = month
        self._zone_kind = _ZONES[0]
        self._frozen: Frozen | None = None
        self._rows: list[Track] = []
        self._removed: list[tuple[WatchedTask, int]] = []
        self.board = Board()
        """All that is known; only this screen assigns it."""

    # What it is made of

    def compose(self) -> ComposeResult:
        """Place head line, list, pane and key line."""
        yield HeadLine(id="head")
        with Horizontal(id="body"):
            with Vertical(id="list-side"):
                yield Canvas(id="titles")
                yield TaskTable(id="tasks")
                yield FilterLine(id="filter")
            yield DetailPane(id="pane")
        yield KeyLine(id="keys")
        yield Canvas(id="too-small")

    def on_mount(self) -> None:
        """Start the heart, the poller, and the look-out for changes of the list."""
        self.bindings_updated_signal.subscribe(self, lambda _: self._show_keys())
        self.run_worker(self._beat(), name="heartbeat")
        self.run_worker(self._watch(), name="poller")
        self.call_after_refresh(self.paint)

    async def _beat(self) -> None:
        """Paint once a second, on the second."""
        while True:
            self.paint()
            now = self._clock.now()
            await self._clock.sleep(1.0 - now.microsecond / 1_000_000)

    async def _watch(self) -> None:
        """Load the list, ask for its tasks, and take over what other instances change."""
        try:
            self._take_over(await self._workspace.load_watchlist())
        except WorkspaceTrouble as trouble:
            self.say(str(trouble), "bad")
        self.run_worker(self._poller.run(), name="asking", group="asking", exclusive=True)
        while True:
            await self._clock.sleep(_RELOAD_EVERY)
            try:
                changed = await self._workspace.reload_watchlist()
            except WorkspaceTrouble as trouble:
                self.say(str(trouble), "bad")
            else:
                if changed is not None:
                    self._take_over(changed)

    # What is known

    def _take_over(self, watchlist: WatchList) -> None:
        """Watch exactly these tasks."""
        self.board = self.board.watching(watchlist)
        self.paint()
        self._poller.select(self._view.selected)
        self._poller.watch(self.board.tracks)

    def on_main_screen_delivered(self, message: Delivered) -> None:
        """File what has arrived; paint at once where a figure is waited for."""
        news = message.news
        if isinstance(news, Refusal):
            self.board = self.board.refused(news.profile, news.problem)
            self.paint()
            return
        before = self.board.tracks.get(news.ref)
        self.board = self.board.filed(news, self._interval)
        if before is not None and (before.good is None or not news.is_current):
            self.paint()

    # What is shown

    def paint(self) -> None:
        """Show what is known at this moment; only what differs reaches the terminal."""
        if not self.is_attached:
            return
        now = self._clock.now()
        board, judged_at = (self._frozen.board, self._frozen.at) if self._frozen is not None else (self.board, now)
        context = Context(judged_at, self._zone(), self._interval)
        rows = self._view.rows(board, context)
        self._view = self._view.settled(rows, self._rows)
        self._rows = rows
        self._paint_head(board, now, judged_at, context)
        titles = self.query_one("#titles", Canvas)
        layout = Layout.for_width(titles.drawn_width)
        titles.show_lines([layout.header(self._view.sort, reverse=self._view.reverse)])
        self.query_one(TaskTable).show_rows(rows, context, self._view.selected)
        self.query_one(DetailPane).show_view(self._pane_view(board, context))

    def _paint_head(self, board: Board, now: datetime, judged_at: datetime, context: Context) -> None:
        head = Head(
            counts=board.counts(judged_at, self._interval),
            now=now,
            zone=context.zone,
            expiries=self._workspace.expiries(),
            paused_at=self._frozen.at if self._frozen is not None else None,
            filtered=len(self._rows) if self._view.needle else None,
            is_demo=self._workspace.is_demo,
        )
        self.query_one(HeadLine).show_head(head)
        small = f"{self.size.width}×{self.size.height} is too small: omstui needs 40×12. It goes on watching."
        self.query_one("#too-small", Canvas).show_lines([(Span(small, "warn"),)])

    def _pane_view(self, board: Board, context: Context) -> View | None:
        track = board.tracks.get(self._view.selected) if self._view.selected is not None else None
        if track is None:
            return None
        profile = self._profile_of(track.ref)
        month_zone = profile.zone if profile is not None else context.zone
        return View(track, self._month, context.now, context.zone, month_zone, self._interval)

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

    def say(self, text: str, role: str = "") -> None:
        """Tell the user something in the last line, until the next key."""
        self.query_one(KeyLine).show_message(clean(text, 500), role)

    def _show_keys(self) -> None:
        self.query_one(KeyLine).show_keys([active.binding for active in self.active_bindings.values()])

    def on_key(self) -> None:
        """A key takes the message away."""
        self.query_one(KeyLine).show_message("")

    def on_resize(self) -> None:
        """Draw at the new size."""
        self.call_after_refresh(self.paint)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Draw what happened behind a dialog."""
        self.call_after_refresh(self.paint)
        self._show_keys()

    # Moving

    def _select(self, view: ListView) -> None:
        if view.selected == self._view.selected:
            return
        self._view = view
        self._poller.select(view.selected)
        refs = [track.ref for track in self._rows]
        self.query_one(DetailPane).scroll_home(animate=False)
        self.paint()
        if view.selected in refs:
            self.query_one(TaskTable).scroll_to_row(refs.index(view.selected))
        self._want_month()

    def action_move(self, steps: int) -> None:
        """Select another row, or scroll the pane when it is alone."""
        if self.has_class("-pane-full"):
            self.query_one(DetailPane).scroll_relative(y=steps, animate=False)
        else:
            self._select(self._view.moved(self._rows, steps))

    def action_move_page(self, pages: int) -> None:
        """Move by as many rows as can be seen."""
        pane_alone = self.has_class("-pane-full")
        shown = self.query_one(DetailPane).size.height if pane_alone else self.query_one(TaskTable).page_rows
        self.action_move(pages * max(shown - 1, 1))

    def action_move_to(self, index: int) -> None:
        """Select the first row, or the last."""
        self.action_move(len(self._rows) if index < 0 else -len(self._rows))

    def on_task_table_picked(self, message: TaskTable.Picked) -> None:
        """Select the clicked row."""
        self._select(replace(self._view, selected=message.ref))

    def action_open_pane(self) -> None:
        """Give the pane the whole screen."""
        self.add_class("-pane-full")
        self.call_after_refresh(self.paint)

    def action_back(self) -> None:
        """Close the pane's full screen, else clear the filter; never quit."""
        if self.has_class("-pane-full"):
            self.remove_class("-pane-full")
            self.call_after_refresh(self.paint)
        elif self._view.needle:
            self._filter_by("")

    # Months

    def _month_bounds(self) -> tuple[Month, Month | None]:
        """Return the current month, and the one in which the selected task was created."""
        view = self._pane_view(self.board, Context(self._clock.now(), self._zone(), self._interval))
        if view is None:
            return Month.containing(self._clock.now(), self._zone()), None
        return view.current_month, view.created_month

    def action_step_month(self, steps: int) -> None:
        """Show an earlier or a later month in the pane."""
        current, _ = self._month_bounds()
        try:
            self._show_month((self._month or current).plus(steps))
        except ValueError:
            return

    def action_current_month(self) -> None:
        """Show the current month again."""
        current, _ = self._month_bounds()
        self._show_month(current)

    def _show_month(self, month: Month) -> None:
        current, created = self._month_bounds()
        if (reason := bar_reason(month, current, created)) is not None:
            self.say(f"{month.title} is {reason}", "warn")
            return
        self._month = None if month == current else month
        self.paint()
        self._want_month()

    def _want_month(self) -> None:
        """Ask for the past month in view once it has been in view for a moment, unless it is known."""
        if self._month is not None:
            self.set_timer(_RESTING, lambda wanted=(self._view.selected, self._month): self._ask_month(*wanted))

    def _ask_month(self, ref: TaskRef | None, month: Month | None, *, again: bool = False) -> None:
        if ref is None or month is None or (ref, month) != (self._view.selected, self._month):
            return
        track = self.board.tracks.get(ref)
        if track is None or (not again and track.months.get(month, PastMonth()) != PastMonth()):
            return
        current, created = self._month_bounds()
        if bar_reason(month, current, created) is None:
            self._poller.ask_month(ref, month)

    def action_pick_month(self) -> None:
        """Open the year of months."""
        from omstui.ui.month_picker import MonthChoice, MonthPicker

        track = self.board.tracks.get(self._view.selected) if self._view.selected is not None else None
        if track is None:
            return
        current, created = self._month_bounds()
        known = {month: past.good.task for month, past in track.months.items() if past.good and past.good.task}
        if track.good is not None and track.task is not None:
            known[track.good.month] = track.task
        profile = self._profile_of(track.ref)
        zone = offset_name(profile.zone if profile is not None else self._zone(), self._clock.now())
        choice = MonthChoice(track.name, self._month or current, current, created, zone, known)
        self.app.push_screen(MonthPicker(choice), lambda month: self._show_month(month) if month else None)

    # Asking

    def action_ask_now(self) -> None:
        """Ask for what the pane shows, now."""
        ref = self._view.selected
        if ref is None:
            return
        name = clean(self.board.tracks[ref].name, _LABEL_WIDTH)
        if self._is_refused(ref):
            return
        if self._month is not None:
            self._ask_month(ref, self._month, again=True)
            self.say(f"Asking for {self._month.title} of {name}")
        else:
            self._poller.ask_now([ref])
            self.say(f"Asking for {name}")

    def action_ask_all(self) -> None:
        """Ask for every task's current month, now."""
        self._poller.ask_now(self.board.tracks)
        self.say(f"Asking for {len(self.board.tracks)} tasks")

    def _is_refused(self, ref: TaskRef) -> bool:
        if ref.profile in self.board.refusals:
            self.say(
                f"Not asked: the credential of {clean(ref.profile, _LABEL_WIDTH)} was refused. T gives it a new one",
                "warn",
            )
            return True
        return False

    # Looking

    def action_pause(self) -> None:
        """Hold the picture, or let it go on; asking goes on either way."""
        self._frozen = None if self._frozen is not None else Frozen(self.board, self._clock.now())
        self.say("The view is paused, asking goes on; p goes on" if self._frozen is not None else "")
        self.paint()

    def action_next_zone(self) -> None:
        """Show times in the next zone."""
        self._zone_kind = _ZONES[(_ZONES.index(self._zone_kind) + 1) % len(_ZONES)]
        self.say(f"Times are {self._zone_kind} time, {offset_name(self._zone(), self._clock.now())}")
        self.paint()

    def action_sort(self) -> None:
        """Order the list by the next column."""
        self._view = self._view.sorted_by_next()
        self.say(f"Sorted by {self._view.sort.name}" if self._view.sort is not None else "In your own order")
        self.paint()

    def action_sort_by(self, name: str) -> None:
        """Order the list by the column that was clicked; again to reverse it."""
        column = next(column for column in COLUMNS if column.name == name)
        again = self._view.sort is column
        self._view = replace(self._view, sort=column, reverse=not self._view.reverse if again else False)
        self.paint()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._view = replace(self._view, reverse=not self._view.reverse)
        self.paint()

    def action_filter(self) -> None:
        """Open the filter's line."""
        self.query_one(FilterLine).open(self._view.needle)

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        """Filter while the user types."""
        self._filter_by(message.needle)

    def _filter_by(self, needle: str) -> None:
        self._view = replace(self._view, needle=needle)
        self.paint()

    def action_copy_id(self) -> None:
        """Copy the task's id to the terminal's clipboard."""
        if self._view.selected is not None:
            self.app.copy_to_clipboard(self._view.selected.sync_task_id)
            self.say(f"Copied {clean(self._view.selected.sync_task_id, _LABEL_WIDTH)}, where the terminal allows it")

    def action_acknowledge(self) -> None:
        """Mark the task's failures so far as seen."""
        if self._view.selected is not None:
            self.board = self.board.acknowledged([self._view.selected])
            self.paint()

    # Changing the list

    def _edit(self, change: Callable[[WatchList], WatchList], done: str) -> None:
        """Change the stored list, then take over what it holds; on trouble all stays as it is."""

        async def edit() -> None:
            try:
                watchlist = await self._workspace.edit_watchlist(change)
            except WorkspaceTrouble as trouble:
                self.say(str(trouble), "bad")
            else:
                self._take_over(watchlist)
                self.say(done)

        self.run_worker(edit(), group="edit")

    def action_add(self) -> None:
        """Open the dialog that adds tasks."""
        from omstui.ui.dialogs.add import AddDialog

        selected = self._view.selected.profile if self._view.selected is not None else None
        profiles = list(self._workspace.profiles)
        default = selected if selected in profiles else next(iter(profiles), None)
        self.app.push_screen(AddDialog(profiles, default, frozenset(self.board.tracks)), self.add_tasks)

    def add_tasks(self, tasks: Iterable[WatchedTask] | None) -> None:
        """Put these tasks at the end of the list."""
        if new := tuple(tasks or ()):
            self._edit(lambda watchlist: watchlist.added(new), f"Added {len(new)} task{'s' * (len(new) > 1)}")

    def action_label(self) -> None:
        """Open the dialog that names the task."""
        from omstui.ui.dialogs.label import LabelDialog

        ref = self._view.selected
        if ref is None:
            return
        track = self.board.tracks[ref]

        def relabel(label: str | None) -> None:
            if label is not None:
                self._edit(lambda watchlist: watchlist.relabelled(ref, label), "Label kept")

        self.app.push_screen(LabelDialog(track.name, track.watched.label), relabel)

    def action_remove(self) -> None:
        """Take the task off the list; u puts it back."""
        ref = self._view.selected
        if ref is None:
            return
        track = self.board.tracks[ref]
        self._removed.append((track.watched, list(self.board.tracks).index(ref)))
        name = clean(track.name, _LABEL_WIDTH)
        self._edit(lambda watchlist: watchlist.removed([ref]), f"Removed {name}; u puts it back")

    def action_undo(self) -> None:
        """Put the task that was removed last back in its place."""
        if not self._removed:
            self.say("Nothing to undo")
            return
        watched, index = self._removed.pop()
        self._edit(
            lambda watchlist: watchlist.inserted(watched, index),
            f"{clean(watched.label or watched.ref.sync_task_id, _LABEL_WIDTH)} is back",
        )

    # Dialogs and leaving

    def action_credentials(self) -> None:
        """Open the dialog that lists and renews credentials."""
        from omstui.ui.dialogs.credentials import CredentialReport, CredentialsDialog

        refusals = self.board.refusals
        reports = [
            CredentialReport(state.profile, state.way, state.place, state.expires_at, refusals.get(state.profile))
            for state in self._workspace.credential_states()
        ]
        dialog = CredentialsDialog(reports, self._workspace.renew, now=self._clock.now(), zone=self._zone())
        self.app.push_screen(dialog)

    def action_help(self) -> None:
        """Open the list of keys, made from what is bound."""
        from omstui.ui.dialogs.help import HelpScreen, help_groups

        groups = help_groups(active.binding for active in self.active_bindings.values())
        self.app.push_screen(HelpScreen("Keys", groups))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit()

    def profiles_changed(self) -> None:
        """Take over profiles that were made or changed meanwhile."""
        self._poller.use_profiles(self._workspace.profiles)
        self.paint()
