"""A small app that opens one dialog, and ways to type into it."""

from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import App
from textual.keys import key_to_character
from textual.pilot import Pilot
from textual.screen import Screen

from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.dialogs.help import open_help
from omstui.ui.setup.screen import SetupScreen
from omstui.ui.terminal.themes import THEMES

LOOKS = Path(__file__).parents[3] / "omstui" / "ui"
SIZES = [(40, 12), (60, 16), (80, 24), (120, 34), (200, 60)]
IDS = [f"0d146099-8cf4-437d-b6ef-88e04377{number:04}" for number in range(6)]
HOSTILE = "[/x][@click=app.quit]\x1b]52;c;AAAA\x07 \u202eabc\u200b [bold"
Result = TypeVar("Result")
_ROUNDS = 5
"""A key goes from the app to a widget to a worker, and what comes of it to the screen."""


class Host(App[None], Generic[Result]):
    """Opens the dialog at once and keeps its result."""

    CSS_PATH: ClassVar = [LOOKS / "omstui.tcss", LOOKS / "dialogs" / "dialogs.tcss"]

    def __init__(self, dialog: Screen[Result], theme: str = THEMES[0].name) -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme
        self.dialog = dialog
        self.results: list[Result | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.results.append)

    def action_help(self) -> None:
        """Open the list of keys as the real app does."""
        open_help(self.screen)

    def action_help_quit(self) -> None:
        """Answer ctrl+c as the real app does."""
        if isinstance(self.dialog, Dialog | SetupScreen):
            self.dialog.say_how_to_quit()

    @property
    def is_open(self) -> bool:
        return self.screen is self.dialog

    @property
    def shown(self) -> str:
        """The screen's characters, line by line."""
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def words(self) -> str:
        """The screen's words, one blank between them, wherever lines were broken."""
        return " ".join(word for word in self.shown.split() if word not in {"▌", "│"})


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste as a terminal with bracketed paste does."""
    pilot.app.post_message(events.Paste(text))
    await settled(pilot)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Press the keys of a text, or deliver a paste as a terminal without bracketed paste does: all keys at once."""
    for char in text:
        key = {"\r": "enter", "\n": "ctrl+j", " ": "space"}.get(char, char)
        pilot.app.post_message(events.Key(key, char))
    await settled(pilot)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys as a person does, each after the one before has had its effect."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key_to_character(key)))
        await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until what was delivered has been taken in and shown, and not a moment longer."""
    for _ in range(_ROUNDS):
        await pilot._wait_for_screen()
        pilot.app.screen._on_timer_update()
