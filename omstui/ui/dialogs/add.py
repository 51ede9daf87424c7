"""The dialog that adds tasks to the watch list."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button

from omstui.core.task import TaskRef, WatchedTask
from omstui.core.text import NOT_KEPT
from omstui.ui.dialogs.dialog import Dialog, Note
from omstui.ui.dialogs.inputs import Choice
from omstui.ui.dialogs.pick import Find, PickDialog
from omstui.ui.dialogs.task_lines import ParsedTasks, TaskLines
from omstui.ui.widgets.key_hints import KeyHint, KeyHints


class AddDialog(Dialog[tuple[WatchedTask, ...] | None]):
    """Asks for task ids; closes with the tasks to add, or with ``None``.

    Lines that name no task stay in the field until they are corrected or deleted. Tasks that were confirmed before are
    part of the result, however the dialog is closed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,enter", "add", "Add the tasks", id="add.confirm"),
        Binding("f2,ctrl+l", "find", "List what the project has", id="add.find"),
        Binding("escape,q", "leave", "Back", id="add.close"),
    ]

    def __init__(
        self,
        profiles: Sequence[str],
        default_profile: str | None,
        watched: frozenset[TaskRef],
        find: Find | None = None,
    ) -> None:
        """Prepare the dialog.

        Args:
            profiles: the profiles' names.
            default_profile: the profile that is chosen first.
            watched: the tasks that are watched already.
            find: requests the tasks of a profile's project; without it ids can only be typed.
        """
        super().__init__()
        self._find = find
        self._profiles = tuple(profiles)
        self._profile = default_profile if default_profile in self._profiles else next(iter(self._profiles), "")
        self._watched = watched
        self._accepted: tuple[WatchedTask, ...] = ()

    def compose(self) -> ComposeResult:
        """Place the field, the profile if there is a choice, the parsed result, and the keys."""
        with Vertical(classes="dialog"):
            yield Note("Add tasks", classes="title")
            yield TaskLines(id="lines", placeholder="Task ids, one a line; a label may follow each")
            if len(self._profiles) > 1:
                yield Choice("Profile", self._profiles, self._profile, id="profile")
            yield Note(id="parsed")
            with Horizontal(classes="foot"):
                yield Button(Content("Add"), id="add", compact=True)
                yield KeyHints()

    def on_mount(self) -> None:
        """Show the result of the empty field, and the keys."""
        self._show_parsed()

    def on_text_area_changed(self) -> None:
        """Parse the lines again, and show the result."""
        self._show_parsed()

    def on_task_lines_token_refused(self) -> None:
        """Show why the field is empty."""
        self._show_parsed()

    def on_choice_changed(self, message: Choice.Changed) -> None:
        """Parse the lines for another profile."""
        self._profile = message.name
        self._show_parsed()

    def on_task_lines_confirmed(self) -> None:
        """Add the single line."""
        self.action_add()

    def on_button_pressed(self) -> None:
        """Add the parsed tasks."""
        self.action_add()

    def action_add(self) -> None:
        """Accept the parsed tasks, and close unless lines without a task remain."""
        parsed = self._parse()
        if not self._profiles or not (parsed.new or parsed.known or self._accepted):
            self._show_parsed("bad")
            return
        self._accepted += parsed.new
        if not parsed.bad:
            self.dismiss(self._accepted)
            return
        lines = self.query_one(TaskLines)
        lines.text = "\n".join(parsed.bad_lines)
        lines.move_cursor(lines.document.end)
        lines.focus()
        self._show_parsed("bad")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide `find` if tasks cannot be requested."""
        return action != "find" or (self._find is not None and bool(self._profiles))

    def action_find(self) -> None:
        """Open the list of the project's tasks, which requests them."""
        if self._find is not None:
            watched = self._watched | {task.ref for task in self._accepted}
            self.app.push_screen(PickDialog(self._profile, self._find, watched), self._add_chosen)

    def _add_chosen(self, tasks: tuple[WatchedTask, ...] | None) -> None:
        """Accept the tasks that were chosen in the list, and close unless the field has text."""
        self._accepted += tasks or ()
        if tasks and not self.query_one(TaskLines).text.strip():
            self.dismiss(self._accepted)
        else:
            self._show_parsed()

    def action_break_line(self) -> None:
        """Begin a new line, like the field's own key."""
        self.query_one(TaskLines).break_line()

    def action_leave(self) -> None:
        """Close with the tasks that were accepted before."""
        self.dismiss(self._accepted or None)

    def _parse(self) -> ParsedTasks:
        watched = self._watched | {task.ref for task in self._accepted}
        lines = self.query_one(TaskLines)
        return ParsedTasks.of(lines.text, self._profile, watched, self._profiles, is_after_token=lines.has_refused)

    def _show_parsed(self, tone: str = "") -> None:
        parsed = self._parse()
        lines = self.query_one(TaskLines)
        accepted = f"{len(self._accepted)} accepted · " if self._accepted else ""
        if not self._profiles:
            words, tone = "There is no profile yet. Leave, and run: omstui login", "bad"
        elif lines.has_refused and not lines.text:
            words, tone = f"Refused: {NOT_KEPT}", "bad"
        else:
            words = f"{accepted}{parsed.summary('add')}"
        self.query_one("#parsed", Note).say(words, tone or ("warn" if parsed.is_doubtful else ""))
        self.query_one(KeyHints).show_hints(
            KeyHint("enter" if lines.has_one_line else "ctrl+s", "add", "screen.add", "add.confirm"),
            *([KeyHint("F2", "list them", "screen.find", "add.find")] if self.check_action("find", ()) else []),
            KeyHint("ctrl+j" if lines.has_one_line else "enter", "new line", "screen.break_line"),
            KeyHint(
                "esc", f"close, adding {len(self._accepted)}" if self._accepted else "back", "screen.leave", "add.close"
            ),
        )
