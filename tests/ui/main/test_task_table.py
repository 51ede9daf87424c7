"""The marks of profiles."""

import pytest
from msgspec.structs import replace

from omstui.core.profile import Profile
from omstui.ui.drawing.line import Span, text_of, width_of
from omstui.ui.drawing.list_columns import FAILED, Context, Layout
from omstui.ui.main.task_table import profile_marks
from tests.making import BEIJING, index_of, sample, state

PLAIN = Profile("x", "https://oms.example", "p")


def marks(shown: list[str], **colours: str | None) -> dict[str, Span]:
    return profile_marks({name: replace(PLAIN, name=name, color=color) for name, color in colours.items()}, shown)


@pytest.mark.parametrize(
    ("shown", "colours", "letters"),
    [
        (["prod", "lab", "prod"], {"prod": "red", "lab": None}, {"prod": "P", "lab": "L"}),
        (["prod", "pre", "p"], {"prod": "red"}, {"p": "P", "pre": "R", "prod": "O"}),
        (["prod", "lab"], {"prod": None, "lab": None}, {}),
        (["prod"], {"prod": "red", "lab": "green"}, {}),
        (["1-a", "gone"], {"1-a": "blue"}, {"1-a": "1", "gone": "G"}),
    ],
)
def test_each_profile_that_is_shown_has_a_letter_of_its_own(
    shown: list[str], colours: dict[str, str | None], letters: dict[str, str]
) -> None:
    """Where there is more than one, and the user wants colours at all."""
    assert {name: mark.text for name, mark in marks(shown, **colours).items()} == letters


def test_the_colour_is_the_user_s_choice_and_none_is_none() -> None:
    made = marks(["prod", "lab"], prod="red", lab=None)
    assert (made["prod"].role, made["lab"].role) == ("strong tag-red", "dim")


@pytest.mark.parametrize("width", [41, 60, 80, 139])
def test_a_marked_row_takes_the_same_cells_as_the_titles(width: int) -> None:
    one = state(sample(), label="images")
    context = Context(index_of(one), BEIJING, {one.ref.profile: Span("P", "strong tag-red")})
    layout = Layout.for_width(width, has_marks=True)
    row = layout.row(one, context)
    assert text_of(row).startswith(" P ✓ images")
    assert width_of(row) == width_of(layout.header(FAILED, reverse=False)) <= width
    other = layout.row(one, replace(context, marks={"another": Span("A")}))
    assert text_of(other).startswith("   ✓ images")
