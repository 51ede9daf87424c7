"""What a canvas tells Textual of the room that its lines take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import Line, Span, text_of
from tests.ui.running import running

HEIGHT = 6


class Shown(App[None]):
    """Two canvases: one as high as the screen leaves room, one as high as its lines."""

    CSS = "Canvas { overflow-x: hidden; } #whole { height: 1fr; } #lines { height: auto; }"

    def compose(self) -> ComposeResult:
        yield Canvas(id="whole")
        yield Canvas(id="lines")


def lines(count: int, word: str = "line") -> list[Line]:
    return [(Span(f"{word} {number}"),) for number in range(count)]


def drawn(canvas: Canvas) -> list[str]:
    rows = range(canvas.scrollable_content_region.height)
    return ["".join(segment.text for segment in canvas.render_line(y)).rstrip() for y in rows]


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[Pilot[None], Canvas, Canvas]]:
    app = Shown()
    async with app.run_test(size=(20, HEIGHT)) as pilot:
        yield pilot, app.query_one("#whole", Canvas), app.query_one("#lines", Canvas)


async def test_another_number_of_lines_that_fit_is_no_reason_to_lay_out_the_screen() -> None:
    """What a line has left is wiped away."""
    async with shown() as (pilot, whole, _):
        whole.show_lines(lines(2))
        await pilot.pause()
        size = whole.virtual_size
        for count in (5, 1, 0, HEIGHT):
            whole.show_lines(lines(count))
            assert whole.virtual_size == size
            await pilot.pause()
            assert drawn(whole) == [text_of(line) for line in lines(count)] + [""] * (HEIGHT - count)
            assert not whole.show_vertical_scrollbar


async def test_lines_that_do_not_fit_can_be_scrolled() -> None:
    async with shown() as (pilot, whole, _):
        whole.show_lines(lines(2))
        await pilot.pause()
        whole.show_lines(lines(9))
        await pilot.pause()
        assert (whole.max_scroll_y, whole.show_vertical_scrollbar) == (3, True)
        whole.show_lines(lines(3))
        await pilot.pause()
        assert (whole.max_scroll_y, whole.show_vertical_scrollbar) == (0, False)
        assert drawn(whole) == ["line 0", "line 1", "line 2", "", "", ""]


@pytest.mark.parametrize("counts", [(1, 3), (3, 1)])
async def test_a_canvas_that_is_as_high_as_its_lines_takes_room_from_others(counts: tuple[int, int]) -> None:
    async with shown() as (pilot, whole, as_high):
        for count in counts:
            as_high.show_lines(lines(count))
            await pilot.pause()
            assert (as_high.size.height, whole.size.height) == (count, HEIGHT - count)


async def test_stepping_through_months_lays_out_the_screen_once_at_most() -> None:
    """Also in a pane that has to be scrolled, where one month has more lines than another."""
    async with running(size=(120, 24)) as run:
        pane = run.main.query_one("#pane", Widget)
        await run.press("j", "left_square_bracket")
        await run.advance(5)
        await run.press("right_square_bracket", "left_square_bracket")
        size = pane.virtual_size
        assert size.height > 24
        for key in ("right_square_bracket", "left_square_bracket") * 2:
            await run.press(key)
            assert pane.virtual_size == size
