from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from omstui.demo.traffic import Failures, Traffic

NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
DAY = 86_400
MOMENTS = st.integers(NOON - 400 * DAY, NOON + 400 * DAY)
TRAFFIC = Traffic("images", 44_000, 3_100_000)


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
