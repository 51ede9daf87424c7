"""Sequences on their way through a multiplexer."""

import re
from base64 import b64decode

import pytest

from omstui.ui.terminal.clipboard import MOST_BYTES, clipboard_sequence, copied_words, passed_through

SEQUENCE = "\x1b]52;c;QQ==\x07"


@pytest.mark.parametrize(
    ("multiplexer", "written"),
    [
        ("", SEQUENCE),
        ("tmux", "\x1bPtmux;\x1b\x1b]52;c;QQ==\x07\x1b\\"),
        ("screen", "\x1bP\x1b]52;c;QQ==\x07\x1b\\"),
    ],
)
def test_each_multiplexer_gets_its_own_frame(multiplexer: str, written: str) -> None:
    assert passed_through(SEQUENCE, multiplexer) == written


@pytest.mark.parametrize("length", [1, 755, 756, 757, 5000])
def test_screen_gets_pieces_that_it_does_not_cut_and_that_make_up_the_whole(length: int) -> None:
    sequence = "x" * length
    pieces = re.findall(r"\x1bP[^\x1b]*\x1b\\", passed_through(sequence, "screen"))
    assert max(map(len, pieces)) < 768
    assert "".join(piece[2:-2] for piece in pieces) == sequence


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
