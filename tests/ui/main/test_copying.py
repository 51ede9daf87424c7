"""Copying out of the screen, by y and by the menu of Y."""

import json

import pytest

from omstui.core.settings import Settings
from omstui.ui.dialogs.copy import plain_lines
from omstui.ui.drawing.line import text_of
from tests.ui.running import running

pytestmark = pytest.mark.slow


async def test_y_copies_the_id() -> None:
    async with running() as run:
        await run.press("y")
        assert run.app.clipboard == run.state("images-to-obs").ref.sync_task_id
        assert "Copied the id" in run.message()


@pytest.mark.parametrize(
    ("keys", "begin"),
    [
        (("i",), "0d146099-"),
        (("r",), "images-to-obs\tfailing\t"),
        (("a",), '{\n  "sync_task_id": "0d146099-'),
        (("down", "enter"), "images-to-obs\t"),
        (("down", "down", "k", "y"), "images-to-obs\t"),
        (("c",), "curl "),
        (("f",), "obs://shop-images-obs/oms/sync_task/"),
    ],
)
async def test_the_menu_copies_what_is_chosen(keys: tuple[str, ...], begin: str) -> None:
    async with running(seconds=900) as run:
        await run.press("Y", *keys)
        assert run.app.clipboard.startswith(begin.replace("0d146099-", run.state("images-to-obs").ref.sync_task_id[:9]))
        assert run.app.screen is run.main
        assert "Copied" in run.message()


async def test_the_menu_shows_each_text_with_its_letter_and_beginning() -> None:
    async with running() as run:
        await run.press("Y")
        text = run.text()
        for words in ("Copy of images-to-obs", "i  the id", "a  the answer as JSON", "c  a curl line", "curl --silent"):
            assert words in text
        await run.press("escape")
        assert run.app.screen is run.main
        assert run.app.clipboard == ""


async def test_the_error_is_copied_with_its_request_id() -> None:
    async with running() as run:
        await run.press("G", "k", "Y", "e")
        assert run.app.clipboard.startswith("token: ")
        assert "request id: " in run.app.clipboard


async def test_a_past_month_is_copied_as_it_is_shown() -> None:
    async with running() as run:
        await run.press("left_square_bracket")
        await run.pilot.pause(0.5)
        await run.advance(2)
        await run.press("Y", "a")
        past = json.loads(run.app.clipboard)
        current = run.state("images-to-obs").task
        assert current is not None
        assert past["monthly_success_object"] != current.monthly_success_object
        await run.press("Y", "c")
        assert "query_time=1792065600000" in run.app.clipboard  # 2026-10-15 12:00 UTC


async def test_the_plain_screen_shows_the_whole_text_and_nothing_else_above_the_keys() -> None:
    async with running() as run:
        await run.press("Y", "a")
        whole = run.app.clipboard.split("\n")
        await run.press("Y", "down", "down", "v")
        lines = run.text().split("\n")
        assert lines[: len(whole)] == whole
        assert "esc" in lines[-1]
        assert not any(line for line in lines[len(whole) : -1])
        await run.press("escape")
        assert run.app.screen is run.main


async def test_long_lines_go_on_beyond_the_edge_until_w_breaks_them() -> None:
    async with running(size=(60, 16)) as run:
        await run.press("Y", "c")
        line = run.app.clipboard
        await run.press("Y", "down", "down", "down", "v")
        assert run.text().split("\n")[0] == line[:60].rstrip()
        await run.press("right")
        assert run.text().split("\n")[0] == line[20:80].rstrip()
        await run.press("w")
        shown = run.text().split("\n")
        assert "".join(one.ljust(60) for one in shown[:5]).rstrip() == line
        await run.press("w", "left")
        assert run.text().split("\n")[0] == line[:60].rstrip()


async def test_a_terminal_without_a_clipboard_is_told_of_the_plain_screen() -> None:
    async with running(settings=Settings(ascii=True)) as run:
        run.app._terminal.multiplexer = None
        await run.press("y")
        assert "no clipboard" in run.message()


@pytest.mark.parametrize(
    ("text", "width", "is_wrapped", "skipped", "shown"),
    [
        ("abc\nd", 2, True, 0, ["ab", "c", "d"]),
        ("abc\n\nd", 2, False, 0, ["abc", "", "d"]),
        ("abc\nd", 2, False, 2, ["c", ""]),
        ("", 5, True, 0, [""]),
        ("日本語", 4, True, 0, ["日本", "語"]),
    ],
)
def test_lines_are_broken_at_the_edge_or_not_at_all(
    text: str, width: int, is_wrapped: bool, skipped: int, shown: list[str]
) -> None:
    assert [text_of(line) for line in plain_lines(text, width, is_wrapped=is_wrapped, skipped=skipped)] == shown
