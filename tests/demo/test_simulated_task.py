from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES, SyncTask
from omstui.demo.scenario import INVOICES, Opening, backup, cold_tier, images, invoices, logs, readings
from omstui.demo.simulated_task import Accident, Failures, SimulatedTask, Spell, Traffic, _hours_of

NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
DAY = 86_400
MOMENTS = st.integers(NOON - 400 * DAY, NOON + 400 * DAY)
TRAFFIC = Traffic("images", 44_000, 3_100_000)


def test_a_year_is_worked_out_from_whole_days() -> None:
    """The hours of a day are worked out for a part of it only: the demo begins with a year of months."""
    before = _hours_of.cache_info().misses
    Traffic("a year", 44_000, 3_100_000).between(NOON - 365 * DAY, NOON)
    assert _hours_of.cache_info().misses - before == 2


@given(MOMENTS, MOMENTS, MOMENTS)
def test_what_moved_in_two_stretches_is_what_moved_in_both_together(a: int, b: int, c: int) -> None:
    """Nothing is lost or counted twice, so no counter ever falls."""
    first, middle, last = sorted((a, b, c))
    pieces = zip(TRAFFIC.between(first, middle), TRAFFIC.between(middle, last), strict=True)
    assert tuple(sum(piece) for piece in pieces) == TRAFFIC.between(first, last)
    assert min(TRAFFIC.between(first, last)) >= 0


@given(MOMENTS)
def test_every_minute_moves_something(moment: int) -> None:
    minute = moment - moment % 60
    objects, size = TRAFFIC.between(minute, minute + 60)
    assert 1 <= objects < 200
    assert size > objects * 1_000_000


def test_counters_rise_from_one_moment_to_the_next() -> None:
    """Through minutes and hours, also where one ends and the next begins."""
    begin = NOON - 900
    sums = [TRAFFIC.between(begin, moment)[0] for moment in range(begin, begin + 5400, 5)]
    steps = [later - earlier for earlier, later in pairwise(sums)]
    assert min(steps) >= 0
    assert max(steps) < 20


def test_nothing_moves_backwards_or_in_no_time() -> None:
    assert TRAFFIC.between(NOON, NOON) == (0, 0)
    assert TRAFFIC.between(NOON, NOON - 1) == (0, 0)


def test_a_day_has_busy_and_quiet_hours() -> None:
    midnight = NOON - DAY // 2
    hours = [TRAFFIC.between(midnight + 3600 * hour, midnight + 3600 * (hour + 1))[0] for hour in range(24)]
    assert max(hours) > 2.5 * min(hours)


def test_a_year_has_a_season() -> None:
    months = [datetime(2026, number, 1, tzinfo=UTC).timestamp() for number in range(1, 13)]
    weeks = [TRAFFIC.between(int(begin), int(begin) + 28 * DAY)[0] for begin in months]
    assert max(weeks) > 2 * min(weeks)
    assert weeks.index(max(weeks)) == 11
    shifted = Traffic("images", 44_000, 3_100_000, season_shift=1)
    assert shifted.between(int(months[0]), int(months[1]))[0] > 2 * TRAFFIC.between(int(months[0]), int(months[1]))[0]


def test_two_tasks_have_different_noise_and_the_same_task_always_the_same() -> None:
    other = Traffic("logs", 44_000, 3_100_000)
    assert other.between(NOON, NOON + 3600) != TRAFFIC.between(NOON, NOON + 3600)
    again = Traffic("images", 44_000, 3_100_000)
    assert again.between(NOON, NOON + 3600) == TRAFFIC.between(NOON, NOON + 3600)


def test_a_single_batch_of_failures_belongs_to_the_stretch_that_ends_with_it() -> None:
    failures = Failures("backup", datetime.fromtimestamp(NOON, UTC), 2931, 2931)
    assert failures.between(NOON - 1, NOON) == 2931
    assert failures.between(NOON, NOON + DAY) == 0
    assert failures.between(NOON - DAY, NOON - 1) == 0


@given(MOMENTS, MOMENTS, MOMENTS)
def test_batches_that_come_again_add_up(a: int, b: int, c: int) -> None:
    failures = Failures("images", datetime.fromtimestamp(NOON, UTC), 1, 4, every=3_600)
    first, middle, last = sorted((a, b, c))
    assert failures.between(first, middle) + failures.between(middle, last) == failures.between(first, last)


def test_batches_that_come_again_begin_at_their_time() -> None:
    failures = Failures("images", datetime.fromtimestamp(NOON, UTC), 2, 2, every=180)
    counts = [failures.between(NOON - DAY, NOON + second) for second in (-1, 0, 179, 180, 361)]
    assert counts == [0, 2, 2, 4, 6]


def test_batches_stay_within_their_bounds_and_differ() -> None:
    failures = Failures("images", datetime.fromtimestamp(NOON, UTC), 1, 4, every=10)
    sizes = {failures.between(NOON + second - 1, NOON + second) for second in range(0, 1000, 10)}
    assert sizes == {1, 2, 3, 4}


ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
OPENING = Opening(START, ZONE)
TASKS = [make(OPENING) for make in (images, logs, backup, invoices, cold_tier, readings)]
SECONDS = st.integers(-40 * 86_400, 400 * 86_400)


def counters(task: SyncTask) -> list[int]:
    return [getattr(task, name) for name in COUNTER_NAMES]


@given(st.sampled_from(TASKS), SECONDS, st.integers(0, 40 * 86_400), st.integers(-6, 3))
def test_counters_of_a_month_never_fall(task: SimulatedTask, since: int, later: int, months: int) -> None:
    now = START + timedelta(seconds=since)
    asked = Month.containing(now, ZONE).plus(months).middle
    before = counters(task.as_of(now, asked, ZONE))
    after = counters(task.as_of(now + timedelta(seconds=later), asked, ZONE))
    assert all(x <= y for x, y in zip(before, after, strict=True))


@given(st.sampled_from(TASKS), SECONDS)
def test_more_is_accepted_than_done_and_nothing_is_negative(task: SimulatedTask, since: int) -> None:
    now = START + timedelta(seconds=since)
    answered = task.as_of(now, now, ZONE)
    assert min(counters(answered)) >= 0
    assert answered.pending is not None


@given(st.sampled_from(TASKS), SECONDS, st.integers(1, 13))
def test_a_month_that_is_over_never_changes_again(task: SimulatedTask, since: int, months_ago: int) -> None:
    month = Month.containing(START, ZONE).plus(-months_ago)
    over = datetime(month.plus(1).year, month.plus(1).number, 1, tzinfo=ZONE)
    final = task.as_of(over, month.middle, ZONE)
    assert final == task.as_of(max(over, START + timedelta(seconds=since)), month.middle, ZONE)
    assert final.pending == 0


@pytest.mark.parametrize(
    ("zone", "month_of_the_first_counter"),
    [(ZONE, Month(2026, 12)), (UTC, Month(2026, 11)), (timezone(timedelta(hours=-6)), Month(2026, 11))],
)
def test_the_zone_decides_where_a_month_begins(zone: timezone, month_of_the_first_counter: Month) -> None:
    """At 17:00 UTC on 30 November it is December in China."""
    now = datetime(2026, 11, 30, 17, tzinfo=UTC)
    images = TASKS[0].as_of(now, now, zone)
    assert images == TASKS[0].as_of(now, month_of_the_first_counter.middle, zone)
    hour_old = (images.monthly_success_object or 0) < 86_000
    assert hour_old == (month_of_the_first_counter == Month(2026, 12))


def test_some_objects_fail_or_are_skipped_all_the_time() -> None:
    """So many in a million of those that are synced."""
    task = replace(TASKS[5], failed_ppm=100_000, skipped_ppm=2_000).as_of(START, START, ZONE)
    assert task.monthly_failure_object == (task.monthly_success_object or 0) // 10
    assert task.monthly_skip_object == (task.monthly_success_object or 0) // 500


def test_a_new_month_begins_at_zero() -> None:
    first = datetime(2026, 12, 1, tzinfo=ZONE)
    images = TASKS[0]
    assert counters(images.as_of(first - timedelta(seconds=1), first, ZONE)) == [0, 0, 0, 0, 0]
    at_first = images.as_of(first, first, ZONE)
    assert at_first.processed == 0
    assert (at_first.pending or 0) > 0


@pytest.mark.parametrize(
    "asked",
    [
        Month(2026, 12).middle,
        Month(2027, 11).middle,
        Month(9999, 12).middle,
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        Month(2026, 5).middle,
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        None,
    ],
)
@pytest.mark.parametrize("hours", [-12, 8, 14])
def test_months_before_creation_and_in_the_future_are_zero(asked: datetime | None, hours: int) -> None:
    invoices = TASKS[3].as_of(START, asked, timezone(timedelta(hours=hours)))
    assert counters(invoices) == [0, 0, 0, 0, 0]
    assert invoices.sync_task_id == INVOICES


def test_the_month_of_creation_counts_from_the_creation_on() -> None:
    """June began nine days before the task did."""
    invoices = TASKS[3]
    june = invoices.as_of(START, Month(2026, 6).middle, ZONE)
    begin, over = (datetime(2026, number, 1, tzinfo=ZONE) for number in (6, 7))
    whole, _ = invoices.traffic.between(int(begin.timestamp()), int(over.timestamp()))
    assert 0 < (june.monthly_success_object or 0) < whole


def test_a_stopped_task_moves_nothing_more_and_starts_the_next_month_at_zero() -> None:
    backup = TASKS[2]
    now = backup.as_of(START, START, ZONE)
    assert now == backup.as_of(START + timedelta(days=2), START, ZONE)
    assert now.pending == 0
    december = datetime(2026, 12, 3, tzinfo=ZONE)
    assert counters(backup.as_of(december, december, ZONE)) == [0, 0, 0, 0, 0]


def test_settings_do_not_depend_on_time() -> None:
    for task in TASKS:
        answered = task.as_of(START + timedelta(days=9), START, ZONE)
        assert replace(answered, **dict.fromkeys(COUNTER_NAMES)) == task.settings


@pytest.mark.parametrize(
    ("seconds", "holds"),
    [(0, False), (29, False), (30, True), (49, True), (50, False), (129, False), (130, True), (-70, True), (-1, False)],
)
def test_a_spell_holds_again_and_again(seconds: float, holds: bool) -> None:
    assert Spell(Accident.PROXY, begins=30, lasts=20, every=100).holds(seconds) is holds


def test_spells_of_the_demo_do_not_overlap() -> None:
    spells = TASKS[3].spells
    assert {task.accident(1000) for task in TASKS} == {None}
    for second in range(2 * 1620):
        assert sum(spell.holds(second) for spell in spells) <= 1
