"""The main screen: put together from its parts, and painted from what the session knows."""

from dataclasses import dataclass
from datetime import tzinfo
from math import inf
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from omstui.backend.session import (
    AnswerFiled,
    Beat,
    CredentialChanged,
    FileProblem,
    ListChanged,
    PastRecalled,
    ProfilesChanged,
    SessionMessage,
    WatchSession,
)
from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.settings import KioskPolicy
from omstui.core.task import WatchList
from omstui.ui.detail.pane import DetailPane
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.formats import clean
from omstui.ui.drawing.line import Span, wrapped
from omstui.ui.drawing.list_columns import Context, Layout
from omstui.ui.main.asking import AskingNow
from omstui.ui.main.copying import Copying, Exporting
from omstui.ui.main.kiosk import HARMLESS, Wall
from omstui.ui.main.list_editing import ListEditing
from omstui.ui.main.months import Months
from omstui.ui.main.moving import Arranging, Looking, Moving, ProfileFilter
from omstui.ui.main.past import Past
from omstui.ui.main.seeing import Events, Seeing
from omstui.ui.main.stage import Stage
from omstui.ui.main.task_table import TaskTable
from omstui.ui.terminal.compat import SeenThrough, free_closed_widgets
from omstui.ui.widgets.filter_line import FilterLine
from omstui.ui.widgets.head_line import ClockFace, Head, HeadLine
from omstui.ui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from omstui.ui.history.screen import HistoryScreen

_PAINT_PAUSE = 0.2
"""Seconds after a paint in which an answer that is waited for is left to the next beat."""


class MainScreen(SeenThrough[None]):
    """Watch list and detail pane over what the session knows.

    A beat paints once a second what has changed, keys and first answers paint at once. Whatever is painted is worked
    out from the board and the clock at that moment. What keys do is done by the parts, whose actions it offers as its
    own.
    """

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (40, "-narrow"), (60, "-stacked"), (110, "-wide")]  # noqa: RUF012 - typed by Textual
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (12, "-short"), (16, "-tall")]  # noqa: RUF012 - typed by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        *Exporting.BINDINGS,
        *ProfileFilter.BINDINGS,
        *Moving.BINDINGS,
        *Months.BINDINGS,
        *Past.BINDINGS,
        *Months.LATER_BINDINGS,
        *Arranging.BINDINGS,
        *ListEditing.BINDINGS,
        *Seeing.BINDINGS,
        *AskingNow.BINDINGS,
        *Wall.BINDINGS,
        *Looking.BINDINGS,
        *Copying.BINDINGS,
        *Events.BINDINGS,
        Binding("T", "credentials", "Credentials", id="credentials"),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("q", "quit", "Quit; above the list, back", id="quit"),
    ]

    PALETTE: ClassVar[dict[str, str]] = {"Mark all as seen now": "mark_seen"}
    """What has no key: descriptions with their actions."""

    @dataclass
    class Recalled(Message):
        """The figures from before this run are on the screen."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        month: Month | None = None,
        profile: str | None = None,
        display: KioskPolicy = KioskPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__()

        def meant(watchlist: WatchList) -> WatchList:
            """Return the tasks of one profile only, when the screen was opened for one."""
            return WatchList(tuple(task for task in watchlist if profile in {None, task.ref.profile}))

        self._is_kiosk = display.kiosk
        self._clock = workspace.clock
        self._head_zone: tzinfo | None = None
        """In which zone the first line tells the time."""

        self._painted_at = -inf
        """When the screen was painted last, in steady seconds."""

        self._file_problems: dict[str, str] = {}
        """What is wrong with the files, by what they hold."""

        self.session = WatchSession(workspace, workspace.clock, workspace.history, meant=meant, waits_for_picture=True)
        self.stage = stage = Stage(self, workspace, self.session, month, self.paint)
        self.moving, self.arranging, self.months = Moving(stage), Arranging(stage), Months(stage)
        self.past = Past(stage, self.months.show_month)
        self.wall = Wall(stage, display, self.moving.select)
        self.editing = ListEditing(stage, self.moving.go_to)
        self.events = Events(stage, self.moving.go_to)
        self.asking, self.seeing = AskingNow(stage, self.months), Seeing(stage)
        self.profiles = ProfileFilter(stage)
        parts = (
            *(self.moving, self.arranging, self.months, self.past, self.wall, self.editing, self.events, self.asking),
            *(self.seeing, self.profiles, Looking(stage), Exporting(stage), Copying(stage)),
        )
        for part in parts:  # keys and clicks look for an action on the screen
            for name in dir(part):
                if name.startswith("action_"):
                    setattr(self, name, getattr(part, name))
        self.session.listen(self._hear)

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
        """Begin to watch."""
        self.bindings_updated_signal.subscribe(self, lambda _: self._show_keys())
        self.months.begin()
        self.run_worker(self.session.run(), name="watching")
        self.call_after_refresh(self.paint)

    async def on_unmount(self) -> None:
        """Leave nothing unwritten, and nothing running."""
        await self.session.aclose()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what is not allowed, and disable (`None`) the keys that would do nothing now."""
        is_kept_out = self._is_kiosk and action not in HARMLESS
        if is_kept_out or (self.stage.is_too_small and action not in {"quit", "back"}):
            return False
        match action:
            case "back":
                return self.stage.is_pane_alone or self.stage.view.is_filtering or None
            case "open_pane":
                return not self.stage.is_pane_alone or None
            case "current_month":
                return self.stage.month is not None or None
            case "undo":
                return self.editing.can_undo or None
            case _:
                return True

    # What the session tells

    def _hear(self, message: SessionMessage) -> None:
        """Show what the session tells."""
        match message:
            case Beat():
                self.paint()
            case AnswerFiled():
                # Of a thousand first answers each would draw the screen once more.
                has_rested = not 0 <= self._clock.monotonic() - self._painted_at < _PAINT_PAUSE
                if message.is_awaited and has_rested:
                    self.paint()
            case PastRecalled():
                self.paint()
                if message.is_first:
                    self.call_after_refresh(self.post_message, self.Recalled())
            case ListChanged() | ProfilesChanged():
                self.stage.mark_profiles()
                self.paint()
            case CredentialChanged():
                self.paint()
            case FileProblem():
                self._show_file_problem(message.what, message.words)

    def _show_file_problem(self, what: str, text: str) -> None:
        """Say below the list what is wrong with a file, for as long as it is; an empty text when it is in order."""
        self._file_problems[what] = text
        canvas = self.query_one("#trouble", Canvas)
        width = max(self.query_one("#titles", Canvas).drawn_width, 20)
        lines = [
            line for one in self._file_problems.values() if one for line in wrapped(f" {clean(one, 400)}", width, "bad")
        ]
        canvas.display = bool(lines)
        canvas.show_lines(lines)

    def on_task_table_picked(self, message: TaskTable.Picked) -> None:
        """Select the clicked row."""
        self.moving.select(message.ref)

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        """Filter while the user types."""
        self.arranging.filter_by(message.needle)

    def on_history_screen_moved(self) -> None:
        """Look for what is in view now."""
        self.paint()

    def on_history_screen_asked(self, message: "HistoryScreen.Asked") -> None:
        """Ask for a month of the history again."""
        self.asking.ask_again(message.month)

    # What is shown

    def paint(self, *, is_move: bool = False) -> None:
        """Show what is known at this moment; only what differs reaches the terminal.

        Args:
            is_move: whether only another row or month is chosen; the first line, which is about all tasks, can wait.
        """
        if not self.is_attached:
            return
        stage, self._painted_at = self.stage, self._clock.monotonic()
        context = Context(self.session.shown(), stage.zone(), stage.marks)
        stage.settle(context)
        titles = self.query_one("#titles", Canvas)
        layout = Layout.for_width(titles.drawn_width, has_marks=bool(stage.marks))
        if not is_move or context.zone != self._head_zone:
            self._head_zone = context.zone
            unmarked = layout.order_unmarked(stage.view.sort, reverse=stage.view.reverse)
            order = unmarked if titles.drawn_width else ""  # the pane alone has no list to be in an order
            self._paint_head(replace(stage.head(context), order=order))
        titles.show_lines([layout.header(stage.view.sort, reverse=stage.view.reverse)])
        self.query_one(TaskTable).show_rows(stage.rows, context, stage.view.selected)
        self._paint_pane(context)
        for paint in stage.painters:
            paint()

    def _paint_head(self, head: Head) -> None:
        self.query_one(HeadLine).show_head(head)
        self.query_one(ClockFace).show_time(head.now, head.zone, is_thin=self.stage.workspace.settings.thin)
        small = f"{self.size.width}×{self.size.height} is too small: omstui needs 40×12. It goes on watching."
        self.query_one("#too-small", Canvas).show_lines([(Span(small, "warn"),)])

    def _paint_pane(self, context: Context) -> None:
        stage, pane = self.stage, self.query_one(DetailPane)
        if stage.detail is not None:
            pane.show_view(stage.detail)
        elif self._file_problems.get("list"):
            pane.show_words("The watch list could not be read; its file says why, below.", "warn")
        else:
            presses = 1 + stage.is_pane_alone
            pane.show_words(stage.view.nothing_words(context.index.board, stage.key_names, presses=presses), "dim")

    def say(self, text: str, role: str = "") -> None:
        """Tell the user something in the last line, until the next key."""
        self.stage.say(text, role)

    def _show_keys(self) -> None:
        bindings = [active.binding for active in self.active_bindings.values() if active.enabled]
        if self.stage.is_pane_alone:  # what quits leads back to the list then, as the first hint says
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
        free_closed_widgets()
        self.call_after_refresh(self.paint)
        self._show_keys()

    # Dialogs and leaving

    def action_credentials(self) -> None:
        """Open the dialog that lists and renews credentials."""
        from omstui.ui.dialogs.credentials import CredentialsDialog

        workspace, refusals = self.stage.workspace, self.session.board.refusals
        states = [
            replace(state, problem=refusals.get(state.profile) or state.problem)
            for state in workspace.credentials.states()
        ]
        renew = workspace.credentials.renew
        self.app.push_screen(CredentialsDialog(states, renew, now=self._clock.now(), zone=self.stage.zone()))

    def action_help(self) -> None:
        """Open the list of keys, made from what is bound."""
        from omstui.ui.dialogs.help import open_help

        open_help(self)

    def action_quit(self) -> None:
        """Leave; while the pane is alone, go back to the list."""
        if self.stage.is_pane_alone and not self.stage.is_too_small:
            self.moving.action_back()
        else:
            self.app.exit()
