from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.backlog import backlog_after
from tests.making import NOW, counting, sample, track

MINUTE = timedelta(minutes=1)
GAP = timedelta(seconds=150)


def growing(pending: list[int | None], minutes: float = 1) -> timedelta | None:
    """For how long pending has been growing, after these answers, so many minutes apart."""
    made = None
    for number, value in enumerate(pending):
        at: datetime = NOW + number * minutes * MINUTE
        made = backlog_after(made, at, value, is_continued=number > 0, longest_gap=GAP)
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
    whole = track(*answers).backlog
    assert whole is not None
    assert whole.growing_for == 29 * MINUTE
    broken = track(*answers[:12], *answers[18:]).backlog
    assert broken is not None
    assert broken.growing_for == 11 * MINUTE
    fresh = counting(accepted=900, synced=0, failed=0, skipped=0)
    anew = track(*answers, *(sample(fresh, at=NOW + minute * MINUTE) for minute in (30, 31))).backlog
    assert anew is not None
    assert anew.since >= NOW + 30 * MINUTE
    assert anew.growing_for is None


@given(st.lists(st.none() | st.integers(0, 50), max_size=60))
def test_growth_lasts_no_longer_than_pending_was_above_where_it_began(pending: list[int | None]) -> None:
    lasts = growing(pending)
    if lasts is not None:
        stretch = pending[len(pending) - 1 - int(lasts / MINUTE) :]
        known = [value for value in stretch if value is not None]
        assert len(known) == len(stretch)
        assert all(value > known[0] for value in known[1:])
