from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES, SyncTask
from omstui.demo import cast
from omstui.demo.cast import Opening
from omstui.demo.simulated_task import Accident, SimulatedTask, Spell

ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
OPENING = Opening(START, ZONE)
TASKS = [make(OPENING) for make in (cast.images, cast.logs, cast.backup, cast.invoices, cast.cold_tier, cast.readings)]
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
    assert invoices.sync_task_id == cast.INVOICES


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
