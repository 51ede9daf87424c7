"""A terminal that gets only what has changed shows the same as one for which all is drawn."""

import random

import pytest

from tests.ui.glass import Glass
from tests.ui.running import running

pytestmark = pytest.mark.slow

KEYS = ("p", "P", "/", "z", "i", "escape", "s", "j", "G")
"""What changes rows, sizes and messages; none leaves the list for another screen."""


@pytest.mark.parametrize(
    "keys",
    [("p", "P"), ("p", "P", "P"), ("p", "/", "z"), ("/", "z", "escape"), ("/", "i", "enter", "p", "escape")],
    ids=" ".join,
)
async def test_rows_that_go_while_the_list_gets_another_height_leave_nothing(keys: tuple[str, ...]) -> None:
    async with running((40, 12)) as run:
        glass = Glass(run)
        await run.pilot.pause()
        for key in keys:
            await run.press(key)
        was = glass.text
        assert was == await glass.after_drawing_all()


@pytest.mark.parametrize("size", [(40, 12), (80, 24)], ids=str)
async def test_nothing_is_left_standing_whatever_is_pressed(size: tuple[int, int]) -> None:
    """Most keys follow another one before the next paint."""
    chosen = random.Random(0)
    async with running(size) as run:
        glass, pressed = Glass(run), []
        for _ in range(40):
            keys = chosen.choices(KEYS, k=chosen.randint(2, 4))
            pressed += keys
            await run.press(*keys)
            was = glass.text
            assert was == await glass.after_drawing_all(), " ".join(pressed)
            await run.advance(chosen.choice((0, 1)))
