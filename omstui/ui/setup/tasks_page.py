"""The last page of the guided start: the first tasks, and saving."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import WorkspaceError
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import Listing, WatchedTask
from omstui.core.text import NOT_KEPT
from omstui.ui.dialogs.dialog import Note
from omstui.ui.dialogs.pick import PickDialog
from omstui.ui.dialogs.task_lines import ParsedTasks, TaskLines
from omstui.ui.widgets.key_hints import KeyHint

SaveSetup = Callable[[Profile, Secret, tuple[WatchedTask, ...]], Awaitable[str | None]]
"""Saves everything; returns a warning, or ``None``."""

FindTasks = Callable[[Profile, Secret], Awaitable[Listing | Problem]]
"""Requests the tasks of the project."""


class TasksPage(Vertical):
    """Asks for the first tasks of a profile, and saves them with the profile and its credential."""

    @dataclass
    class KeysChanged(Message):
        """`key_hints` may have changed."""

    @dataclass
    class Saved(Message):
        """Everything was saved."""

        warning: str | None

    def __init__(self, save: SaveSetup, find: FindTasks | None, escape: KeyHint, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._save = save
        self._find = find
        self._escape = escape
        self._accepted: tuple[Profile, Secret] | None = None
        self.is_saving = False
        """Whether everything is being saved, or was saved, so that no key has an effect."""

    def compose(self) -> ComposeResult:
        """Place the field, and the parsed result."""
        yield TaskLines(id="lines", placeholder="Task ids, one a line; may stay empty")
        yield Note(id="parsed")

    @property
    def can_find(self) -> bool:
        """Whether the tasks of the project can be requested."""
        return self._find is not None

    @property
    def key_hints(self) -> list[KeyHint]:
        """The keys that work now."""
        if self.is_saving:
            return []
        has_one_line = self.query_one(TaskLines).has_one_line
        hints = [KeyHint("enter" if has_one_line else "ctrl+s", "finish", "screen.next", "setup.next")]
        if self.can_find:
            hints.append(KeyHint("F2", "list them", "screen.find", "setup.find"))
        if not has_one_line:
            hints.append(KeyHint("enter", "new line", "screen.break_line"))
        return [*hints, self._escape]

    def accept(self, profile: Profile, secret: Secret) -> None:
        """Save the tasks with this profile and its credential."""
        self._accepted = (profile, secret)

    def open(self) -> None:
        """Focus the field, and show the parsed result."""
        self.is_saving = False
        self.query_one(TaskLines).focus()
        self._show_parsed()

    def on_task_lines_confirmed(self) -> None:
        """Finish with the single line."""
        self.submit()

    def on_task_lines_token_refused(self) -> None:
        """Show why the field is empty."""
        self._show_parsed()

    def on_text_area_changed(self) -> None:
        """Parse the lines again, and show the result."""
        self._show_parsed()

    def _parse(self) -> ParsedTasks:
        name = self._accepted[0].name if self._accepted is not None else ""
        lines = self.query_one(TaskLines)
        return ParsedTasks.of(lines.text, name, (), is_after_token=lines.has_refused)

    def _show_parsed(self) -> None:
        parsed, lines = self._parse(), self.query_one(TaskLines)
        if lines.has_refused and not lines.text:
            self._say(f"Refused: {NOT_KEPT}", "bad")
        else:
            self._say(parsed.summary("watch"), "warn" if parsed.is_doubtful else "")

    def _say(self, text: str, tone: str = "") -> None:
        self.query_one("#parsed", Note).say(text, tone)
        self.post_message(self.KeysChanged())

    def break_line(self) -> None:
        """Begin a new line, like the field's own key."""
        self.query_one(TaskLines).break_line()

    def find(self) -> None:
        """Open the list of the project's tasks, which requests them."""
        if self._find is None or self._accepted is None:
            return
        find, (profile, secret) = self._find, self._accepted
        given = frozenset(task.ref for task in self._parse().new)
        self.app.push_screen(PickDialog(profile.name, lambda _: find(profile, secret), given), self._add_chosen)

    def _add_chosen(self, tasks: tuple[WatchedTask, ...] | None) -> None:
        """Append the chosen tasks to the typed lines, where the user can add labels."""
        lines = self.query_one(TaskLines)
        typed = lines.text.rstrip()
        lines.text = "\n".join([*([typed] if typed else []), *(task.ref.sync_task_id for task in tasks or ())])
        lines.move_cursor(lines.document.end)
        lines.focus()

    def submit(self) -> None:
        """Save everything, or show which lines name no task; do nothing while everything is being saved."""
        if self.is_saving:
            return
        parsed = self._parse()
        if parsed.bad:
            self._say(f"{parsed.summary('watch')}: correct or delete it", "bad")
        elif self._accepted is not None:
            self.is_saving = True
            self.run_worker(self._keep(*self._accepted, parsed.new), group="save", exclusive=True)
            self._say("Saving …")

    async def _keep(self, profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> None:
        try:
            warning = await self._save(profile, secret, tasks)
        except WorkspaceError as error:
            reason = str(error)
            self.is_saving = False
            self._say(reason, "bad")
        else:
            self.post_message(self.Saved(warning))
