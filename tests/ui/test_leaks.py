"""What is closed is let go of: the screen stays open for weeks."""

import gc

import pytest
from textual._styles_cache import StylesCache
from textual.widget import Widget

from tests.ui.running import running

pytestmark = pytest.mark.slow


def drawn() -> int:
    """Count the widgets, and the caches of lines that they have drawn."""
    gc.collect()
    return sum(isinstance(thing, Widget | StylesCache) for thing in gc.get_objects())


async def test_boxes_that_only_hold_others_draw_nothing() -> None:
    """Else each of their lines is drawn and cut up behind what covers it, in every frame."""
    async with running() as run:
        await run.advance(2)
        boxes = [run.main.query_one(name) for name in ("#top", "#body", "#list-side")]
        assert [len(box._styles_cache._cache) for box in boxes] == [0, 0, 0]
        assert all(run.main.query_one(name).visible for name in ("#head", "#clock", "#tasks", "#pane", "#titles"))


@pytest.mark.parametrize("keys", ["m", "question_mark", "T", "a", "e", "T enter"])
async def test_a_closed_dialog_is_let_go_of(keys: str) -> None:
    """With all that it has drawn; Textual by itself keeps the lines, and each text area for the sake of the theme."""
    async with running() as run:

        async def open_and_close() -> None:
            await run.press(*keys.split())
            assert run.app.screen is not run.main
            while run.app.screen is not run.main:
                await run.press("escape")
            await run.press("j", "k")

        await open_and_close()
        before = drawn()
        for _ in range(3):
            await open_and_close()
        assert drawn() == before
