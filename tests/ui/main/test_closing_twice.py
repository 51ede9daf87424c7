"""Closing what lies over the main screen, for more than one reason at once."""

import pytest

from tests.ui.running import running

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("keys", [["m"], ["question_mark"], ["T"], ["a"], ["e"], ["l"], ["T", "f1"], ["ctrl+p"]])
async def test_what_is_closed_twice_takes_nothing_else_along(keys: list[str]) -> None:
    """Enter and escape soon after each other: what enter has begun closes a dialog that escape has closed already."""
    async with running() as run:
        await run.press(*keys)
        beneath, top = run.app.screen_stack[-2:]
        top.dismiss(None)
        top.dismiss(None)
        await run.pilot.pause()
        await run.advance(3)
        assert run.app.screen is beneath
        assert run.main.is_attached
        assert run.main.children
