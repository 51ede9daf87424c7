"""The heartbeat paints whatever is open; a screen that is only just opening, or closing, is left alone."""

from collections.abc import Callable
from datetime import UTC

import pytest
from textual.screen import Screen

from omstui.ui.events.log import EventLog
from omstui.ui.history.screen import HistoryScreen
from omstui.ui.main.screen import MainScreen
from tests.ui.running import running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("make", [HistoryScreen, lambda: EventLog((), UTC)], ids=["history", "event log"])
def test_a_screen_that_is_not_drawn_yet_takes_what_is_known(make: Callable[[], HistoryScreen | EventLog]) -> None:
    """Between its opening and its first picture there is nothing to paint on."""
    make()._paint()


@pytest.mark.parametrize("key", ["h", "l", "w"])
async def test_screens_that_come_and_go_do_no_harm(key: str) -> None:
    """Opened and closed in one breath, with the heartbeat between every step."""
    async with running() as run:
        for _ in range(5):
            for press in (key, "escape"):
                await run.pilot.press(press)
                run.main.paint()
                await run.pilot.pause()
                run.main.paint()
        top: Screen[object] = run.pilot.app.screen
        assert isinstance(top, MainScreen)
