"""Runs the app over a crowd of tasks whose time passes when told to: ``python -m tests.stepped TASKS PROFILES [thin]``.

Each SIGUSR1 lets a second pass. When all has been written that came of it, a mark ends the output: `MARK`.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from omstui import ui
from omstui.cli.terminal.guard import guarded
from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from omstui.screenshots import START
from omstui.ui.app import OmstuiApp
from tests.crowd import Crowd, crowd_workspace

MARK = b"\x1b]777;a second has passed\x07"
"""What no terminal shows."""

_QUIET = 2
"""Refreshes in a row that write nothing: answers are filed in one, and painted in the next."""

_TURNS = 100
"""Turns of the loop in which every request that waits for nothing but its turn is answered."""


class SteppedApp(OmstuiApp):
    """Lives by a clock that stands still between two signals."""

    CSS_PATH = [Path(ui.__file__).parent / name for name in OmstuiApp.CSS_PATH]  # noqa: RUF012 - typed by Textual

    async def on_ready(self) -> None:
        self.run_worker(self._live())

    async def _live(self) -> None:
        clock = self._workspace.clock
        assert isinstance(clock, SteppedClock)
        told = asyncio.Semaphore(0)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.release)
        session = self._main.session
        while clock.sleepers <= len(session.board.states) or not session.board.states or self.painter.is_holding:
            await clock.sleep(0)
        assert self._driver is not None
        written = _Written(self._driver.write)
        self._driver.write = written  # type: ignore[method-assign] # every byte goes through it
        while True:
            await self._painted(written)
            self._driver.write(MARK.decode())
            self._driver.flush()
            await told.acquire()
            await self._painted(written)  # a key may have come first
            await clock.advance(1)

    async def _painted(self, written: "_Written") -> None:
        """Wait until all that is known stands on the terminal: nobody has a message left, nothing is left to draw."""
        quiet = 0
        while quiet < _QUIET:
            before = written.count
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            for pump in (self, self._main, *self._main.walk_children()):
                handled = asyncio.Event()
                pump.call_later(handled.set)
                await handled.wait()
            drawn = asyncio.Event()
            self._main.call_after_refresh(drawn.set)
            await drawn.wait()
            is_quiet = written.count == before and not self._main._dirty_widgets
            quiet = quiet + 1 if is_quiet else 0


class _Written:
    """Counts what goes to the terminal."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.count = 0
        self._write = write

    def __call__(self, data: str) -> None:
        self.count += 1
        self._write(data)


def main(tasks: int, profiles: int, *, thin: bool) -> int:
    workspace, _ = crowd_workspace(Crowd(tasks, profiles), SteppedClock(START), Settings(thin=thin), chance=lambda: 0.5)
    app = SteppedApp(workspace)
    with guarded(app.leave):
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), thin="thin" in sys.argv[3:]))
