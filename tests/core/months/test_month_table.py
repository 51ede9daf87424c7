from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.months.month_table import Comparison, Figures, MonthRow, Projection, month_rows
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rollover import is_closed
from omstui.core.watch.sample import Sample
from tests.making import BEIJING, NOW, TASK, counting, sample

NOVEMBER, OCTOBER, SEPTEMBER = Month(2026, 11), Month(2026, 10), Month(2026, 9)
GAP = timedelta(seconds=150)
BEGINS = datetime(2026, 10, 31, 16, tzinfo=UTC)
"""November, in UTC+08:00."""

FIGURES = {"accepted": 1000, "synced": 900, "failed": 80, "skipped": 20, "size": 2**60 + 1}


def at(days: float) -> datetime:
    """A moment of November."""
    return BEGINS + timedelta(days=days)


def running(days: float, task: SyncTask | None = None, **counters: int | None) -> Sample:
    return replace(sample(task or counting(TASK, **{**FIGURES, **counters}), at=at(days)), month=NOVEMBER)


def past(month: Month, **counters: int | None) -> Sample:
    return sample(counting(TASK, **{**FIGURES, **counters}), at=NOW, month=month)


def rows(
    *months: Month,
    now: Sample | None = None,
    before: list[Sample] | None = None,
    closed: frozenset[Month] = frozenset({OCTOBER, SEPTEMBER}),
    spans: list[CounterSpan] | None = None,
    zone: tzinfo = BEIJING,
) -> tuple[MonthRow, ...]:
    known = {one.month: one for one in before or []}
    return month_rows(months, now, known, closed=closed, spans=spans or [], longest_gap=GAP, zone=zone)


def test_each_month_has_its_own_figures_in_the_order_wanted() -> None:
    table = rows(NOVEMBER, OCTOBER, SEPTEMBER, now=running(0.5, accepted=7), before=[past(OCTOBER, failed=None)])
    assert [row.month for row in table] == [NOVEMBER, OCTOBER, SEPTEMBER]
    assert table[0].figures == Figures(7, 900, 80, 20, 2**60 + 1)
    assert (table[0].is_running, table[0].is_closed, table[0].answered_at) == (True, False, at(0.5))
    assert table[1].figures == Figures(1000, 900, None, 20, 2**60 + 1)
    assert (table[1].is_running, table[1].is_closed, table[1].answered_at) == (False, True, NOW)
    assert table[2] == MonthRow(SEPTEMBER, None)


def test_nothing_known_is_no_figure() -> None:
    assert rows(NOVEMBER, OCTOBER) == (MonthRow(NOVEMBER, None), MonthRow(OCTOBER, None))


def test_a_month_that_is_over_is_compared_with_the_whole_of_the_one_before() -> None:
    october, september = rows(OCTOBER, SEPTEMBER, before=[past(OCTOBER), past(SEPTEMBER, accepted=500)])
    assert october.compared == Comparison(Figures(500, 900, 80, 20, 2**60 + 1), at_same_point=False)
    assert october.projection is None
    assert september.compared is None


@pytest.mark.parametrize("closed", [{OCTOBER}, {SEPTEMBER}, set[Month]()])
def test_only_closed_months_are_compared(closed: set[Month]) -> None:
    october, _ = rows(OCTOBER, SEPTEMBER, before=[past(OCTOBER), past(SEPTEMBER)], closed=frozenset(closed))
    assert october.compared is None
    assert october.is_closed is (OCTOBER in closed)


def reading(days: float, accepted: int, lasts: float = 0.0, month: Month = OCTOBER) -> CounterSpan:
    """What was counted so many days after the beginning of October, in UTC+08:00."""
    begins = datetime(2026, 9, 30, 16, tzinfo=UTC) + timedelta(days=days)
    return CounterSpan(month, begins, begins + timedelta(seconds=lasts), monthly_acceptance_request=accepted)


SECOND = 1 / 86_400


@pytest.mark.parametrize(
    ("spans", "accepted"),
    [
        pytest.param([], None, id="nobody watched"),
        pytest.param([reading(10, 300)], 300, id="that very moment"),
        pytest.param([reading(9, 200, lasts=86_400), reading(10.5, 400)], 200, id="unchanged until then"),
        pytest.param([reading(10 - 150 * SECOND, 290)], 290, id="just before"),
        pytest.param([reading(10 - 151 * SECOND, 290)], None, id="nobody watched then"),
        pytest.param([reading(10 + SECOND, 310)], None, id="only afterwards"),
        pytest.param([reading(9.9995, 1), reading(9.9999, 2), reading(10.1, 3)], 2, id="the latest of them"),
        pytest.param([reading(10, 9, month=SEPTEMBER)], None, id="counted for another month"),
        pytest.param([reading(10, 9, month=NOVEMBER)], None, id="nor for this one"),
    ],
)
def test_the_running_month_is_compared_with_the_same_part_of_the_one_before(
    spans: list[CounterSpan], accepted: int | None
) -> None:
    (row,) = rows(NOVEMBER, now=running(10), before=[past(OCTOBER)], spans=spans)
    expected = Comparison(Figures(accepted=accepted), at_same_point=True) if accepted is not None else None
    assert row.compared == expected


def test_the_same_part_of_a_month_begins_with_it_in_the_zone() -> None:
    """In Berlin October began an hour sooner than November did, by the clock of the world."""
    midnight = datetime(2026, 10, 31, 23, tzinfo=UTC)
    like = datetime(2026, 9, 30, 22, tzinfo=UTC) + timedelta(days=10)
    reading = CounterSpan(OCTOBER, like, like, monthly_acceptance_request=300)
    now = replace(sample(counting(), at=midnight + timedelta(days=10)), month=NOVEMBER)
    (row,) = rows(NOVEMBER, now=now, spans=[reading], zone=ZoneInfo("Europe/Berlin"))
    assert row.compared == Comparison(Figures(accepted=300), at_same_point=True)


def test_the_first_moment_of_a_month_is_compared_with_that_of_the_one_before() -> None:
    (row,) = rows(NOVEMBER, now=running(0), spans=[reading(0, 0)])
    assert row.compared == Comparison(Figures(accepted=0), at_same_point=True)


@pytest.mark.parametrize("hours", [0, 1, 12, 23])
def test_the_last_day_of_a_longer_month_has_nothing_to_be_compared_with(hours: int) -> None:
    """The 31st of October has no like in September."""
    now = replace(sample(counting(), at=datetime(2026, 10, 30, 16, tzinfo=UTC) + timedelta(hours=hours)), month=OCTOBER)
    september = reading(-0.1, 5, lasts=30 * 86_400, month=SEPTEMBER)
    (row,) = rows(OCTOBER, now=now, spans=[september])
    assert row.compared is None


@pytest.mark.parametrize(
    ("days", "synced"),
    [(0.99, None), (1, 27_000), (3, 9_000), (15, 1_800), (30, 900), (30.01, None)],
)
def test_a_month_is_foretold_from_its_second_day_on(days: float, synced: int | None) -> None:
    (row,) = rows(NOVEMBER, now=running(days))
    if synced is None:
        assert row.projection is None
    else:
        assert row.projection is not None
        assert row.projection.figures.synced == synced
        assert row.projection.basis == timedelta(days=days)


def test_a_projection_is_of_every_counter_that_is_known_exactly() -> None:
    """Also of one with more digits than a float holds."""
    (row,) = rows(NOVEMBER, now=running(15, skipped=None))
    assert row.projection == Projection(Figures(2000, 1800, 160, None, 2**61 + 2), timedelta(days=15))


def test_a_task_made_within_the_month_is_foretold_from_then_on() -> None:
    created = round(at(10).timestamp()) * 1000
    (row,) = rows(NOVEMBER, now=running(20, replace(counting(TASK, **FIGURES), create_time=created)))
    assert row.projection is not None
    assert row.projection.basis == timedelta(days=10)
    assert row.projection.figures.accepted == 2000
    (row,) = rows(NOVEMBER, now=running(10.5, replace(counting(TASK, **FIGURES), create_time=created)))
    assert row.projection is None


def test_a_stopped_task_is_heading_nowhere() -> None:
    (row,) = rows(NOVEMBER, now=running(15, replace(counting(), status="STOPPED")))
    assert row.projection is None


@pytest.mark.parametrize(
    ("asked_at", "turned_at", "counting_month", "closed"),
    [
        (datetime(2026, 11, 1, 12, tzinfo=UTC), None, None, True),
        (datetime(2026, 11, 1, 11, 59, tzinfo=UTC), None, None, False),
        (at(0), None, NOVEMBER, False),
        (at(0.01), at(0.01), NOVEMBER, True),
        (at(0.01), at(0.02), NOVEMBER, False),
        (at(0.01), at(0.01), OCTOBER, False),
        (at(0.01), at(0.01), None, False),
    ],
)
def test_a_month_is_closed_once_two_answers_from_after_its_end_agree(
    asked_at: datetime, turned_at: datetime | None, counting_month: Month | None, closed: bool
) -> None:
    one = replace(past(OCTOBER), asked_at=asked_at, agreed=True)
    for agreed in (False, None):
        assert not is_closed(replace(one, agreed=agreed), turned_at, counting_month)
    other = asked_at + timedelta(days=90)
    assert is_closed(replace(one, asked_at=other, served_at=asked_at), turned_at, counting_month) is closed
    assert is_closed(one, turned_at, counting_month) is closed
    assert not is_closed(replace(one, is_current=True), turned_at, counting_month)


def test_trouble_closes_no_month() -> None:
    trouble = sample(Problem(ProblemKind.SERVER, "503"), at=NOW, month=OCTOBER, ref=TaskRef("a", "b"))
    assert not is_closed(trouble, None, None)
