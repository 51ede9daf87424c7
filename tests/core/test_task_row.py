"""What scripts are told of a task: figures of this answer or none, and since when it has not answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from omstui.core.board import Track
from omstui.core.condition import Condition
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task_row import TaskRow, row_of
from tests.making import BEIJING, NOVEMBER, NOW, REF, TASK, counting, sample, track

EARLIER, LATER = NOW - timedelta(seconds=60), NOW + timedelta(seconds=60)
NETWORK = Problem(ProblemKind.NETWORK, "no answer", request_id="r1")


def test_a_row_says_all_that_is_known() -> None:
    answered = replace(sample(counting(failed=14)), request_id="r0")
    known = replace(track(sample(at=EARLIER), answered, label="photos"), silent_after=0.0)
    expires_at = NOW + timedelta(hours=5)
    assert row_of(known, NOW, 60.0, zone=BEIJING, expires_at=expires_at) == TaskRow(
        profile="prod-bj4",
        sync_task_id=REF.sync_task_id,
        label="photos",
        name="photos",
        condition=Condition.FAILING,
        month=NOVEMBER,
        zone=BEIJING,
        is_current_month=True,
        is_final=False,
        task=counting(failed=14),
        new_failures=3,
        is_silent=True,
        answered_at=NOW,
        last_answered_at=NOW,
        request_id="r0",
        credential_expires_at=expires_at,
    )


def test_silence_is_of_the_present_and_of_a_task_that_answers() -> None:
    known = replace(track(sample(at=EARLIER), sample()), silent_after=0.0)
    assert row_of(known, NOW, 60.0, zone=BEIJING).is_silent is True
    assert row_of(known, NOW, 60.0, zone=BEIJING, month=Month(2026, 3)).is_silent is False
    gone = known.filed(sample(NETWORK, at=LATER), 60.0)
    assert row_of(gone, LATER, 60.0, zone=BEIJING).is_silent is False
    assert row_of(track(sample()), NOW, 60.0, zone=BEIJING).is_silent is False


@pytest.mark.parametrize(
    ("known", "month"),
    [
        (track(), Month(2026, 12)),
        (track(sample(NETWORK)), NOVEMBER),
        (track(sample()), NOVEMBER),
        (track(sample(), sample(NETWORK, at=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))), Month(2026, 12)),
    ],
    ids=["never asked", "trouble alone", "an answer", "trouble after the turn"],
)
def test_the_month_is_the_one_asked_for_and_else_the_present_one_there(known: Track, month: Month) -> None:
    """In Beijing December begins at 16:00 UTC."""
    assert row_of(known, datetime(2026, 11, 30, 17, 0, tzinfo=UTC), 60.0, zone=BEIJING).month == month


def test_a_task_never_asked_has_nothing_but_its_name() -> None:
    made = row_of(track(), NOW, 60.0, zone=BEIJING)
    assert (made.task, made.new_failures, made.answered_at, made.last_answered_at) == (None, None, None, None)
    assert (made.name, made.label, made.request_id, made.problem) == (REF.sync_task_id, "", None, None)


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
    assert (made.problem, made.last_answered_at, made.request_id) == (NETWORK, NOW, "r1")


def test_a_refused_credential_speaks_for_a_task_that_answered() -> None:
    refused = Problem(ProblemKind.TOKEN, "expired", request_id="r2")
    for known in (track(sample()), track(sample(), sample(NETWORK, at=LATER))):
        made = row_of(replace(known, refusal=refused), LATER, 60.0, zone=BEIJING)
        assert (made.condition, made.task, made.problem, made.request_id) == (Condition.TOKEN, None, refused, "r2")


def test_nothing_is_new_or_silent_in_a_past_month() -> None:
    made = row_of(track(sample()), NOW, 60.0, zone=BEIJING, month=Month(2026, 3))
    assert (made.month, made.is_current_month, made.new_failures, made.task) == (Month(2026, 3), False, None, TASK)


def test_unreported_failures_are_not_zero_new_ones() -> None:
    assert row_of(track(sample(counting(failed=None))), NOW, 60.0, zone=BEIJING).new_failures is None
    acknowledged = replace(track(sample(counting(failed=None))), acknowledged=11)
    assert row_of(acknowledged, NOW, 60.0, zone=BEIJING).new_failures is None
    assert row_of(replace(track(sample()), acknowledged=None), NOW, 60.0, zone=BEIJING).new_failures is None
