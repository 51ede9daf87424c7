"""The screen of the guided first start."""

from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from omstui.ui.dialogs.dialog import HEIGHTS, WIDTHS, Note
from omstui.ui.dialogs.secret_form import SecretForm
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span
from omstui.ui.setup.credential_page import CheckCredential, CredentialPage
from omstui.ui.setup.project_form import ProjectForm
from omstui.ui.setup.tasks_page import FindTasks, SaveSetup, TasksPage
from omstui.ui.widgets.key_hints import KeyHint, KeyHints
from omstui.ui.widgets.over_screen import OverScreen

_COMMANDS = (
    "Nothing was set up. On the command line the same is done by:",
    "omstui login NAME --region REGION --project-id ID",
    "A look at omstui without any account:",
    "omstui --demo",
)


class Page(Enum):
    """The pages of the screen; the value is the id of the page's widget."""

    PROJECT = "project"
    CREDENTIAL = "credential"
    TASKS = "first-tasks"
    WARNING = "warning"
    """The setup is done, with a warning."""

    LEAVING = "leaving"
    """The user is about to leave, and sees the commands to run instead."""


_STEPS = {Page.PROJECT: "Project", Page.CREDENTIAL: "Credential", Page.TASKS: "Tasks"}
_NEXT = KeyHint("enter", "next step", "screen.next", "setup.next")
_BACK = KeyHint("esc", "back", "screen.leave", "setup.leave")


def steps_line(page: Page) -> Line:
    """Draw the three steps: done ones can be clicked, the current one is highlighted."""
    steps = list(_STEPS)
    current = steps.index(page) if page in _STEPS else len(steps)
    spans: list[Span] = []
    for number, (step, name) in enumerate(_STEPS.items()):
        if spans:
            spans.append(Span("   "))
        if number < current:
            spans.append(Span(f"✓ {name}", "ok", f"screen.go_back_to('{step.name}')"))
        elif number == current:
            spans.append(Span(f"● {name}", "strong accent"))
        else:
            spans.append(Span(f"· {name}", "dim"))
    return tuple(spans)


class SetupScreen(OverScreen[bool]):
    """Asks for a project, its credential and the first tasks; each step is checked before the next.

    Each page has its fields, its checks and its key hints; the screen decides which page comes next. It closes with
    ``True`` once everything is saved, with ``False`` when the user leaves.
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

    def __init__(self, check: CheckCredential, save: SaveSetup, find: FindTasks | None = None) -> None:
        """Prepare the screen.

        Args:
            check: tests a credential.
            save: saves everything.
            find: requests the tasks of the project; without it ids can only be typed.
        """
        super().__init__()
        self._page = Page.PROJECT
        self._project = ProjectForm(id=Page.PROJECT.value)
        self._credential = CredentialPage(check, _BACK, id=Page.CREDENTIAL.value)
        self._tasks = TasksPage(save, find, _BACK, id=Page.TASKS.value)
        self._warning = Note(id=Page.WARNING.value)

    def compose(self) -> ComposeResult:
        """Place the greeting, the line of steps, the pages, and the keys."""
        with Vertical(id="setup"):
            yield Note("omstui", classes="title")
            with Vertical(id="greeting"):
                yield Note("Watches OMS synchronization tasks.", classes="greeting")
                yield Note("It only reads; it changes nothing.", classes="greeting")
            yield Canvas(id="steps")
            with ContentSwitcher(initial=Page.PROJECT.value):
                yield self._project
                yield self._credential
                yield self._tasks
                yield self._warning
                with Vertical(id=Page.LEAVING.value):
                    for number, text in enumerate(_COMMANDS):
                        yield Note(text, classes="command" if number % 2 else "")
            yield KeyHints()

    def on_mount(self) -> None:
        """Begin with the first step."""
        self._show(Page.PROJECT)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow `quit` only on the page without fields, and `find` only on the page of tasks."""
        if action == "find":
            return self._tasks.can_find and ((self._page is Page.TASKS and not self.is_busy) or None)
        return action != "quit" or self._page is Page.LEAVING or None

    @property
    def is_busy(self) -> bool:
        """Whether a check or a save is running."""
        return self._credential.form.is_checking or (self._page is Page.TASKS and self._tasks.is_saving)

    def _show(self, page: Page, *, at_last_field: bool = False) -> None:
        """Show a page, and focus the field to fill in next."""
        self._page = page
        self.query_one(ContentSwitcher).current = page.value
        self.set_class(page is not Page.PROJECT, "-begun")
        self.query_one("#steps", Canvas).show_lines([steps_line(Page.PROJECT if page is Page.LEAVING else page)])
        match page:
            case Page.PROJECT:
                self._project.focus_field(last=at_last_field)
            case Page.CREDENTIAL:
                self._credential.form.open()
            case Page.TASKS:
                self._tasks.open()
            case _:
                self.set_focus(None)
        self._show_hints()
        self.refresh_bindings()

    @on(SecretForm.KeysChanged)
    @on(TasksPage.KeysChanged)
    def _show_hints(self) -> None:
        """Show the keys that work now."""
        match self._page:
            case Page.PROJECT:
                previous = KeyHint("shift+tab", "field before", "screen.previous", "setup.previous")
                hints = [_NEXT, KeyHint("tab", "next field", "app.focus_next"), previous, _BACK._replace(words="leave")]
            case Page.CREDENTIAL:
                hints = self._credential.form.key_hints
            case Page.TASKS:
                hints = self._tasks.key_hints
            case Page.WARNING:
                hints = [_NEXT._replace(words="open the screen")]
            case Page.LEAVING:
                hints = [_BACK, KeyHint("q", "quit", "screen.quit", "setup.quit")]
        self.query_one(KeyHints).show_hints(*hints)

    # Going forward

    def on_input_submitted(self) -> None:
        """Check the fields and go to the next step."""
        self.action_next()

    def action_next(self) -> None:
        """Check the input of this page, and go to the next one."""
        if self.is_busy:
            return
        match self._page:
            case Page.PROJECT:
                profile = self._project.profile()
                if profile is not None:
                    self._credential.show_profile(profile)
                    self._show(Page.CREDENTIAL)
            case Page.CREDENTIAL:
                self._credential.form.submit()
            case Page.TASKS:
                self._tasks.submit()
            case Page.WARNING:
                self.dismiss(True)  # noqa: FBT003 - the screen's result
            case Page.LEAVING:
                self._show(Page.PROJECT)

    def on_credential_page_accepted(self, message: CredentialPage.Accepted) -> None:
        """Go to the tasks, unless the user has gone back meanwhile."""
        if self._page is Page.CREDENTIAL:
            self._tasks.accept(message.profile, message.secret)
            self._show(Page.TASKS)

    def on_tasks_page_saved(self, message: TasksPage.Saved) -> None:
        """Close, or show a warning first."""
        self._credential.forget()
        if message.warning is None:
            self.dismiss(True)  # noqa: FBT003 - the screen's result
        else:
            self._warning.say(message.warning, "warn")
            self._show(Page.WARNING)

    def action_find(self) -> None:
        """Open the list of the project's tasks."""
        self._tasks.find()

    def action_break_line(self) -> None:
        """Begin a new line, like the field's own key."""
        self._tasks.break_line()

    # Going back and leaving

    def action_previous(self) -> None:
        """Go to the previous field, or to the previous page."""
        if self._page is Page.PROJECT and not self._project.is_at_start:
            self.focus_previous()
        elif self._page in {Page.CREDENTIAL, Page.TASKS} and not self.is_busy:
            self.action_leave()

    def action_go_back_to(self, name: str) -> None:
        """Show the step that was clicked."""
        if not self.is_busy:
            self._show(Page[name])

    def action_leave(self) -> None:
        """Stop a check, else go one step back; before the first step, show the commands to run instead."""
        match self._page:
            case Page.PROJECT:
                self._show(Page.LEAVING)
            case Page.CREDENTIAL if self.is_busy:
                self._credential.form.stop()
            case Page.CREDENTIAL:
                self._show(Page.PROJECT, at_last_field=True)
            case Page.TASKS if not self.is_busy:
                self._show(Page.CREDENTIAL)
            case Page.WARNING:
                self.dismiss(True)  # noqa: FBT003 - the screen's result
            case Page.LEAVING:
                self._show(Page.PROJECT)

    def how_to_quit(self) -> KeyHint:
        """Return the answer to ctrl+c: the number of steps back, and the key that quits then."""
        hint = super().how_to_quit()
        times = {Page.CREDENTIAL: " twice", Page.TASKS: " three times"}.get(self._page, "")
        return hint._replace(key=hint.key.replace(",", f"{times},", 1))

    def say_how_to_quit(self) -> None:
        """Show the answer to ctrl+c; no key quits while the setup is saved."""
        if self._page is not Page.LEAVING and not (self._page is Page.TASKS and self.is_busy):
            super().say_how_to_quit()

    def action_quit(self) -> None:
        """Close without a setup."""
        self.dismiss(False)  # noqa: FBT003 - the screen's result
