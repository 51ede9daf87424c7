"""Runs the app over the demo at a moment that does not pass: ``python -m tests.faults.still FILE``.

FILE is made once that moment is reached, and then given a line for each size that is drawn; ctrl+q ends the program.
"""

import sys
from pathlib import Path
from typing import Any

from textual.screen import Screen

from omstui import ui
from omstui.cli.terminal.guard import guarded
from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from omstui.demo.workspace import demo_workspace
from omstui.screenshots import START
from omstui.ui.app import OmstuiApp
from omstui.ui.terminal.resting_driver import RestingDriver


class StillApp(OmstuiApp):
    """Lives for a minute at once, then no more."""

    reached = Path()

    CSS_PATH = [Path(ui.__file__).parent / name for name in OmstuiApp.CSS_PATH]  # noqa: RUF012 - typed by Textual

    async def on_ready(self) -> None:
        # No clock jump detector runs here, which would wake the program each second: Python may see signals no sooner.
        self.set_interval(0.5, lambda: None)
        self.run_worker(self._live_on())

    async def _live_on(self) -> None:
        clock = self._workspace.clock
        assert isinstance(clock, SteppedClock)
        while clock.sleepers <= len(self._main.session.board.states) or not self._main.session.board.states:
            await clock.sleep(0)
        await clock.advance(70)
        self._main.paint()
        self._main.screen_layout_refresh_signal.subscribe(self, self._drawn, immediate=True)
        self.reached.touch()

    def _drawn(self, screen: Screen[Any]) -> None:
        with self.reached.open("a") as file:
            file.write(f"{screen.size.width}x{screen.size.height}\n")


def main(reached: Path) -> int:
    workspace = demo_workspace(SteppedClock(START), Settings(), chance=lambda: 0.5)
    app = StillApp(workspace, driver_class=RestingDriver)
    app.reached = reached
    with guarded(app.leave):
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
