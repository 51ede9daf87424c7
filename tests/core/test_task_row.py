"""What scripts are told of a task: figures of this answer or none, and since when it has not answered."""

from dataclasses import replace
from datetime import timedelta

from omstui.core.condition import Condition
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task_row import row_of
from tests.making import BEIJING, NOVEMBER, NOW, TASK, counting, sample, track

LATER = NOW + timedelta(seconds=60)
NETWORK = Problem(ProblemKind.NETWORK, "no answer", request_id="r1")


def test_an_answer_gives_figures_their_age_and_what_is_new() -> None:
    made = row_of(
        track(sample(), sample(counting(failed=14), at=LATER)), LATER + timedelta(seconds=5), 60.0, zone=BEIJING
    )
    assert (made.condition, made.task, made.new_failures) == (Condition.FAILING, counting(failed=14), 3)
    assert made.age(LATER + timedelta(seconds=5)) == timedelta(seconds=5)
    assert (made.month, made.is_current_month, made.answered_at) == (NOVEMBER, True, LATER)


def test_after_trouble_there_are_no_figures_but_the_time_of_the_last_answer() -> None:
    """Nobody must take old figures for new ones, or a missing one for 0."""
    made = row_of(track(sample(), sample(NETWORK, at=LATER)), LATER, 60.0, zone=BEIJING)
    assert (made.condition, made.task, made.new_failures, made.age(LATER)) == (Condition.NETWORK, None, None, None)
    assert (made.problem, made.last_answered_at) == (NETWORK, NOW)


def test_a_refused_credential_speaks_for_a_task_that_answered() -> None:
    refused = Problem(ProblemKind.TOKEN, "expired", request_id="r2")
    made = row_of(replace(track(sample()), refusal=refused), NOW, 60.0, zone=BEIJING)
    assert (made.condition, made.task, made.problem, made.request_id) == (Condition.TOKEN, None, refused, "r2")


def test_nothing_is_new_or_silent_in_a_past_month() -> None:
    made = row_of(track(sample()), NOW, 60.0, zone=BEIJING, month=Month(2026, 3))
    assert (made.month, made.is_current_month, made.new_failures, made.task) == (Month(2026, 3), False, None, TASK)


def test_unreported_failures_are_not_zero_new_ones() -> None:
    assert row_of(track(sample(counting(failed=None))), NOW, 60.0, zone=BEIJING).new_failures is None
