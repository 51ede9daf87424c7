import pytest

from omstui.core.problem import Problem, ProblemKind
from omstui.core.sample import Sample
from omstui.core.task import SyncTask
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
