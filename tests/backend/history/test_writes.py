"""Which answers are written at once, which later."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.history.writes import LONGEST_HOLD, AnswerSpan, WriteCoalescer
from omstui.core.month import Month
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.sample import Sample
from tests.making import NOW, REF, counting, sample

GAP = timedelta(seconds=150)


def answer(minute: float, synced: int = 1, ref: TaskRef = REF, task: SyncTask | None = None) -> Sample:
    return sample(task or counting(synced=synced), ref=ref, at=NOW + timedelta(minutes=minute))


def plain(spans: Sequence[AnswerSpan]) -> list[tuple[int | None, float, float]]:
    """Return value, begin and end in minutes; the whole answer is always that of the end."""
    assert all(one.sample.answered_at == one.counters.until for one in spans)
    return [
        (
            one.counters.monthly_success_object,
            (one.counters.answered_at - NOW) / timedelta(minutes=1),
            (one.counters.until - NOW) / timedelta(minutes=1),
        )
        for one in spans
    ]


def test_what_repeats_itself_is_written_every_few_minutes() -> None:
    coalescer = WriteCoalescer(GAP)
    written = [plain(coalescer.add(answer(minute))) for minute in range(11)]
    assert written == [[(1, 0, 0)], [], [], [], [(1, 0, 4)], [], [], [], [(1, 4, 8)], [], []]
    assert plain(list(coalescer.held_back())) == [(1, 8, 10)]
    assert list(coalescer.held_back()) == []
    assert timedelta(minutes=1) < LONGEST_HOLD <= timedelta(minutes=5)


def test_a_change_is_written_at_once_after_what_it_ends() -> None:
    coalescer = WriteCoalescer(GAP)
    written = [plain(coalescer.add(answer(minute, minute // 3))) for minute in range(6)]
    assert written == [[(0, 0, 0)], [], [], [(0, 0, 2), (1, 3, 3)], [], []]
    assert plain(list(coalescer.held_back())) == [(1, 3, 5)]


@pytest.mark.parametrize(
    ("later", "goes_on"),
    [
        (answer(3.5), True),
        (answer(3.51), False),
        (answer(1), True),
        (answer(0.99), False),
        (answer(2, task=counting(synced=1, size=5)), False),
        (answer(2, task=SyncTask(description="x")), False),
    ],
)
def test_a_gap_a_clock_set_back_or_another_answer_begins_anew(later: Sample, goes_on: bool) -> None:
    coalescer = WriteCoalescer(GAP)
    coalescer.add(answer(0))
    coalescer.add(answer(1))
    written = coalescer.add(later)
    assert plain(written)[:1] == ([] if goes_on else [(1, 0, 1)])
    assert len(written) == (0 if goes_on else 2)


def test_the_same_figures_of_the_next_month_begin_anew() -> None:
    coalescer = WriteCoalescer(GAP)
    assert len(coalescer.add(answer(0))) == 1
    december = replace(answer(1), month=Month(2026, 12))
    assert [one.counters.month for one in coalescer.add(december)] == [Month(2026, 12)]


def test_each_task_has_a_pulse_of_its_own() -> None:
    coalescer, other = WriteCoalescer(GAP), TaskRef("lab", "other")
    for ref in (REF, other):
        assert len(coalescer.add(answer(0, ref=ref))) == 1
        assert coalescer.add(answer(1, ref=ref)) == []
    assert {one.sample.ref for one in coalescer.held_back()} == {REF, other}
