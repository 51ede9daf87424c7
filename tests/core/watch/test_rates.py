from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.task import COUNTER_NAMES, SyncTask
from omstui.core.watch.rates import (
    SPAN,
    Forecast,
    Point,
    Rate,
    backlog_after,
    extended,
    follows,
    forecast,
    has_reset,
    has_restarted,
    is_same_task,
    rate,
)  # fmt: skip
from tests.making import NOW, TASK, counting, sample, state

SYNCED = "monthly_success_object"
GAP = timedelta(seconds=150)


def at(seconds: float, synced: int | None, create_time: int = 1, last_start_time: int = 1) -> Point:
    task = SyncTask(monthly_success_object=synced, create_time=create_time, last_start_time=last_start_time)
    return Point(NOW + timedelta(seconds=seconds), task)


def run_of(*points: Point, longest_gap: timedelta = GAP) -> tuple[Point, ...]:
    run: tuple[Point, ...] = ()
    for point in points:
        run = extended(run, point, longest_gap)
    return run


def told(*points: Point) -> float | None:
    speed = rate(run_of(*points), SYNCED)
    return None if speed is None else speed.per_minute


@pytest.mark.parametrize(
    ("points", "per_minute"),
    [
        pytest.param([], None, id="no answer"),
        pytest.param([at(0, 100)], None, id="one answer"),
        pytest.param([at(0, 100), at(60, 160)], 60, id="a minute"),
        pytest.param([at(0, 100), at(60, 100)], 0, id="nothing moved"),
        pytest.param([at(0, 100), at(60, 130), at(120, 190)], 45, id="over the whole run"),
        pytest.param([at(0, 100), at(29.9, 160)], None, id="too short to tell"),
        pytest.param([at(0, 100), at(30, 160)], 120, id="just long enough"),
        pytest.param([at(0, 100), at(0, 100), at(30, 160)], 120, id="two at one moment"),
        pytest.param([at(0, 100), at(30, 120), at(30, 160)], 120, id="two at one moment, later"),
        pytest.param([at(0, 100), at(150, 400)], 120, id="the longest gap"),
        pytest.param([at(0, 100), at(151, 400)], None, id="beyond the longest gap"),
        pytest.param([at(0, 100), at(151, 400), at(211, 460)], 60, id="only what came after a gap"),
        pytest.param([at(0, 100), at(60, 40), at(120, 100)], 60, id="only what came after a new month"),
        pytest.param([at(0, 100), at(60, 40)], None, id="a counter that fell"),
        pytest.param([at(0, 100), at(60, None), at(120, 40)], None, id="a counter that fell unseen"),
        pytest.param([at(0, 100), at(60, None), at(120, 220)], 60, id="a counter that was missing once"),
        pytest.param([at(0, None), at(60, None)], None, id="a counter that is missing"),
        pytest.param([at(0, 100), at(-3600, 100), at(-3540, 160)], 60, id="a clock set back"),
        pytest.param([at(0, 1), at(60, 2, last_start_time=9), at(120, 4, last_start_time=9)], 2, id="started anew"),
        pytest.param([at(0, 1), at(60, 2, create_time=9), at(120, 4, create_time=9)], 2, id="made anew"),
        pytest.param([at(0, 0), at(60, 2**62)], 2**62, id="as large as can be"),
    ],
)
def test_a_rate_is_told_over_an_unbroken_run_and_not_otherwise(points: list[Point], per_minute: float | None) -> None:
    assert told(*points) == per_minute


def test_a_rate_names_its_basis() -> None:
    assert rate(run_of(at(0, 100), at(60, 160), at(100, 160)), SYNCED) == Rate(36.0, timedelta(seconds=100))


def test_a_rate_looks_back_ten_minutes() -> None:
    """What was fast half an hour ago is not fast now."""
    points = [at(60 * minute, 100_000 if minute else 0) for minute in range(30)]
    run = run_of(*points)
    assert run[-1].answered_at - run[0].answered_at == timedelta(minutes=10) == SPAN
    assert told(*points) == 0


def test_an_interval_longer_than_the_span_has_a_rate_as_well() -> None:
    run = run_of(at(0, 0), at(3600, 7200), at(7200, 10_800), longest_gap=timedelta(hours=2))
    assert rate(run, SYNCED) == Rate(60.0, timedelta(hours=1))


def test_each_counter_has_a_rate_of_its_own() -> None:
    run = run_of(
        Point(NOW, counting(accepted=10, synced=5, failed=1, skipped=0, size=1000)),
        Point(NOW + timedelta(minutes=1), counting(accepted=20, synced=12, failed=1, skipped=3, size=9000)),
    )
    speeds = [rate(run, name) for name in COUNTER_NAMES]
    assert [speed and speed.per_minute for speed in speeds] == [10, 7, 0, 3, 8000]


COUNTERS = st.none() | st.integers(0, 50) | st.integers(0, 2**63 - 1)
STEPS = st.lists(
    st.tuples(st.sampled_from([-400, 0, 10, 60, 60, 75, 150, 151, 4000]), COUNTERS, COUNTERS, st.integers(0, 1)),
    max_size=30,
)


@given(STEPS)
def test_no_rate_is_ever_negative_or_drawn_across_a_gap(steps: list[tuple[int, int | None, int | None, int]]) -> None:
    run: tuple[Point, ...] = ()
    now = NOW
    for seconds, synced, size, started in steps:
        now += timedelta(seconds=seconds)
        new = Point(now, SyncTask(monthly_success_object=synced, monthly_size=size, last_start_time=started))
        run = extended(run, new, GAP)
        assert run[-1] is new
        for earlier, later in pairwise(run):
            assert timedelta() <= later.answered_at - earlier.answered_at <= GAP
            assert earlier.task.last_start_time == later.task.last_start_time
        for name in COUNTER_NAMES:
            speed = rate(run, name)
            assert speed is None or speed.per_minute >= 0


def test_a_run_is_bounded_however_often_is_asked() -> None:
    run = run_of(*(at(second / 10, second) for second in range(1000)))
    assert len(run) == 65
    assert told(*(at(second, second) for second in range(1000))) == pytest.approx(60)


@pytest.mark.parametrize(
    ("earlier", "later", "is_so"),
    [
        (counting(), counting(), False),
        (counting(synced=5), counting(synced=5), False),
        (counting(synced=5), counting(synced=6), False),
        (counting(synced=5), counting(synced=4), True),
        (counting(failed=5), counting(failed=4), True),
        (counting(accepted=5), counting(accepted=4), True),
        (counting(skipped=5), counting(skipped=4), True),
        (counting(size=5), counting(size=4), True),
        (counting(synced=5, failed=5), counting(synced=9, failed=4), True),
        (counting(synced=None), counting(synced=4), False),
        (counting(synced=5), counting(synced=None), False),
        (SyncTask(), SyncTask(), False),
    ],
)
def test_a_counter_that_falls_tells_of_a_new_month(earlier: SyncTask, later: SyncTask, is_so: bool) -> None:
    assert has_reset(earlier, later) is is_so
    assert follows(earlier, later) is not is_so


def test_a_task_that_was_stopped_and_started_does_not_go_on_counting() -> None:
    assert not follows(TASK, SyncTask(create_time=TASK.create_time, last_start_time=1))
    assert not follows(TASK, SyncTask(create_time=1, last_start_time=TASK.last_start_time))


@pytest.mark.parametrize(
    ("earlier", "later", "is_so"),
    [
        (counting(synced=100), counting(synced=49), True),
        (counting(synced=100), counting(synced=50), False),
        (counting(accepted=100), counting(accepted=49), True),
        (counting(accepted=100), counting(accepted=50), False),
        (counting(accepted=3), counting(accepted=1), True),
        (counting(failed=100), counting(failed=0), False),
        (counting(size=100), counting(size=0), False),
        (counting(synced=None), counting(synced=0), False),
        (counting(synced=100), counting(synced=None), False),
        (SyncTask(create_time=1), SyncTask(create_time=2), True),
        (SyncTask(create_time=1), SyncTask(create_time=None), False),
        (SyncTask(create_time=None), SyncTask(create_time=1), False),
    ],
)
def test_counting_begins_anew_where_a_large_counter_falls_below_half(
    earlier: SyncTask, later: SyncTask, is_so: bool
) -> None:
    assert has_restarted(earlier, later) is is_so


def ahead(pending: list[int | None], seconds: float = 120) -> Forecast | None:
    """What is foretold after these answers, so many seconds apart."""
    points = [
        Point(NOW + timedelta(seconds=number * seconds), counting(accepted=value, synced=0, failed=0, skipped=0))
        for number, value in enumerate(pending)
    ]
    return forecast(points)


@pytest.mark.parametrize(
    ("pending", "minutes"),
    [
        pytest.param([], None, id="no answer"),
        pytest.param([90, 60, 30], None, id="too few answers"),
        pytest.param([90, 60, 40, 30], 3, id="four of them"),
        pytest.param([90, 80, 70, 60, 50, 40], 8, id="steadily"),
        pytest.param([90, 80, 82, 70, 60, 61, 50], 15, id="with a little to and fro"),
        pytest.param([90, 80, 90, 70, 60, 50, 40], None, id="not in the first third"),
        pytest.param([90, 80, 70, 60, 60, 60, 60], None, id="not in the last third"),
        pytest.param([90, 80, 70, 75, 70, 60, 50], None, id="not in the second third"),
        pytest.param([60, 70, 80, 90], None, id="it grows"),
        pytest.param([60, 60, 60, 60], None, id="it stays"),
        pytest.param([90, 60, 30, 0], None, id="nothing is left"),
        pytest.param([90, None, 60, 40, 30], None, id="not known in between"),
        pytest.param([2**62, 2**62 - 1, 2**62 - 2, 2**62 - 3], None, id="longer than anybody waits"),
        pytest.param([2**63 - 1, 2**62, 2**61, 2**60], 0.857, id="as large as can be"),
    ],
)
def test_the_end_of_pending_is_foretold_when_it_shrinks_steadily(
    pending: list[int | None], minutes: float | None
) -> None:
    told = ahead(pending)
    assert (told.left / timedelta(minutes=1) if told is not None else None) == pytest.approx(minutes, abs=0.02)


def test_a_forecast_names_its_basis_and_has_one_of_five_minutes_at_least() -> None:
    assert ahead([90, 80, 70, 60], 100) == Forecast(timedelta(minutes=10), timedelta(minutes=5))
    assert ahead([90, 80, 70, 60], 99.9) is None


def test_a_forecast_is_of_whole_seconds_however_many_digits_a_count_has() -> None:
    """More than a float holds, or than its exponent does."""
    assert ahead([90, 80, 70, 61], 100) == Forecast(timedelta(seconds=631), timedelta(minutes=5))
    huge = 10**400
    assert ahead([9 * huge, 8 * huge, 7 * huge, 6 * huge], 100) == Forecast(timedelta(minutes=10), timedelta(minutes=5))


def test_nobody_is_told_to_wait_for_more_than_ninety_nine_days() -> None:
    told = ahead([855_360 + 30, 855_360 + 20, 855_360 + 10, 855_360], 100)
    assert told is not None
    assert told.left == timedelta(days=99)
    assert ahead([855_361 + 30, 855_361 + 20, 855_361 + 10, 855_361], 100) is None


def test_a_volume_is_told_by_the_second() -> None:
    assert Rate(90.0, timedelta(minutes=1)).per_second == 1.5


@pytest.mark.parametrize(("earlier", "later", "is_so"), [(1, 1, True), (1, 2, False), (None, 1, True), (1, None, True)])
def test_another_time_of_creation_tells_of_another_task(earlier: int | None, later: int | None, is_so: bool) -> None:
    assert is_same_task(SyncTask(create_time=earlier), SyncTask(create_time=later)) is is_so


@given(STEPS)
def test_a_forecast_is_never_in_the_past(steps: list[tuple[int, int | None, int | None, int]]) -> None:
    run: tuple[Point, ...] = ()
    now = NOW
    for seconds, accepted, synced, _ in steps:
        now += timedelta(seconds=seconds)
        run = extended(run, Point(now, counting(accepted=accepted, synced=synced, failed=0, skipped=0)), GAP)
        told = forecast(run)
        assert told is None or (told.left >= timedelta() and told.basis >= timedelta(minutes=5))


MINUTE = timedelta(minutes=1)
GAP_BACKLOG = timedelta(seconds=150)


def growing(pending: list[int | None], minutes: float = 1) -> timedelta | None:
    """For how long pending has been growing, after these answers, so many minutes apart."""
    made = None
    for number, value in enumerate(pending):
        at: datetime = NOW + number * minutes * MINUTE
        made = backlog_after(made, at, value, is_continued=number > 0, longest_gap=GAP_BACKLOG)
    return made.growing_for if made is not None else None


@pytest.mark.parametrize(
    ("pending", "minutes"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([5], None, id="one answer"),
        pytest.param(list(range(10)), None, id="nine minutes are too few"),
        pytest.param(list(range(11)), 10, id="ten minutes"),
        pytest.param([0, *range(41)], 40, id="counted from the lowest"),
        pytest.param([7] * 30, None, id="it stays"),
        pytest.param([0, *[7] * 10], 10, id="it rose and stays"),
        pytest.param([0, *[7] * 11], 11, id="for ten minutes after the rise"),
        pytest.param([0, *[7] * 12], None, id="and then no longer"),
        pytest.param([*range(20), 10], 20, id="half of it is left"),
        pytest.param([*range(21), 10], 21, id="exactly half of it is left"),
        pytest.param([*range(20), 9], None, id="more than half is gone"),
        pytest.param([5, *range(6, 20), 5], None, id="as low as at the beginning"),
        pytest.param([*range(15), None], None, id="not known"),
        pytest.param([*range(15), None, *range(20, 25)], None, id="not known in between"),
        pytest.param([*range(20), 3, *range(3, 14)], 10, id="grown again"),
        pytest.param([-5, *range(15)], 15, id="from any number"),
    ],
)
def test_pending_grows_as_long_as_more_comes_and_less_than_half_goes(
    pending: list[int | None], minutes: float | None
) -> None:
    assert growing(pending) == (minutes * MINUTE if minutes is not None else None)


def test_a_long_interval_has_more_patience() -> None:
    made = None
    for number, value in enumerate([1, 2, 2, 3]):
        at = NOW + number * timedelta(hours=1)
        made = backlog_after(made, at, value, is_continued=number > 0, longest_gap=timedelta(hours=2.5))
    assert made is not None
    assert made.growing_for == timedelta(hours=3)


def test_it_does_not_go_on_over_a_gap_or_a_new_month() -> None:
    accepted = [10 * minute for minute in range(30)]
    answers = [
        sample(counting(accepted=5000 + value, synced=5000, failed=0, skipped=0), at=NOW + minute * MINUTE)
        for minute, value in enumerate(accepted)
    ]
    whole = state(*answers).backlog
    assert whole is not None
    assert whole.growing_for == 29 * MINUTE
    broken = state(*answers[:12], *answers[18:]).backlog
    assert broken is not None
    assert broken.growing_for == 11 * MINUTE
    fresh = counting(accepted=900, synced=0, failed=0, skipped=0)
    backlog = state(*answers, *(sample(fresh, at=NOW + minute * MINUTE) for minute in (30, 31))).backlog
    assert backlog is not None
    assert backlog.since >= NOW + 30 * MINUTE
    assert backlog.growing_for is None


@given(st.lists(st.none() | st.integers(0, 50), max_size=60))
def test_growth_lasts_no_longer_than_pending_was_above_where_it_began(pending: list[int | None]) -> None:
    lasts = growing(pending)
    if lasts is not None:
        stretch = pending[len(pending) - 1 - int(lasts / MINUTE) :]
        known = [value for value in stretch if value is not None]
        assert len(known) == len(stretch)
        assert all(value > known[0] for value in known[1:])
