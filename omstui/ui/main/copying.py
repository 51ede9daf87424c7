"""The list as a file, and what can be copied of a task."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from omstui.backend.workspace import WorkspaceError
from omstui.ui.drawing.list_columns import Context
from omstui.ui.main.stage import Stage

if TYPE_CHECKING:
    from omstui.ui.dialogs.copy import Chosen


class Exporting:
    """Writes what the list shows to a new file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "export", "Write the list with its figures to a CSV file", id="list.export")
    ]

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def action_export(self) -> None:
        """Write the rows that are shown, as they are now or as the view is held."""
        self._stage.screen.run_worker(self._export(), group="export")

    async def _export(self) -> None:
        from omstui.ui.main.list import list_csv

        now = self._stage.clock.now()
        context = Context(self._stage.session.shown(), self._stage.zone())
        rows = self._stage.view.rows(context)
        text = list_csv(rows, context)
        shown, total = len(rows), len(self._stage.session.board.states)
        what = f"{shown:,} of {total:,} tasks" if shown != total else f"{total:,} task{'' if total == 1 else 's'}"
        try:
            where = await self._stage.workspace.export(
                f"omstui-{now.astimezone(self._stage.zone()):%Y-%m-%d-%H%M%S}", ".csv", text
            )
        except WorkspaceError as error:
            self._stage.say(str(error), "bad")
            return
        self._stage.say(f"Wrote {what} to {where}")


class Copying:
    """Copies what there is of the selected task."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_id", "Copy the task id", id="copy.id"),
        Binding("Y", "copy_menu", "Copy the row, the answer, the error, a curl line", id="copy.menu"),
    ]

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

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def action_copy_id(self) -> None:
        """Copy the task's id to the terminal's clipboard."""
        from omstui.core.text import tame

        if self._stage.view.selected is not None:
            self._stage.screen.post_message(self.Copied("the id", tame(self._stage.view.selected.sync_task_id)))

    def action_copy_menu(self) -> None:
        """Open the menu of what can be copied."""
        from omstui.core.reports.excerpt import Shown, excerpts
        from omstui.ui.dialogs.copy import CopyMenu

        view = self._stage.detail_now()
        if view is None:
            return
        state = view.state
        shown = Shown(view.good, view.problem, self._stage.month if view.is_past else None)
        texts = excerpts(state, view.assessment, shown, self._stage.profile_of(state.ref), view.now)
        self._stage.screen.app.push_screen(CopyMenu(state.name, texts), self._use)

    def _use(self, chosen: "Chosen | None") -> None:
        """Copy what was chosen, or show it."""
        from omstui.ui.dialogs.copy import PlainScreen

        if chosen is None:
            return
        if chosen.is_shown:
            self._stage.screen.post_message(self.MouseUsed(is_ours=False))
            screen = PlainScreen(chosen.excerpt.text)
            self._stage.screen.app.push_screen(screen, lambda _: self._take_mouse())
        else:
            self._stage.screen.post_message(self.Copied(chosen.excerpt.name, chosen.excerpt.text))

    def _take_mouse(self) -> None:
        self._stage.screen.post_message(self.MouseUsed(is_ours=True))
