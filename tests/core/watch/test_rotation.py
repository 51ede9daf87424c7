"""Which task the wall shows."""

from omstui.core.task import TaskRef
from omstui.core.watch.rotation import Cycle

A, B, C, D = (TaskRef("prod", name) for name in "abcd")
ALL = (A, B, C, D)


def shown(cycle: Cycle, seconds: int, with_problems: tuple[TaskRef, ...] = (), begin: int = 0) -> tuple[str, Cycle]:
    """Return what is shown in each second, and the cycle after the last."""
    names = ""
    for second in range(begin, begin + seconds):
        cycle = cycle.seen(ALL, with_problems, float(second))
        names += cycle.current.sync_task_id if cycle.current is not None else "-"
    return names, cycle


def test_each_task_has_its_turn_for_the_same_time() -> None:
    names, _ = shown(Cycle(10.0), 50)
    assert names == "a" * 10 + "b" * 10 + "c" * 10 + "d" * 10 + "a" * 10


def test_those_in_trouble_come_first_and_stay_twice_as_long() -> None:
    names, _ = shown(Cycle(10.0), 70, (C,))
    assert names == "c" * 20 + "a" * 10 + "b" * 10 + "d" * 10 + "c" * 20


def test_new_trouble_is_shown_within_five_seconds() -> None:
    _, cycle = shown(Cycle(30.0), 2)
    names, cycle = shown(cycle, 70, (D,), begin=2)
    assert names.startswith("a" * 3 + "d" * 60)
    assert names[63:] == "a" * 7, "and after it the first of the others"


def test_two_new_troubles_are_shown_one_after_the_other() -> None:
    _, cycle = shown(Cycle(30.0), 10)
    names, _ = shown(cycle, 12, (B, D), begin=10)
    assert names == "bbbbb" + "d" * 7


def test_new_troubles_are_shown_as_they_came() -> None:
    """Not in the user's order."""
    _, cycle = shown(Cycle(30.0), 10)
    _, cycle = shown(cycle.held(10.0), 1, (D,), begin=10)
    names, _ = shown(cycle.held(11.0), 12, (B, D), begin=11)
    assert names == "a" * 5 + "d" * 5 + "bb"


def test_a_task_that_gets_into_trouble_while_it_is_shown_is_not_shown_again_for_that() -> None:
    _, cycle = shown(Cycle(10.0), 3)
    names, _ = shown(cycle, 18, (A,), begin=3)
    assert names == "a" * 17 + "b"


def test_trouble_that_passes_while_it_waits_is_not_visited() -> None:
    _, cycle = shown(Cycle(30.0), 2)
    _, cycle = shown(cycle, 1, (D,), begin=2)
    names, _ = shown(cycle, 20, (), begin=3)
    assert names == "a" * 20


def test_it_stands_still_while_it_is_held_and_then_stays_its_whole_time() -> None:
    _, cycle = shown(Cycle(10.0), 5)
    names, cycle = shown(cycle.held(5.0), 40, (D,), begin=5)
    assert names == "a" * 40
    names, _ = shown(cycle.held(45.0), 10, (D,), begin=45)
    assert names == "aaaaa" + "ddddd"


def test_moved_by_hand_it_stays_its_whole_time() -> None:
    _, cycle = shown(Cycle(10.0), 9)
    names, _ = shown(cycle.moved(ALL, 1, 9.0), 12, begin=9)
    assert names == "b" * 10 + "cc"
    assert cycle.moved(ALL, -1, 9.0).current == D


def test_without_a_time_it_moves_by_hand_alone() -> None:
    names, cycle = shown(Cycle(None, B), 100, (D,))
    assert names == "b" * 100
    assert cycle.moved(ALL, 1, 100.0).current == C


def test_a_task_that_is_not_there_any_more_gives_way() -> None:
    _, cycle = shown(Cycle(10.0, C), 3)
    assert cycle.seen((A, B), (B,), 3.0).current == B
    gone = cycle.seen((), (), 3.0)
    assert gone.current is None
    assert gone.moved((), 1, 4.0) == gone
    assert Cycle(10.0, C).moved((A, B), 1, 3.0).current == B, "as if the first had been shown"
    assert gone.seen(ALL, (), 5.0).current == A
