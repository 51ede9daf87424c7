"""The command palette's entries."""

from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit

from omstui.ui.commands import Entry, KeyCommands, key_entries
from omstui.ui.main.screen import MainScreen

BINDINGS = [
    Binding("j", "move(1)", "Next task", id="move.down"),
    Binding("down", "move(1)", "Next task", id="move.down"),
    Binding("left_square_bracket", "step_month(-1)", "Month back", id="month.previous"),
    Binding("q", "quit", "Quit", id="quit"),
    Binding("ctrl+q", "quit", "Quit", id="quit-chord"),
    Binding("x", "do", "Without an id"),
    Binding("y", "do", id="not.described"),
]


def test_each_id_is_one_entry_with_its_keys_and_its_id() -> None:
    assert key_entries(BINDINGS) == [
        Entry("Next task", "move(1)", "key j ↓ · id move.down"),
        Entry("Month back", "step_month(-1)", "key [ · id month.previous"),
        Entry("Quit", "quit", "key q · id quit"),
    ]


def test_every_key_of_the_main_screen_is_found() -> None:
    bindings = [binding for binding in MainScreen.BINDINGS if isinstance(binding, Binding)]
    ids = {entry.remark.rpartition(" ")[2] for entry in key_entries(bindings)}
    assert ids == {binding.id for binding in bindings}
    assert {"help", "credentials", "quit"} <= ids


class KeysApp(App[None]):
    BINDINGS = BINDINGS  # type: ignore[assignment]  # a list of bindings alone is one of those that Textual takes


async def test_the_palette_lists_all_and_finds_by_words_and_by_id() -> None:
    app = KeysApp()
    async with app.run_test():
        commands = KeyCommands(app.screen)
        listed = [hit async for hit in commands.discover() if isinstance(hit, DiscoveryHit)]
        assert "key [ · id month.previous" in [hit.help for hit in listed]
        for query in ("month ba", "month.prev"):
            found = [hit async for hit in commands.search(query) if isinstance(hit, Hit)]
            assert [hit.help for hit in found] == ["key [ · id month.previous"]
