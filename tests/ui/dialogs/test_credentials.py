import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from textual import events
from textual.message import Message

from omstui.backend.credentials import CredentialState, Renewal
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.ui.dialogs.credentials import CredentialsDialog
from omstui.ui.dialogs.token_field import TokenField
from tests.ui.dialogs.hosting import HOSTILE, SIZES, Host, paste, press, settled, type_text

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
REPORTS = [
    CredentialState("prod", "token", "keyring", NOW + timedelta(hours=21), None),
    CredentialState("lab", "token", "memory", None, Problem(ProblemKind.TOKEN, "The token has expired", "APIGW.0307")),
]
MARKER = "MIIFtokenMARKERtoken"


class Renewals:
    """Answers checks with what it was told to, and keeps what it was asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Secret | None]] = []
        self.limiter = asyncio.Event()
        self.store = asyncio.Event()
        self.cancelled = 0
        self.limiter.set()
        self.store.set()

    async def __call__(self, profile: str, secret: Secret | None, accepted: Callable[[], None]) -> Renewal:
        self.asked.append((profile, secret))
        try:
            await self.limiter.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        refusal = self.answers.pop(0)
        if refusal is None:
            accepted()
            await self.store.wait()
        return Renewal(refusal is None, refusal or "")


def host(renewals: Renewals, reports: list[CredentialState] = REPORTS) -> Host[None]:
    return Host(CredentialsDialog(reports, renewals, now=NOW, zone=UTC))


async def test_it_lists_the_profiles() -> None:
    app = host(Renewals())
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "times in UTC+00:00" in app.shown
        assert "› prod token · keyring until 23 Nov 06:40 · 21 h left" in app.words
        assert "lab token · memory refused ✗ The token has expired (APIGW.0307)" in app.words


async def test_what_was_accepted_is_stored_to_the_end_and_told() -> None:
    renewals = Renewals(None)
    renewals.store.clear()
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert "Accepted; it is being stored" in app.shown
        assert "esc" not in app.shown
        await press(pilot, "escape", "enter")
        await paste(pilot, "x")
        assert "Accepted; it is being stored" in app.shown
        assert len(renewals.asked) == 1
        renewals.store.set()
        await settled(pilot)
        assert "New credential accepted for prod" in app.shown
        assert "esc back" in app.words
        await press(pilot, "escape")
        assert app.results == [None]


@pytest.mark.parametrize(
    ("keys", "profile"),
    [
        ([], "prod"),
        (["down"], "lab"),
        (["j", "j"], "lab"),
        (["down", "up"], "prod"),
        (["j", "k", "k"], "prod"),
    ],
)
async def test_enter_takes_a_token_for_the_selected_profile(keys: list[str], profile: str) -> None:
    renewals = Renewals(None)
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, *keys, "enter")
        assert f"New token for {profile}" in app.shown
        assert f"omstui login {profile} --secret-stdin" in app.words
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert renewals.asked == [(profile, Secret(MARKER))]


async def test_an_accepted_token_closes_the_field_and_shows_in_the_list() -> None:
    app = host(Renewals(None))
    async with app.run_test() as pilot:
        await press(pilot, "down", "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert "New credential accepted for lab" in app.shown
        assert "› lab token · memory ✓ accepted just now" in app.words
        assert "has expired" not in app.shown
        with pytest.raises(ValueError, match="the token is empty"):
            app.dialog.query_one(TokenField).take()
        await press(pilot, "escape")
        assert app.results == [None]


async def test_a_refusal_is_shown_and_the_field_stays_for_another_try() -> None:
    renewals = Renewals("The token has expired. Get a new one", None)
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, "old")
        await press(pilot, "enter")
        assert "The token has expired. Get a new one" in app.shown
        assert "3 characters" in app.shown
        await paste(pilot, "new!")
        assert "The token has expired" not in app.shown
        await press(pilot, "enter")
        assert [secret.reveal() if secret else None for _, secret in renewals.asked] == ["old", "new!"]
        assert "New credential accepted for prod" in app.shown


async def test_the_same_token_can_be_tried_again() -> None:
    renewals = Renewals("No answer", "No answer")
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        for _ in range(2):
            await press(pilot, "enter")
        assert renewals.asked == [("prod", Secret(MARKER))] * 2


async def test_escape_stops_a_check_then_closes_the_field_then_the_dialog() -> None:
    renewals = Renewals(None)
    renewals.limiter.clear()
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert "Checking with one request …" in app.shown
        assert "esc stop checking" in app.shown
        await press(pilot, "escape")
        assert renewals.cancelled == 1
        assert "The check was stopped" in app.shown
        await press(pilot, "escape")
        assert "› prod" in app.shown
        assert app.is_open
        await press(pilot, "escape")
        assert app.results == [None]


async def test_enter_during_a_check_asks_no_second_time() -> None:
    renewals = Renewals(None)
    renewals.limiter.clear()
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        await press(pilot, "enter")
        assert len(renewals.asked) == 1
        renewals.limiter.set()
        await settled(pilot)
        assert "New credential accepted for prod" in app.shown


async def test_more_characters_during_a_check_stop_it_and_belong_to_the_token() -> None:
    """The rest of a paste that came as keys, after a line end that looked like enter."""
    renewals = Renewals(None)
    renewals.limiter.clear()
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await type_text(pilot, "first\r")
        await type_text(pilot, "second")
        assert renewals.cancelled == 1
        assert app.dialog.query_one(TokenField).take() == Secret("firstsecond")
        renewals.limiter.set()
        await press(pilot, "enter")
        assert renewals.asked[-1] == ("prod", Secret("firstsecond"))


@pytest.mark.parametrize(("pasted", "reason"), [("", "the token is empty"), ("a\x1bb", "character 2 of 3 is not")])
async def test_what_cannot_be_a_token_is_not_sent(pasted: str, reason: str) -> None:
    renewals = Renewals()
    app = host(renewals)
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, pasted)
        await press(pilot, "enter")
        assert f"Not checked: {reason}" in app.words or reason in app.words
        assert renewals.asked == []


@pytest.mark.parametrize("key", ["ctrl+u", "backspace", "delete"])
async def test_the_field_can_be_emptied(key: str) -> None:
    app = host(Renewals())
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, key)
        assert "Paste the token here" in app.shown


async def test_the_mouse_selects_opens_and_checks() -> None:
    renewals = Renewals(None)
    app = host(renewals)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#credential-list", offset=(4, 1))
        await settled(pilot)
        assert "› lab" in app.shown
        await pilot.click("#credential-list", offset=(4, 1))
        await settled(pilot)
        assert "New token for lab" in app.shown
        await paste(pilot, MARKER)
        await pilot.click("KeyHints", offset=(1, 0))
        await settled(pilot)
        assert renewals.asked == [("lab", Secret(MARKER))]


async def test_while_a_command_runs_the_list_can_be_read_and_escape_stops_the_command() -> None:
    """The running command and its key stay on the screen, whatever profile is selected."""
    renewals = Renewals(None)
    renewals.limiter.clear()
    reports = [CredentialState("cmd", "command", "token command", None, None, needs_secret=False), *REPORTS]
    app = host(renewals, reports)
    async with app.run_test() as pilot:
        await press(pilot, "enter", "down")
        assert "› prod" in app.shown
        assert "Running the command …" in app.shown
        assert "esc stop checking" in app.shown
        await press(pilot, "escape")
        assert renewals.cancelled == 1
        assert "The check was stopped" in app.shown
        assert "enter new token" in app.shown


async def test_without_profiles_it_says_what_to_run() -> None:
    app = host(Renewals(), [])
    async with app.run_test() as pilot:
        await press(pilot, "down", "enter")
        assert "omstui login" in app.shown
        await press(pilot, "escape")
        assert app.results == [None]


@pytest.mark.parametrize("size", SIZES)
async def test_what_matters_is_visible_at_every_size(size: tuple[int, int]) -> None:
    reports = [*REPORTS, *(CredentialState(f"p{number}", "token", "keyring", None, None) for number in range(9))]
    refusal = "The service refuses this token: it belongs to another project. Get one for this project"
    app = host(Renewals(refusal), reports)
    async with app.run_test(size=size) as pilot:
        await press(pilot, *["down"] * 10)
        assert "› p8" in app.shown
        assert "enter new token" in app.shown
        assert "esc back" in app.shown
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert "belongs to another project" in app.words
        assert "20 characters" in app.shown
        assert "esc back" in app.shown


async def test_foreign_words_do_no_harm() -> None:
    problem = Problem(ProblemKind.TOKEN, HOSTILE, HOSTILE)
    app = host(Renewals(HOSTILE), [CredentialState(HOSTILE, HOSTILE, HOSTILE, None, problem)])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert app.shown.replace("\n", "").isprintable()
        await press(pilot, "enter")
        await paste(pilot, MARKER)
        await press(pilot, "enter")
        assert app.shown.replace("\n", "").isprintable()


async def test_the_token_shows_nowhere() -> None:
    messages: list[Message] = []
    renewals = Renewals("Refused")
    app = host(renewals)
    async with app.run_test(message_hook=messages.append) as pilot:
        await press(pilot, "enter")
        messages.clear()
        app.dialog.query_one(TokenField).on_paste(events.Paste(MARKER))
        await settled(pilot)
        await press(pilot, "enter")
        assert renewals.asked == [("prod", Secret(MARKER))]
        seen = [app.export_screenshot(), *map(repr, messages), *(repr(vars(message)) for message in messages)]
        seen += [repr(vars(node)) for node in app.dialog.walk_children()] + [repr(vars(app.dialog)), repr(app.workers)]
    for piece in (MARKER[at : at + 8] for at in range(len(MARKER) - 8)):
        assert not any(piece in text for text in seen)


@pytest.mark.parametrize(
    ("way", "place", "key", "asking"),
    [
        ("command", "token command", "run the command", "Running the command …"),
        ("aksk", "key command", "run the command", "Running the command …"),
        ("ecs", "this server's agency", "ask the agency", "Asking this server's agency …"),
    ],
)
async def test_what_needs_no_secret_is_asked_for_again_at_once(way: str, place: str, key: str, asking: str) -> None:
    renewals = Renewals(None)
    renewals.limiter.clear()
    app = host(renewals, [CredentialState("lab", way, place, None, None, needs_secret=False)])
    async with app.run_test() as pilot:
        await settled(pilot)
        assert f"lab {way} · {place}" in app.words
        assert f"enter {key}" in app.words
        await press(pilot, "enter")
        assert asking in app.shown
        renewals.limiter.set()
        await settled(pilot)
        assert "New credential accepted for lab" in app.shown
    assert renewals.asked == [("lab", None)]
