"""The wall screen: one task in large figures, and the next one after a while."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from omstui.core.task import TaskRef
from omstui.core.watch.rotation import Cycle
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.wall.view import WallView, wall_lines
from omstui.ui.widgets.head_line import ClockFace, HeadLine
from omstui.ui.widgets.key_hints import KeyHint, KeyHints
from omstui.ui.widgets.over_screen import OverScreen


class WallScreen(OverScreen[TaskRef | None]):
    """Shows the data of `show_view`; closes with the task that it showed last."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-roomy")]  # noqa: RUF012 - typed by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down,right,space", "move(1)", "Next task", id="wall.next"),
        Binding("k,up,left", "move(-1)", "Previous task", id="wall.previous"),
        Binding("p", "hold", "Stay with this task, or go on", id="wall.hold", tooltip="when tasks take turns"),
        Binding("question_mark,f1", "help", "Help", id="wall.help"),
        Binding("escape,enter,w,q", "leave", "Back to the list", id="wall.close"),
    ]

    def __init__(self, cycle: Cycle, *, stays: bool = False, first_words: str = "") -> None:
        """Prepare the screen.

        Args:
            cycle: the first task, and how long each task is shown.
            stays: whether the user cannot leave for the list.
            first_words: a text at the bottom until a key is pressed or the next task is shown.
        """
        super().__init__()
        self.cycle = cycle
        self._stays = stays
        self._words = first_words
        self._view: WallView | None = None
        self._now = 0.0
        self._is_ready = False

    def compose(self) -> ComposeResult:
        """Place head line, picture and keys."""
        with Horizontal(id="top"):
            yield HeadLine(id="head")
            yield ClockFace(id="clock")
        yield Canvas(id="wall")
        yield KeyHints(id="wall-keys")

    def on_mount(self) -> None:
        """Paint once the size is known."""
        self._is_ready = True
        self.call_after_refresh(self._paint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide `leave` if the screen stays, and disable `hold` if tasks do not rotate."""
        if action == "leave":
            return not self._stays
        return self.cycle.dwell is not None or None if action == "hold" else True

    def show_view(self, view: WallView, now: float) -> None:
        """Set the data; the rotation may move to another task at `now` (monotonic seconds)."""
        before = self.cycle.current
        self._view, self._now = view, now
        self.cycle = self.cycle.seen(self._refs, [state.ref for state in view.with_problems], now)
        if before is not None and self.cycle.current != before:
            self._words = ""
        self._paint()

    def say(self, words: str) -> None:
        """Show a text at the bottom until a key is pressed or the next task is shown."""
        self._words = words
        self._paint()

    def action_move(self, steps: int) -> None:
        """Show another task."""
        self.cycle = self.cycle.moved(self._refs, steps, self._now)
        self._paint()

    def action_hold(self) -> None:
        """Hold the rotation at this task, or continue it."""
        self.cycle = self.cycle.held(self._now)
        self._paint()

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(self.cycle.current)

    def say_how_to_quit(self) -> None:
        """Show the answer to ctrl+c, which does not quit."""
        self.say(f"{self.how_to_quit().key} quits")

    def on_key(self) -> None:
        """Remove the text at the bottom."""
        self._words = ""
        self._paint()

    def on_resize(self) -> None:
        """Repaint at the new size."""
        self.call_after_refresh(self._paint)

    @property
    def _refs(self) -> list[TaskRef]:
        return [state.ref for state in self._view.states] if self._view is not None else []

    def _paint(self) -> None:
        view = self._view
        if view is None or not self._is_ready or not (self.is_attached and self.query("#wall-keys")):
            return
        self.query_one(HeadLine).show_head(view.head)
        self.query_one(ClockFace).show_time(view.head.now, view.head.zone, is_thin=view.is_thin)
        canvas = self.query_one("#wall", Canvas)
        if canvas.drawn_width:
            canvas.show_lines(wall_lines(view, self.cycle.current, canvas.drawn_width, canvas.size.height))
        self.query_one("#wall-keys", KeyHints).show_hints(*self._hints())

    def _hints(self) -> list[KeyHint]:
        if self._words:
            return [KeyHint("", self._words)]
        hints = [KeyHint("← →", "task", "screen.move(1)", "wall.previous wall.next")]
        if self.cycle.dwell is not None:
            hints.append(KeyHint("p", "go on" if self.cycle.is_held else "stay", "screen.hold", "wall.hold"))
        hints.append(KeyHint("?", "help", "screen.help", "wall.help"))
        return hints if self._stays else [*hints, KeyHint("esc", "list", "screen.leave", "wall.close")]
