"""What a reading keeps of an answer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from omstui.core.month import Month
from omstui.core.task import SyncTask
from omstui.core.watch.counters import READ_NAMES, TICK, CounterSpan, longest_gap, to_tick, woven

AT = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
TASK = SyncTask(
    status="SYNCHRONIZING",
    create_time=1,
    last_start_time=2,
    monthly_acceptance_request=10,
    monthly_success_object=7,
    monthly_failure_object=1,
    monthly_skip_object=0,
    monthly_size=4096,
)


def test_a_reading_keeps_the_fields_it_names() -> None:
    """Every kept field comes from the answer's field of the same name."""
    reading = CounterSpan.of(TASK, Month(2026, 11), AT)
    assert {name: getattr(reading, name) for name in READ_NAMES} == {name: getattr(TASK, name) for name in READ_NAMES}
    assert {field.name for field in fields(CounterSpan)} == {"month", "answered_at", "until", *READ_NAMES}
    assert (reading.month, reading.answered_at, reading.until) == (Month(2026, 11), AT, AT)


@pytest.mark.parametrize("name", READ_NAMES)
def test_another_value_of_any_kept_field_is_another_reading(name: str) -> None:
    """Null differs from a value as well."""
    reading = CounterSpan.of(TASK, Month(2026, 11), AT)
    assert not reading.says(replace(reading, **{name: None}))


def test_time_alone_makes_no_other_reading_but_the_month_does() -> None:
    """The same figures in the next month are other figures."""
    reading = CounterSpan.of(TASK, Month(2026, 11), AT)
    assert reading.says(replace(reading, answered_at=AT + timedelta(days=1), until=AT + timedelta(days=2)))
    assert not reading.says(replace(reading, month=Month(2026, 12)))


START = datetime(2026, 11, 22, 9, tzinfo=UTC)
GAP = timedelta(seconds=150)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def said(value: int, begin: float, end: float) -> CounterSpan:
    return CounterSpan(Month(2026, 11), at(begin), at(end), monthly_success_object=value)


def plain(readings: tuple[CounterSpan, ...]) -> list[tuple[int | None, float, float]]:
    return [
        (
            one.monthly_success_object,
            (one.answered_at - START).total_seconds(),
            (one.until - START).total_seconds(),
        )
        for one in readings
    ]


@pytest.mark.parametrize(
    ("known", "new", "expected"),
    [
        ([], (1, 0, 0), [(1, 0, 0)]),
        ([(1, 0, 60)], (1, 120, 120), [(1, 0, 120)]),
        ([(1, 0, 60)], (1, 60, 210), [(1, 0, 210)]),
        ([(1, 0, 60)], (1, 210, 210), [(1, 0, 210)]),
        ([(1, 0, 60)], (1, 210.001, 240), [(1, 0, 60), (1, 210.001, 240)]),
        ([(1, 0, 60)], (2, 120, 180), [(1, 0, 60), (2, 120, 180)]),
        ([(1, 300, 360)], (1, 150, 200), [(1, 150, 360)]),
        ([(2, 300, 360)], (1, 0, 60), [(1, 0, 60), (2, 300, 360)]),
        ([(1, 0, 60), (1, 300, 360)], (1, 150, 200), [(1, 0, 360)]),
        ([(1, 0, 360)], (1, 100, 200), [(1, 0, 360)]),
        ([(1, 100, 200)], (1, 0, 360), [(1, 0, 360)]),
        # Between equal ones another was said: they stay apart.
        ([(1, 0, 60), (2, 70, 80)], (1, 90, 100), [(1, 0, 60), (2, 70, 80), (1, 90, 100)]),
        # The new one gives way where it overlaps.
        ([(2, 45, 45)], (1, 0, 60), [(1, 0, 44.999), (2, 45, 45), (1, 45.001, 60)]),
        ([(2, 0, 45)], (1, 30, 60), [(2, 0, 45), (1, 45.001, 60)]),
        ([(2, 30, 60)], (1, 0, 45), [(1, 0, 29.999), (2, 30, 60)]),
        ([(2, 0.001, 60)], (1, 0, 60), [(1, 0, 0), (2, 0.001, 60)]),
        # Nothing would be left of it: it parts the other.
        ([(2, 0, 60)], (1, 30, 30), [(2, 0, 29.999), (1, 30, 30), (2, 30.001, 60)]),
        ([(2, 0, 60)], (1, 10, 30), [(2, 0, 29.999), (1, 30, 30), (2, 30.001, 60)]),
        ([(2, 0, 60)], (1, 60, 60), [(2, 0, 59.999), (1, 60, 60)]),
        ([(2, 0, 60)], (1, 0, 0), [(1, 0, 0), (2, 0.001, 60)]),
        # Contrary answers of one moment.
        ([(2, 30, 30)], (1, 30, 30), [(2, 30, 30), (1, 30.001, 30.001)]),
        (
            [(2, 30, 30), (3, 30.001, 30.001)],
            (1, 30, 30),
            [(2, 30, 30), (3, 30.001, 30.001), (1, 30.002, 30.002)],
        ),
    ],
)
def test_a_new_reading_finds_its_place(
    known: list[tuple[int, float, float]], new: tuple[int, float, float], expected: list[tuple[int, float, float]]
) -> None:
    assert plain(woven([said(*one) for one in known], said(*new), GAP)) == expected


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 400), st.integers(0, 200)), min_size=1, max_size=12))
def test_nothing_overlaps_and_nothing_that_was_said_is_lost(
    spans: list[tuple[int, int, int]],
) -> None:
    """In whatever order it is said; each value stays known near where it was, and the count of rows is bounded."""
    known: tuple[CounterSpan, ...] = ()
    for value, begin, length in spans:
        new = said(value, begin, begin + length)
        before = {one.monthly_success_object for one in known}
        known = woven(known, new, GAP)
        assert {one.monthly_success_object for one in known} == before | {value}
        assert any(
            one.says(new) and one.until >= new.answered_at and one.answered_at <= new.until + TICK * 12 for one in known
        )
    for earlier, later in pairwise(known):
        assert earlier.answered_at <= earlier.until < later.answered_at <= later.until
        assert not (earlier.says(later) and later.answered_at - earlier.until <= GAP)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 400), st.integers(0, 200)), min_size=1, max_size=12))
def test_what_is_said_again_changes_nothing(spans: list[tuple[int, int, int]]) -> None:
    """Two instances that report the same leave what one would have left."""
    known: tuple[CounterSpan, ...] = ()
    for value, begin, length in spans:
        known = woven(known, said(value, begin, begin + length), GAP)
    for one in known:
        assert woven(known, one, GAP) == known


def test_readings_of_another_month_are_never_joined() -> None:
    november, december = said(1, 0, 0), replace(said(1, 60, 60), month=Month(2026, 12))
    assert woven([november], december, GAP) == (november, december)


def test_a_time_is_cut_to_the_millisecond() -> None:
    assert to_tick(START.replace(microsecond=123_999)) == START.replace(microsecond=123_000)
    assert to_tick(START.replace(microsecond=999_500)) == START.replace(microsecond=999_000)
    assert to_tick(START) == START


@pytest.mark.parametrize(("interval", "seconds"), [(60, 150), (10, 25), (3600, 9000)])
def test_nobody_was_watching_after_two_and_a_half_intervals(interval: float, seconds: float) -> None:
    assert longest_gap(interval) == timedelta(seconds=seconds)
