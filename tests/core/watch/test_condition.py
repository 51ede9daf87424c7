"""The conditions of all tasks, worked out by way of what has changed."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board
from omstui.core.watch.condition import Assessment, Condition, ConditionIndex, assess, stale_after
from omstui.core.watch.sample import Sample
from tests.making import NOW, REF, TASK, answered_board, counting, sample, state

INTERVAL = 60.0
MINUTE = timedelta(minutes=1)
STOPPED = replace(TASK, status="STOPPED")
PAUSED = replace(TASK, status="PAUSED")
KINDS = st.sampled_from(list(ProblemKind))
TASKS = st.sampled_from([TASK, STOPPED, PAUSED, SyncTask(), counting(failed=99)])


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def condition(*samples: Sample, seconds: float = 0, interval: float = INTERVAL) -> Condition:
    return assess(state(*samples), after(seconds), interval).condition


@pytest.mark.parametrize(
    ("samples", "seconds", "word"),
    [
        pytest.param([], 0, "asking", id="no answer yet"),
        pytest.param([], 9999, "asking", id="still no answer"),
        pytest.param([sample()], 0, "syncing", id="all well"),
        pytest.param([sample()], 120, "syncing", id="just fresh enough"),
        pytest.param([sample()], 120.1, "stale", id="too old"),
        pytest.param([sample(STOPPED)], 1, "stopped", id="stopped"),
        pytest.param([sample(PAUSED)], 1, "unknown", id="a word that the reference does not know"),
        pytest.param([sample(SyncTask())], 1, "unknown", id="no status reported"),
        pytest.param([sample(), sample(counting(failed=12), at=after(60))], 61, "failing", id="failures rose"),
        pytest.param([sample(STOPPED), sample(counting(STOPPED, failed=12), at=after(60))], 61, "stopped", id="both"),
        pytest.param([sample(PAUSED), sample(counting(PAUSED, failed=12), at=after(60))], 61, "failing", id="either"),
        pytest.param([sample(STOPPED)], 121, "stale", id="stopped, when last heard of"),
        pytest.param([sample(), sample(counting(failed=12), at=after(60))], 999, "stale", id="failing, as of old"),
        pytest.param([sample(), sample(Problem(ProblemKind.SERVER, "x"), at=after(60))], 999, "server", id="and stale"),
    ],
)
def test_the_worst_that_holds_is_the_word_on_the_row(samples: list[Sample], seconds: float, word: str) -> None:
    assert condition(*samples, seconds=seconds) == word


def test_a_task_of_which_all_that_was_processed_has_failed_is_failing_until_that_is_marked_as_seen() -> None:
    """The example of the API reference, and the first answer that a screen gets of it."""
    made = state(sample(counting(accepted=11, synced=0, failed=11, skipped=0)))
    assert assess(made, NOW, INTERVAL).condition is Condition.FAILING
    seen = Board({REF: made}).acknowledged([REF]).states[REF]
    assert assess(seen, NOW, INTERVAL).condition is Condition.SYNCING
    after = seen.filed(sample(counting(accepted=12, synced=0, failed=12, skipped=0), at=NOW + MINUTE), INTERVAL)
    assert assess(after, NOW + MINUTE, INTERVAL).condition is Condition.FAILING


@pytest.mark.parametrize("kind", ProblemKind)
def test_each_kind_of_trouble_is_a_word_on_the_row_and_trouble(kind: ProblemKind) -> None:
    word = condition(sample(Problem(kind, "trouble")))
    assert word.value == kind.value
    assert word.has_old_figures
    assert not word.is_well


@given(TASKS, st.floats(0, 1e6), KINDS)
def test_trouble_is_never_hidden_by_figures_however_fresh(task: SyncTask, seconds: float, kind: ProblemKind) -> None:
    word = condition(sample(task), sample(Problem(kind, "trouble"), at=after(1)), seconds=seconds)
    assert word.value == kind.value


@given(TASKS, st.sampled_from([10.0, 60.0, 90.0, 3600.0]), st.sampled_from([None, 0.0, 1.0, 1.25]))
def test_without_new_answers_every_row_is_stale_after_twice_the_interval(
    task: SyncTask, interval: float, pause: float | None
) -> None:
    """Also when every poller is dead: it is judged from the answer's own time."""
    answered = sample(task, next_in=None if pause is None else pause * interval)
    assert condition(answered, seconds=2 * interval, interval=interval) is not Condition.STALE
    assert condition(answered, seconds=2 * interval + 0.001, interval=interval) is Condition.STALE
    assert stale_after(interval) == timedelta(seconds=2 * interval)


@pytest.mark.parametrize("pause", [90.0, 120.0, 150.0])
def test_a_row_that_is_asked_more_slowly_on_purpose_is_stale_when_its_next_answer_is_overdue(pause: float) -> None:
    """After throttling the interval is stretched up to double, and that is no reason to call good figures old."""
    answered = sample(next_in=pause)
    assert condition(answered, seconds=pause + 45) is Condition.SYNCING
    assert condition(answered, seconds=pause + 45.1) is Condition.STALE


def test_an_answer_from_the_future_is_stale_since_nobody_knows_its_age() -> None:
    assert condition(sample(), seconds=-1) is Condition.SYNCING
    assert condition(sample(), seconds=-120) is Condition.SYNCING
    stale = assess(state(sample()), after(-120.1), INTERVAL)
    assert stale == Assessment(Condition.STALE, NOW, is_age_unknown=True, until=after(-120))
    assert not any(assess(state(sample()), after(seconds), INTERVAL).is_age_unknown for seconds in (-119, 0, 121))


@pytest.mark.parametrize(("seconds", "age"), [(0, 0), (59, 59), (7200, 7200), (-30, 0)])
def test_the_age_is_that_of_the_last_good_answer(seconds: float, age: float) -> None:
    answered, troubled = state(sample()), state(sample(), sample(Problem(ProblemKind.NETWORK, "x"), at=after(40)))
    for made in (answered, troubled):
        assert assess(made, after(seconds), INTERVAL).age(after(seconds)) == timedelta(seconds=age)


def test_without_a_good_answer_there_is_no_age() -> None:
    assert assess(state(sample(Problem(ProblemKind.NETWORK, "x"))), after(60), INTERVAL).age(after(60)) is None
    assert assess(state(), after(60), INTERVAL).age(after(60)) is None


def test_conditions_are_ordered_from_the_worst_to_the_best() -> None:
    words = "token gone forbidden endpoint refused missing,bad answer,throttled network server internal stale stopped"
    order = [word for part in words.split(",") for word in ([part] if part == "bad answer" else part.split())]
    assert [condition.value for condition in sorted(Condition, key=lambda one: one.severity)] == [
        *order, "failing", "unknown", "silent", "syncing", "asking",
    ]  # fmt: skip


def test_only_what_answers_and_does_not_fail_is_well() -> None:
    assert [condition for condition in Condition if condition.is_well] == [Condition.SYNCING]
    not_trouble = [condition.value for condition in Condition if not condition.has_old_figures]
    assert not_trouble == ["stopped", "failing", "unknown", "silent", "syncing", "asking"]


def test_an_answer_that_waits_for_its_confirmation_keeps_the_row_fresh_and_makes_no_old_one_new() -> None:
    """Where the answer before it was old already, the row stays stale until the next one."""
    fallen = counting(accepted=0, synced=0)
    for before, words in ((60, ("syncing", "syncing", "stale")), (7200, ("stale", "stale", "stale"))):
        made = state(sample(), sample(fallen, at=NOW + timedelta(seconds=before)))
        assert made.held is not None
        told = [assess(made, NOW + timedelta(seconds=before + later), 60.0) for later in (0, 119, 181)]
        assert tuple(one.condition.value for one in told) == words
        assert told[0].age(NOW + timedelta(seconds=before)) == timedelta(seconds=before), (
            "the age is that of the figures"
        )


REFS = [TaskRef("prod-bj4", f"task-{number}") for number in range(4)]
INTERVAL_JUDGED = 60.0
REFUSED = Problem(ProblemKind.TOKEN, "Refused")
OUTCOMES: list[SyncTask | Problem] = [
    TASK,
    replace(TASK, status="STOPPED"),
    counting(failed=99),
    Problem(ProblemKind.SERVER, "Server error 500"),
]


def after_judged(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def board(count: int = len(REFS)) -> Board:
    return Board().watching(WatchList(tuple(WatchedTask(ref) for ref in REFS[:count])))


ANSWERS = st.tuples(st.sampled_from(REFS), st.sampled_from(OUTCOMES), st.sampled_from([5.0, 60.0, 300.0]))
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([-400.0, -3.0, 0.0, 1.0, 30.0, 120.0, 1000.0])),
    st.tuples(st.just("answer"), ANSWERS),
    st.tuples(st.just("watch"), st.integers(0, len(REFS))),
    st.tuples(st.just("refuse"), st.booleans()),
)


@given(st.lists(STEPS, max_size=20))
def test_whatever_happens_each_task_is_judged_as_if_it_were_alone(steps: list[tuple[str, object]]) -> None:
    """And what is told to have changed is all that has changed."""
    made, now = board(), NOW
    judged = ConditionIndex.of(made, now, INTERVAL_JUDGED)
    assert judged.changed_since(None) == REFS
    for step in steps:
        match step:
            case ("wait", float(seconds)):
                now += timedelta(seconds=seconds)
            case ("answer", (TaskRef() as ref, (SyncTask() | Problem()) as outcome, float(next_in))):
                made = made.filed(sample(outcome, ref=ref, at=now, next_in=next_in), INTERVAL_JUDGED)
            case ("watch", int(count)):
                made = made.watching(WatchList(tuple(WatchedTask(ref) for ref in REFS[:count])))
            case ("refuse", is_refused):
                made = made.refused("prod-bj4", REFUSED if is_refused else None)
        before, judged = judged, judged.at(made, now)
        conditions = {ref: assess(state, now, INTERVAL_JUDGED).condition for ref, state in made.states.items()}
        assert {ref: judged.condition(ref) for ref in made.states} == conditions
        assert list(judged.assessments) == list(made.states)
        assert judged.counts == Counter(conditions.values())
        changed = [
            ref
            for ref, state in made.states.items()
            if state is not before.board.states.get(ref) or conditions[ref] is not before.condition(ref)
        ]
        told = judged.changed_since(before)
        assert set(changed) <= set(told), "nothing that changed is missed"
        assert told == [ref for ref in made.states if ref in told], "in the board's order"
        assert len(told) == judged.assessed - before.assessed


def test_time_alone_makes_an_answer_stale() -> None:
    made = board(1).filed(sample(ref=REFS[0]), INTERVAL_JUDGED)
    judged = ConditionIndex.of(made, NOW, INTERVAL_JUDGED)
    for seconds, condition, changed in (
        (60, Condition.SYNCING, []),
        (119.999, Condition.SYNCING, []),
        (120.001, Condition.STALE, [REFS[0]]),
        (500, Condition.STALE, []),
        (60, Condition.SYNCING, [REFS[0]]),
        (-500, Condition.STALE, [REFS[0]]),
        (-120, Condition.SYNCING, [REFS[0]]),
    ):
        before, judged = judged, judged.at(made, after_judged(seconds))
        assert (judged.condition(REFS[0]), judged.changed_since(before)) == (condition, changed)


def test_tasks_in_the_place_of_others_are_judged_as_themselves() -> None:
    """Though there are as many as before."""
    made = board(2).filed(sample(ref=REFS[0]), INTERVAL_JUDGED)
    judged = ConditionIndex.of(made, NOW, INTERVAL_JUDGED)
    others = made.watching(WatchList((WatchedTask(REFS[2]), WatchedTask(REFS[0]))))
    later = judged.at(others, after_judged(1))
    assert [(ref, one.condition) for ref, one in later.assessments.items()] == [
        (REFS[2], Condition.ASKING),
        (REFS[0], Condition.SYNCING),
    ]
    assert (later.changed_since(judged), later.assessed - judged.assessed) == ([REFS[2]], 1)


def test_for_one_answer_among_five_thousand_tasks_one_task_is_judged() -> None:
    made = answered_board(5000)
    judged = ConditionIndex.of(made, NOW, INTERVAL_JUDGED)
    ref = list(made.states)[70]
    answered = made.filed(sample(ref=ref, at=after_judged(5)), INTERVAL_JUDGED)
    later = judged.at(answered, after_judged(5))
    assert (later.changed_since(judged), later.assessed - judged.assessed) == ([ref], 1)


def test_among_five_thousand_tasks_only_those_whose_time_is_over_are_judged() -> None:
    made = answered_board(5000)
    late = list(made.states)[10:4000:1000]
    judged = ConditionIndex.of(made, NOW, INTERVAL_JUDGED)
    for number, ref in enumerate(reversed(late), 1):
        made = replace(made, states={**made.states, ref: state(sample(ref=ref, at=after_judged(-number)), ref=ref)})
    judged = judged.at(made, after_judged(1))
    for number, ref in enumerate(late):
        before, judged = judged, judged.at(made, after_judged(120 - len(late) + number + 0.5))
        assert (judged.changed_since(before), judged.assessed - before.assessed) == ([ref], 1)
    assert judged.counts == Counter({Condition.SYNCING: 4996, Condition.STALE: 4})


def test_only_what_has_changed_is_judged() -> None:
    made = board()
    for ref in REFS:
        made = made.filed(sample(ref=ref), INTERVAL_JUDGED)
    judged = ConditionIndex.of(made, NOW, INTERVAL_JUDGED)
    later = judged.at(made, after_judged(1))
    assert (later.changed_since(judged), later.assessed) == ([], judged.assessed)
    answered = made.filed(sample(ref=REFS[2], at=after_judged(2)), INTERVAL_JUDGED)
    assert later.at(answered, after_judged(2)).changed_since(judged) == [REFS[2]]
