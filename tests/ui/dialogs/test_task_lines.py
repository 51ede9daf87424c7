import pytest
from textual.app import App, ComposeResult

from omstui.core.text import tame
from omstui.ui.dialogs.task_lines import TaskLines
from tests.ui.dialogs.hosting import HOSTILE, IDS, paste, press, type_text


class LinesApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.confirmed = 0

    def compose(self) -> ComposeResult:
        yield TaskLines()

    def on_task_lines_confirmed(self) -> None:
        self.confirmed += 1

    @property
    def text(self) -> str:
        return self.query_one(TaskLines).text


async def test_enter_on_the_only_line_confirms_it() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, "abc")
        await press(pilot, "enter")
        assert (app.text, app.confirmed) == ("abc", 1)


async def test_enter_among_several_lines_begins_another() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await paste(pilot, "a\nb\n")
        assert app.text == "a\nb"
        await press(pilot, "enter", "c")
        assert (app.text, app.confirmed) == ("a\nb\nc", 0)


async def test_ctrl_j_begins_a_second_line() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await press(pilot, "a", "ctrl+j", "b")
        assert (app.text, app.confirmed) == ("a\nb", 0)


@pytest.mark.parametrize("line_end", ["\r", "\r\n", "\r\r"])
async def test_a_paste_that_comes_as_keys_is_not_confirmed_in_its_middle(line_end: str) -> None:
    """A terminal without bracketed paste sends line ends as enter; the rest must not become commands."""
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, line_end.join(IDS[:3]))
        assert [line for line in app.text.splitlines() if line] == IDS[:3]
        assert app.confirmed == 0


async def test_enter_at_the_end_of_keys_that_come_at_once_confirms() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, f"{IDS[0]}\r")
        assert (app.text, app.confirmed) == (IDS[0], 1)


@pytest.mark.parametrize(
    ("before", "pasted", "text"),
    [
        ("", f"{IDS[0]}\tlogs\r\n\r\n{IDS[1]}\r\n", f"{IDS[0]} logs\n\n{IDS[1]}"),
        ("", HOSTILE, tame(HOSTILE)),
        ("", "a\x0bb\u2028c", "a\nb\nc"),
        (IDS[0], IDS[1], f"{IDS[0]}\n{IDS[1]}"),
        (IDS[0], " logs", f"{IDS[0]} logs"),
        (IDS[0], f" {IDS[1]}", f"{IDS[0]}\n{IDS[1]}"),
        (f"{IDS[0]} ", "logs", f"{IDS[0]} logs"),
        ("0d146099-", IDS[0][9:], IDS[0]),
        ("", "", ""),
    ],
)
async def test_a_paste_is_tamed_line_by_line(before: str, pasted: str, text: str) -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        await type_text(pilot, before)
        await paste(pilot, pasted)
        assert app.text == text


async def test_the_programs_own_clipboard_is_tamed_too() -> None:
    app = LinesApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard(HOSTILE)
        await press(pilot, "ctrl+v")
        assert app.text == tame(HOSTILE)


async def test_the_cursor_stands_still() -> None:
    app = LinesApp()
    async with app.run_test():
        assert not app.query_one(TaskLines).cursor_blink
