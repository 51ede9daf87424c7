"""Runs the real app over the demo with a stepped clock."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from msgspec.structs import replace
from textual.pilot import Pilot

from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.settings import KioskPolicy, Settings
from omstui.core.watch.board import TaskState
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import SERVICE_ZONE, demo_scenario
from omstui.demo.service import SeenRequest, SimulatedOms
from omstui.demo.workspace import demo_workspace
from omstui.screenshots import until
from omstui.ui.app import OmstuiApp
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import text_of
from omstui.ui.main.screen import MainScreen

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@dataclass
class Running:
    """The app, the clock it lives by, the service it asks, and what can be seen."""

    app: OmstuiApp
    pilot: Pilot[None]
    clock: SteppedClock
    oms: SimulatedOms
    workspace: Workspace

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys and let the app act on them."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        await self.clock.advance(seconds)
        await self.pilot.pause()

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for what threads and timers bring."""
        await until(is_so, self.pilot, what)

    def text(self) -> str:
        """Return all that the terminal shows now."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        assert len(strips) == height
        assert all(strip.cell_length == width for strip in strips), "a line has another width than the screen"
        return "\n".join(strip.text.rstrip() for strip in strips)

    def lines_of(self, selector: str) -> str:
        """Return what a canvas has to show, also what is scrolled out of sight."""
        return "\n".join(text_of(line).rstrip() for line in self.main.query_one(selector, Canvas).lines)

    def row(self, name: str) -> str:
        """Return a task's row."""
        rows = [line for line in self.text().splitlines() if line[3:].startswith(f"{name} "[: len(line) - 3])]
        assert rows, f"{name} has no row in\n{self.text()}"
        return rows[0].partition("│")[0]

    def state(self, name: str) -> TaskState:
        """Return what is known of a task."""
        return next(state for state in self.main.session.board.states.values() if state.name == name)

    def asked(self, since: int = 0) -> list[SeenRequest]:
        """Return the requests that the service has seen."""
        return list(self.oms.seen)[since:]

    def message(self) -> str:
        """Return what the last line says."""
        return self.text().splitlines()[-1].strip()


@asynccontextmanager
async def running(
    size: tuple[int, int] = (120, 34),
    *,
    start: datetime = START,
    began: datetime | None = None,
    month: Month | None = None,
    settings: Settings | None = None,
    seconds: float = 70.0,
    profile: str | None = None,
    service_zone: tzinfo = SERVICE_ZONE,
    month_zone: tzinfo | None = None,
    history: History | None = None,
    latency: float = 0.0,
    display: KioskPolicy = KioskPolicy(),  # noqa: B008 - frozen
    without_statistics: bool = False,
) -> AsyncIterator[Running]:
    """Start the app and let it live for a while; it remembers nothing, unless it is given a history.

    The pretend service began at `start` as well, unless it `began` sooner.
    """
    clock = SteppedClock(start)
    scenario = demo_scenario(began or start, service_zone)
    if without_statistics:
        projects = tuple(replace(project, has_statistics=False) for project in scenario.projects)
        scenario = replace(scenario, projects=projects)
    oms = SimulatedOms(scenario, clock, latency)
    workspace = demo_workspace(
        clock,
        settings or Settings(),
        oms,
        chance=lambda: 0.5,
        month_zone=month_zone,
        history=history or MemoryHistory(),
    )
    app = OmstuiApp(workspace, month=month, profile=profile, display=display)
    async with app.run_test(size=size) as pilot:
        run = Running(app, pilot, clock, oms, workspace)
        await run.until(lambda: bool(run.main.session.board.states), "the watch list")
        await run.until(lambda: clock.sleepers > len(run.main.session.board.states), "the poller")
        await run.advance(seconds)
        yield run
