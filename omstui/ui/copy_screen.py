"""What is taken out of the screen: to the terminal's clipboard, or to be selected on a plain screen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from omstui.ui.export_screen import ExportScreen

if TYPE_CHECKING:
    from omstui.ui.dialogs.copy import Chosen


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
        from omstui.core.watch.condition import judge
        from omstui.ui.dialogs.copy import CopyMenu

        view = self._past_view()
        if view is None:
            return
        track, now = view.track, self._clock.now()
        judgement = judge(track, now, self._interval)
        shown = Shown(view.good, view.problem, self._month if view.is_past else None)
        texts = excerpts(track, judgement, shown, self._profile_of(track.ref), now)
        self.app.push_screen(CopyMenu(track.name, texts), self._use)

    def _use(self, chosen: "Chosen | None") -> None:
        """Copy what was chosen, or show it."""
        from omstui.ui.plain_screen import PlainScreen

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
