import pytest
from textual.app import App, ComposeResult

from omstui.core.text import tame
from omstui.ui.dialogs.line_input import LineInput
from tests.ui.dialogs.hosting import HOSTILE, paste, press, type_text


class InputApp(App[None]):
    def __init__(self, value: str = "", max_length: int = 0) -> None:
        super().__init__()
        self.start = (value, max_length)

        self.told = 0

    def compose(self) -> ComposeResult:
        yield LineInput(self.start[0], max_length=self.start[1])

    def action_help_quit(self) -> None:
        self.told += 1

    @property
    def value(self) -> str:
        return self.query_one(LineInput).value


@pytest.mark.parametrize(
    ("pasted", "value"),
    [
        ("plain", "plain"),
        ("  two\r\nlines\n", "two lines"),
        ("\n\nlate", "late"),
        ("", ""),
        (HOSTILE, tame(HOSTILE)),
    ],
)
async def test_a_paste_becomes_one_harmless_line(pasted: str, value: str) -> None:
    app = InputApp()
    async with app.run_test() as pilot:
        await paste(pilot, pasted)
        assert app.value == value
        assert app.value.isprintable()


async def test_a_paste_that_is_too_long_is_cut_and_not_refused() -> None:
    app = InputApp("abc", max_length=8)
    async with app.run_test() as pilot:
        await paste(pilot, "defghijklm")
        assert app.value == "abcdefgh"
        await paste(pilot, "more")
        assert app.value == "abcdefgh"


async def test_what_is_there_is_tamed_and_typing_goes_on_behind_it() -> None:
    app = InputApp("old\x1b")
    async with app.run_test() as pilot:
        await type_text(pilot, "er")
        assert app.value == "old\N{REPLACEMENT CHARACTER}er"


async def test_the_programs_own_clipboard_is_tamed_too() -> None:
    app = InputApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard(HOSTILE)
        await press(pilot, "ctrl+v")
        assert app.value == tame(HOSTILE)


async def test_the_cursor_stands_still() -> None:
    app = InputApp()
    async with app.run_test():
        assert not app.query_one(LineInput).cursor_blink


@pytest.mark.parametrize(("keys", "copied"), [((), ""), (("shift+home",), "abc")])
async def test_ctrl_c_copies_what_is_selected_and_still_tells_how_to_quit(keys: tuple[str, ...], copied: str) -> None:
    app = InputApp("abc")
    async with app.run_test() as pilot:
        await press(pilot, "end", *keys, "ctrl+c")
        assert app.clipboard == copied
        assert app.told == 1
