import pytest

from omstui.ui.dialogs.label import LabelDialog
from tests.ui.dialogs.hosting import HOSTILE, Host, paste, press, type_text


@pytest.mark.parametrize("key", ["enter", "ctrl+s"])
@pytest.mark.parametrize(
    ("before", "typed", "label"),
    [("", "holiday", "holiday"), ("old", "er", "older"), ("", "", ""), ("", "  two words ", "two words")],
)
async def test_it_closes_with_the_label(key: str, before: str, typed: str, label: str) -> None:
    app = Host(LabelDialog("images", before))
    async with app.run_test() as pilot:
        await type_text(pilot, typed)
        await press(pilot, key)
        assert app.results == [label]


async def test_a_label_can_be_emptied() -> None:
    app = Host(LabelDialog("images", "old"))
    async with app.run_test() as pilot:
        await press(pilot, "ctrl+u", "enter")
        assert app.results == [""]


async def test_escape_leaves_the_label_as_it_was() -> None:
    app = Host(LabelDialog("images", "old"))
    async with app.run_test() as pilot:
        await type_text(pilot, "er")
        await press(pilot, "escape")
        assert app.results == [None]


async def test_a_label_is_tamed_and_no_longer_than_the_list_allows() -> None:
    app = Host(LabelDialog(HOSTILE, HOSTILE))
    async with app.run_test() as pilot:
        await paste(pilot, f"\n{HOSTILE}\n" + "x" * 500)
        assert app.shown.replace("\n", "").isprintable()
        await press(pilot, "enter")
    (label,) = app.results
    assert label is not None
    assert label.isprintable()
    assert len(label) == 64


async def test_the_keys_can_be_clicked() -> None:
    app = Host(LabelDialog("images", "old"))
    async with app.run_test() as pilot:
        await pilot.click("KeyHints", offset=(2, 0))
        assert app.results == ["old"]
