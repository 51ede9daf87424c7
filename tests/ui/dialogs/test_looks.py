"""What holds for every dialog."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen

from omstui.backend.credentials import CredentialState, Renewal
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import ListedTask, Listing, SyncTask, TaskRef, WatchedTask
from omstui.ui.dialogs.add import AddDialog
from omstui.ui.dialogs.credentials import CredentialsDialog
from omstui.ui.dialogs.dialog import Dialog
from omstui.ui.dialogs.help import HelpEntry, HelpScreen
from omstui.ui.dialogs.inputs import Choice
from omstui.ui.dialogs.label import LabelDialog
from omstui.ui.dialogs.pick import PickDialog
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.history.month_picker import MonthChoice, MonthPicker
from omstui.ui.setup.screen import SetupScreen
from omstui.ui.terminal.themes import THEMES
from tests.ui.dialogs.hosting import HOSTILE, IDS, Host, paste, press, settled

pytestmark = pytest.mark.slow


NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)


async def _renew(profile: str, secret: Secret | None, accepted: Callable[[], None]) -> Renewal:
    return Renewal(is_accepted=True, words=HOSTILE)


async def _check(profile: Profile, secret: Secret) -> Problem | None:
    return None


async def _save(profile: Profile, secret: Secret, tasks: tuple[WatchedTask, ...]) -> str | None:
    return None


async def _find(profile: str) -> Listing | Problem:
    return Listing((ListedTask(IDS[0], SyncTask(src_bucket=HOSTILE, description=HOSTILE)),), HOSTILE)


DIALOGS: dict[str, Callable[[], Screen[Any]]] = {
    "add": lambda: AddDialog([HOSTILE, "lab"], "lab", frozenset({TaskRef("lab", IDS[0])})),
    "pick": lambda: PickDialog(HOSTILE, _find, frozenset()),
    "label": lambda: LabelDialog(HOSTILE, HOSTILE),
    "credentials": lambda: CredentialsDialog(
        [CredentialState(HOSTILE, "token", HOSTILE, None, None)], _renew, now=NOW, zone=UTC
    ),
    "help": lambda: HelpScreen(HOSTILE, [(HOSTILE, [HelpEntry("x", HOSTILE, HOSTILE)])]),
    "setup": lambda: SetupScreen(_check, _save),
}


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("name", DIALOGS)
async def test_it_draws_in_every_theme(name: str, theme: str) -> None:
    app = Host(DIALOGS[name](), theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "esc" in app.shown
        assert app.shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", DIALOGS)
async def test_it_survives_rubbish_every_size_and_every_common_key(name: str) -> None:
    app = Host(DIALOGS[name]())
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(pilot, f"{HOSTILE}\r\n\t{HOSTILE}\x00\n" * 3)
        for key in ("tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "ctrl+z"):
            await press(pilot, key)
        for size in ((40, 12), (1, 1), (300, 5), (5, 80), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await settled(pilot)
        assert app.is_open
        assert app.shown.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "owner",
    [
        Dialog,
        AddDialog,
        PickDialog,
        LabelDialog,
        CredentialsDialog,
        HelpScreen,
        SetupScreen,
        TokenField,
        Choice,
        MonthPicker,
    ],
)  # fmt: skip
def test_every_key_has_an_id_and_a_description(owner: type[Any]) -> None:
    bindings = owner.__dict__["BINDINGS"]
    assert bindings
    assert all(isinstance(binding, Binding) and binding.id and binding.description for binding in bindings)


OPEN: dict[str, Callable[[], Screen[Any]]] = {
    **{name: made for name, made in DIALOGS.items() if name != "help"},
    "picker": lambda: MonthPicker(
        MonthChoice(HOSTILE, Month(2026, 11), Month(2026, 11), Month(2026, 3), "UTC+08:00", {})
    ),
}


@pytest.mark.parametrize("name", OPEN)
async def test_f1_shows_the_keys_and_leads_back(name: str) -> None:
    app = Host(OPEN[name]())
    async with app.run_test(size=(120, 34)) as pilot:
        await settled(pilot)
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)
        owner = type(app.dialog)
        ids = [binding.id for binding in owner.__dict__["BINDINGS"] if app.dialog.check_action(binding.action, ())]
        assert all(one in app.shown for one in ids if one), app.shown
        await press(pilot, "f1")
        assert app.is_open


@pytest.mark.parametrize(
    ("name", "is_typed"), [("picker", False), ("credentials", False), ("add", True), ("label", True), ("setup", True)]
)
async def test_a_question_mark_asks_for_help_where_it_is_not_typed(name: str, is_typed: bool) -> None:
    app = Host(OPEN[name]())
    async with app.run_test(size=(120, 34)) as pilot:
        await settled(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen) != is_typed


@pytest.mark.parametrize("size", [(120, 34), (40, 12)])
@pytest.mark.parametrize("name", OPEN)
async def test_the_way_to_quit_is_told_with_the_way_out(name: str, size: tuple[int, int]) -> None:
    app = Host(OPEN[name]())
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+c", "ctrl+c")
        assert app.shown.count("esc, then q") == 1
        assert app.is_open


def test_no_two_keys_share_an_id() -> None:
    owners: list[Any] = [
        Dialog,
        AddDialog,
        PickDialog,
        LabelDialog,
        CredentialsDialog,
        HelpScreen,
        SetupScreen,
        TokenField,
        Choice,
    ]
    ids = [binding.id for owner in owners for binding in owner.__dict__["BINDINGS"]]
    assert len(ids) == len(set(ids))
