import re
from typing import ClassVar

import pytest
from textual.binding import Binding, BindingsMap

from omstui.ui.dialogs.help import HelpEntry, HelpScreen, help_groups, help_lines
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import text_of, width_of
from tests.ui.dialogs.hosting import HOSTILE, SIZES, Host, press, settled
from tests.ui.running import running

BINDINGS = [
    Binding("j,down", "move(1)", "Next task", id="move.down"),
    Binding("right_square_bracket", "step(1)", "Month on", id="month.next"),
    Binding("q", "quit", "Quit", id="quit"),
    Binding("question_mark,f1", "help", "Help", id="help"),
    Binding("up", "move(-1)", "Previous task", id="move.up"),
    Binding("x", "hidden", "Not named"),
    Binding("y", "hidden", id="not.described"),
]
GROUPS = [
    ("Move", [HelpEntry("j ↓", "Next task", "move.down"), HelpEntry("↑", "Previous task", "move.up")]),
    ("Month", [HelpEntry("]", "Month on", "month.next")]),
    ("Screen", [HelpEntry("q", "Quit", "quit"), HelpEntry("? F1", "Help", "help")]),
]


def test_bindings_are_grouped_by_the_first_part_of_their_ids() -> None:
    assert help_groups(BINDINGS) == GROUPS


def test_disabled_keys_stand_in_the_help_with_the_condition() -> None:
    undo = Binding("u", "undo", "Undo", id="list.undo", tooltip="when a task was removed")
    assert help_groups([undo, BINDINGS[2]], {"list.undo", "quit"}) == [
        ("List", [HelpEntry("u", "Undo", "list.undo", "when a task was removed")]),
        ("Screen", [HelpEntry("q", "Quit", "quit", "not now")]),
    ]


def test_the_bindings_of_a_running_screen_give_the_same_groups() -> None:
    """Textual keeps one binding for each key."""
    assert help_groups(binding for _, binding in BindingsMap(BINDINGS)) == GROUPS


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("left_square_bracket", "["),
        ("right_square_bracket", "]"),
        ("question_mark", "?"),
        ("slash", "/"),
        ("plus", "+"),
        ("minus", "-"),
        ("full_stop", "."),
        ("up", "↑"),
        ("left", "←"),
        ("pageup", "PgUp"),
        ("escape", "esc"),
        ("enter", "enter"),
        ("space", "space"),
        ("G", "G"),
        ("ctrl+s", "ctrl+s"),
        ("shift+tab", "shift+tab"),
        ("ctrl+slash", "ctrl+/"),
        ("f1", "F1"),
        ("f12", "f12"),
        ("home, g", "home g"),
    ],
)
def test_keys_are_written_as_people_do(key: str, name: str) -> None:
    assert help_groups([Binding(key, "do", "Does", id="a.b")]) == [("A", [HelpEntry(name, "Does", "a.b")])]


def words_in(text: str) -> set[str]:
    """The pieces of a picture that two blanks or more part."""
    return {piece.strip() for line in text.splitlines() for piece in re.split(r"\s{2,}", line)}


def test_each_line_names_the_id_that_remaps_its_keys() -> None:
    assert [text_of(line).rstrip() for line in help_lines(GROUPS[1:2], 40)] == [
        "Month",
        "]  Month on" + " " * 19 + "month.next",
    ]
    assert [text_of(line).rstrip() for line in help_lines(GROUPS[1:2], 20)] == ["Month", "]  Month on", "   month.next"]


@pytest.mark.parametrize("width", [1, 10, 20, 38, 83, 84, 100, 200])
def test_every_line_fits_and_no_entry_is_missing(width: int) -> None:
    groups = [*GROUPS, (HOSTILE, [HelpEntry(HOSTILE, HOSTILE * 3, HOSTILE)])]
    lines = help_lines(groups, width)
    assert all(width_of(line) <= max(width, 14) for line in lines if width >= 20)
    assert all(text_of(line).isprintable() for line in lines)
    if width >= 38:
        text = "\n".join(text_of(line) for line in lines)
        assert all(set(filter(None, entry)) <= words_in(text) for _, entries in GROUPS for entry in entries)


def test_there_are_two_columns_where_the_width_allows() -> None:
    assert len(help_lines(GROUPS, 84)) < len(help_lines(GROUPS, 83))
    assert help_lines([], 84) == []
    assert help_lines([], 20) == []


class TestScreen:
    MANY: ClassVar = [("Move", [HelpEntry(f"f{number}", f"Entry {number}") for number in range(80)])]

    @pytest.mark.parametrize("key", ["escape", "q", "question_mark", "f1", "enter"])
    async def test_these_keys_close_it(self, key: str) -> None:
        app = Host(HelpScreen("Keys", GROUPS))
        async with app.run_test() as pilot:
            await settled(pilot)
            assert "Next task" in app.shown
            await press(pilot, key)
            assert app.results == [None]

    @pytest.mark.parametrize(
        ("keys", "first_row"),
        [
            (["down"], 1),
            (["j", "j", "k"], 1),
            (["down", "up", "up"], 0),
            (["pagedown"], 17),
            (["space"], 17),
            (["pagedown", "pageup"], 0),
            (["end"], 63),
            (["G", "g"], 0),
            (["end", "home"], 0),
        ],
    )
    async def test_it_scrolls(self, keys: list[str], first_row: int) -> None:
        app = Host(HelpScreen("Keys", self.MANY))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, *keys)
            expected = "Move" if first_row == 0 else f"Entry {first_row - 1}"
            assert f" {expected} " in f"{app.shown.splitlines()[3]} "

    @pytest.mark.parametrize("size", SIZES)
    async def test_title_and_way_out_are_visible_at_every_size(self, size: tuple[int, int]) -> None:
        app = Host(HelpScreen("Keys", self.MANY))
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            assert "Keys" in app.shown
            assert "Entry 1" in app.shown
            assert "esc back" in app.shown

    async def test_the_scroll_bar_hides_nothing(self) -> None:
        app = Host(
            HelpScreen("Keys", [("Move", [HelpEntry(f"f{n}", f"Entry {n}", f"move.x{n:02}") for n in range(80)])])
        )
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            assert "move.x09" in app.shown

    async def test_it_follows_the_terminals_size(self) -> None:
        app = Host(HelpScreen("Keys", self.MANY))
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.resize_terminal(40, 12)
            await settled(pilot)
            assert "Entry 1" in app.shown
            assert "esc back" in app.shown

    async def test_hostile_words_do_no_harm(self) -> None:
        app = Host(HelpScreen(HOSTILE, [(HOSTILE, [HelpEntry(HOSTILE, HOSTILE, HOSTILE)])]))
        async with app.run_test() as pilot:
            await settled(pilot)
            assert app.shown.replace("\n", "").isprintable()


async def test_the_help_names_every_key_and_when_those_do_something_that_do_nothing_now() -> None:
    """The keys of undo, of the current month and of the palette are there before there is use for them."""
    async with running((80, 60)) as run:
        await run.press("question_mark")
        canvas = run.app.screen.query_one("#help-keys", Canvas)
        shown = "\n".join(text_of(line) for line in canvas.lines)
        assert "Undo the removal, when a task was removed" in shown
        assert "Current month, when a past month is shown" in shown
        assert "ctrl+p" in shown
        spans = [span for line in canvas.lines for span in line]
        assert next(span.role for span in spans if span.text.startswith("u ")) == "dim"
        await run.press("escape", "D", "left_square_bracket")
        await run.until(lambda: run.main.check_action("undo", ()) is True, "the removal")
        await run.press("question_mark")
        lines = [text_of(line) for line in run.app.screen.query_one("#help-keys", Canvas).lines]
        assert not any("when a task was removed" in line or "when a past month" in line for line in lines)
        assert any("Undo the removal" in line for line in lines)


async def test_keys_that_do_nothing_now_are_not_in_the_key_line() -> None:
    async with running((120, 34)) as run:
        assert "back" not in run.lines_of("#keys")
        await run.press("enter")
        assert "esc back" in run.lines_of("#keys")
        assert "pane" not in run.lines_of("#keys")
