from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.month import Month
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.month_zone import MonthZone
from omstui.core.watch.rollover import Rollover
from tests.making import REF

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEEN = datetime(2026, 11, 30, 16, 0, 30, tzinfo=UTC)


def change(after: timedelta, by: timedelta, *, first: Month = DECEMBER, has_fallen: bool = True) -> Rollover:
    """A month that began between these times, counted from midnight UTC."""
    spans = (CounterSpan(NOVEMBER, MIDNIGHT, MIDNIGHT), CounterSpan(first, MIDNIGHT, MIDNIGHT))
    return Rollover(REF, NOVEMBER, *spans, MIDNIGHT + after, MIDNIGHT + by, has_fallen)


def learned(after: float, by: float) -> tuple[float, float] | None:
    """The offsets in hours, for minutes after midnight UTC."""
    zone = MonthZone.learned(change(timedelta(minutes=after), timedelta(minutes=by)))
    return (zone.least / HOUR, zone.most / HOUR) if zone is not None else None


@pytest.mark.parametrize(
    ("after", "by", "offsets"),
    [
        pytest.param(-480.5, -479.5, (8, 8), id="seen within a minute"),
        pytest.param(-471, -470, (8, 8), id="the counters were late by nine minutes"),
        pytest.param(-483, -482, (8, 8), id="the clock here is late by two"),
        pytest.param(-470, -469, None, id="ten minutes and later: no zone has that"),
        pytest.param(-484, -483, None, id="more than two minutes: nor that"),
        pytest.param(-0.5, 0.5, (0, 0), id="UTC"),
        pytest.param(299.5, 300.5, (-5, -5), id="behind UTC"),
        pytest.param(-345.5, -344.5, (5.75, 5.75), id="a quarter of an hour"),
        pytest.param(-480, -360, (6, 8), id="two hours without an answer"),
        pytest.param(-840.5, -839.5, (14, 14), id="the most eastern zone"),
        pytest.param(719.5, 720.5, (-12, -12), id="the most western one"),
        pytest.param(-10_000, -360, (6, 14), id="no further east"),
        pytest.param(-360, 10_000, (-12, 6), id="no further west"),
        pytest.param(-10_000, 10_000, None, id="anywhere"),
    ],
)
def test_the_moment_of_the_turn_tells_the_offset(after: float, by: float, offsets: tuple[float, float] | None) -> None:
    assert learned(after, by) == offsets


def test_a_turn_that_was_not_seen_in_the_figures_tells_nothing() -> None:
    half = timedelta(seconds=30)
    assert MonthZone.learned(change(-half, half, has_fallen=False)) is None
    assert MonthZone.learned(change(-half, half, first=Month(2027, 1))) is None
    told = MonthZone.learned(change(-half, half))
    assert told is not None
    assert told.seen_at == MIDNIGHT + half


QUARTERS = st.integers(-48, 56).map(lambda number: timedelta(minutes=15 * number))


@given(QUARTERS, st.integers(1, 60))
def test_with_answers_a_minute_apart_one_offset_is_left(offset: timedelta, early: int) -> None:
    begins = -offset
    zone = MonthZone.learned(change(begins - timedelta(seconds=early), begins + timedelta(seconds=60 - early)))
    assert zone is not None
    assert zone.least == zone.most == offset
    assert zone.is_exact


@given(QUARTERS, QUARTERS)
def test_what_is_written_is_read_again(one: timedelta, other: timedelta) -> None:
    zone = MonthZone(min(one, other), max(one, other), SEEN)
    assert MonthZone.parse(str(zone)) == zone


@pytest.mark.parametrize(
    "text",
    [
        "", "480", "480 480", "480 480 soon", "x 480 2026-12-01T00:00:00+00:00", "480 480 2026-12-01T00:00:00",
        "500 480 2026-12-01T00:00:00+00:00", "-721 480 2026-12-01T00:00:00+00:00", "0 841 2026-12-01T00:00:00+00:00",
        "9999999999999999 1 2026-12-01T00:00:00+00:00", "480 480 2026-12-01T00:00:00+00:00 more",
    ],
)  # fmt: skip
def test_what_is_no_zone_is_read_as_none(text: str) -> None:
    assert MonthZone.parse(text) is None


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert MonthZone.parse(text) is None


def zone(low: float, high: float, days: int = 0) -> MonthZone:
    return MonthZone(low * HOUR, high * HOUR, SEEN + timedelta(days=days))


@pytest.mark.parametrize(
    ("known", "newer", "both"),
    [
        (zone(6, 9), zone(8, 12, 31), zone(8, 9, 31)),
        (zone(8, 12), zone(6, 9, 31), zone(8, 9, 31)),
        (zone(6, 8), zone(8, 9, 31), zone(8, 8, 31)),
        (zone(8, 8), zone(7, 7, 31), zone(7, 7, 31)),
        (zone(-4, -4), zone(-3, 2, 31), zone(-3, 2, 31)),
    ],
)
def test_two_months_tell_more_than_one_and_the_newer_one_is_right(
    known: MonthZone, newer: MonthZone, both: MonthZone
) -> None:
    assert known.narrowed(newer) == both


def test_the_zone_is_told_in_offsets() -> None:
    assert zone(8, 8).words == "UTC+08:00"
    assert zone(-3.5, 0).words == "between UTC-03:30 and UTC+00:00"
    assert not zone(6, 8).is_exact


@pytest.mark.parametrize(("hours", "is_allowed"), [(8, True), (9, True), (7, False), (10, False)])
def test_a_zone_is_allowed_that_begins_months_where_they_were_seen_to_begin(hours: int, is_allowed: bool) -> None:
    learned = MonthZone(timedelta(hours=8), timedelta(hours=9), datetime(2026, 12, 1, tzinfo=UTC))
    assert learned.allows(timezone(timedelta(hours=hours))) is is_allowed
