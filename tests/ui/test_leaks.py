"""What is closed is let go of: the screen stays open for weeks."""

import gc
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from omstui.ui.terminal.compat import draw_afresh
from tests.ui.running import running

pytestmark = pytest.mark.slow


def drawn() -> int:
    """Count the widgets, and the caches of lines that they have drawn."""
    gc.collect()
    return sum(isinstance(thing, Widget | StylesCache) for thing in gc.get_objects())


def kept(screen: Screen[Any]) -> list[Strip]:
    """Return all lines that the screen's widgets keep, and the parts that were cut out of these."""
    caches = ("_divide_cache", "_crop_cache", "_style_cache", "_filter_cache", "_line_length_cache")
    known: dict[int, Strip] = {}
    widgets = screen.walk_children(Widget, with_self=True)
    left = [strip for widget in widgets for strip in widget._styles_cache._cache.values()]
    while left:
        strip = left.pop()
        if id(strip) not in known:
            known[id(strip)] = strip
            values = [value for name in caches for value in getattr(strip, name)._cache.values()]
            left += [part for value in values for part in (value if isinstance(value, list) else [value])]
    return list(known.values())


async def test_what_was_drawn_does_not_pile_up() -> None:
    """Textual keeps up to sixteen parts of each line, one for each place that was painted near by."""
    async with running() as run:
        await run.advance(61)
        draw_afresh(run.main)
        await run.pilot.pause()
        least = len(kept(run.main))
        for _ in range(5):
            await run.press("j", "bracketleft", "k", "t", "plus", "slash", "x", "escape")
            await run.advance(1)
        grown = len(kept(run.main))
        assert grown > least
        await run.advance(61)
        assert len(kept(run.main)) < (grown + least) / 2


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
