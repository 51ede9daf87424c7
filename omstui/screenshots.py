"""Takes the pictures of the README from the real app over the demo: ``python -m omstui.screenshots [FOLDER]``."""

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from textual.pilot import Pilot

from omstui.core.settings import KioskPolicy, Settings
from omstui.demo.clock import SteppedClock
from omstui.demo.workspace import demo_workspace
from omstui.ui.app import OmstuiApp
from omstui.ui.drawing.colours import SIXTEEN
from omstui.ui.main.screen import MainScreen

FOLDER = Path(__file__).parent.parent / "screenshots"
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_LONGEST_WAIT = 20.0


class Shot(Struct, frozen=True):
    """A picture: how large, after how long, and after which keys."""

    name: str
    columns: int
    rows: int
    keys: Sequence[str] = ()
    seconds: float = 605.0
    theme: str = "omstui-dark"
    display: KioskPolicy = KioskPolicy()


_WALL = KioskPolicy(kiosk=True, cycle=20.0)
SHOTS = (
    Shot("main", 120, 34),
    Shot("main-80x24", 80, 24),
    Shot("list-40x12", 40, 12),
    Shot("past-month", 120, 34, ("down", "left_square_bracket", "left_square_bracket")),
    Shot("month-picker", 100, 30, ("left_square_bracket", "left_square_bracket", "left_square_bracket", "m")),
    Shot("history", 120, 34, ("h",)),
    Shot("history-80x24", 80, 24, ("h", "tab", "j", "j")),
    Shot("events", 120, 34, ("l",), seconds=4000.0),
    Shot("pick", 100, 30, ("G", "a", "f2", "space")),
    Shot("error", 120, 34, ("down", "down", "down", "down")),
    Shot("light", 120, 34, theme="omstui-light"),
    Shot("wall", 120, 34, ("p", "k", "k"), display=_WALL),
    Shot("wall-200x60", 200, 60, ("p", "j", "j"), display=_WALL),
    Shot("wall-80x24", 80, 24, ("p", "k", "k"), display=_WALL),
    Shot("colour-blind", 120, 34, theme="omstui-cvd"),
    Shot("high-contrast", 120, 34, theme="omstui-contrast"),
    Shot("sixteen-colours", 120, 34, theme="omstui-16"),
)


async def until(is_so: Callable[[], bool], pilot: Pilot[None], what: str) -> None:
    """Let the app run until something is so, as threads take their own time.

    Raises:
        TimeoutError: it does not come to be; names `what`.
    """
    try:
        async with asyncio.timeout(_LONGEST_WAIT):
            while not is_so():
                await pilot.pause(0.01)
    except TimeoutError:
        raise TimeoutError(f"waited in vain for {what}") from None


async def take(shot: Shot) -> str:
    """Return one picture as SVG; the same for every call."""
    clock = SteppedClock(START)
    app = OmstuiApp(
        demo_workspace(clock, Settings(theme=shot.theme), chance=lambda: 0.5),
        sixteen_colours=shot.theme == SIXTEEN,
        display=shot.display,
    )
    async with app.run_test(size=(shot.columns, shot.rows)) as pilot:
        main = app.screen_stack[0]
        assert isinstance(main, MainScreen)  # noqa: S101 - the app opens it
        await until(lambda: bool(main.session.board.states), pilot, "the watch list")
        await until(lambda: clock.sleepers > len(main.session.board.states), pilot, "the poller")
        await clock.advance(shot.seconds)
        for key in shot.keys:
            await pilot.press(key)
            await pilot.pause(0.4)  # a past month is asked for once it has been in view for a moment
            await clock.advance(1)
        await pilot.pause(0.1)
        return _FONT_FACE.sub("", app.export_screenshot(title="omstui")).rstrip() + "\n"


def main(folder: Path = FOLDER) -> None:
    """Write all pictures into the folder."""
    folder.mkdir(exist_ok=True)
    for shot in SHOTS:
        (folder / f"{shot.name}.svg").write_text(asyncio.run(take(shot)), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
