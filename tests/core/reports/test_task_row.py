"""What scripts are told of a task: figures of this answer or none, and since when it has not answered."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.reports.task_row import HOLD, Change, ChangeFeed, ChangeKind, TaskRow
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Condition
from tests.making import BEIJING, NOVEMBER, NOW, REF, TASK, counting, row_at, sample, state

EARLIER, LATER = NOW - timedelta(seconds=60), NOW + timedelta(seconds=60)
NETWORK = Problem(ProblemKind.NETWORK, "no answer", request_id="r1")


def test_a_row_says_all_that_is_known() -> None:
    answered = replace(sample(counting(failed=14)), request_id="r0")
    known = replace(state(sample(at=EARLIER), answered, label="photos"), silent_after=0.0)
    expires_at = NOW + timedelta(hours=5)
    assert row_at(known, NOW, expires_at=expires_at) == TaskRow(
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
    known = replace(state(sample(at=EARLIER), sample()), silent_after=0.0)
    assert row_at(known, NOW).is_silent is True
    assert row_at(known, NOW, month=Month(2026, 3)).is_silent is False
    gone = known.filed(sample(NETWORK, at=LATER), 60.0)
    assert row_at(gone, LATER).is_silent is False
    assert row_at(state(sample()), NOW).is_silent is False


@pytest.mark.parametrize(
    ("known", "month"),
    [
        (state(), Month(2026, 12)),
        (state(sample(NETWORK)), NOVEMBER),
        (state(sample()), NOVEMBER),
        (state(sample(), sample(NETWORK, at=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))), Month(2026, 12)),
    ],
    ids=["never asked", "trouble alone", "an answer", "trouble after the turn"],
)
def test_the_month_is_the_one_asked_for_and_else_the_present_one_there(known: TaskState, month: Month) -> None:
    """In Beijing December begins at 16:00 UTC."""
    assert row_at(known, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)).month == month


def test_a_task_never_asked_has_nothing_but_its_name() -> None:
    made = row_at(state(), NOW)
    assert (made.task, made.new_failures, made.answered_at, made.last_answered_at) == (None, None, None, None)
    assert (made.name, made.label, made.request_id, made.problem) == (REF.sync_task_id, "", None, None)


def test_an_answer_gives_figures_their_age_and_what_is_new() -> None:
    made = row_at(state(sample(), sample(counting(failed=14), at=LATER)), LATER + timedelta(seconds=5))
    assert (made.condition, made.task, made.new_failures) == (Condition.FAILING, counting(failed=14), 3)
    assert made.age(LATER + timedelta(seconds=5)) == timedelta(seconds=5)
    assert (made.month, made.is_current_month, made.answered_at) == (NOVEMBER, True, LATER)


def test_after_trouble_there_are_no_figures_but_the_time_of_the_last_answer() -> None:
    """Nobody must take old figures for new ones, or a missing one for 0."""
    made = row_at(state(sample(), sample(NETWORK, at=LATER)), LATER)
    assert (made.condition, made.task, made.new_failures, made.age(LATER)) == (Condition.NETWORK, None, None, None)
    assert (made.problem, made.last_answered_at, made.request_id) == (NETWORK, NOW, "r1")


def test_a_refused_credential_speaks_for_a_task_that_answered() -> None:
    refused = Problem(ProblemKind.TOKEN, "expired", request_id="r2")
    for known in (state(sample()), state(sample(), sample(NETWORK, at=LATER))):
        made = row_at(replace(known, refusal=refused), LATER)
        assert (made.condition, made.task, made.problem, made.request_id) == (Condition.TOKEN, None, refused, "r2")


def test_nothing_is_new_or_silent_in_a_past_month() -> None:
    made = row_at(state(sample()), NOW, month=Month(2026, 3))
    assert (made.month, made.is_current_month, made.new_failures, made.task) == (Month(2026, 3), False, None, TASK)


def test_unreported_failures_are_not_zero_new_ones() -> None:
    assert row_at(state(sample(counting(failed=None))), NOW).new_failures is None
    acknowledged = replace(state(sample(counting(failed=None))), acknowledged=11)
    assert row_at(acknowledged, NOW).new_failures is None
    assert row_at(replace(state(sample()), acknowledged=None), NOW).new_failures is None


WELL = row_at(state(sample()), NOW)
MINUTE = timedelta(minutes=1)
BROKEN = Problem(ProblemKind.SERVER, "Server error 503 at 09:40", "X", 503, "r1")


def told(*looks: TaskRow | None) -> list[Change]:
    """Look at one task a minute apart, or at none, and return all that was told."""
    feed = ChangeFeed()
    changes: list[Change] = []
    for number, row in enumerate(looks):
        feed, new = feed.seen([row] if row is not None else [], NOW + number * MINUTE)
        changes += new
    return changes


def trouble(problem: Problem) -> TaskRow:
    return replace(WELL, task=None, problem=problem, condition=Condition(problem.kind.value), answered_at=None)


def test_a_task_is_told_once_as_long_as_nothing_changes() -> None:
    """Times, ages and names of requests are no change: something else with each answer."""
    later = replace(
        WELL, answered_at=NOW + MINUTE, last_answered_at=NOW + MINUTE, request_id="other", credential_expires_at=NOW
    )
    assert [(one.kind, one.changed) for one in told(WELL, later, WELL)] == [(ChangeKind.TASK, ())]


def test_a_task_that_has_not_answered_yet_is_not_told() -> None:
    assert told(replace(WELL, condition=Condition.ASKING, task=None)) == []


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        (replace(WELL, label="other"), ("label",)),
        (replace(WELL, condition=Condition.SILENT, is_silent=True), ("condition", "silent")),
        (replace(WELL, month=Month(2026, 12)), ("month",)),
        (replace(WELL, new_failures=4), ("new_failures",)),
        (replace(WELL, task=counting(failed=12)), ("monthly_failure_object",)),
        (replace(WELL, task=counting(failed=None)), ("monthly_failure_object",)),
        (trouble(BROKEN), ("condition", "problem", "task")),
    ],
)
def test_a_change_names_what_has_changed(row: TaskRow, changed: tuple[str, ...]) -> None:
    assert told(WELL, row, row) == [Change(ChangeKind.TASK, WELL), Change(ChangeKind.CHANGE, row, changed)]


def test_the_same_trouble_in_other_words_is_no_change() -> None:
    again = replace(BROKEN, text="Server error 503 at 09:41", request_id="r2", retry_after=5.0)
    assert len(told(trouble(BROKEN), trouble(again))) == 1
    assert len(told(trouble(BROKEN), trouble(replace(BROKEN, status=500)))) == 2


def test_without_figures_their_month_is_no_change() -> None:
    turned = replace(trouble(BROKEN), month=Month(2026, 12), new_failures=7)
    assert len(told(trouble(BROKEN), turned)) == 1


def test_tasks_are_told_apart_by_their_profile_and_their_id() -> None:
    rows = [WELL, replace(WELL, profile="dr-sg"), replace(WELL, sync_task_id="other")]
    feed, first = ChangeFeed().seen(rows, NOW)
    assert first == tuple(Change(ChangeKind.TASK, row) for row in rows)
    _, then = feed.seen([rows[0], rows[2]], NOW + MINUTE)
    assert then == (Change(ChangeKind.REMOVED, rows[1]),)


def test_a_removed_task_is_told_and_begins_anew_when_it_returns() -> None:
    assert [one.kind for one in told(WELL, None, None, WELL)] == [ChangeKind.TASK, ChangeKind.REMOVED, ChangeKind.TASK]


def test_an_answer_counts_as_stale_only_when_it_stays_so() -> None:
    """After a pause of the machine every answer is old for a moment: that is no news."""
    stale, second = replace(WELL, condition=Condition.STALE), timedelta(seconds=1)
    feed, _ = ChangeFeed().seen([WELL], NOW)
    feed, at_once = feed.seen([stale], NOW + second)
    feed, over = feed.seen([WELL], NOW + 2 * second)
    feed, again = feed.seen([stale], NOW + 3 * second)
    feed, not_yet = feed.seen([stale], NOW + second + HOLD)
    feed, still = feed.seen([stale], NOW + 3 * second + HOLD)
    assert (at_once, over, again, not_yet) == ((), (), (), ())
    assert [one.changed for one in still] == [("condition",)]


def test_each_task_is_stale_for_a_time_of_its_own() -> None:
    """And one that is held back keeps no other back."""
    other = replace(WELL, sync_task_id="other")
    stale, other_stale = (replace(row, condition=Condition.STALE) for row in (WELL, other))
    feed, _ = ChangeFeed().seen([WELL, other], NOW)
    feed, first = feed.seen([stale, replace(other, label="renamed")], NOW + MINUTE)
    feed, second = feed.seen([stale, replace(other_stale, label="renamed")], NOW + MINUTE + HOLD)
    assert [(one.row.sync_task_id, one.changed) for one in (*first, *second)] == [
        ("other", ("label",)), (WELL.sync_task_id, ("condition",)),
    ]  # fmt: skip


def test_a_task_that_returns_is_not_stale_for_having_been_so_before() -> None:
    stale = replace(WELL, condition=Condition.STALE)
    feed, _ = ChangeFeed().seen([WELL], NOW)
    feed, _ = feed.seen([stale], NOW + MINUTE)
    feed, removed = feed.seen([], NOW + 2 * MINUTE)
    _, returned = feed.seen([stale], NOW + 3 * MINUTE)
    assert ([one.kind for one in removed], returned) == ([ChangeKind.REMOVED], ())
