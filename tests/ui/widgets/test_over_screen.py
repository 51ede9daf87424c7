"""The clock goes on beside whatever stands over the main screen."""

import pytest

from tests.ui.glass import Glass
from tests.ui.running import running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        ((120, 34), ("a",)),
        ((120, 34), ("a", "f1")),
        ((80, 24), ("a", "f2")),
        ((80, 24), ("a", "f2", "f1")),
        ((120, 34), ("a", "f1", "ctrl+p")),
    ],
    ids=str,
)
async def test_the_clock_moves_and_the_rows_follow_below_any_number_of_dialogs(
    size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with running(size) as run:
        await run.press(*keys)
        await run.until(lambda: len(run.app.screen_stack) == 1 + len(keys), f"the screens of {keys}")
        glass = Glass(run)
        await run.advance(1)
        before = glass.text.splitlines()
        for _ in range(3):
            await run.advance(61)
            now = glass.text.splitlines()
            assert now[0] != before[0], "\n".join(now)
            assert now[:8] == run.text().splitlines()[:8]
            before = now
        assert f"{run.clock.now():%M:%S}" in before[0]


async def test_what_stands_still_below_two_dialogs_is_not_drawn() -> None:
    """A screen that tells the one above, and is told by it again, would go on for ever."""
    async with running() as run:
        await run.press("a", "f1")
        await run.advance(1)
        glass = Glass(run)
        await run.pilot.pause()
        before = glass.updates
        for _ in range(10):
            await run.pilot.pause(0.02)
        assert glass.updates - before <= 2
