import hashlib

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from omstui.backend.secrets.secret import LONGEST_TOKEN, Secret
from omstui.ui.dialogs.token_field import TokenField
from omstui.ui.drawing.line import text_of
from tests.ui.dialogs.hosting import HOSTILE, paste, press, settled, type_text

MARKER = "MIIFtokenMARKERtoken"
LONG = (MARKER * 1000)[:16_380]
HALF = LONG[:8000]


class TokenApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[int, str]] = []
        self.submitted = 0

    def compose(self) -> ComposeResult:
        yield TokenField()

    @property
    def field(self) -> TokenField:
        return self.query_one(TokenField)

    @property
    def shown(self) -> str:
        return " ".join(" ".join(text_of(line) for line in self.field.lines).split())

    def on_token_field_changed(self, message: TokenField.Changed) -> None:
        self.changes.append((message.length, message.reason))

    def on_token_field_submitted(self) -> None:
        self.submitted += 1


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("pasted", "token"),
    [
        ("abc", "abc"),
        (LONG, LONG),
        ("\r\n".join(LONG[at : at + 80] for at in range(0, len(LONG), 80)), LONG),
        (f"\nX-Auth-Token: '{MARKER}'\n\n", MARKER),
        (f'  "{MARKER}"\t', MARKER),
    ],
)
async def test_a_paste_is_joined_and_shown_by_length_and_fingerprint(pasted: str, token: str) -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await paste(pilot, pasted)
        assert app.shown == f"{len(token):,} characters · sha256 {fingerprint(token)}…"
        assert app.changes == [(len(token), "")]
        assert app.field.take() == Secret(token)


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (" \n ", "the token is empty"),
        ("abc\x1bdef", "the token cannot be one: character 4 of 7 is not a printable ASCII character"),
        (HOSTILE, "is not a printable ASCII character"),
        ("é", "the token cannot be one: character 1 of 1 is not a printable ASCII character"),
        ("x" * (LONGEST_TOKEN + 1), "the token has 16,385 characters, at most 16,384 are possible"),
        ("x" * 1_000_000, "at most 16,384 are possible"),
    ],
)
async def test_what_cannot_be_a_token_is_refused_in_words(pasted: str, reason: str) -> None:
    app = TokenApp()
    async with app.run_test(size=(100, 10)) as pilot:
        app.field.focus()
        await paste(pilot, pasted)
        assert reason in app.changes[-1][1]
        assert reason[1:] in app.shown
        assert app.shown.isprintable()
        with pytest.raises(ValueError, match="token"):
            app.field.take()


async def test_typed_keys_add_up() -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await type_text(pilot, "ab c")
        await settled(pilot)
        assert app.field.take() == Secret("abc")
        assert app.changes[-1] == (3, "")


async def test_a_token_that_comes_as_keys_is_worked_out_once_in_a_while() -> None:
    """A slow terminal sends sixteen thousand keys; drawing for each of them would take it minutes."""
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await type_text(pilot, LONG[:4000])
        assert app.field.take() == Secret(LONG[:4000])
        assert app.changes[-1] == (4000, "")
        assert len(app.changes) < 40


async def test_line_ends_within_keys_do_not_submit_and_the_last_one_does() -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await type_text(pilot, "abc\rdef\rghi")
        assert app.submitted == 0
        assert app.field.take() == Secret("abcdefghi")
        await type_text(pilot, "jkl\r")
        assert app.submitted == 1
        assert app.field.take() == Secret("abcdefghijkl")


@pytest.mark.parametrize("key", ["backspace", "delete", "ctrl+u"])
async def test_one_key_forgets_everything(key: str) -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await paste(pilot, MARKER)
        await press(pilot, key)
        assert app.changes[-1] == (0, "the token is empty")
        assert app.shown == "Paste the token here; it is not shown"
        with pytest.raises(ValueError, match="the token is empty"):
            app.field.take()


async def test_after_a_refusal_the_next_paste_replaces_and_enter_tries_again() -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        await paste(pilot, "first")
        app.field.typed.replace_next()
        assert app.field.take() == Secret("first")
        await paste(pilot, "second")
        await type_text(pilot, "!")
        assert app.field.take() == Secret("second!")


async def test_letters_do_not_reach_the_screens_keys() -> None:
    app = TokenApp()
    async with app.run_test() as pilot:
        app.field.focus()
        app.bind("q", "quit")
        await press(pilot, "q", "x", "question_mark")
        assert app.field.take() == Secret("qx?")


async def test_the_token_shows_nowhere() -> None:
    """Not in any attribute's repr, any message, or the picture."""
    messages: list[Message] = []
    app = TokenApp()
    async with app.run_test(message_hook=messages.append) as pilot:
        app.field.focus()
        app.field.on_paste(events.Paste(MARKER[:6]))
        for char in MARKER[6:]:
            app.field.on_paste(events.Paste(char))
        app.field.on_paste(events.Paste(HALF))
        await settled(pilot)
        app.field.action_submit()
        await settled(pilot)
        seen = [repr(app.field), repr(vars(app.field)), app.export_screenshot(), *map(repr, messages)]
        seen += [repr(vars(message)) for message in messages]
        assert app.submitted == 1
        assert app.field.take().reveal() == MARKER + HALF
    for piece in (MARKER[at : at + 8] for at in range(len(MARKER) - 8)):
        assert not any(piece in text for text in seen)
