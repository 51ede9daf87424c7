"""Lines of spans: fitting, wrapping, and finding what changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from omstui.ui.drawing.line import (
    Line,
    Span,
    cells_of,
    changed_runs,
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


@given(spans, spans, st.integers(1, 40))
def test_what_changed_covers_every_different_cell_and_cuts_no_wide_character(
    a: list[Span], b: list[Span], width: int
) -> None:
    """Repainting the runs alone turns the old line into the new one."""
    old, new = fitted(a, width), fitted(b, width)
    painted = cells_of(old)
    after = cells_of(new)
    for start, end in changed_runs(old, new):
        assert 0 <= start < end <= width
        for cells in (cells_of(old), after):
            assert cells[start][0], "a run begins inside a wide character"
            assert end == width or cells[end][0], "a run ends inside a wide character"
        painted[start:end] = after[start:end]
    assert painted == after


def test_equal_lines_cost_nothing_and_one_cell_costs_one_cell() -> None:
    line: Line = (Span("17:40:05"),)
    assert changed_runs(line, (Span("17:40:05"),)) == []
    assert changed_runs(line, (Span("17:40:06"),)) == [(7, 8)]


def test_changes_that_lie_close_together_are_one_run() -> None:
    assert changed_runs((Span("1234567890"),), (Span("x2345x7890"),)) == [(0, 6)]
    assert changed_runs((Span("1234567890"),), (Span("x2345678x0"),)) == [(0, 1), (8, 9)]


def test_a_change_of_colour_is_a_change() -> None:
    assert changed_runs((Span("ab", "ok"),), (Span("a", "ok"), Span("b", "bad"))) == [(1, 2)]


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
