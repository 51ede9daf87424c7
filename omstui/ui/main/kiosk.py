"""The screen as it stands on a wall: big figures, and nothing that a passer-by could change."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from omstui.core.settings import KioskPolicy
from omstui.core.task import TaskRef
from omstui.core.watch.rotation import Cycle
from omstui.ui.drawing.list_columns import Context
from omstui.ui.main.stage import Stage

if TYPE_CHECKING:
    from omstui.ui.wall.screen import WallScreen

HARMLESS = frozenset({
    "ask_all", "ask_now", "back", "copy_id", "copy_menu", "current_month", "event_log", "filter", "help", "history",
    "move", "move_page", "move_to", "next_profile", "next_zone", "open_pane", "pause", "pick_month", "reverse",
    "scroll_pane", "show_month", "show_profile", "sort", "sort_by", "step_month", "wall",
})  # fmt: skip
"""What the main screen does in a kiosk: nothing that is kept, and nothing that ends it."""

CHORD = "Kiosk: ctrl+q twice quits"


class Wall:
    """Opens the wall, and shows it what is known."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "wall", "Big figures, to be read from far away", id="view.wall")
    ]

    def __init__(self, stage: Stage, policy: KioskPolicy, select: Callable[[TaskRef], None]) -> None:
        """Take part in the screen's life.

        Args:
            stage: what is looked at, and what is known.
            policy: whether tasks take turns, and whether anybody may leave.
            select: selects a task of the list.
        """
        self._stage, self._policy, self._select = stage, policy, select
        self._wall: WallScreen | None = None
        stage.painters.append(self.paint)

    def action_wall(self) -> None:
        """Open the wall: with the selected task, or with the first one when tasks take turns."""
        if self._wall is not None:
            return
        from omstui.ui.wall.screen import WallScreen

        dwell = self._policy.cycle
        first = None if dwell is not None else self._stage.view.selected
        self._wall = WallScreen(
            Cycle(dwell, first, self._stage.clock.monotonic()),
            stays=self._policy.kiosk and dwell is not None,
            first_words=CHORD if self._policy.kiosk else "",
        )
        self._stage.screen.app.push_screen(self._wall, self._leave_wall)
        self._stage.screen.call_after_refresh(self.paint)

    def _leave_wall(self, ref: TaskRef | None) -> None:
        self._wall = None
        if ref is not None:
            self._select(ref)

    def paint(self) -> None:
        """Show what is known on the wall, while it is open."""
        if self._wall is None or not self._wall.is_attached:
            return
        from omstui.ui.wall.view import WallView

        context = Context(self._stage.session.shown(), self._stage.zone())
        view = WallView(
            states=tuple(self._stage.rows),
            every=tuple(context.index.board.states.values()),
            context=context,
            head=self._stage.head(context),
            is_ascii=self._stage.workspace.settings.ascii,
            is_thin=self._stage.workspace.settings.thin,
        )
        self._wall.show_view(view, self._stage.clock.monotonic())
