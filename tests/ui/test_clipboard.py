"""What is written to have a terminal fill its clipboard, and what is said about it."""

from base64 import b64decode

import pytest

from omstui.ui.clipboard import MOST_BYTES, clipboard_sequence, copied_words


def test_the_text_goes_as_base64_so_that_nothing_in_it_is_a_command() -> None:
    text = "naïve\x07\x1b]0;no\x07 \ud800"
    sequence = clipboard_sequence(text, "")
    assert sequence.startswith("\x1b]52;c;")
    assert sequence.endswith("\x07")
    body = sequence[7:-1]
    assert body.isascii()
    assert body.replace("+", "").replace("/", "").replace("=", "").isalnum()
    assert b64decode(body).decode() == text.replace("\ud800", "?")


def test_tmux_gets_it_for_itself_and_to_hand_on() -> None:
    """Its own way needs set-clipboard, the other allow-passthrough."""
    plain = clipboard_sequence("a", "")
    assert clipboard_sequence("a", "tmux") == plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"


@pytest.mark.parametrize(
    ("text", "multiplexer", "words"),
    [
        ("a", "", "where the terminal allows it"),
        ("a", "tmux", "allow-passthrough"),
        ("a", "screen", "where the terminal allows it"),
        ("a", None, "no clipboard"),
        ("a" * MOST_BYTES, "", "Copied"),
        ("a" * (MOST_BYTES + 1), "", "74,995 bytes: many terminals take 74,994"),
        ("é" * MOST_BYTES, "", "149,988 bytes"),
    ],
)
def test_what_may_come_in_between_is_said(text: str, multiplexer: str | None, words: str) -> None:
    assert words in copied_words("the id", text, multiplexer)


def test_the_limit_is_the_one_of_the_base64_text() -> None:
    assert len(clipboard_sequence("a" * MOST_BYTES, "")) - len("\x1b]52;c;\x07") <= 100_000
    assert len(clipboard_sequence("a" * (MOST_BYTES + 3), "")) - len("\x1b]52;c;\x07") > 99_992
