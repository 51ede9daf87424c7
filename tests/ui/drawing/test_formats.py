"""Words and figures."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from omstui.ui.drawing import formats

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1_204_331, "1,204,331"),
        (88_120_004, "88,120,004"),
        (123_456_789, "123,456,789"),
        (1_234_567_890, "1.23 G"),
        (999_999_999_999, "999 G"),
        (2**63 - 1, "9.22 E"),
    ],
)
def test_a_count_is_exact_where_it_fits_and_rounded_down_where_not(number: int | None, shown: str) -> None:
    assert formats.count(number, 11) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1536, "1.53 kB"),
        (999_999, "999 kB"),
        (38_204_117_002_112, "38.2 TB"),
        (1_100_000_000_000_000, "1.10 PB"),
        (2**63 - 1, "9.22 EB"),
    ],
)
def test_a_size_has_three_figures_and_is_never_rounded_up(number: int | None, shown: str) -> None:
    assert formats.size(number) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (None, 10, "n/a"),
        (1, None, "n/a"),
        (0, 0, "n/a"),
        (0, 10, "0.000 %"),
        (10, 10, "100.000 %"),
        (1_204_331, 1_204_342, "99.999 %"),
        (99_999_999, 100_000_000, "99.999 %"),
        (1, 10**9, "<0.001 %"),
        (11, 1_204_342, "<0.001 %"),
        (1, 3, "33.333 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_all_nor_down_to_nothing(
    part: int | None, whole: int | None, shown: str
) -> None:
    assert formats.percent(part, whole) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (12_000, "3 h 20 min"),
        (36_000, "10 h"), (86_399, "23 h"), (86_400, "1 d"), (500_000, "5 d"),
    ],
)  # fmt: skip
def test_a_length_of_time_has_at_most_two_units(seconds: int, shown: str) -> None:
    assert formats.span(timedelta(seconds=seconds)) == shown


def test_times_are_shown_in_the_wanted_zone_with_its_offset() -> None:
    assert formats.clock(NOW, BEIJING) == "17:40:05"
    assert formats.clock(None, BEIJING) == "–"
    assert formats.moment_text(NOW, BEIJING) == "2026-11-22 17:40:05 UTC+08:00"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=8), "17:39:57"),
        (timedelta(hours=-1), "18:40:05"),
        (timedelta(hours=11, minutes=59), "05:41:05"),
        (timedelta(hours=12), "22 Nov 05:40"),
        (timedelta(hours=18), "21 Nov 23:40"),
    ],
)
def test_an_answer_half_a_day_old_says_its_day(ago: timedelta, shown: str) -> None:
    assert formats.seen_at(NOW - ago, NOW, BEIJING) == shown


def test_just_after_midnight_the_time_of_day_is_enough() -> None:
    midnight = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)
    answered = midnight - timedelta(minutes=25)
    assert formats.seen_at(answered, midnight, BEIJING) == "23:40:00"
    assert formats.seen_shortly(answered, midnight, BEIJING) == "23:40:00"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=8), "17:39:57"),
        (timedelta(hours=20), "21 21:40"),
        (timedelta(days=26), "27 17:40"),
        (timedelta(days=40), "13 Oct"),
        (timedelta(days=400), "Oct 2025"),
    ],
)
def test_the_short_form_names_what_it_takes_to_tell_the_day(ago: timedelta, shown: str) -> None:
    assert formats.seen_shortly(NOW - ago, NOW, BEIJING) == shown


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)))
def test_the_short_form_fits_eight_cells(ago: timedelta) -> None:
    assert cell_len(formats.seen_shortly(NOW - ago, NOW, BEIJING)) <= 8


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"), (0, "0s"), (25, "25s"), (59.9, "59s"), (60, "1m"), (5999, "99m"), (6000, "1h"), (172_799, "47h"),
        (172_800, "2d"),
    ],
)  # fmt: skip
def test_a_short_length_of_time_has_one_unit(seconds: float, shown: str) -> None:
    assert formats.brief(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("speed", "shown"), [(0, "+0/min"), (0.24, "+0.2/min"), (9.96, "+10.0/min"), (1320.4, "+1,320/min")]
)
def test_a_speed_shows_what_is_known_of_it(speed: float, shown: str) -> None:
    assert formats.per_minute(speed) == shown


@given(st.text(), st.integers(0, 60))
def test_foreign_text_never_takes_more_cells_than_it_is_given(foreign: str, width: int) -> None:
    assert cell_len(formats.clean(foreign, width)) <= width


def test_cut_text_says_that_something_is_missing() -> None:
    assert formats.cut("数据桶-archive", 7) == "数据桶…"
    assert formats.cut("abc", 3) == "abc"
    assert formats.cut("abcd", 3) == "ab…"
    assert formats.cut("abcd", 0) == ""
