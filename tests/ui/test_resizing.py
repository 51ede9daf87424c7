"""A new size reaches the screens, whatever becomes of the timer by which Textual means to tell of it."""

import pytest

from omstui.ui.events.log import EventLog
from tests.ui.running import running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("key", ["", "l"], ids=["main screen", "over it"])
async def test_a_new_size_is_drawn_although_textuals_timer_for_it_is_lost(key: str) -> None:
    """It is started with every new size, and is lost where the process has no processor at that moment."""
    async with running((100, 30)) as run:
        if key:
            await run.press(key)
            await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        run.app._resize_timer = run.app.set_timer(1e6, lambda: None)
        for size in ((80, 24), (120, 34), (60, 20)):
            await run.pilot.resize_terminal(*size)
            await run.until(lambda size=size: tuple(run.app.screen._compositor.size) == size, f"{size}")  # type: ignore[misc]
            assert len(run.text().splitlines()) == size[1]
        if key:
            await run.press("escape")
        await run.until(lambda: tuple(run.main._compositor.size) == (60, 20), "the main screen's new size")
