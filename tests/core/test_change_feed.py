"""What is told of tasks: each once, then what changes, and nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from omstui.core.change_feed import HOLD, Change, ChangeFeed, ChangeKind
from omstui.core.condition import Condition
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task_row import TaskRow, row_of
from tests.making import BEIJING, NOW, counting, sample, track

WELL = row_of(track(sample()), NOW, 60.0, zone=BEIJING)
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
