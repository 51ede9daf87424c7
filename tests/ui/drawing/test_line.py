"""Lines of spans: fitting and wrapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from omstui.ui.drawing.line import (
    Span,
    fitted,
    flowing,
    joined,
    text_of,
    width_of,
    wrapped,
)

spans = st.lists(
    st.builds(Span, st.text(st.sampled_from("ab 数é"), max_size=8), st.sampled_from(["", "dim", "bad"])), max_size=5
)


@given(spans, st.integers(0, 30))
def test_a_fitted_line_has_exactly_the_width(line: list[Span], width: int) -> None:
    assert width_of(fitted(line, width)) == width


@pytest.mark.parametrize(
    ("left", "right", "width", "shown"),
    [("left", "right", 12, "left   right"), ("left", "right", 8, "lefright"), ("left", "right", 3, "rig")],
)
def test_the_left_part_gives_way(left: str, right: str, width: int, shown: str) -> None:
    assert text_of(joined((Span(left),), (Span(right),), width)) == shown


@given(st.text(st.sampled_from("ab 数"), max_size=40), st.integers(2, 20))
def test_wrapping_loses_no_word_and_stays_within_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(text_of(line)) <= width for line in lines)
    assert "".join("".join(text_of(line).split()) for line in lines) == "".join(text.split())


def test_spans_flow_onto_the_next_line_without_their_separator() -> None:
    lines = flowing([Span("● stale 5 min"), Span(" · answered 17:40:05"), Span(" · next 17:41:05")], 24)
    assert [text_of(line) for line in lines] == ["● stale 5 min", "answered 17:40:05", "next 17:41:05"]
