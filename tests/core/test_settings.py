"""Spans of time as people write them."""

from collections.abc import Callable
from datetime import timedelta
from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.settings import (
    AlertSettings,
    Settings,
    parse_cycle,
    parse_history,
    parse_interval,
    parse_silence,
    span_seconds,
)


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


def test_by_default_alerts_are_heard_and_no_program_is_run() -> None:
    assert AlertSettings() == AlertSettings(quiet=False, on_alert=(), burst=100)


@pytest.mark.parametrize(("text", "seconds"), [("20s", 20), ("20", 20), (" 2M ", 120), ("5s", 5), ("1h", 3600)])
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert parse_cycle(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "4s", "61m", "1d", "nan", "inf", "-5s", "1e9h"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"5s to 1h|20s or 2m"):
        parse_cycle(text)


@pytest.mark.parametrize("unit", ["s", "d"])
def test_of_a_long_text_the_first_forty_characters_are_quoted(unit: str) -> None:
    with pytest.raises(ValueError, match=r"(?<!9)9{40}(?!9)"):
        parse_cycle("9" * 50 + unit)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10), ("10s", 10), ("60s", 60), ("90", 90), ("1.5m", 90), ("5m", 300), ("1h", 3600), ("60M", 3600),
        (" 60 s ", 60), ("3600", 3600),
    ],
)  # fmt: skip
def test_an_interval_is_read_with_or_without_its_unit(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "m", "x", "60x", "60ss", "1d", "one minute", "1m30s", "--5", "0x10"])
def test_what_is_no_interval_is_named_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not an interval: write it as 60s or 5m"):
        parse_interval(text)


@pytest.mark.parametrize("text", ["0", "9.9", "9s", "-60s", "3601", "61m", "2h", "1e9", "inf", "-inf", "nan", "infm"])
def test_an_interval_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is not possible: from 10s to 1h"):
        parse_interval(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        seconds = parse_interval(text)
    except ValueError:
        return
    assert 10 <= seconds <= 3600


def test_nothing_chosen_means_once_a_minute_with_the_mouse_and_no_keys_remapped() -> None:
    settings = Settings()
    assert settings.interval == 60
    assert settings.mouse
    assert not settings.ascii
    assert not settings.keys


@pytest.mark.parametrize(
    ("text", "days"),
    [("400d", 400), (" 9D ", 9), ("60w", 420), ("2y", 730), ("4000d", 4000), ("off", None), ("OFF", None)],
)
def test_a_history_is_read_in_days_weeks_and_years(text: str, days: int | None) -> None:
    assert parse_history(text) == (timedelta(days=days) if days is not None else None)


@pytest.mark.parametrize("text", ["", "d", "400", "x", "-9d", "1.5y", "400 d", "²d", "on", "12m"])
def test_what_is_no_span_of_days_is_named_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a span of days: write it as 400d or 2y, or off"):
        parse_history(text)


@pytest.mark.parametrize("text", ["0d", "8d", "1w", "4001d", "11y", "9" * 5000 + "d"])
def test_a_history_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is not possible: from 9d to 4000d") as caught:
        parse_history(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200), (" 90M ", 5400), ("1d", 86_400), ("1.5h", 5400), ("60s", 60), ("90d", 7_776_000), ("auto", None),
        ("OFF", inf),
    ],
)  # fmt: skip
def test_silence_is_a_time_or_left_to_habit_or_off(text: str, seconds: float | None) -> None:
    assert parse_silence(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "soon", "2 weeks", "x" * 5000])
def test_what_is_no_time_is_named_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match='is not a time: write it as 2h or 1d, or say "auto" or "off"') as caught:
        parse_silence(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("text", ["59s", "-1h", "91d", "nanh", "infd", "1e99d"])
def test_a_silence_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is not possible: from 1m to 90d"):
        parse_silence(text)


@pytest.mark.parametrize("read", [parse_interval, parse_history, parse_silence])
@pytest.mark.parametrize("unit", ["", "d"])
def test_of_a_long_text_the_first_forty_characters_are_quoted_settings(
    read: Callable[[str], object], unit: str
) -> None:
    """Whether it is no span at all or one that is out of bounds."""
    with pytest.raises(ValueError, match=r"(?<!9)9{40}(?!9)"):
        read("9" * 50 + unit)
