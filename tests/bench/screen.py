"""The real screen over files and sockets, at a pace that no option allows.

``python -m tests.bench.screen INTERVAL`` runs it over the program's files in the user's home.

With a second argument time goes on in strides of so many seconds, as fast as the program keeps up.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from omstui.backend.runtime.files import Folders
from omstui.backend.runtime.memory import limit_heap
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.secret import Secret
from omstui.cli.terminal.guard import guarded
from omstui.cli.terminal.opening import open_screen, settle_memory
from omstui.core.settings import Settings

_BREATH = 0.002
"""Real seconds that each stride takes at least."""


async def _hurry(options: ScreenOptions, stride: float) -> int:
    from omstui.backend.user_workspace import user_workspace
    from omstui.ui.app import OmstuiApp
    from tests.soak.clock import StridingClock

    limit_heap()
    clock = StridingClock(datetime.now(UTC))
    app = OmstuiApp(user_workspace(options, clock, environ=dict(os.environ), home=Path.home()))
    app.once_settled = settle_memory

    async def go_on() -> None:
        while True:
            clock.stride(stride)
            await asyncio.sleep(_BREATH)

    hurrying = asyncio.create_task(go_on())
    try:
        with guarded(app.leave):
            await app.run_async()
    finally:
        hurrying.cancel()
    return app.return_code or 0


def main(interval: float, stride: float) -> int:
    # With click, which comes with a tool for tests alone, httpx loads a command line of its own: three megabytes.
    sys.modules["httpx._main"] = None  # type: ignore[assignment] # how Python notes that there is no such module
    options = ScreenOptions(
        Settings(interval=interval), Folders.of_user(), token=Secret.token(os.environ["OMSTUI_TOKEN"])
    )
    return asyncio.run(_hurry(options, stride)) if stride else open_screen(options)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
