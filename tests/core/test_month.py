from datetime import MAXYEAR, UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.month import FIRST_YEAR, LAST_YEAR, Month, bar_reason, first_moment, query_time_ms

MONTHS = st.builds(Month, st.integers(FIRST_YEAR, LAST_YEAR), st.integers(1, 12))
NEAR = st.builds(Month, st.integers(2000, 2999), st.integers(1, 12))
STEPS = st.integers(-100, 100)
ZONES = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-12 * 60, 14 * 60))
EVERY_HOUR = [timezone(timedelta(hours=hours)) for hours in range(-12, 15)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(NEAR, STEPS)
def test_steps_forth_and_back_end_where_they_began(month: Month, steps: int) -> None:
    assert month.plus(steps).plus(-steps) == month
    assert month.plus(0) == month


@given(NEAR, STEPS, STEPS)
def test_steps_add_up(month: Month, first: int, second: int) -> None:
    assert month.plus(first).plus(second) == month.plus(first + second)


@given(NEAR, STEPS)
def test_later_months_are_greater(month: Month, steps: int) -> None:
    assert (month.plus(steps) > month) == (steps > 0)
    assert (month.plus(steps) < month) == (steps < 0)


@pytest.mark.parametrize(
    ("month", "steps", "arrived"),
    [
        (Month(2026, 11), 1, Month(2026, 12)),
        (Month(2026, 11), -1, Month(2026, 10)),
        (Month(2026, 12), 1, Month(2027, 1)),
        (Month(2026, 1), -1, Month(2025, 12)),
        (Month(2026, 1), -13, Month(2024, 12)),
        (Month(2026, 3), 24, Month(2028, 3)),
        (Month(9999, 11), 1, Month(9999, 12)),
        (Month(1970, 1), -1, Month(1969, 12)),
    ],
)
def test_steps_cross_years(month: Month, steps: int, arrived: Month) -> None:
    assert month.plus(steps) == arrived


@pytest.mark.parametrize(("month", "steps"), [(Month(1, 1), -1), (Month(9999, 12), 1), (Month(2026, 11), -100_000)])
def test_no_step_leaves_the_calendar(month: Month, steps: int) -> None:
    with pytest.raises(ValueError, match="there is no month"):
        month.plus(steps)


@given(MONTHS)
def test_a_month_is_read_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@given(NEAR, NEAR)
def test_written_months_sort_as_months_do(one: Month, other: Month) -> None:
    assert (str(one) < str(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "month"),
    [("2026-03", Month(2026, 3)), ("2026-3", Month(2026, 3)), (" 2026-12\n", Month(2026, 12))],
)
def test_what_people_write_is_read(text: str, month: Month) -> None:
    assert Month.parse(text) == month


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a month: write it as 2026-03"),
        ("2026", "'2026' is not a month"),
        ("03-2026", "is not a month"),
        ("2026-003", "is not a month"),
        ("2026-03-01", "is not a month"),
        ("2026/03", "is not a month"),
        ("-2026-03", "is not a month"),
        ("2026-0", "there is no month 0 in year 2026"),
        ("2026-13", "there is no month 13 in year 2026"),
        ("1969-12", "'1969-12' cannot be asked for: months go from 1970-01 to 9998-12"),
        ("9999-01", "'9999-01' cannot be asked for: months go from 1970-01 to 9998-12"),
    ],
)
def test_what_is_no_month_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Month.parse(text)


@pytest.mark.parametrize(("year", "number"), [(2026, 0), (2026, 13), (2026, -1), (0, 12), (10_000, 1)])
def test_there_are_twelve_months_in_a_year_of_the_calendar(year: int, number: int) -> None:
    with pytest.raises(ValueError, match=f"no month {number} in year {year}"):
        Month(year, number)


@pytest.mark.parametrize(
    ("hours", "month"),
    [(-12, Month(2026, 11)), (0, Month(2026, 11)), (7, Month(2026, 11)), (8, Month(2026, 12)), (14, Month(2026, 12))],
)
def test_the_zone_decides_which_month_a_moment_belongs_to(hours: int, month: Month) -> None:
    moment = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert Month.containing(moment, timezone(timedelta(hours=hours))) == month


@given(MONTHS, ZONES)
def test_the_question_for_a_past_month_lies_inside_it_in_every_zone(month: Month, zone: timezone) -> None:
    asked = EPOCH + timedelta(milliseconds=query_time_ms(month, datetime(2026, 11, 22, tzinfo=UTC)))
    assert Month.containing(asked, zone) == month


@pytest.mark.parametrize("zone", EVERY_HOUR)
def test_the_middle_is_far_from_both_ends_of_the_month(zone: timezone) -> None:
    """Twelve days at least, whatever the zone."""
    for number in range(1, 13):
        middle = Month(2026, number).middle
        for days in (-12, 12):
            assert Month.containing(middle + timedelta(days=days), zone) == Month(2026, number)


def test_a_past_month_is_asked_for_at_noon_utc_on_its_15th() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert query_time_ms(Month(2026, 3), now) == 1_773_576_000_000


@given(st.integers(0, 10**15).map(lambda microseconds: EPOCH + timedelta(microseconds=32 * microseconds)))
def test_the_current_month_is_asked_for_with_the_present_moment_never_a_later_one(now: datetime) -> None:
    asked = EPOCH + timedelta(milliseconds=query_time_ms(None, now))
    assert timedelta() <= now - asked < timedelta(milliseconds=1)


def test_the_last_moment_of_a_month_does_not_ask_for_the_next_one() -> None:
    last = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    assert query_time_ms(None, last) == 1_796_083_199_999


@pytest.mark.parametrize(
    ("month", "created", "reason"),
    [
        (Month(2026, 11), None, None),
        (Month(2026, 12), None, "in the future"),
        (Month(2027, 1), Month(2026, 1), "in the future"),
        (Month(2026, 11), Month(2026, 11), None),
        (Month(2026, 6), Month(2026, 6), None),
        (Month(2026, 5), Month(2026, 6), "before the task was created"),
        (Month(2026, 5), None, None),
        (Month(2026, 12), Month(2027, 6), "in the future"),
    ],
)
def test_months_in_the_future_and_before_the_task_are_barred(
    month: Month, created: Month | None, reason: str | None
) -> None:
    assert bar_reason(month, Month(2026, 11), created) == reason


def test_a_month_has_a_name_for_each_width() -> None:
    may, november = Month(2026, 5), Month(2026, 11)
    assert (november.name, november.short_name, november.title) == ("November", "Nov", "November 2026")
    assert (may.name, may.short_name, may.title) == ("May", "May", "May 2026")
    assert len({Month(2026, number).short_name for number in range(1, 13)}) == 12


@given(NEAR, ZONES)
def test_a_month_is_over_everywhere_once_it_is_over_in_the_last_zone(month: Month, zone: timezone) -> None:
    """One moment earlier it is the month's last one at UTC-12."""
    over = month.over_everywhere_at
    assert Month.containing(over, zone) > month
    assert Month.containing(over - timedelta(microseconds=1), timezone(timedelta(hours=-12))) == month


def test_the_last_month_of_the_calendar_never_ends() -> None:
    assert Month(MAXYEAR, 12).over_everywhere_at == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at"),
    [
        (0, datetime(2026, 11, 1, tzinfo=UTC)),
        (8, datetime(2026, 10, 31, 16, tzinfo=UTC)),
        (-3, datetime(2026, 11, 1, 3, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_midnight_of_its_zone(hours: int, at: datetime) -> None:
    begins_at = first_moment(Month(2026, 11), timezone(timedelta(hours=hours)))
    assert begins_at == at
    assert begins_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "month"),
    [("3", "2025-03"), ("12", "2025-12"), ("202603", "2026-03"), ("2026-3", "2026-03"), ("2026/03", "2026-03")],
)
def test_a_month_can_be_typed_shortly(text: str, month: str) -> None:
    assert str(Month.typed(text, 2025)) == month


@pytest.mark.parametrize("text", ["", "0", "13", "2026", "2026-", "20263", "202613", "2026-033", "/", "1969-12"])
def test_what_is_typed_and_is_no_month_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a month: type|there is no month"):
        Month.typed(text, 2025)
