"""Which months that are over are still worth asking for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from omstui.core.lookback import closed_months, missing_months
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.sample import Sample
from omstui.core.task import SyncTask
from omstui.core.turn import Turn
from tests.making import NOVEMBER, NOW, TASK, sample, track

OCTOBER, SEPTEMBER = Month(2026, 10), Month(2026, 9)
OVER = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""When October has ended in every zone."""

MOMENT = timedelta(seconds=1)


def past(at: datetime, outcome: SyncTask | Problem = TASK) -> Sample:
    return sample(outcome, at=at, month=OCTOBER)


@pytest.mark.parametrize(
    ("asked", "turned_at", "now", "is_closed", "is_missing"),
    [
        (None, None, NOW, False, True),
        (OVER, None, NOW, True, False),
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
    one = replace(
        track(sample(), *([past(asked)] if asked is not None else [])),
        turn=Turn(OCTOBER, turned_at) if turned_at is not None else None,
    )
    assert closed_months(one) == (frozenset({OCTOBER}) if is_closed else frozenset())
    assert missing_months(one, [OCTOBER], now) == ((OCTOBER,) if is_missing else ())


def test_a_month_whose_question_failed_is_still_missing() -> None:
    """It is the poller that does not ask too soon again."""
    one = track(sample(), past(OVER, Problem(ProblemKind.SERVER, "503")))
    assert missing_months(one, [OCTOBER], NOW) == (OCTOBER,)
    assert closed_months(one) == frozenset()


def test_a_month_is_closed_by_the_calendar_before_the_task_itself_has_answered() -> None:
    assert closed_months(track(past(OVER))) == frozenset({OCTOBER})
    assert closed_months(track(past(OVER - MOMENT))) == frozenset()


def test_months_stay_in_the_order_in_which_they_are_wanted() -> None:
    one = track(sample(), past(OVER))
    august = Month(2026, 8)
    assert missing_months(one, [NOVEMBER, OCTOBER, SEPTEMBER, august], NOW) == (SEPTEMBER, august)
    assert missing_months(one, [august, SEPTEMBER], NOW) == (august, SEPTEMBER)


def test_a_turn_that_was_seen_closes_nothing_that_is_not_before_it() -> None:
    """The present month is no month that is over."""
    one = replace(
        track(sample(), past(OVER - MOMENT)), turn=Turn(OCTOBER, OVER - 2 * MOMENT), good=sample(month=None, at=OVER)
    )
    assert closed_months(one) == frozenset({OCTOBER})
    current = replace(one, good=replace(sample(at=OVER), month=OCTOBER))
    assert closed_months(current) == frozenset()
    assert missing_months(current, [OCTOBER], OVER - MOMENT) == ()


@pytest.mark.parametrize(
    "one",
    [
        track(),
        track(sample(Problem(ProblemKind.SERVER, "503"))),
        track(sample(), sample(Problem(ProblemKind.NETWORK, "gone"), at=NOW + MOMENT)),
        replace(track(sample()), refusal=Problem(ProblemKind.TOKEN, "refused")),
    ],
)
def test_nothing_is_missed_while_the_task_itself_is_not_answered(one: object) -> None:
    assert missing_months(one, [OCTOBER], NOW) == ()  # type: ignore[arg-type]  # a track, as the table has it
