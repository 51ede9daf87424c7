"""The list as a file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.backend.workspace import WorkspaceError
from omstui.ui.drawing.columns import Context
from omstui.ui.main.profile_screen import ProfileScreen

if TYPE_CHECKING:
    from omstui.ui.dialogs.copy import Chosen


class ExportScreen(ProfileScreen):
    """Writes what the list shows to a new file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "export", "Write the list with its figures to a CSV file", id="list.export")
    ]

    def action_export(self) -> None:
        """Write the rows that are shown, as they are now or as the view is held."""
        self.run_worker(self._export(), group="export")

    async def _export(self) -> None:
        from omstui.ui.main.list import list_csv

        now = self._clock.now()
        context = Context(self.session.shown().at, self._zone(), self._interval)
        text = list_csv(self._rows, context)
        shown, total = len(self._rows), len(self.session.board.states)
        what = f"{shown:,} of {total:,} tasks" if shown != total else f"{total:,} task{'' if total == 1 else 's'}"
        try:
            where = await self._workspace.export(f"omstui-{now.astimezone(self._zone()):%Y-%m-%d-%H%M%S}", ".csv", text)
        except WorkspaceError as trouble:
            self.say(str(trouble), "bad")
            return
        self.say(f"Wrote {what} to {where}")


class CopyScreen(ExportScreen):
    """Copies what there is of the selected task."""

    @dataclass
    class Copied(Message):
        """A text is to go to the terminal's clipboard."""

        what: str
        """Names it: ``the id``."""

        text: str

    @dataclass
    class MouseUsed(Message):
        """The mouse is to be ours, or the terminal's, to select with."""

        is_ours: bool

    def action_copy_id(self) -> None:
        """Copy the task's id to the terminal's clipboard."""
        from omstui.core.text import tame

        if self._view.selected is not None:
            self.post_message(self.Copied("the id", tame(self._view.selected.sync_task_id)))

    def action_copy_menu(self) -> None:
        """Open the menu of what can be copied."""
        from omstui.core.output.excerpt import Shown, excerpts
        from omstui.core.watch.condition import assess
        from omstui.ui.dialogs.copy import CopyMenu

        view = self._past_view()
        if view is None:
            return
        state, now = view.state, self._clock.now()
        assessment = assess(state, now, self._interval)
        shown = Shown(view.good, view.problem, self._month if view.is_past else None)
        texts = excerpts(state, assessment, shown, self._profile_of(state.ref), now)
        self.app.push_screen(CopyMenu(state.name, texts), self._use)

    def _use(self, chosen: "Chosen | None") -> None:
        """Copy what was chosen, or show it."""
        from omstui.ui.dialogs.copy import PlainScreen

        if chosen is None:
            return
        if chosen.is_shown:
            self.post_message(self.MouseUsed(is_ours=False))
            screen = PlainScreen(chosen.excerpt.text)
            self.app.push_screen(screen, lambda _: self._take_mouse())
        else:
            self.post_message(self.Copied(chosen.excerpt.name, chosen.excerpt.text))

    def _take_mouse(self) -> None:
        self.post_message(self.MouseUsed(is_ours=True))
