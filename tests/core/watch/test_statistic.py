"""What a statistic says of a stretch of time, and where it says nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.core.watch.sample import FAILURE, REQUEST, SIZE, SUCCESS, Statistic, StatisticSample

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIVE = timedelta(minutes=5)
SERIES = {REQUEST: {NINE: 10, NINE + 2 * FIVE: 30}, SUCCESS: {NINE + 5 * FIVE: 7}, FAILURE: {}}
STATISTIC = Statistic(FIVE, SERIES)
REF = TaskRef("prod", "task")


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("data_type", "begin", "end", "increase"),
    [
        (REQUEST, 0, 5, 10),
        (REQUEST, 5, 10, 0),
        (REQUEST, 0, 15, 40),
        (REQUEST, 2.5, 5, 5),
        (REQUEST, 4, 11, 8),
        (REQUEST, 15, 30, 0),
        (REQUEST, 0, 30, 40),
        (SUCCESS, 0, 25, 0),
        (SUCCESS, 25, 30, 7),
        (FAILURE, 0, 30, 0),
        (REQUEST, -1, 5, None),
        (REQUEST, 25, 31, None),
        (SIZE, 0, 5, None),
    ],
)
def test_buckets_left_out_are_zero_within_what_was_answered_and_unknown_outside(
    data_type: str, begin: float, end: float, increase: float | None
) -> None:
    """The first bucket of any series begins at 9:00, the last ends at 9:30."""
    assert Statistic(FIVE, SERIES).between(data_type, at(begin), at(end)) == (
        increase if increase is None else pytest.approx(increase)
    )


def test_its_ends_are_those_of_all_series_together() -> None:
    statistic = Statistic(FIVE, SERIES)
    assert (statistic.begins_at, statistic.ends_at) == (at(0), at(30))


def test_an_answer_without_any_bucket_says_nothing() -> None:
    """It may be that nothing happened, or that the service has not counted yet."""
    empty = Statistic(FIVE, {REQUEST: {}})
    assert (empty.begins_at, empty.ends_at) == (None, None)
    assert empty.between(REQUEST, at(0), at(5)) is None
    assert Statistic(FIVE).series == {}


@pytest.mark.parametrize(
    ("kind", "is_unsupported"),
    [(kind, kind.value in {"forbidden", "gone", "endpoint", "refused"}) for kind in ProblemKind],
)
def test_a_call_that_is_not_offered_is_told_from_trouble_that_passes(kind: ProblemKind, is_unsupported: bool) -> None:
    """403, 404 and 400 will not change by asking again; a busy server will."""
    sample = StatisticSample(REF, timedelta(days=1), NINE, problem=Problem(kind, "words"))
    assert sample.is_unsupported is is_unsupported


def test_a_call_is_not_given_up_because_of_what_somebody_else_answers() -> None:
    problem = Problem(ProblemKind.ENDPOINT, "a portal", status=404, is_foreign=True)
    assert not StatisticSample(REF, timedelta(days=1), NINE, problem=problem).is_unsupported


def test_a_good_answer_is_supported() -> None:
    assert not StatisticSample(REF, timedelta(days=1), NINE, STATISTIC).is_unsupported


@pytest.mark.parametrize("problem", [None, Problem(ProblemKind.SERVER, "503")])
def test_a_sample_holds_one_of_both(problem: Problem | None) -> None:
    statistic = STATISTIC if problem is not None else None
    with pytest.raises(ValueError, match="a sample holds a statistic or a problem"):
        StatisticSample(REF, timedelta(days=1), NINE, statistic, problem)
