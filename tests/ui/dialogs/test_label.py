import pytest

from omstui.ui.dialogs.inputs import LineInput
from omstui.ui.dialogs.label import LabelDialog
from tests.ui.dialogs.hosting import HOSTILE, Host, paste, press, type_text

pytestmark = pytest.mark.slow

TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkqAbCdEf"


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


async def test_a_label_is_tamed() -> None:
    app = Host(LabelDialog(HOSTILE, ""))
    async with app.run_test() as pilot:
        await paste(pilot, f"\n{HOSTILE}\n")
        assert app.shown.replace("\n", "").isprintable()
        await press(pilot, "enter")
    (label,) = app.results
    assert label
    assert label.isprintable()


async def test_a_label_that_is_too_long_stays_in_the_field_and_the_most_is_told() -> None:
    app = Host(LabelDialog("images", ""))
    async with app.run_test() as pilot:
        await paste(pilot, "x" * 63)
        await type_text(pilot, "yz")
        assert "A label has 64 characters at most; this one has 65." in app.words
        await press(pilot, "enter")
        assert app.is_open
        assert app.results == []
        assert app.dialog.query_one(LineInput).value == "x" * 63 + "yz"
        await press(pilot, "backspace")
        assert "at most" not in app.words
        await press(pilot, "enter")
    assert app.results == ["x" * 63 + "y"]


async def test_a_paste_beyond_measure_is_no_label() -> None:
    app = Host(LabelDialog("images", ""))
    async with app.run_test(size=(40, 12)) as pilot:
        await paste(pilot, "x" * 100_000)
        await press(pilot, "enter")
        assert app.is_open
        assert "at most" in app.words


async def test_the_keys_can_be_clicked() -> None:
    app = Host(LabelDialog("images", "old"))
    async with app.run_test() as pilot:
        await pilot.click("KeyHints", offset=(2, 0))
        assert app.results == ["old"]


async def test_a_label_that_is_kept_stays_whatever_it_looks_like() -> None:
    """Enter without a change closes with the label; it may be older than the rule about tokens."""
    app = Host(LabelDialog("images", TOKEN[:60]))
    async with app.run_test() as pilot:
        assert app.dialog.query_one(LineInput).value == TOKEN[:60]
        await press(pilot, "enter")
        assert app.results == [TOKEN[:60]]


async def test_a_token_never_stands_in_the_field() -> None:
    """Neither pasted nor typed; the field says where a token belongs, and takes a label afterwards."""
    app = Host(LabelDialog("images", ""))
    async with app.run_test() as pilot:
        for enter in (paste, type_text):
            await enter(pilot, TOKEN)
            assert "Refused: this looks like a token and is not kept" in app.words
            assert TOKEN[:20] not in app.shown
            await press(pilot, "ctrl+u")
        await type_text(pilot, "holiday")
        assert "Refused" not in app.words
        await press(pilot, "enter")
        assert app.results == ["holiday"]


async def test_the_rest_of_a_token_that_comes_as_keys_is_no_label() -> None:
    """Its line end neither; a key that edits ends it, and a paste in one piece leaves the label as it was."""
    app = Host(LabelDialog("images", "old"))
    async with app.run_test() as pilot:
        await paste(pilot, TOKEN)
        assert app.dialog.query_one(LineInput).value == "old"
        await type_text(pilot, f" {TOKEN}")
        assert app.dialog.query_one(LineInput).value == ""
        await press(pilot, "enter")
        assert app.is_open
        assert "Refused" in app.words
        await press(pilot, "backspace")
        await type_text(pilot, "new")
        await press(pilot, "enter")
        assert app.results == ["new"]
