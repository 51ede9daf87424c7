"""The form for a secret, as the dialog for credentials and the guided start use it."""

import asyncio

import pytest
from textual.app import App, ComposeResult

from omstui.backend.secrets.secret import Secret
from omstui.ui.dialogs.dialog import Note
from omstui.ui.dialogs.secret_form import CHECKING, SecretForm
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.dialogs.typed_secret import PASSWORD
from omstui.ui.widgets.key_hints import KeyHint
from tests.ui.dialogs.hosting import paste, press, settled

ADVICE = "Paste it"
STOPPED = "The check was stopped. Enter checks again"


class FormApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()
        self.checked: list[Secret] = []
        self.form = SecretForm(self.take, KeyHint("esc", "back"), ADVICE)

    def compose(self) -> ComposeResult:
        yield self.form

    def take(self, secret: Secret) -> None:
        self.checked.append(secret)
        self.form.check(self.refuse())

    async def refuse(self) -> None:
        await self.answer.wait()
        self.form.show_refusal("Refused")

    @property
    def sentence(self) -> str:
        return str(self.query_one(Note).content)

    @property
    def keys(self) -> list[str]:
        return [hint.words for hint in self.form.key_hints]


async def test_a_check_shows_that_it_runs_and_its_result() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        app.form.open()
        await paste(pilot, "abc")
        assert (app.sentence, app.keys) == (ADVICE, ["check", "clear", "back"])
        await press(pilot, "enter", "enter")
        assert (app.sentence, app.keys) == (CHECKING, ["stop checking"])
        app.answer.set()
        await settled(pilot)
        assert (app.sentence, app.keys) == ("Refused", ["check", "clear", "back"])
        assert app.checked == [Secret("abc")]
        assert app.query_one(TokenField).take() == Secret("abc"), "it can be tried again"


@pytest.mark.parametrize("key", ["x", "ctrl+u"])
async def test_a_change_of_the_text_stops_the_check_and_says_what_to_do(key: str) -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        app.form.open()
        await paste(pilot, "abc")
        await press(pilot, "enter", key)
        assert not app.form.is_checking
        assert (app.sentence, app.keys) == (ADVICE, ["check", "clear", "back"])


async def test_a_check_can_be_stopped() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        app.form.open()
        await paste(pilot, "abc")
        await press(pilot, "enter")
        app.form.stop()
        assert (app.sentence, app.form.is_checking) == (STOPPED, False)


async def test_what_is_being_stored_is_not_stopped() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        app.form.open()
        await paste(pilot, "abc")
        await press(pilot, "enter")
        app.form.show_storing()
        app.form.stop()
        await press(pilot, "x")
        assert app.form.is_checking
        assert "is being stored" in app.sentence
        assert app.keys == []


async def test_a_closed_form_has_no_text_and_shows_its_sentence() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        app.form.open_for(PASSWORD, "Type it")
        await paste(pilot, "abc")
        app.form.close()
        app.form.say("Done")
        await settled(pilot)
        assert not app.form.is_open
        assert app.sentence == "Done"
        app.form.submit()
        assert app.checked == []
        with pytest.raises(ValueError, match="the password is empty"):
            app.query_one(TokenField).take()
