"""Spans of time as people write them."""

from math import inf, isnan

import pytest

from omstui.core.span import span_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("60s", 60), ("1.5m", 90), ("2h", 7200), ("1d", 86_400), ("-5s", -5), ("infh", inf), (" 3 s", 3)],
)
def test_a_number_counts_in_its_unit(text: str, seconds: float) -> None:
    assert span_seconds(text, "smhd", bare="s") == seconds


def test_a_number_that_is_none_is_left_to_the_caller() -> None:
    assert isnan(span_seconds("nans", "s"))


@pytest.mark.parametrize("text", ["", "s", "x", "1x", "1ss", "1 m 30 s", "0x10", "1d"])
@pytest.mark.parametrize("bare", ["", "s"])
def test_what_is_no_span_is_an_error(text: str, bare: str) -> None:
    with pytest.raises(ValueError, match=r"has no unit|could not convert"):
        span_seconds(text, "smh", bare=bare)


def test_a_unit_can_be_asked_for() -> None:
    assert span_seconds("90", "smh", bare="m") == 5400
    with pytest.raises(ValueError, match="'90' has no unit"):
        span_seconds("90", "smh")
