"""The main screen: what each key does."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual.binding import Binding, BindingType

from omstui.backend.polling.poller import Asking
from omstui.backend.workspace import Workspace, WorkspaceError
from omstui.core.month import Month, bar_reason
from omstui.core.news.alert_session import MOST_EVENTS
from omstui.core.problem import Problem, ProblemKind
from omstui.core.settings import KioskPolicy
from omstui.core.task import Listing, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import TaskState
from omstui.core.watch.schedule import Hold
from omstui.core.zone import offset_name
from omstui.ui.drawing.columns import COLUMNS
from omstui.ui.drawing.text import clean, clock, seen_at
from omstui.ui.main.board_screen import ZONES
from omstui.ui.main.detail_pane import DetailPane
from omstui.ui.main.list import ListView
from omstui.ui.main.standing_screen import KioskScreen
from omstui.ui.main.task_table import TaskTable
from omstui.ui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from omstui.ui.events.log import EventLog
    from omstui.ui.history.screen import HistoryScreen

_LABEL_WIDTH = 40


class _Removed(Struct, frozen=True):
    """A task that was taken off the list."""

    watched: WatchedTask
    place: int
    """In the stored list."""

    state: TaskState
    """What was known of it."""

    reached: tuple[str, str] | None
    """Where its profile led to: what is known does not hold elsewhere."""


class MainScreen(KioskScreen):
    """The one writer of what is known and of how it is looked at, by the user's keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next task", id="move.down"),
        Binding("k,up", "move(-1)", "Previous task", id="move.up"),
        Binding("g,home", "move_to(0)", "First task", id="move.first"),
        Binding("G,end", "move_to(-1)", "Last task", id="move.last"),
        Binding("pageup", "move_page(-1)", "Page up", id="move.page-up"),
        Binding("pagedown", "move_page(1)", "Page down", id="move.page-down"),
        Binding("J,ctrl+d", "scroll_pane(1)", "Pane down", id="pane.down"),
        Binding("K,ctrl+u", "scroll_pane(-1)", "Pane up", id="pane.up"),
        Binding("enter", "open_pane", "Pane as full screen", id="pane.open", tooltip="when the list is shown"),
        Binding("escape", "back", "Back", id="pane.back", tooltip="from the full pane, or to clear the filter"),
        Binding("left_square_bracket", "step_month(-1)", "Month back", id="month.previous"),
        Binding("right_square_bracket", "step_month(1)", "Month on", id="month.next"),
        Binding("m", "pick_month", "Pick a month", id="month.pick"),
        Binding("h", "history", "Months side by side, and the last days", id="month.history"),
        Binding("t", "current_month", "Current month", id="month.current", tooltip="when a past month is shown"),
        Binding("slash", "filter", "Filter the list", id="list.filter"),
        Binding("s", "sort", "Sort by the next column", id="list.sort"),
        Binding("S", "reverse", "Reverse the order", id="list.reverse"),
        Binding("a", "add", "Add tasks", id="list.add"),
        Binding("e", "label", "Label the task", id="list.label"),
        Binding("D", "remove", "Remove the task from the list", id="list.remove"),
        Binding("u", "undo", "Undo the removal", id="list.undo", tooltip="when a task was removed"),
        Binding("A", "acknowledge", "Mark the task's failures as seen", id="list.acknowledge"),
        Binding("X", "acknowledge_all", "Mark the failures of all tasks as seen", id="list.acknowledge-all"),
        Binding("r", "ask_now", "Ask for this task now", id="ask.now"),
        Binding("R", "ask_all", "Ask for all tasks now", id="ask.all"),
        Binding("w", "wall", "Big figures, to be read from far away", id="view.wall"),
        Binding("p", "pause", "Pause the view; asking goes on", id="view.pause"),
        Binding("z", "next_zone", "Times of the service, local, UTC", id="view.zone"),
        Binding("y", "copy_id", "Copy the task id", id="copy.id"),
        Binding("Y", "copy_menu", "Copy the row, the answer, the error, a curl line", id="copy.menu"),
        Binding("l", "event_log", "Event log", id="event.log"),
        Binding("T", "credentials", "Credentials", id="credentials"),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("q", "quit", "Quit; above the list, back", id="quit"),
    ]

    PALETTE: ClassVar[dict[str, str]] = {"Mark all as seen now": "mark_seen"}
    """What has no key: descriptions with their actions."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        month: Month | None = None,
        profile: str | None = None,
        display: KioskPolicy = KioskPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(workspace, month=month, profile=profile, display=display)
        self._removed: list[_Removed] = []
        """What can be put back."""

        self._removing: set[TaskRef] = set()
        self._editing, self._undoing = asyncio.Lock(), asyncio.Lock()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what is not allowed, and disable (`None`) the keys that would do nothing now."""
        if not self.is_allowed(action) or (self.is_too_small and action not in {"quit", "back"}):
            return False
        match action:
            case "back":
                return self.has_class("-pane-full") or self._view.is_filtering or None
            case "open_pane":
                return not self.has_class("-pane-full") or None
            case "current_month":
                return self._month is not None or None
            case "undo":
                return bool(self._removed or self._removing) or None
            case _:
                return True

    # Moving

    def _select(self, view: ListView) -> None:
        if view.selected == self._view.selected:
            return
        self._view = view
        self.query_one(DetailPane).scroll_home(animate=False)
        self.paint(is_move=True)
        if self._rows:
            self.query_one(TaskTable).scroll_to_row(self._view.place)

    def action_move(self, steps: int) -> None:
        """Select another row, or scroll the pane when it is alone."""
        if self.has_class("-pane-full"):
            self.query_one(DetailPane).scroll_relative(y=steps, animate=False)
        else:
            self._select(self._view.moved(self._rows, steps))

    def action_scroll_pane(self, halves: int) -> None:
        """Scroll the pane by half of what can be seen of it, whether it is alone or beside the list."""
        pane = self.query_one(DetailPane)
        pane.scroll_relative(y=halves * max(pane.size.height // 2, 1), animate=False)

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

    def select_task(self, ref: TaskRef) -> None:
        """Select a task of the list, if the filter lets it through."""
        if any(state.ref == ref for state in self._rows):
            self._select(replace(self._view, selected=ref))

    def action_open_pane(self) -> None:
        """Give the pane the whole screen."""
        self.add_class("-pane-full")
        self.refresh_bindings()
        self.call_after_refresh(self.paint)

    def action_back(self) -> None:
        """Close the pane's full screen, else clear the filter; never quit."""
        if self.has_class("-pane-full"):
            self.remove_class("-pane-full")
            self.refresh_bindings()
            self.call_after_refresh(self.paint)
        elif self._view.needle:
            self._filter_by("")
        elif self._view.profile is not None:
            self.action_show_profile("")

    # Months

    def action_step_month(self, steps: int) -> None:
        """Show an earlier or a later month in the pane."""
        current, _ = self._month_bounds()
        if (month := (self._month or current).plus(steps)).can_be_asked_for:
            self.show_month(month)

    def action_current_month(self) -> None:
        """Show the current month again."""
        current, _ = self._month_bounds()
        self.show_month(current)

    def action_show_month(self, year: int, number: int) -> None:
        """Show the month that was clicked."""
        self.show_month(Month(year, number))

    def show_month(self, month: Month) -> None:
        """Show a month in the pane, unless it cannot be asked for."""
        current, created = self._month_bounds()
        if (reason := bar_reason(month, current, created)) is not None:
            self.say(f"{month.title} is {reason}", "warn")
            return
        self._month = None if month == current else month
        self.refresh_bindings()
        self.paint(is_move=True)
        self._want_month()

    def action_pick_month(self) -> None:
        """Open the year of months."""
        from omstui.ui.main.month_picker import MonthChoice, MonthPicker

        state = self._selected_track()
        if state is None:
            return
        current, created = self._month_bounds()
        profile = self._profile_of(state.ref)
        zone = offset_name(profile.zone if profile is not None else self._zone(), self._clock.now())
        choice = MonthChoice(state.name, self._month or current, current, created, zone, state.known_months)
        self.app.push_screen(MonthPicker(choice), lambda month: self.show_month(month) if month else None)

    # Asking

    def action_ask_now(self) -> None:
        """Ask for what the pane shows, now."""
        state = self._selected_track()
        if state is None:
            return
        name = clean(state.name, _LABEL_WIDTH)
        if self._month is None or state.ref.profile in self.session.board.refusals:
            self._say_asking(self._poller.ask_now([state.ref]), name)
        else:
            self._say_asking(self._ask_month(state.ref, self._month, again=True), f"{self._month.title} of {name}")

    def on_history_screen_asked(self, message: "HistoryScreen.Asked") -> None:
        """Ask for a month of the history again."""
        state = self._selected_track()
        current, created = self._month_bounds()
        if state is None or bar_reason(message.month, current, created) is not None:
            return
        if message.month == current:
            self._poller.ask_now([state.ref])
        elif state.ref.profile not in self.session.board.refusals:
            self._poller.ask_month(state.ref, message.month)

    def action_ask_all(self) -> None:
        """Ask for every task's current month, now."""
        asking = self._poller.ask_now(self.session.board.states)
        self._say_asking(asking, f"{asking.asked} task{'' if asking.asked == 1 else 's'}")

    def _say_asking(self, asking: Asking, what: str) -> None:
        """Say what is asked for, and why other things are not."""
        parts = [f"Asking for {what}"] if asking.asked else []
        if asking.tried:
            parts.append(f"Trying the refused credential{'' if asking.tried == 1 else 's'} once more")
        if asking.refused:
            who = f"{asking.refused} not asked" if asking.asked or asking.tried else "Not asked"
            at, now = asking.try_at, self._clock.now()
            again = f", next try {seen_at(at, now, self._zone())}" if at is not None else ""
            key = self._key_names.of("credentials")
            parts.append(f"{who}: credential refused{again}; {key} gives a new one")
        if asking.hold is not None:
            parts.append(self._waiting(asking.hold, asking.next_at))
        if asking.recent:
            parts.append(f"{asking.recent} asked a moment ago" if asking.asked else "Asked a moment ago")
        self.say(" · ".join(parts) or "Nothing to ask for", "warn" if asking.refused or asking.held_for else "")

    def _waiting(self, hold: Hold, next_at: datetime | None = None) -> str:
        """Say until when nothing is asked, and whose wish that is."""
        until = clock(next_at or self._clock.now() + timedelta(seconds=hold.seconds), self._zone())
        if not hold.is_ours:
            return f"Waiting until {until}, as the service asked"
        if hold.told is None:
            return f"Waiting until {until}: the service throttles and named no time, omstui chose it"
        return f"Waiting until {until}: the service asked for {hold.told:g} s, omstui chose the rest"

    def _selected_track(self) -> TaskState | None:
        """Return the selected task, as long as it is watched."""
        return self.session.board.states.get(self._view.selected) if self._view.selected is not None else None

    # Looking

    def action_pause(self) -> None:
        """Hold the picture, or let it go on; asking goes on either way."""
        self.session.pause(is_paused=self.session.held is None)
        words = f"The view is paused, asking goes on; {self._key_names.of('view.pause')} goes on"
        self.say(words if self.session.held is not None else "")
        self.paint()

    def action_next_zone(self) -> None:
        """Show times in the next zone."""
        self._zone_kind = ZONES[(ZONES.index(self._zone_kind) + 1) % len(ZONES)]
        offset = offset_name(self._zone(), self._clock.now())
        said = {"service": f"the service's: {offset}", "local": f"local: {offset}"}
        self.say(f"Times are {said.get(self._zone_kind, self._zone_kind)}")
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
        self.refresh_bindings()
        self.paint()

    def action_acknowledge(self) -> None:
        """Mark the task's failures so far as seen."""
        if self._view.selected is not None:
            self._acknowledge([self._view.selected])

    def action_acknowledge_all(self) -> None:
        """Mark the failures of all tasks so far as seen, whatever the filter lets through."""
        count = sum(state.new_failures for state in self.session.board.states.values())
        self._acknowledge(self.session.board.states)
        self.say(f"{count:,} failures marked as seen" if count else "No failures that are new")

    def _acknowledge(self, refs: Iterable[TaskRef]) -> None:
        self.session.acknowledge(refs)
        self.paint()

    def action_mark_seen(self) -> None:
        """Take it that all has been seen that has changed so far; failures that are not marked as seen stay new."""
        self._alert_session.seen_by_hand(self.session.board, self._clock.now())
        self.say("All changes so far count as looked at")
        self.paint()

    # Events

    def action_event_log(self) -> None:
        """Open the event log, at once with what this run has seen: the keys that follow are meant for it."""
        from omstui.ui.events.log import EventLog

        if self._event_log is None:
            self._event_log = EventLog(self._alert_session.events(), self._zone(), is_whole=False)
            self.app.push_screen(self._event_log, self._jump_to)
            self.run_worker(self._recall_events(self._event_log), group="events", exclusive=True)

    async def _recall_events(self, log: "EventLog") -> None:
        """Put what is remembered of earlier runs before what the log shows."""
        remembered = await self._workspace.history.events(MOST_EVENTS)
        if log is self._event_log:
            log.recall(self._alert_session.events(remembered))

    def _jump_to(self, ref: TaskRef | None) -> None:
        """Go to the task that was chosen in the event log."""
        self._event_log = None
        if ref is None:
            return
        if ref not in self.session.board.states:
            self.say(
                f"{clean(ref.sync_task_id, _LABEL_WIDTH)} of {clean(ref.profile, _LABEL_WIDTH)} is not on the list",
                "warn",
            )
            return
        self._go_to(ref)

    def _go_to(self, ref: TaskRef) -> None:
        """Select a task of the list; a filter that keeps it out is cleared."""
        if all(state.ref != ref for state in self._rows):
            self._view = replace(self._view, profile=None)
            self._filter_by("")
        self._select(replace(self._view, selected=ref))

    # Changing the list

    def _edit(self, change: Callable[[WatchList], WatchList], done: str) -> None:
        """Change the stored list, then take over what it holds; on trouble all stays as it is."""
        self.run_worker(self._edited(change, done), group="edit")

    async def _edited(self, change: Callable[[WatchList], WatchList], done: str) -> bool:
        """Change the list, one change after the other; whether it was kept."""
        async with self._editing:
            try:
                await self.session.edit(change)
            except WorkspaceError as trouble:
                self.say(str(trouble), "bad")
                return False
            self.say(done)
            return True

    def action_add(self) -> None:
        """Open the dialog that adds tasks."""
        from omstui.ui.dialogs.add import AddDialog

        selected = self._view.selected.profile if self._view.selected is not None else None
        profiles = list(self._workspace.profiles)
        default = selected if selected in profiles else next(iter(profiles), None)
        dialog = AddDialog(profiles, default, frozenset(self.session.board.states), self._found)
        self.app.push_screen(dialog, self.add_tasks)

    async def _found(self, profile: str) -> Listing | Problem:
        """Ask what a profile's project has, unless its credential was refused or the service wants patience."""
        if (refusal := self.session.board.refusals.get(profile)) is not None:
            return refusal
        if (hold := self._poller.hold(profile)) is not None:
            return Problem(ProblemKind.THROTTLED, self._waiting(hold))
        return await self._workspace.list_tasks(profile)

    def add_tasks(self, tasks: Iterable[WatchedTask] | None) -> None:
        """Put these tasks at the end of the list."""
        if new := tuple(tasks or ()):
            self._edit(lambda watchlist: watchlist.added(new), f"Added {len(new)} task{'s' * (len(new) > 1)}")

    def action_label(self) -> None:
        """Open the dialog that names the task."""
        from omstui.ui.dialogs.label import LabelDialog

        state = self._selected_track()
        if state is None:
            return
        ref = state.ref

        def relabel(label: str | None) -> None:
            if label is not None:
                done = f"Labelled {clean(label, _LABEL_WIDTH)}" if label else "Label removed"
                self._edit(lambda watchlist: watchlist.relabelled(ref, label), done)

        self.app.push_screen(LabelDialog(state.name, state.watched.label), relabel)

    def action_remove(self) -> None:
        """Take the task off the list; u puts it back."""
        state = self._selected_track()
        if state is not None and state.ref not in self._removing:
            self._removing.add(state.ref)
            self.refresh_bindings()
            self.run_worker(self._remove(state), group="edit")

    async def _remove(self, state: TaskState) -> None:
        taken: list[tuple[WatchedTask, int]] = []

        def change(watchlist: WatchList) -> WatchList:
            taken[:] = [(task, place) for place, task in enumerate(watchlist) if task.ref == state.ref]
            return watchlist.removed([state.ref])

        undo = f"{self._key_names.of('list.undo')} puts it back"
        if await self._edited(change, f"Removed {clean(state.name, _LABEL_WIDTH)}; {undo}"):
            reached = self.session.places.get(state.ref.profile)
            self._removed.extend(_Removed(task, place, state, reached) for task, place in taken)
        self._removing.discard(state.ref)
        self.refresh_bindings()

    def action_undo(self) -> None:
        """Put the task that was removed last back in its place."""
        self.run_worker(self._undo(), group="edit")

    async def _undo(self) -> None:
        async with self._undoing:
            async with self._editing:  # a removal that is under way comes first
                entry = self._removed[-1] if self._removed else None
            if entry is None:
                self.say("Nothing to undo")
                return
            watched = entry.watched
            done = f"{clean(entry.state.name, _LABEL_WIDTH)} is back"
            if await self._edited(lambda watchlist: watchlist.inserted(watched, entry.place), done):
                self._removed.remove(entry)
                if self.session.places.get(watched.ref.profile) == entry.reached:
                    self._bring_back(entry.state)
                self._go_to(watched.ref)
            self.refresh_bindings()

    def _bring_back(self, state: TaskState) -> None:
        """Show what was known of a task before it was removed."""
        self.session.bring_back(state)
        self.paint()

    # Dialogs and leaving

    def action_credentials(self) -> None:
        """Open the dialog that lists and renews credentials."""
        from omstui.ui.dialogs.credentials import CredentialReport, CredentialsDialog

        refusals = self.session.board.refusals
        reports = [
            CredentialReport(
                state.profile,
                state.way,
                state.place,
                state.expires_at,
                refusals.get(state.profile) or state.trouble,
                state.needs_secret,
            )
            for state in self._workspace.credential_states()
        ]
        dialog = CredentialsDialog(reports, self._workspace.renew, now=self._clock.now(), zone=self._zone())
        self.app.push_screen(dialog)

    def action_help(self) -> None:
        """Open the list of keys, made from what is bound."""
        from omstui.ui.dialogs.help import open_help

        open_help(self)

    def action_quit(self) -> None:
        """Leave; while the pane is alone, go back to the list."""
        if self.has_class("-pane-full") and not self.is_too_small:
            self.action_back()
        else:
            self.app.exit()
