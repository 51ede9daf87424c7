from datetime import datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.watch.activity import FLOOR, Activity, Habit
from omstui.core.watch.condition import Condition, assess
from omstui.core.watch.counters import CounterSpan
from tests.making import NOVEMBER, NOW, counting, sample, state

GAP = timedelta(seconds=150)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def reading(minutes: float, accepted: int | None, until: float | None = None, **other: object) -> CounterSpan:
    at = NOW + minutes * MINUTE
    last = at if until is None else NOW + until * MINUTE
    made = CounterSpan(NOVEMBER, at, last, status="SYNCHRONIZING", monthly_acceptance_request=accepted)
    return replace(made, **other)


def at(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


@pytest.mark.parametrize(
    ("spans", "last_at", "quiet"),
    [
        pytest.param([], None, 0, id="nothing known"),
        pytest.param([reading(0, 5)], None, 0, id="one answer"),
        pytest.param([reading(0, 5), reading(1, 5), reading(2, 5)], None, 2, id="quiet as long as was watched"),
        pytest.param([reading(0, 5, until=40)], None, 40, id="the same for a while"),
        pytest.param([reading(0, 5), reading(1, 6)], 1, 0, id="a rise"),
        pytest.param([reading(0, 5), reading(1, 6, until=9)], 1, 8, id="quiet since a rise"),
        pytest.param([reading(0, 5), reading(1, 6), reading(2, 6), reading(3, 7)], 3, 0, id="two rises"),
        pytest.param([reading(0, 5), reading(1, None), reading(2, 6)], 2, 0, id="a figure missing once"),
        pytest.param([reading(0, 5), reading(1, None), reading(9, 5)], None, 0, id="missing for long: not watched"),
        pytest.param([reading(0, 5, until=30), reading(32.5, 5)], None, 32.5, id="the longest gap"),
        pytest.param([reading(0, 5, until=30), reading(32.6, 5, until=40)], None, 7.4, id="a gap is not silence"),
        pytest.param([reading(0, 5), reading(1, 6), reading(2, 4), reading(3, 6)], 1, 2, id="a figure lags behind"),
        pytest.param([reading(0, 5), reading(1, 6), reading(2, 4), reading(3, 7)], 3, 0, id="and goes on"),
        pytest.param([reading(0, 5), reading(-60, 5), reading(-58, 5)], None, 2, id="a clock set back"),
        pytest.param([reading(0, 50), reading(-60, 5), reading(-58, 6)], -58, 0, id="a clock set back, and a rise"),
        pytest.param([reading(0, 5, until=30), reading(30, 5)], None, 30, id="the same moment twice"),
        pytest.param(
            [reading(0, 5), reading(1, 5), reading(2, 1, month=NOVEMBER.plus(1))], 2, 0, id="first of a new month"
        ),
        pytest.param(
            [reading(0, 5), reading(1, 6), reading(2, 0, month=NOVEMBER.plus(1))], 1, 1, id="none of a new month"
        ),
        pytest.param(
            [reading(0, 5), *(reading(minute, minute, month=NOVEMBER.plus(1)) for minute in (1, 2, 3))],
            3,
            0,
            id="and the next ones, though fewer than before",
        ),
        pytest.param([reading(0, 5), reading(1, 3, create_time=7)], 1, 0, id="first of a task made anew"),
        pytest.param(
            [reading(0, 5), reading(1, 5, status="STOPPED", until=600), reading(601, 5)],
            None,
            0,
            id="stopped is no spell",
        ),
        pytest.param([reading(0, 5), reading(1, 5), reading(2, 5, last_start_time=9)], None, 0, id="started anew"),
    ],
)
def test_quiet_counts_from_the_last_rise_while_watched(
    spans: list[CounterSpan], last_at: float | None, quiet: float
) -> None:
    made = Activity.of(spans, GAP)
    assert made.last_at == (at(last_at) if last_at is not None else None)
    assert made.quiet == quiet * MINUTE


def test_a_rise_over_a_gap_is_known_to_have_been_and_not_when() -> None:
    made = Activity.of([reading(0, 5), reading(60, 9)], GAP)
    assert made.rose_unseen
    assert made.last_at is None
    assert not Activity.of([reading(0, 5), reading(60, 5)], GAP).rose_unseen
    assert made.after(reading(61, 9), GAP).rose_unseen
    assert made.after(reading(120, 9), GAP).rose_unseen
    assert not made.after(reading(61, 10), GAP).rose_unseen


def test_a_spell_that_was_not_watched_to_its_end_counts_for_as_long_as_it_was() -> None:
    habit = Activity.of([reading(0, 5, until=60), reading(900, 5)], GAP).habit
    assert (habit.spells, sum(habit.bins)) == (1, 3600)


def busy(minutes: int, start: int = 0, accepted: int = 0) -> list[CounterSpan]:
    """One more object each minute."""
    return [reading(start + minute, accepted + minute) for minute in range(minutes + 1)]


def night_worker(days: int) -> list[CounterSpan]:
    """Four hours of work at night, twenty of quiet."""
    made = []
    for day in range(days):
        made += busy(240, day * 1440, day * 1000)
        made.append(reading(day * 1440 + 241, day * 1000 + 240, until=day * 1440 + 1439))
    return made


@pytest.mark.parametrize(
    ("spans", "least", "most"),
    [
        pytest.param(busy(1439), None, None, id="less than a day"),
        pytest.param(busy(1440), 60, 75, id="a rise a minute"),
        pytest.param([reading(720 * n, n, until=720 * n + 719) for n in range(8)], None, None, id="too few spells"),
        pytest.param([reading(720 * n, n, until=720 * n + 719) for n in range(9)], 43_200, 52_000, id="enough of them"),
        pytest.param(night_worker(3), 72_000, 86_400, id="the day is usual for who works at night"),
        pytest.param(
            [*busy(2400), reading(2401, 2400, until=2500), *busy(60, 2501, 2401)], 60, 75, id="one outage is not usual"
        ),
    ],
)
def test_the_habit_is_what_most_of_the_watched_time_is_like(
    spans: list[CounterSpan], least: float | None, most: float | None
) -> None:
    usual = Activity.of(spans, GAP).habit.longest_usual
    if least is None or most is None:
        assert usual is None
    else:
        assert usual is not None
        assert least <= usual.total_seconds() <= most


@pytest.mark.parametrize(
    ("quiet", "configured", "is_silent"),
    [
        (30, None, False), (31, None, True), (31, 3600.0, False), (60, 3600.0, False), (61, 3600.0, True),
        (2, 60.0, True), (50_000, inf, False),
    ],
)  # fmt: skip
def test_silence_is_twice_the_usual_and_half_an_hour_at_least(
    quiet: float, configured: float | None, is_silent: bool
) -> None:
    made = Activity.of([*busy(1500), reading(1501, 1500, until=1500 + quiet)], GAP)
    assert made.is_silent(configured) is is_silent
    assert made.limit(None) == FLOOR


def test_what_is_usual_for_a_night_worker_is_no_silence() -> None:
    made = Activity.of(night_worker(3), GAP)
    limit = made.limit(None)
    assert limit is not None
    assert timedelta(hours=40) <= limit <= timedelta(hours=48)
    assert not made.is_silent(None)


def test_without_a_habit_there_is_no_silence_but_the_configured_one() -> None:
    made = Activity.of([reading(0, 5, until=5000)], GAP)
    assert made.limit(None) is None
    assert not made.is_silent(None)
    assert made.is_silent(3600.0)


def test_habits_of_long_ago_fade() -> None:
    habit = Habit()
    for _ in range(28 * 24):
        habit = habit.after(HOUR)
    assert (habit.spells, sum(habit.bins)) == (672, 28 * 86_400)
    habit = habit.after(HOUR)
    assert (habit.spells, sum(habit.bins)) == (336.5, (28 * 86_400 + 3600) / 2)


def test_habits_add_up_and_spells_of_no_length_are_none() -> None:
    one, other = Habit().after(HOUR), Habit().after(MINUTE).after(HOUR)
    both = one.with_more(other)
    assert both.spells == 3
    assert sum(both.bins) == 2 * 3600 + 60
    assert Habit().after(timedelta(seconds=0.9)) == Habit()
    assert Habit().after(timedelta(seconds=1)).spells == 1
    assert Habit().after(timedelta(days=4000)).spells == 0.5


STEPS = st.lists(
    st.tuples(st.sampled_from([-300, 0, 1, 1, 1, 2, 30]), st.none() | st.integers(0, 9), st.integers(0, 20)),
    max_size=40,
)


@given(STEPS)
def test_quiet_is_never_longer_than_what_was_watched_without_a_gap(steps: list[tuple[int, int | None, int]]) -> None:
    made, now, watched = Activity(), 0, timedelta()
    for pause, accepted, lasts in steps:
        now += pause
        made = made.after(reading(now, accepted, until=now + lasts), GAP)
        watched += (max(pause, 0) + lasts) * MINUTE
        now += lasts
        assert timedelta() <= made.quiet <= watched
        assert sum(made.habit.bins) <= watched.total_seconds()


def test_a_row_is_silent_when_it_syncs_and_nothing_else_is_wrong() -> None:
    def word(configured: float | None, **changes: object) -> Condition:
        made = replace(state(), silent_after=configured)
        for minute in range(5):
            made = made.filed(sample(replace(counting(), **changes), at=at(minute)), 60.0)
        return assess(made, at(4), 60.0).condition

    assert word(180.0) is Condition.SILENT
    assert word(240.0) is Condition.SYNCING
    assert word(None) is Condition.SYNCING
    assert word(180.0, status="STOPPED") is Condition.STOPPED
    assert word(180.0, status="PAUSED") is Condition.UNKNOWN
