import pytest

from omstui.ui.drawing.line import text_of
from omstui.ui.widgets.key_hints import KeyHint, hint_line

HINTS = [
    KeyHint("enter", "check", "screen.check"),
    KeyHint("ctrl+u", "clear"),
    KeyHint("esc", "back", "screen.back"),
]


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (80, "enter check   ctrl+u clear   esc back"),
        (36, "enter check  ctrl+u clear  esc back"),
        (34, "enter check   esc back"),
        (21, "enter check  esc back"),
        (20, "esc back"),
        (3, "esc back"),
        (0, "esc back"),
    ],
)
def test_hints_that_do_not_fit_go_and_the_last_one_stays(width: int, text: str) -> None:
    assert text_of(hint_line(HINTS, width)) == text


def test_a_click_on_a_hint_does_what_its_key_does() -> None:
    assert [span.action for span in hint_line(HINTS, 80) if span.action] == [
        *["screen.check"] * 2,
        *["screen.back"] * 2,
    ]


def test_the_way_to_quit_stays_beside_the_way_out() -> None:
    hints = [KeyHint("esc, then q", "quit"), *HINTS]
    assert text_of(hint_line(hints, 80)).startswith("esc, then q quit   enter check")
    assert text_of(hint_line(hints, 30)) == "esc, then q quit   esc back"


def test_no_hints_are_an_empty_line() -> None:
    assert hint_line([], 80) == ()
