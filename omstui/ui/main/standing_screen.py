"""The screen as it stands on a wall: big figures, and nothing that a passer-by could change."""

from typing import TYPE_CHECKING

from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.news.rotation import Cycle
from omstui.core.settings import KioskPolicy
from omstui.core.task import TaskRef
from omstui.ui.drawing.columns import Context
from omstui.ui.main.copy_screen import CopyScreen

if TYPE_CHECKING:
    from omstui.ui.wall.screen import WallScreen

HARMLESS = frozenset({
    "ask_all", "ask_now", "back", "copy_id", "copy_menu", "current_month", "event_log", "filter", "help", "history",
    "move", "move_page", "move_to", "next_profile", "next_zone", "open_pane", "pause", "pick_month", "reverse",
    "scroll_pane", "show_month", "show_profile", "sort", "sort_by", "step_month", "wall",
})  # fmt: skip
"""What the main screen does in a kiosk: nothing that is kept, and nothing that ends it."""

CHORD = "Kiosk: ctrl+q twice quits"


class KioskScreen(CopyScreen):
    """Opens the wall, and keeps a kiosk from being changed."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        month: Month | None = None,
        profile: str | None = None,
        display: KioskPolicy = KioskPolicy(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(workspace, month=month, profile=profile)
        self._display = display
        self._wall: WallScreen | None = None

    def is_allowed(self, action: str) -> bool:
        """Whether this may be done at all, in a kiosk."""
        return not self._display.kiosk or action in HARMLESS

    def paint(self, *, is_move: bool = False) -> None:
        """Show what is known, on the wall too."""
        super().paint(is_move=is_move)
        if self.is_attached:
            self._show_wall()

    def action_wall(self) -> None:
        """Open the wall: with the selected task, or with whichever comes first when they take turns."""
        if self._wall is not None:
            return
        from omstui.ui.wall.screen import WallScreen

        dwell = self._display.cycle
        first = None if dwell is not None else self._view.selected
        self._wall = WallScreen(
            Cycle(dwell, first, self._clock.monotonic()),
            stays=self._display.kiosk and dwell is not None,
            first_words=CHORD if self._display.kiosk else "",
        )
        self.app.push_screen(self._wall, self._leave_wall)
        self.call_after_refresh(self.paint)

    def _leave_wall(self, ref: TaskRef | None) -> None:
        self._wall = None
        if ref is not None:
            self.select_task(ref)

    def select_task(self, ref: TaskRef) -> None:
        """Select a task of the list."""
        raise NotImplementedError

    def _show_wall(self) -> None:
        if self._wall is None or not self._wall.is_attached:
            return
        from omstui.ui.wall.view import WallView

        now = self._clock.now()
        shown = self.session.shown()
        board, judged_at = shown.board, shown.at
        context = Context(judged_at, self._zone(), self._interval)
        view = WallView(
            states=tuple(self._rows),
            every=tuple(board.states.values()),
            context=context,
            head=self._head(board, now, judged_at, context),
            is_ascii=self._workspace.settings.ascii,
            is_thin=self._workspace.settings.thin,
        )
        self._wall.show_view(view, self._clock.monotonic())
