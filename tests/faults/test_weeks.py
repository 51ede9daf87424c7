"""Rows R26 and R27: left open for weeks, and left alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.lengths import length
from tests.idle import watch_idle
from tests.proc import IS_THERE
from tests.soak.judge import findings, memory_slope
from tests.soak.rest import Count
from tests.soak.weeks import Reading, Weeks, live_weeks

pytestmark = pytest.mark.skipif(not IS_THERE, reason="measures by /proc")

_TOLD = {"memory", "descriptors", "threads", "asyncio tasks", "objects"}
"""What the fault table shows of the findings."""


def readings(memory: Callable[[int], float], tasks: Callable[[int], int] = lambda _: 40) -> list[Reading]:
    told = {"sleepers": 5, "months": 3, "points": 20, "toasts": 0, "screens": 2}
    return [
        Reading(answers, memory(answers), 12, 4, told | {"tasks": tasks(answers)})
        for answers in range(0, 200_000, 1000)
    ]


def judged(memory: Callable[[int], float], tasks: Callable[[int], int] = lambda _: 40) -> set[str]:
    return not_well(Weeks(readings(memory, tasks), is_well=True, exit_code=0))


def judged_at_rest(last: Count) -> set[str]:
    counts = [(1_000, Count(blocks=360_000, things=9_000, spare=1_500_000)), (3_000, last)]
    return not_well(Weeks(readings(lambda _: 60.0), counts=counts, is_well=True, exit_code=0))


def not_well(weeks: Weeks) -> set[str]:
    return {finding.what for finding in findings(weeks) if not finding.is_well}


def test_what_grows_is_seen_and_what_comes_and_goes_is_not() -> None:
    """The measure itself: a leak is one, a warm-up or a dialog that was open is none."""
    assert judged(lambda answers: 60.0) == set()
    assert judged(lambda answers: 60.0 + min(answers, 50_000) / 2_000) == set()
    assert judged(lambda answers: 60.0 + answers / 9_000) == {"memory"}
    assert judged(lambda _: 60.0, lambda answers: 40 + answers // 5_000) == {"asyncio tasks"}
    assert judged(lambda _: 60.0, lambda answers: 40 + answers // 1000 % 2 * 20) == set()
    assert memory_slope(readings(lambda answers: answers / 5_000)) == pytest.approx(2.0)


def test_two_thousand_answers_are_enough_to_see_a_leak() -> None:
    """What each answer leaves is counted where the program is at rest; memory alone would not show it so soon."""
    assert judged_at_rest(Count(blocks=364_000, things=9_400, spare=2_500_000)) == set()
    assert judged_at_rest(Count(blocks=360_000, things=11_000, spare=1_500_000)) == {"objects"}
    assert judged_at_rest(Count(blocks=368_000, things=9_000, spare=1_500_000)) == {"pieces of memory"}
    assert judged_at_rest(Count(blocks=360_000, things=9_000, spare=15_000_000)) == {"free and kept"}


@pytest.mark.fault("R26")
def test_weeks_leave_no_trace(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Some thousand answers with every kind of trouble, somebody at the keys, and another shell at the files.

    Ten minutes of a month where the whole length is asked for; `python -m tests.soak` lives all of it.
    """
    weeks = live_weeks(tmp_path, answers=round(length(7_200, 216_000)), limit=length(35.0, 600.0))
    found = findings(weeks)
    told = [f"{one.what} {one.seen}" for one in found if one.what in _TOLD]
    figure(f"{weeks}: " + ", ".join(told))
    assert len(weeks.answers) >= 8, "too little has gone wrong to mean anything"
    assert [finding for finding in found if not finding.is_well] == []


@pytest.mark.fault("R27")
def test_left_alone_it_costs_next_to_nothing(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """One of three looks is enough, since a busy machine only ever adds to it."""
    for _ in range(3):
        used = watch_idle(length(30.0, 60.0), str(tmp_path))
        if used.is_quiet:
            break
    figure(str(used))
    assert used.is_quiet, used
