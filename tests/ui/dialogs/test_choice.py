from typing import Any

import pytest
from textual.app import App, ComposeResult

from omstui.ui.dialogs.choice import Choice, choice_line
from omstui.ui.line import text_of
from tests.ui.dialogs.hosting import HOSTILE, press, settled

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
