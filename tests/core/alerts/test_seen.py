"""What has changed since somebody looked."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.alerts.seen import Presence, SeenState
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.core.watch.sample import Sample
from tests.making import NOW, REF, TASK, Unwalked, answered_board, counting, sample

OTHER = TaskRef("prod-bj4", "d18befdd-eb82-41f3-8019-bbb593d74a3e")
LATER = NOW + timedelta(minutes=1)
STOPPED = replace(TASK, status="STOPPED")
NETWORK = Problem(ProblemKind.NETWORK, "No answer")
GONE = Problem(ProblemKind.GONE, "Not there")
MISSING = Problem(ProblemKind.MISSING, "Not there")
START = NOW - timedelta(minutes=5)


def board(*samples: Sample) -> Board:
    made = Board().watching(WatchList((WatchedTask(REF), WatchedTask(OTHER))))
    for one in samples:
        made = made.filed(one, 60.0)
    return made


def glance(made: Board) -> SeenState:
    return SeenState.at_board(ConditionIndex.of(made, NOW, 60.0), START)


@pytest.mark.parametrize(
    ("before", "after", "failures", "conditions"),
    [
        (TASK, TASK, 0, {}),
        (counting(failed=3), counting(failed=5), 2, {}),
        (counting(failed=3), counting(failed=2), 0, {}),
        (counting(failed=3), counting(failed=None), 0, {}),
        (counting(failed=None), counting(failed=3), 0, {}),
        (TASK, STOPPED, 0, {Condition.STOPPED: 1}),
        (STOPPED, TASK, 0, {Condition.SYNCING: 1}),
        (TASK, NETWORK, 0, {Condition.NETWORK: 1}),
        (TASK, GONE, 0, {Condition.GONE: 1}),
        (NETWORK, GONE, 0, {Condition.GONE: 1}),
        (GONE, GONE, 0, {}),
        (TASK, MISSING, 0, {}),
        (MISSING, GONE, 0, {}),  # the first answers: they stand for how it was at the glance
        (GONE, counting(failed=3), 0, {Condition.SYNCING: 1}),
        (STOPPED, counting(failed=12), 1, {}),
    ],
)
def test_what_is_otherwise_now_is_counted(
    before: SyncTask | Problem, after: SyncTask | Problem, failures: int, conditions: dict[Condition, int]
) -> None:
    seen = board(sample(before))
    now = seen.filed(sample(after, at=LATER), 60.0)
    changes = glance(seen).completed(ConditionIndex.of(now, LATER, 60.0)).changes(ConditionIndex.of(now, LATER, 60.0))
    assert (changes.since, changes.new_failures, changes.now) == (NOW, failures, Counter(conditions))
    assert changes.are_any is bool(failures or conditions)
    assert glance(seen).new_failures(now.states[REF]) == failures


@pytest.mark.parametrize("is_renewed", [True, False])
def test_a_look_in_the_interval_in_which_a_task_is_missing_hides_not_that_it_is_gone(is_renewed: bool) -> None:
    well = board(sample(TASK))
    missing = well.filed(sample(MISSING, at=LATER), 60.0)
    judged = ConditionIndex.of(missing, LATER, 60.0)
    looked = glance(well).renewed(judged) if is_renewed else SeenState.at_board(judged, START)
    assert not looked.changes(judged).are_any
    later = LATER + timedelta(minutes=1)
    gone = missing.filed(sample(GONE, at=later), 60.0)
    assert looked.changes(ConditionIndex.of(gone, later, 60.0)).now == Counter({Condition.GONE: 1})
    back = missing.filed(sample(TASK, at=later), 60.0)
    assert not looked.changes(ConditionIndex.of(back, later, 60.0)).are_any


def test_failures_of_a_new_month_are_all_new() -> None:
    seen = board(sample(counting(failed=300)))
    state = seen.states[REF]
    assert state.good is not None
    turned = replace(state, good=replace(sample(counting(failed=4), at=LATER), month=state.good.month.plus(1)))
    assert glance(seen).new_failures(turned) == 4
    late = replace(sample(counting(failed=9000)), month=state.good.month.plus(-1))
    assert glance(seen).new_failures(replace(turned, good=late)) == 0


def test_what_was_not_known_at_the_glance_counts_from_when_it_was_known_first() -> None:
    seen = board(sample(TASK))
    known = seen.filed(sample(STOPPED, ref=OTHER, at=LATER), 60.0)
    completed = glance(seen).completed(ConditionIndex.of(known, LATER, 60.0))
    assert not completed.changes(ConditionIndex.of(known, LATER, 60.0)).are_any
    later = LATER + timedelta(minutes=1)
    failed = known.filed(sample(replace(STOPPED, monthly_failure_object=12), ref=OTHER, at=later), 60.0)
    changes = completed.changes(ConditionIndex.of(failed, later, 60.0))
    assert (changes.new_failures, changes.now) == (1, Counter())


def test_failures_count_from_the_first_figure_even_where_a_trouble_was_known_before() -> None:
    """Then nobody has seen any, but the trouble is what it was at the glance."""
    made = glance(board(sample(NETWORK)))
    first = board(sample(NETWORK), sample(counting(failed=3), at=LATER))
    made = made.completed(ConditionIndex.of(first, LATER, 60.0))
    assert made.conditions == {REF: Condition.NETWORK}
    later = LATER + timedelta(minutes=1)
    now = first.filed(sample(counting(failed=5), at=later), 60.0)
    changes = made.changes(ConditionIndex.of(now, later, 60.0))
    assert (changes.new_failures, changes.now) == (2, Counter())


def test_the_changes_of_all_tasks_add_up() -> None:
    seen = board(sample(TASK), sample(TASK, ref=OTHER))
    failed = replace(STOPPED, monthly_failure_object=14)
    now = seen.filed(sample(failed, at=LATER), 60.0).filed(sample(failed, ref=OTHER, at=LATER), 60.0)
    changes = glance(seen).changes(ConditionIndex.of(now, LATER, 60.0))
    assert (changes.new_failures, changes.now) == (6, Counter({Condition.STOPPED: 2}))


def test_marking_failures_as_seen_is_no_change() -> None:
    """A task whose failures were seen runs as it did; the failures themselves were counted before."""
    seen = board(sample(TASK), sample(counting(failed=12), at=LATER))
    assert ConditionIndex.of(seen, LATER, 60.0).condition(REF) is Condition.FAILING
    marked = ConditionIndex.of(seen.acknowledged([REF]), LATER, 60.0)
    assert marked.condition(REF) is Condition.SYNCING
    assert not SeenState.at_board(ConditionIndex.of(seen, LATER, 60.0), START).changes(marked).are_any


def test_what_was_known_at_the_glance_is_not_taken_anew() -> None:
    seen = board(sample(TASK))
    now = seen.filed(sample(STOPPED, at=LATER), 60.0)
    made = glance(seen)
    completed = made.completed(ConditionIndex.of(now, LATER, 60.0))
    assert (completed.at, completed.failed, completed.conditions) == (made.at, made.failed, made.conditions)


def test_a_task_without_an_answer_is_nothing_to_count() -> None:
    made = glance(board())
    assert not made.conditions
    assert not made.changes(ConditionIndex.of(board(), NOW, 60.0)).are_any


def test_what_was_recalled_from_before_the_start_is_left_out() -> None:
    """Nobody knows when it changed."""
    seen = board(sample(counting(failed=3), at=START - timedelta(hours=9)))
    assert not glance(seen).failed
    assert not glance(seen).conditions
    at_start = glance(board(sample(counting(failed=3), at=START)))
    assert at_start.failed[REF][1] == 3, "what comes in the moment of the start counts"
    now = seen.filed(sample(NETWORK, at=NOW), 60.0)
    assert not glance(now).failed
    assert glance(now).conditions == {REF: Condition.NETWORK}


def test_a_refused_credential_is_known_without_an_answer() -> None:
    seen = board(sample(TASK))
    now = seen.refused("prod-bj4", Problem(ProblemKind.TOKEN, "Refused"))
    assert glance(seen).changes(ConditionIndex.of(now, NOW, 60.0)).now == Counter({Condition.TOKEN: 1})
    assert glance(now).conditions == {REF: Condition.TOKEN, OTHER: Condition.TOKEN}


OUTCOMES: list[SyncTask | Problem] = [TASK, STOPPED, counting(failed=3), counting(failed=12), NETWORK, GONE]
STEPS = st.one_of(
    st.tuples(st.just("answer"), st.tuples(st.sampled_from([REF, OTHER]), st.sampled_from(OUTCOMES))),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 200.0])),
    st.tuples(st.just("refuse"), st.booleans()),
    st.tuples(st.just("watch"), st.sampled_from([[REF], [OTHER], [OTHER, REF], []])),
    st.tuples(st.sampled_from(["move", "see"]), st.none()),
)


@given(st.lists(STEPS, max_size=20))
def test_what_is_told_by_way_of_what_has_changed_is_what_all_tasks_tell(steps: list[tuple[str, object]]) -> None:
    """With each step a look: at the changed tasks alone, and beside it at all of them."""
    made, now = board(), NOW
    judged = ConditionIndex.of(made, now, 60.0)
    one = whole = SeenState.at_board(judged, START)
    for step in steps:
        now += timedelta(seconds=1)
        match step:
            case ("answer", (TaskRef() as ref, (SyncTask() | Problem()) as outcome)):
                made = made.filed(sample(outcome, ref=ref, at=now), 60.0)
            case ("wait", float(seconds)):
                now += timedelta(seconds=seconds)
            case ("refuse", is_refused):
                made = made.refused("prod-bj4", Problem(ProblemKind.TOKEN, "Refused") if is_refused else None)
            case ("watch", list(refs)):
                made = made.watching(WatchList(tuple(map(WatchedTask, refs))))
            case ("move", _):
                made = made.moved(["prod-bj4"], now)
        judged = judged.at(made, now)
        of_all = ConditionIndex.of(made, now, 60.0)
        assert one.changes(judged) == whole.changes(of_all)
        if step[0] == "see":
            one, whole = one.renewed(judged), SeenState.at_board(judged, START)
        one, whole = one.completed(judged), whole.completed(of_all)
        assert (one.at, one.failed, one.conditions) == (whole.at, whole.failed, whole.conditions)
        assert not one.changes(judged).are_any or step[0] != "see"


def test_of_five_thousand_tasks_only_those_that_changed_are_looked_at() -> None:
    seen = answered_board(5000)
    judged = ConditionIndex.of(seen, NOW, 60.0)
    made = SeenState.at_board(judged, START)
    ref = list(seen.states)[70]
    judged = judged.at(seen.filed(sample(counting(STOPPED, failed=12), ref=ref, at=LATER), 60.0), LATER)
    judged = replace(judged, board=replace(judged.board, states=Unwalked(judged.board.states)))
    changes = made.completed(judged).changes(judged)
    assert (changes.new_failures, changes.now) == (1, Counter({Condition.STOPPED: 1}))
    renewed = made.renewed(judged)
    assert (renewed.at, renewed.failed[ref][1], renewed.conditions[ref]) == (LATER, 12, Condition.STOPPED)
    assert not renewed.changes(judged).are_any


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def glance_attention(seconds: float) -> SeenState:
    return SeenState(at(seconds), NOW)


def after(*steps: tuple[str, float]) -> float:
    """Return when the screen was looked at, in seconds, after these steps at their times."""
    made = Presence(glance_attention(0), NOW)
    for what, seconds in steps:
        match what:
            case "key":
                made = made.key(glance_attention(seconds))
            case "left":
                made = made.left(glance_attention(seconds))
            case "returned":
                made = made.returned(at(seconds))
            case "hand":
                made = made.by_hand(glance_attention(seconds))
    return (made.seen.at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), 0),
        ((("key", 30),), 30),
        ((("key", 30), ("key", 50)), 50),
        # Who comes back after a while has a minute to read.
        ((("key", 30), ("key", 90)), 30),
        ((("key", 30), ("key", 89)), 89),
        ((("key", 30), ("key", 900), ("key", 905), ("key", 959)), 30),
        ((("key", 30), ("key", 900), ("key", 905), ("key", 960)), 960),
        ((("key", 30), ("key", 900), ("key", 5000)), 5000),
        ((("key", 30), ("key", 900), ("key", 5000), ("key", 9000)), 5000),
        # A terminal that tells of its focus.
        ((("left", 40),), 40),
        ((("left", 40), ("returned", 4000)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4005)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4059)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4060)), 4060),
        ((("left", 40), ("returned", 4000), ("left", 4002)), 40),
        ((("left", 40), ("returned", 4000), ("left", 4003)), 4003),
        ((("left", 40), ("returned", 4000), ("key", 4000)), 40),
        ((("left", 40), ("returned", 4000), ("left", 4000)), 40),
        # Who has left reads no more; and not every terminal tells of the return.
        ((("left", 40), ("returned", 4000), ("left", 4010), ("key", 4020), ("key", 4065)), 4010),
        ((("left", 40), ("returned", 4000), ("left", 4002), ("left", 4002.5)), 4002.5),
        ((("left", 40), ("returned", 4000), ("left", 4002), ("returned", 8000), ("left", 8100)), 8100),
        ((("key", 30), ("key", 900), ("left", 905)), 905),
        # By hand, at once.
        ((("key", 30), ("key", 900), ("hand", 901)), 901),
        ((("key", 30), ("key", 900), ("hand", 901), ("key", 905)), 905),
        # A clock that was set back holds nothing up.
        ((("key", 30), ("key", 900), ("key", -4000)), -4000),
    ],
)
def test_keys_and_focus_tell_when_somebody_looked(steps: tuple[tuple[str, float], ...], expected: float) -> None:
    assert after(*steps) == expected


def test_tasks_that_come_to_be_known_join_the_last_glance() -> None:
    made = Presence(glance_attention(0), NOW)
    board = Board().watching(WatchList((WatchedTask(REF),)))
    assert not made.with_new(ConditionIndex.of(board, NOW, 60.0)).seen.failed
    known = board.filed(sample(at=at(5)), 60.0)
    assert made.with_new(ConditionIndex.of(known, at(5), 60.0)).seen.failed[REF][1] == 11
    assert made.with_new(ConditionIndex.of(known, at(5), 60.0)).seen.at == NOW
