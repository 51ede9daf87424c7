"""The conditions of all tasks, worked out by way of what has changed."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from omstui.core.board import Board
from omstui.core.condition import Condition, judge
from omstui.core.judged import Judged
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watchlist import WatchedTask, WatchList
from tests.making import NOW, TASK, CountingMoment, answered_board, counting, sample, track

REFS = [TaskRef("prod-bj4", f"task-{number}") for number in range(4)]
INTERVAL = 60.0
REFUSED = Problem(ProblemKind.TOKEN, "Refused")
OUTCOMES: list[SyncTask | Problem] = [
    TASK,
    replace(TASK, status="STOPPED"),
    counting(failed=99),
    Problem(ProblemKind.SERVER, "Server error 500"),
]


def after(seconds: float) -> datetime:
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
    judged = Judged.of(made, now, INTERVAL)
    assert judged.changed == tuple(REFS)
    for step in steps:
        match step:
            case ("wait", float(seconds)):
                now += timedelta(seconds=seconds)
            case ("answer", (TaskRef() as ref, (SyncTask() | Problem()) as outcome, float(next_in))):
                made = made.filed(sample(outcome, ref=ref, at=now, next_in=next_in), INTERVAL)
            case ("watch", int(count)):
                made = made.watching(WatchList(tuple(WatchedTask(ref) for ref in REFS[:count])))
            case ("refuse", is_refused):
                made = made.refused("prod-bj4", REFUSED if is_refused else None)
        before, judged = judged, judged.at(made, now)
        conditions = {ref: judge(track, now, INTERVAL).condition for ref, track in made.tracks.items()}
        assert judged.conditions == conditions
        assert list(judged.conditions) == list(made.tracks)
        assert judged.counts == Counter(conditions.values())
        assert judged.changed == tuple(
            ref
            for ref, track in made.tracks.items()
            if track is not before.board.tracks.get(ref) or conditions[ref] is not before.conditions[ref]
        )


def test_time_alone_makes_an_answer_stale() -> None:
    made = board(1).filed(sample(ref=REFS[0]), INTERVAL)
    judged = Judged.of(made, NOW, INTERVAL)
    for seconds, condition, changed in (
        (60, Condition.SYNCING, ()),
        (120, Condition.SYNCING, ()),
        (120.001, Condition.STALE, (REFS[0],)),
        (500, Condition.STALE, ()),
        (60, Condition.SYNCING, (REFS[0],)),
        (-500, Condition.STALE, (REFS[0],)),
        (-120, Condition.SYNCING, (REFS[0],)),
    ):
        judged = judged.at(made, after(seconds))
        assert (judged.conditions[REFS[0]], judged.changed) == (condition, changed)


def test_tasks_in_the_place_of_others_are_judged_as_themselves() -> None:
    """Though there are as many as before."""
    made = board(2).filed(sample(ref=REFS[0]), INTERVAL)
    judged = Judged.of(made, NOW, INTERVAL)
    others = made.watching(WatchList((WatchedTask(REFS[2]), WatchedTask(REFS[0]))))
    assert list(judged.at(others, after(1)).conditions.items()) == [
        (REFS[2], Condition.ASKING),
        (REFS[0], Condition.SYNCING),
    ]


def test_for_one_answer_among_five_thousand_tasks_one_task_is_judged() -> None:
    made = answered_board(5000)
    judged = Judged.of(made, NOW, INTERVAL)
    ref = list(made.tracks)[70]
    answered = made.filed(sample(ref=ref, at=after(5)), INTERVAL)
    now = CountingMoment.after(5)
    assert judged.at(answered, now).changed == (ref,)
    assert len(now.ages) == 1


def test_among_five_thousand_tasks_only_those_whose_time_is_over_are_judged() -> None:
    made = answered_board(5000)
    late = list(made.tracks)[10:4000:1000]
    judged = Judged.of(made, NOW, INTERVAL)
    for number, ref in enumerate(reversed(late), 1):
        made = replace(made, tracks={**made.tracks, ref: track(sample(ref=ref, at=after(-number)), ref=ref)})
    judged = judged.at(made, after(1))
    for number, ref in enumerate(late):
        now = CountingMoment.after(120 - len(late) + number + 0.5)
        judged = judged.at(made, now)
        assert judged.changed == (ref,)
        assert len(now.ages) == 1
    assert judged.counts == Counter({Condition.SYNCING: 4996, Condition.STALE: 4})


def test_only_what_has_changed_is_judged() -> None:
    made = board()
    for ref in REFS:
        made = made.filed(sample(ref=ref), INTERVAL)
    judged = Judged.of(made, NOW, INTERVAL)
    assert judged.at(made, after(1)).conditions is judged.conditions
    answered = made.filed(sample(ref=REFS[2], at=after(2)), INTERVAL)
    assert judged.at(answered, after(2)).changed == (REFS[2],)
