"""Which months that are over are still worth asking for."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.months.month_table import closed_months, missing_months
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask
from omstui.core.watch.board import Recalled, TaskState
from omstui.core.watch.rollover import MonthEnd
from omstui.core.watch.sample import Sample
from tests.making import BEIJING, NOVEMBER, NOW, TASK, counting, sample, state

OCTOBER, SEPTEMBER = Month(2026, 10), Month(2026, 9)
OVER = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""When October has ended in every zone."""

MOMENT = timedelta(seconds=1)
SETTLING = timedelta(days=1)


def past(at: datetime, outcome: SyncTask | Problem = TASK, agreed: bool | None = True) -> Sample:
    """An answer for October, confirmed by another one unless told otherwise."""
    return replace(sample(outcome, at=at, month=OCTOBER), agreed=agreed)


def recalling(*samples: Sample) -> TaskState:
    """A task that has answered, with what is kept of its past months."""
    return state().with_recalled(Recalled(months={one.month: one for one in samples}), NOW, BEIJING, 60.0)


@pytest.mark.parametrize(
    ("asked", "turned_at", "now", "is_closed", "is_missing"),
    [
        (None, None, NOW, False, True),
        (OVER, None, OVER + SETTLING - MOMENT, True, False),
        (OVER - MOMENT, None, NOW, False, True),
        (OVER - MOMENT, None, OVER - MOMENT, False, False),
        (OVER - MOMENT, None, OVER, False, True),
        (OVER - 10 * MOMENT, OVER - 20 * MOMENT, OVER - MOMENT, True, False),
        (OVER - 30 * MOMENT, OVER - 20 * MOMENT, OVER - MOMENT, False, True),
    ],
)
def test_a_month_is_asked_for_once_more_when_it_was_answered_before_it_was_over(
    asked: datetime | None, turned_at: datetime | None, now: datetime, is_closed: bool, is_missing: bool
) -> None:
    """Over by the calendar of every zone, or by the service's own figures, where its turn was seen."""
    known = recalling(*([past(asked)] if asked is not None else []))
    one = replace(
        known.filed(sample(), 60.0),
        month_end=MonthEnd(OCTOBER, turned_at) if turned_at is not None else None,
    )
    assert closed_months(one) == (frozenset({OCTOBER}) if is_closed else frozenset())
    assert missing_months(one, [OCTOBER], now, 60.0) == ((OCTOBER,) if is_missing else ())


def test_a_month_whose_question_failed_is_still_missing() -> None:
    """It is the poller that does not ask too soon again."""
    one = state(sample(), past(OVER, Problem(ProblemKind.SERVER, "503")))
    assert missing_months(one, [OCTOBER], NOW, 60.0) == (OCTOBER,)
    assert closed_months(one) == frozenset()


def test_a_month_is_closed_by_the_calendar_before_the_task_itself_has_answered() -> None:
    assert closed_months(recalling(past(OVER))) == frozenset({OCTOBER})
    assert closed_months(recalling(past(OVER - MOMENT))) == frozenset()


def test_months_stay_in_the_order_in_which_they_are_wanted() -> None:
    one = recalling(past(OVER + SETTLING)).filed(sample(), 60.0)
    august = Month(2026, 8)
    assert missing_months(one, [NOVEMBER, OCTOBER, SEPTEMBER, august], NOW, 60.0) == (SEPTEMBER, august)
    assert missing_months(one, [august, SEPTEMBER], NOW, 60.0) == (august, SEPTEMBER)


def test_a_turn_that_was_seen_closes_nothing_that_is_not_before_it() -> None:
    """The present month is no month that is over."""
    one = replace(
        recalling(past(OVER - MOMENT)), month_end=MonthEnd(OCTOBER, OVER - 2 * MOMENT), good=sample(month=None, at=OVER)
    )
    assert closed_months(one) == frozenset({OCTOBER})
    current = replace(one, good=replace(sample(at=OVER), month=OCTOBER))
    assert closed_months(current) == frozenset()
    assert missing_months(current, [OCTOBER], OVER - MOMENT, 60.0) == ()


@pytest.mark.parametrize(
    "one",
    [
        state(),
        state(sample(Problem(ProblemKind.SERVER, "503"))),
        state(sample(), sample(Problem(ProblemKind.NETWORK, "gone"), at=NOW + MOMENT)),
        replace(state(sample()), refusal=Problem(ProblemKind.TOKEN, "refused")),
    ],
)
def test_nothing_is_missed_while_the_task_itself_is_not_answered(one: object) -> None:
    assert missing_months(one, [OCTOBER], NOW, 60.0) == ()  # type: ignore[arg-type]  # a track, as the table has it


@pytest.mark.parametrize("agreed", [False, None])
def test_a_month_that_one_answer_told_of_is_asked_for_once_more_an_interval_later(agreed: bool | None) -> None:
    """Also one that an earlier version has called closed."""
    one = recalling(past(NOW, agreed=agreed)).filed(sample(), 60.0)
    assert closed_months(one) == frozenset()
    assert missing_months(one, [OCTOBER], NOW + timedelta(seconds=59), 60.0) == ()
    assert missing_months(one, [OCTOBER], NOW + timedelta(seconds=60), 60.0) == (OCTOBER,)
    twice = one.filed(sample(at=NOW + timedelta(seconds=60), month=OCTOBER), 60.0)
    assert closed_months(twice) == frozenset({OCTOBER})
    assert missing_months(twice, [OCTOBER], NOW + timedelta(days=30), 60.0) == ()


def test_a_month_that_was_closed_in_the_first_day_after_its_end_is_asked_for_once_more_when_that_has_passed() -> None:
    one = recalling(past(OVER + MOMENT)).filed(sample(), 60.0)
    assert closed_months(one) == frozenset({OCTOBER})
    assert missing_months(one, [OCTOBER], OVER + SETTLING, 60.0) == ()
    assert missing_months(one, [OCTOBER], OVER + SETTLING + MOMENT, 60.0) == (OCTOBER,)
    again = one.filed(sample(at=OVER + SETTLING + MOMENT, month=OCTOBER), 60.0)
    assert closed_months(again) == frozenset({OCTOBER}), "it said the same"
    assert missing_months(again, [OCTOBER], NOW + timedelta(days=30), 60.0) == ()


def test_other_figures_replace_final_ones_once_a_second_answer_confirms_them() -> None:
    """One that reads 0 comes from a copy that lags behind, and changes nothing."""
    told = past(OVER + MOMENT)
    one = recalling(told).filed(sample(), 60.0)
    at = OVER + SETTLING + MOMENT
    nothing = one.filed(sample(counting(accepted=0), at=at, month=OCTOBER), 60.0)
    assert nothing.months[OCTOBER].good == told
    assert nothing.taken == (), "nothing of it is kept"
    assert missing_months(nothing, [OCTOBER], at + timedelta(seconds=59), 60.0) == ()
    assert missing_months(nothing, [OCTOBER], at + timedelta(seconds=60), 60.0) == (OCTOBER,)
    back = nothing.filed(sample(at=at + timedelta(seconds=60), month=OCTOBER), 60.0).months[OCTOBER]
    assert (back.good and back.good.task, back.held, back.instead_of) == (TASK, None, None)
    later = nothing.filed(sample(counting(accepted=0), at=at + timedelta(seconds=60), month=OCTOBER), 60.0)
    assert later.months[OCTOBER].good == later.taken[0]
    assert (later.taken[0].agreed, later.months[OCTOBER].instead_of) == (True, told)


def test_a_month_that_was_closed_by_a_wrong_clock_is_open_as_soon_as_the_service_counts_it() -> None:
    wrong = sample(counting(accepted=1000), at=datetime(2026, 12, 2, tzinfo=UTC), month=NOVEMBER)
    for agreed in (True, None):
        one = recalling(replace(wrong, agreed=agreed), past(OVER + SETTLING))
        mended = one.filed(replace(sample(), served_at=NOW), 60.0)
        assert set(mended.months) == {OCTOBER}
        assert missing_months(mended, [NOVEMBER], NOW, 60.0) == (), "it is asked for as the current one"
