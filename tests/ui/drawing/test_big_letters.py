"""Letters drawn with blocks."""

import string

import pytest

from omstui.core.watch.condition import Condition
from omstui.ui.drawing.big_letters import big_height, big_lines, big_width, can_draw
from omstui.ui.drawing.condition_signs import GLYPHS
from omstui.ui.terminal.ascii import to_ascii

DRAWN = string.ascii_uppercase + string.digits + "-–.,_+:!?~/%<() " + "".join(GLYPHS.values())


def test_whatever_a_figure_or_a_condition_needs_can_be_drawn() -> None:
    assert can_draw(DRAWN)
    assert all(can_draw(f"{GLYPHS[one]} {one.value}") for one in Condition)
    assert can_draw("answered <1 min ago, 3 h 20 min, 88.1 M, 9.22 E, +1,320")
    assert not can_draw("发票")
    assert not can_draw("naïve")


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("text", [DRAWN, "", "a", "1,204,331"])
def test_every_line_is_as_wide_as_was_said(text: str, scale: int) -> None:
    lines = big_lines(text, scale)
    assert {len(line) for line in lines} == {big_width(text, scale)}
    assert len(lines) == big_height(scale)


def test_no_two_figures_or_capitals_look_alike() -> None:
    drawn = {char: big_lines(char, 2) for char in string.ascii_uppercase + string.digits}
    assert len(set(drawn.values())) == len(drawn)


def test_a_dot_is_about_square_and_even_scales_need_no_halves() -> None:
    assert big_lines("-", 2) == (" " * 6, " " * 6, "█" * 6, " " * 6, " " * 6)
    assert big_lines("!", 1) == ("█", "▀", "▀")
    assert {char for line in big_lines(DRAWN, 4) for char in line} == {"█", " "}
    assert to_ascii(big_lines("-", 2)[2]) == "######"
