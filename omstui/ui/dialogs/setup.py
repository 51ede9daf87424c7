"""The screen of the guided first start."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher
from textual.worker import Worker

from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import WorkspaceError
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile, project_id_doubt
from omstui.core.task import Listing, WatchedTask
from omstui.core.text import NOT_KEPT
from omstui.ui.dialogs.credentials import CHECKING
from omstui.ui.dialogs.dialog import HEIGHTS, WIDTHS, Note
from omstui.ui.dialogs.pick import PickDialog
from omstui.ui.dialogs.project_form import ProjectForm, likely_region
from omstui.ui.dialogs.task_lines import ParsedTasks, TaskLines
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span
from omstui.ui.drawing.text import clean
from omstui.ui.widgets.key_hints import KeyHint, KeyHints
from omstui.ui.widgets.over_screen import OverScreen

_SLOW_TERMINAL = "A token lives about a day. Where pasting is slow: leave, and run omstui login with --secret-stdin"
_GO_BACK = "Go back and check the region and the project id"
_TRY_AGAIN = "Enter tries again"
_SOMEBODY_ELSE = f"Check the network and the proxy, or go back and check the region; {_TRY_AGAIN.lower()}"
_ADVICE = {
    ProblemKind.TOKEN: "Paste another token, or go back and check the region and the project id",
    ProblemKind.ENDPOINT: _GO_BACK,
    ProblemKind.REFUSED: _GO_BACK,
    ProblemKind.BAD_ANSWER: f"{_GO_BACK}: something else may be answering there",
    ProblemKind.THROTTLED: f"Wait a little; {_TRY_AGAIN.lower()}",
    ProblemKind.NETWORK: f"Check the region, the network and the proxy; {_TRY_AGAIN.lower()}",
    ProblemKind.SERVER: f"Trouble on the service's side; {_TRY_AGAIN.lower()}",
    ProblemKind.INTERNAL: _TRY_AGAIN,
}
"""Advice on problems for this screen, if a problem's own advice is about tasks that are watched already."""

_INSTEAD = (
    "Nothing was set up. On the command line the same is done by:",
    "omstui login NAME --region REGION --project-id ID",
    "A look at omstui without any account:",
    "omstui --demo",
)


class Page(Enum):
    """The pages of the screen; the value is the id of the page's container."""

    PROJECT = "project"
    CREDENTIAL = "credential"
    TASKS = "first-tasks"
    WARNING = "warning"
    """The setup is done, with a warning."""

    LEAVING = "leaving"


_STEPS = {Page.PROJECT: "Project", Page.CREDENTIAL: "Credential", Page.TASKS: "Tasks"}


def steps_line(page: Page) -> Line:
    """Draw the three steps: done ones can be clicked, the current one is highlighted."""
    steps = list(_STEPS)
    present = steps.index(page) if page in _STEPS else len(steps)
    spans: list[Span] = []
    for number, (step, name) in enumerate(_STEPS.items()):
        if spans:
            spans.append(Span("   "))
        if number < present:
            spans.append(Span(f"✓ {name}", "ok", f"screen.go_back_to('{step.name}')"))
        elif number == present:
            spans.append(Span(f"● {name}", "strong accent"))
        else:
            spans.append(Span(f"· {name}", "dim"))
    return tuple(spans)


class SetupScreen(OverScreen[bool]):
    """Asks for a project, its credential and the first tasks; each step is checked before the next.

    Closes with ``True`` once everything is saved, with ``False`` when the user leaves.
    """

    AUTO_FOCUS = ""
    QUITS = "setup.quit"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,enter", "next", "Next step", id="setup.next"),
        Binding("shift+tab", "previous", "Field or step before", id="setup.previous"),
        Binding("f2,ctrl+l", "find", "List what the project has", id="setup.find"),
        Binding("escape", "leave", "One step back; from the first one, leave", id="setup.leave"),
        Binding("q", "quit", "Quit", id="setup.quit"),
        Binding("f1,question_mark", "help", "Help", id="setup.help"),
    ]

    def __init__(
        self,
        check: Callable[[Profile, Secret], Awaitable[Problem | None]],
        save: Callable[[Profile, Secret, tuple[WatchedTask, ...]], Awaitable[str | None]],
        find: Callable[[Profile, Secret], Awaitable[Listing | Problem]] | None = None,
    ) -> None:
        """Prepare the screen.

        Args:
            check: tests a credential; returns why it was not accepted, or ``None``.
            save: saves everything; returns a warning, or ``None``.
            find: requests the tasks of the project; without it ids can only be typed.
        """
        super().__init__()
        self._check = check
        self._save = save
        self._find = find
        self._page = Page.PROJECT
        self._profile: Profile | None = None
        self._accepted: tuple[Profile, Secret] | None = None
        self._worker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Place the greeting, the line of steps, a container for each page, and the keys."""
        with Vertical(id="setup"):
            yield Note("omstui", classes="title")
            with Vertical(id="greeting"):
                yield Note("Watches OMS synchronization tasks.", classes="greeting")
                yield Note("It only reads; it changes nothing.", classes="greeting")
            yield Canvas(id="steps")
            with ContentSwitcher(initial=Page.PROJECT.value):
                yield ProjectForm(id=Page.PROJECT.value)
                with Vertical(id=Page.CREDENTIAL.value):
                    yield Note(id="whose")
                    yield TokenField(id="token")
                    yield Note(_SLOW_TERMINAL, id="outcome")
                with Vertical(id=Page.TASKS.value):
                    yield TaskLines(id="lines", placeholder="Task ids, one a line; may stay empty")
                    yield Note(id="reading")
                yield Note(id=Page.WARNING.value)
                with Vertical(id=Page.LEAVING.value):
                    for number, text in enumerate(_INSTEAD):
                        yield Note(text, classes="command" if number % 2 else "")
            yield KeyHints()

    def on_mount(self) -> None:
        """Begin with the first step."""
        self._show(Page.PROJECT)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow `quit` only on the page without fields, and `find` only on the page of tasks."""
        if action == "find":
            return self._find is not None and ((self._page is Page.TASKS and not self.is_busy) or None)
        return action != "quit" or self._page is Page.LEAVING or None

    @property
    def is_busy(self) -> bool:
        """Whether a check or a save is running."""
        return self._worker is not None and not self._worker.is_finished

    def _show(self, page: Page, *, from_behind: bool = False) -> None:
        """Show a page, and focus the field to fill in next."""
        self._page = page
        self.query_one(ContentSwitcher).current = page.value
        self.set_class(page is not Page.PROJECT, "-begun")
        self.query_one("#steps", Canvas).show_lines([steps_line(Page.PROJECT if page is Page.LEAVING else page)])
        match page:
            case Page.PROJECT:
                self.query_one(ProjectForm).take_keys(last=from_behind)
            case Page.CREDENTIAL:
                self.query_one(TokenField).focus()
            case Page.TASKS:
                self.query_one(TaskLines).focus()
                self._show_reading()
            case _:
                self.set_focus(None)
        self._show_hints()
        self.refresh_bindings()

    def _show_hints(self) -> None:
        back = KeyHint("esc", "back", "screen.leave", "setup.leave")
        match self._page:
            case Page.CREDENTIAL if self.is_busy:
                hints = [KeyHint("esc", "stop checking", "screen.leave", "setup.leave")]
            case _ if self.is_busy:
                hints = []
            case Page.PROJECT:
                hints = [
                    KeyHint("enter", "next step", "screen.next", "setup.next"),
                    KeyHint("tab", "next field", "app.focus_next"),
                    KeyHint("shift+tab", "field before", "screen.previous", "setup.previous"),
                    back._replace(words="leave"),
                ]
            case Page.CREDENTIAL:
                hints = [
                    KeyHint("enter", "check", "screen.next", "token.check"),
                    KeyHint("ctrl+u", "clear", ids="token.clear"),
                    back,
                ]
            case Page.TASKS:
                key = "enter" if self.query_one(TaskLines).has_one_line else "ctrl+s"
                found = [KeyHint("F2", "list them", "screen.find", "setup.find")] if self._find is not None else []
                hints = [KeyHint(key, "finish", "screen.next", "setup.next"), *found]
                hints += [KeyHint("enter", "new line", "screen.break_line")] if key != "enter" else []
                hints.append(back)
            case Page.WARNING:
                hints = [KeyHint("enter", "open the screen", "screen.next", "setup.next")]
            case Page.LEAVING:
                hints = [back, KeyHint("q", "quit", "screen.quit", "setup.quit")]
        self.query_one(KeyHints).show_hints(*hints)

    # Going on

    def on_input_submitted(self) -> None:
        """Check the fields and go to the next step."""
        self.action_next()

    def on_token_field_submitted(self) -> None:
        """Check the token."""
        self.action_next()

    def on_task_lines_confirmed(self) -> None:
        """Finish with the single line."""
        self.action_next()

    def action_next(self) -> None:
        """Check the input of this page, and go to the next one."""
        if self.is_busy:
            return
        match self._page:
            case Page.PROJECT:
                self._profile = self.query_one(ProjectForm).profile()
                if self._profile is not None:
                    whose = f"{self._profile.name} at {clean(self._profile.endpoint.removeprefix('https://'), 200)}"
                    doubt = project_id_doubt(self._profile.project_id)
                    if likely := likely_region(self._profile.region or ""):
                        whose += f" (not known here; is it {likely}?)"
                    if doubt:
                        whose = f"{whose}. {doubt}: compare it with My Credentials in the console"
                    self.query_one("#whose", Note).say(whose, "warn" if doubt else "")
                    self._show(Page.CREDENTIAL)
            case Page.CREDENTIAL:
                self._try_credential()
            case Page.TASKS:
                self._finish()
            case Page.WARNING:
                self.dismiss(True)  # noqa: FBT003 - the screen's result
            case Page.LEAVING:
                self._show(Page.PROJECT)

    def _try_credential(self) -> None:
        try:
            secret = self.query_one(TokenField).take()
        except ValueError as error:
            reason = str(error)
            self._tell("#outcome", f"Not checked: {reason}", "bad")
            return
        if self._profile is None:
            self._show(Page.PROJECT)
        elif self._accepted == (self._profile, secret):
            self._show(Page.TASKS)
        else:
            self._worker = self.run_worker(self._ask(self._profile, secret), group="check", exclusive=True)
            self._tell("#outcome", CHECKING)

    async def _ask(self, profile: Profile, secret: Secret) -> None:
        problem = await self._check(profile, secret)
        self._worker = None
        if problem is None:
            self._accepted = (profile, secret)
            self._tell("#outcome", "The credential was accepted", "ok")
            self._show(Page.TASKS)
            return
        self.query_one(TokenField).expect_another()
        advice = _SOMEBODY_ELSE if problem.is_foreign else _ADVICE.get(problem.kind, problem.advice_for(profile.name))
        if likely := likely_region(profile.region or ""):
            advice = f"Is the region {likely}? {advice}"
        code = f" ({problem.code})" if problem.code else ""
        self._tell("#outcome", f"{problem.text}{code}. {advice}", "bad")

    def on_token_field_changed(self, message: TokenField.Changed) -> None:
        """Cancel the check of the earlier text."""
        if self.is_busy and self._page is Page.CREDENTIAL:
            self._stop()
        if message.length:
            self._tell("#outcome", _SLOW_TERMINAL)

    def on_task_lines_token_refused(self) -> None:
        """Show why the field is empty."""
        self._show_reading()

    def on_text_area_changed(self) -> None:
        """Parse the lines again, and show the result."""
        self._show_reading()

    def _read(self) -> ParsedTasks:
        name = self._profile.name if self._profile is not None else ""
        lines = self.query_one(TaskLines)
        return ParsedTasks.of(lines.text, name, (), is_after_token=lines.has_refused)

    def _show_reading(self) -> None:
        reading, lines = self._read(), self.query_one(TaskLines)
        if lines.has_refused and not lines.text:
            self._tell("#reading", f"Refused: {NOT_KEPT}", "bad")
        else:
            self._tell("#reading", reading.summary("watch"), "warn" if reading.is_doubtful else "")

    def action_find(self) -> None:
        """Open the list of the project's tasks, which requests them."""
        if self._find is None or self._accepted is None:
            return
        find, (profile, secret) = self._find, self._accepted
        given = frozenset(task.ref for task in self._read().new)
        self.app.push_screen(PickDialog(profile.name, lambda _: find(profile, secret), given), self._take_found)

    def _take_found(self, tasks: tuple[WatchedTask, ...] | None) -> None:
        """Append the chosen tasks to the typed lines, where the user can add labels."""
        lines = self.query_one(TaskLines)
        typed = lines.text.rstrip()
        lines.text = "\n".join([*([typed] if typed else []), *(task.ref.sync_task_id for task in tasks or ())])
        lines.move_cursor(lines.document.end)
        lines.focus()

    def action_break_line(self) -> None:
        """Begin a new line, like the field's own key."""
        self.query_one(TaskLines).break_line()

    def _finish(self) -> None:
        reading = self._read()
        if reading.bad:
            self._tell("#reading", f"{reading.summary('watch')}: correct or delete it", "bad")
        elif self._accepted is None or self._accepted[0] != self._profile:
            self._show(Page.CREDENTIAL)
        else:
            self._worker = self.run_worker(self._keep(*self._accepted, reading.new), group="save", exclusive=True)
            self._tell("#reading", "Saving …")

    async def _keep(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> None:
        try:
            warning = await self._save(profile, secret, tasks)
        except WorkspaceError as error:
            reason = str(error)
            self._worker = None
            self._tell("#reading", reason, "bad")
            return
        self._worker = None
        self.query_one(TokenField).action_clear()
        if warning is None:
            self.dismiss(True)  # noqa: FBT003 - the screen's result
            return
        self.query_one(f"#{Page.WARNING.value}", Note).say(warning, "warn")
        self._show(Page.WARNING)

    def _tell(self, where: str, text: str, tone: str = "") -> None:
        self.query_one(where, Note).say(text, tone)
        self._show_hints()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    # Going back and leaving

    def action_previous(self) -> None:
        """Go to the previous field, or to the previous page."""
        if self.is_busy:
            return
        if self._page is not Page.PROJECT:
            self._go_back()
        elif not self.query_one(ProjectForm).is_at_start:
            self.focus_previous()

    def action_go_back_to(self, name: str) -> None:
        """Show the step that was clicked."""
        if not self.is_busy:
            self._show(Page[name])

    def _go_back(self) -> None:
        match self._page:
            case Page.CREDENTIAL:
                self._show(Page.PROJECT, from_behind=True)
            case Page.TASKS:
                self._show(Page.CREDENTIAL)
            case _:
                return

    def action_leave(self) -> None:
        """Cancel a check, else go one step back; before the first step, show the commands to run instead."""
        if self.is_busy:
            if self._page is Page.CREDENTIAL:
                self._stop()
                self._tell("#outcome", "The check was stopped. Enter checks again")
            return
        if self._page is Page.WARNING:
            self.dismiss(True)  # noqa: FBT003 - the screen's result
        elif self._page is Page.LEAVING:
            self._show(Page.PROJECT)
        elif self._page is Page.PROJECT:
            self._show(Page.LEAVING)
        else:
            self._go_back()

    def how_to_quit(self) -> KeyHint:
        """Return the answer to ctrl+c: the number of steps back, and the key that quits then."""
        hint = super().how_to_quit()
        times = {Page.CREDENTIAL: " twice", Page.TASKS: " three times"}.get(self._page, "")
        return hint._replace(key=hint.key.replace(",", f"{times},", 1))

    def say_how_to_quit(self) -> None:
        """Show the answer to ctrl+c; no key quits while the setup is saved."""
        if self._page is not Page.LEAVING and not (self.is_busy and self._page is Page.TASKS):
            super().say_how_to_quit()

    def action_quit(self) -> None:
        """Close without a setup."""
        self.dismiss(False)  # noqa: FBT003 - the screen's result
