from typing import Any

import pytest
from textual.app import App, ComposeResult

from omstui.core.text import tame
from omstui.ui.dialogs.inputs import Choice, LineInput, choice_line
from omstui.ui.drawing.line import text_of
from tests.ui.dialogs.hosting import HOSTILE, paste, press, settled, type_text


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


NAMES = ("prod-bj4", "dr-sg", "lab")


@pytest.mark.parametrize(
    ("chosen", "width", "text"),
    [
        (0, 80, "Profile  ‹ prod-bj4 ›  dr-sg    lab  "),
        (2, 80, "Profile    prod-bj4    dr-sg  ‹ lab ›"),
        (1, 30, "Profile  ‹ dr-sg › 2 of 3"),
        (0, 24, "Profile  ‹ pro… › 1 of 3"),
    ],
)
def test_the_chosen_name_stands_between_arrows_at_every_width(chosen: int, width: int, text: str) -> None:
    assert text_of(choice_line("Profile", NAMES, chosen, width)).startswith(text.rstrip())


def test_names_are_tamed() -> None:
    assert text_of(choice_line("Profile", [HOSTILE], 0, 80)).isprintable()


class ChoiceApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.changes: list[str] = []

    def compose(self) -> ComposeResult:
        yield Choice("Profile", NAMES, "dr-sg", id="choice")

    def on_choice_changed(self, message: Choice.Changed) -> None:
        self.changes.append(message.name)


@pytest.mark.parametrize(
    ("keys", "changes"),
    [
        (["right"], ["lab"]),
        (["space"], ["lab"]),
        (["left"], ["prod-bj4"]),
        (["left", "left", "right"], ["prod-bj4", "lab", "prod-bj4"]),
        (["x", "enter"], []),
    ],
)
async def test_arrows_choose_round_and_round(keys: list[str], changes: list[str]) -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        app.query_one(Choice).focus()
        await press(pilot, *keys)
        assert app.changes == changes
        assert app.query_one(Choice).chosen == (changes or ["dr-sg"])[-1]


@pytest.mark.parametrize(("x", "changes"), [(12, ["prod-bj4"]), (36, ["lab"]), (26, [])])
async def test_a_click_on_a_name_chooses_it(x: int, changes: list[Any]) -> None:
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#choice", offset=(x, 0))
        assert app.changes == changes
