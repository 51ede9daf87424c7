"""Sequences on their way through a multiplexer."""

import re

import pytest

from omstui.ui.passthrough import passed_through

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
