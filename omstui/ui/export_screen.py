"""The list as a file."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from omstui.backend.workspace import WorkspaceTrouble
from omstui.ui.columns import Context
from omstui.ui.profile_screen import ProfileScreen


class ExportScreen(ProfileScreen):
    """Writes what the list shows to a new file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "export", "Write the list with its figures to a CSV file", id="list.export")
    ]

    def action_export(self) -> None:
        """Write the rows that are shown, as they are now or as the view is held."""
        self.run_worker(self._export(), group="export")

    async def _export(self) -> None:
        from omstui.ui.list_csv import list_csv

        now = self._clock.now()
        context = Context(self._frozen.at if self._frozen is not None else now, self._zone(), self._interval)
        text = list_csv(self._rows, context)
        shown, total = len(self._rows), len(self.board.tracks)
        what = f"{shown:,} of {total:,} tasks" if shown != total else f"{total:,} task{'' if total == 1 else 's'}"
        try:
            where = await self._workspace.export(f"omstui-{now.astimezone(self._zone()):%Y-%m-%d-%H%M%S}", ".csv", text)
        except WorkspaceTrouble as trouble:
            self.say(str(trouble), "bad")
            return
        self.say(f"Wrote {what} to {where}")
