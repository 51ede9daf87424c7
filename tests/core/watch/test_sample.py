from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask
from omstui.core.watch.sample import LATEST_ANSWER, Sample, is_late
from tests.making import NOVEMBER, NOW, REF

PROBLEM = Problem(ProblemKind.NETWORK, "no answer")


def sample_of(task: SyncTask | None, problem: Problem | None) -> Sample:
    return Sample(REF, NOVEMBER, is_current=True, asked_at=NOW, answered_at=NOW, task=task, problem=problem)


@pytest.mark.parametrize(("task", "problem"), [(None, None), (SyncTask(), PROBLEM)])
def test_a_sample_holds_a_task_or_a_problem_and_never_both_or_none(
    task: SyncTask | None, problem: Problem | None
) -> None:
    with pytest.raises(ValueError, match=r"^a sample holds a task or a problem$"):
        sample_of(task, problem)


def test_a_sample_with_a_task_is_good() -> None:
    assert sample_of(SyncTask(), None).is_good
    assert not sample_of(None, PROBLEM).is_good


@pytest.mark.parametrize(
    ("number", "known", "seconds", "expected"),
    [
        (2, 3, 1, True),
        (3, 3, -1, False),
        (4, 3, -1, False),
        (None, 3, 0, False),
        (None, 3, 1, False),
        (None, 3, -1, True),
        (4, None, -LATEST_ANSWER.total_seconds(), True),
        (4, None, -LATEST_ANSWER.total_seconds() - 1, False),
    ],
)
def test_an_answer_is_late_when_what_is_known_was_asked_for_after_it(
    number: int | None, known: int | None, seconds: float, expected: bool
) -> None:
    """Told by the numbers of the requests; else by their times, unless the clock seems to have been set back."""
    other = replace(sample_of(SyncTask(), None), number=known)
    one = replace(other, number=number, asked_at=NOW + timedelta(seconds=seconds))
    assert is_late(one, other) is expected
    assert not is_late(one, None)
