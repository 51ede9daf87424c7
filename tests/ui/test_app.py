"""How the app opens: with the main screen alone, styled once, and held back until there is something to see."""

from pathlib import Path
from typing import ClassVar

import pytest

from omstui import ui
from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import demo_scenario
from omstui.demo.service import SimulatedOms
from omstui.demo.workspace import demo_workspace
from omstui.screenshots import until
from omstui.ui.app import OmstuiApp
from omstui.ui.terminal.themes import THEMES
from tests.ui.running import START

pytestmark = pytest.mark.slow


class Counting(OmstuiApp):
    """Counts how often the styles' colours are looked up, and the pictures and requests before the screen is shown."""

    CSS_PATH: ClassVar = [Path(ui.__file__).parent / name for name in OmstuiApp.CSS_PATH]

    def __init__(self) -> None:
        clock = SteppedClock(START)
        self.oms = SimulatedOms(demo_scenario(START), clock)
        self.readings, self.asked_when_shown, self.held_pictures = 0, -1, 0
        super().__init__(demo_workspace(clock, Settings(), self.oms))
        shown = self.painter.once_released

        def note() -> None:
            self.asked_when_shown = len(self.oms.seen)
            shown()

        self.painter.once_released = note

    def get_css_variables(self) -> dict[str, str]:
        self.readings += 1
        return super().get_css_variables()

    def post_display_hook(self) -> None:
        self.held_pictures += self.painter.is_holding


async def test_the_screen_stands_before_anything_is_asked() -> None:
    app = Counting()
    async with app.run_test(size=(120, 34)) as pilot:
        assert len(app.screen_stack) == 1
        await until(lambda: bool(app.oms.seen), pilot, "the first request")
        assert app.asked_when_shown == 0


async def test_no_picture_is_made_that_nobody_sees() -> None:
    """The first one is that of the last known figures."""
    app = Counting()
    async with app.run_test(size=(120, 34)) as pilot:
        await until(lambda: not app.painter.is_holding, pilot, "the screen")
        assert app.held_pictures == 0


async def test_the_styles_are_read_once_for_the_theme_and_again_for_another() -> None:
    """Textual reads them for its own theme first, and then once more for the one that is wanted."""
    app = Counting()
    begun = app.readings
    async with app.run_test(size=(120, 34)) as pilot:
        await until(lambda: not app.painter.is_holding, pilot, "the screen")
        assert app.readings == begun
        assert app.screen.styles.background.hex == app.theme_variables["background"]
        app.theme = next(theme.name for theme in THEMES if theme.name != app.theme)
        await pilot.pause()
        assert app.readings == begun + 1
        assert app.screen.styles.background.hex == app.theme_variables["background"]


async def test_a_picture_that_is_released_after_the_end_is_not_drawn() -> None:
    """Who quits within the first second must not meet an error."""
    app = Counting()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
    app.painter.release()
    assert not app.screen_stack
