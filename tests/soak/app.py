"""The real screen in the terminal that this is started in, by a clock that hurries: ``python -m tests.soak.app``."""

import asyncio
import importlib
import json
import os
import pkgutil
import random
import signal
import sys
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import omstui.backend
import omstui.ui.dialogs
from omstui.backend.files.logs import logging_to
from omstui.backend.runtime.files import Folders
from omstui.backend.runtime.memory import limit_heap
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.user_workspace import user_workspace
from omstui.cli.terminal.guard import guarded
from omstui.cli.terminal.opening import settle_memory
from omstui.core.settings import Settings
from omstui.ui.app import OmstuiApp
from omstui.ui.main.screen import MainScreen
from tests.soak.clock import StridingClock
from tests.soak.rest import count

_STRIDE = 0.25
"""Seconds of the clock."""

_INTERVAL = _STRIDE
"""Seconds of the clock between two requests for a task: so that most of the time goes into answers, not into paints."""

_BREATH = 0.002
"""Real seconds that each stride takes at least, so that sockets and threads have their turn."""

_DAY, _NIGHT = 1_000, timedelta(hours=12)
"""How many strides the machine is awake, and how long it sleeps then: a month of answers takes about a month."""

_TELL = 0.5
"""Real seconds between two readings."""

_REST = 1.0
"""Real seconds for which the clock stands still before what there is is counted: what was asked is answered by then."""


async def _hurry(clock: StridingClock, app: OmstuiApp, readings: int, is_asked: asyncio.Event) -> None:
    """Let time pass as fast as the program keeps up; tell now and then what only the program itself can tell."""
    strides, told = 0, time.monotonic()
    while True:
        if is_asked.is_set():
            is_asked.clear()
            await asyncio.sleep(_REST)
            _tell(readings, asdict(count()))
        clock.stride(_STRIDE)
        await asyncio.sleep(_BREATH)
        strides += 1
        if strides % _DAY == 0:
            clock.skip_night(_NIGHT)
        if time.monotonic() - told >= _TELL:
            told = time.monotonic()
            _tell(readings, _reading(clock, app))


def _load_all() -> None:
    """Load what else is loaded when it is needed for the first time: whenever that were, it would look like a leak."""
    for package in (omstui.backend, omstui.ui, omstui.ui.dialogs):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _tell(readings: int, told: dict[str, object]) -> None:
    os.write(readings, json.dumps(told).encode() + b"\n")


def _reading(clock: StridingClock, app: OmstuiApp) -> dict[str, object]:
    main = app.screen_stack[0] if len(app.screen_stack) > 1 else None
    states = main.session.board.states.values() if isinstance(main, MainScreen) else ()
    return {
        "at": clock.now().isoformat(),
        "tasks": len(asyncio.all_tasks()),
        "sleepers": clock.sleepers,
        "modules": len(sys.modules),
        "screens": len(app.screen_stack),
        "toasts": len(app._notifications),
        "months": sum(len(state.months) for state in states),
        "points": sum(len(state.points) for state in states),
    }


async def _live(app: OmstuiApp, clock: StridingClock, readings: int) -> None:
    """Run the screen; count what its memory is made of whenever SIGUSR1 comes."""
    is_asked = asyncio.Event()
    hurrying = asyncio.create_task(_hurry(clock, app, readings, is_asked))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, is_asked.set)
    try:
        await app.run_async()
    finally:
        hurrying.cancel()


def main(argv: list[str]) -> int:
    """Run the screen until the user leaves; return its exit code.

    Args:
        argv: the folder with the program's files, the time to begin at, the descriptor to write readings to.
    """
    folder, started_at, readings = Path(argv[0]), argv[1], int(argv[2])
    random.seed(0)
    limit_heap()
    _load_all()
    clock = StridingClock(datetime.fromisoformat(started_at))
    folders = Folders(config=folder / "config", state=folder / "state")
    options = ScreenOptions(settings=Settings(interval=_INTERVAL), folders=folders)
    workspace = user_workspace(options, clock, environ=dict(os.environ), home=folder)
    app = OmstuiApp(workspace)
    app.once_settled = settle_memory
    with logging_to(folders.state / "omstui.log"), guarded(app.leave):
        asyncio.run(_live(app, clock, readings))
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
