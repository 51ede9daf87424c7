"""The heartbeat may come at any moment, also while a screen is being opened."""

import pytest
from textual.screen import Screen

from omstui.ui.events.log import EventLog
from omstui.ui.history.screen import HistoryScreen
from omstui.ui.wall.screen import WallScreen
from tests.ui.running import running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("key", "kind"), [("h", HistoryScreen), ("l", EventLog), ("w", WallScreen)], ids=["history", "events", "wall"]
)
async def test_a_beat_before_a_screen_is_drawn_harms_nothing(key: str, kind: type) -> None:
    async with running() as run:
        beats: list[Exception | None] = []

        def beat(screen: Screen[object]) -> None:
            if isinstance(screen, kind):
                assert not screen.children, "nothing is there to draw on yet"
                try:
                    run.main.paint()
                    if isinstance(screen, EventLog):
                        screen.show_events(screen.events_shown)
                except Exception as error:  # noqa: BLE001 - Textual would drop it here
                    beats.append(error)
                else:
                    beats.append(None)

        run.app.screen_change_signal.subscribe(run.main, beat, immediate=True)
        await run.press(key)
        await run.until(lambda: isinstance(run.app.screen, kind), "the screen")
        assert beats == [None]
        await run.advance(2)
        assert isinstance(run.app.screen, kind)
