"""What `--fail-on` takes, and when each condition of it holds."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.reports.fail_on import parse_fail_on
from omstui.core.reports.task_row import TaskRow
from omstui.core.task import STOPPED
from omstui.core.watch.condition import Condition, stale_after
from tests.making import NOW, TASK, counting, row_at, sample, state

WELL = row_at(state(sample()), NOW)
OLD = NOW - timedelta(hours=1)


def row(**facts: object) -> TaskRow:
    return replace(WELL, **facts)


def trouble(kind: ProblemKind, **facts: object) -> TaskRow:
    problem = Problem(kind, "no")
    return row(task=None, answered_at=None, problem=problem, condition=Condition(kind.value), **facts)


@pytest.mark.parametrize(
    ("word", "holds", "does_not"),
    [
        ("failed>0", row(task=counting(failed=1)), row(task=counting(failed=0))),
        ("failed>11", row(task=counting(failed=12)), row(task=counting(failed=11))),
        ("failed>0", row(task=counting(failed=1)), row(task=counting(failed=None))),
        ("failed > 0", row(task=counting(failed=1)), trouble(ProblemKind.NETWORK)),
        ("failed>+0", row(new_failures=1), row(new_failures=0)),
        ("failed>+5", row(new_failures=6), row(new_failures=None)),
        ("skipped>0", row(task=counting(skipped=1)), row(task=counting(skipped=0))),
        ("pending>100", row(task=TASK), row(task=counting(accepted=0))),
        ("stopped", row(condition=Condition.STOPPED), WELL),
        ("Stopped", row(condition=Condition.STOPPED), WELL),
        ("failing", row(condition=Condition.STOPPED, new_failures=1), row(new_failures=0)),
        ("failing", row(condition=Condition.FAILING, new_failures=None), WELL),
        ("silent", row(condition=Condition.FAILING, is_silent=True), WELL),
        ("stale", trouble(ProblemKind.NETWORK, last_answered_at=OLD), trouble(ProblemKind.NETWORK)),
        ("stale", trouble(ProblemKind.NETWORK, last_answered_at=None), WELL),
        ("gone", trouble(ProblemKind.GONE), trouble(ProblemKind.NETWORK)),
        ("bad-answer", trouble(ProblemKind.BAD_ANSWER), WELL),
        ("token", trouble(ProblemKind.TOKEN), WELL),
        ("trouble", trouble(ProblemKind.SERVER), row(condition=Condition.STOPPED)),
        ("token<1h", row(credential_expires_at=NOW + timedelta(minutes=59)), WELL),
        ("token<1h", row(credential_expires_at=OLD), row(credential_expires_at=NOW + timedelta(hours=1))),
        ("token<90m", trouble(ProblemKind.TOKEN), trouble(ProblemKind.GONE)),
    ],
)
def test_a_condition_holds_when_it_is_known_to(word: str, holds: TaskRow, does_not: TaskRow) -> None:
    (condition,) = parse_fail_on(word)
    assert condition.reason(holds, NOW, 60.0)
    assert condition.reason(does_not, NOW, 60.0) is None


@pytest.mark.parametrize(
    ("word", "row", "reason"),
    [
        ("failed>0", row(task=counting(failed=1234)), "1,234 failed"),
        ("failed>+0", row(new_failures=5), "5 newly failed"),
        ("skipped>0", row(task=counting(skipped=7)), "7 skipped"),
        ("token<1h", trouble(ProblemKind.TOKEN), "the credential is refused"),
        ("token<1d", row(credential_expires_at=NOW + timedelta(minutes=1001.5)), "the credential ends in 1,001 min"),
        ("token<1h", row(credential_expires_at=NOW + timedelta(seconds=59)), "the credential ends in 0 min"),
        ("token<1h", row(credential_expires_at=NOW - timedelta(seconds=1)), "the credential has ended"),
        ("stopped", row(condition=Condition.STOPPED), "stopped"),
        ("failing", row(condition=Condition.STOPPED, new_failures=1), "failing"),
        ("trouble", trouble(ProblemKind.SERVER), "server"),
    ],
)
def test_the_reason_is_said_in_words(word: str, row: TaskRow, reason: str) -> None:
    (condition,) = parse_fail_on(word)
    assert condition.reason(row, NOW, 60.0) == reason


def test_an_answer_is_not_stale_before_it_is_older_than_that() -> None:
    (condition,) = parse_fail_on("stale")
    limit = stale_after(60.0)
    assert condition.reason(trouble(ProblemKind.NETWORK, last_answered_at=NOW - limit), NOW, 60.0) is None
    older = NOW - limit - timedelta(microseconds=1)
    assert condition.reason(trouble(ProblemKind.NETWORK, last_answered_at=older), NOW, 60.0) == "stale"


@pytest.mark.parametrize("word", ["trouble", "stopped", "failed>0", "token<1h"])
def test_a_condition_remembers_how_it_was_written(word: str) -> None:
    assert [one.word for one in parse_fail_on(word.upper().replace(">", " > "))] == [word]


def test_a_long_word_is_quoted_in_part() -> None:
    with pytest.raises(ValueError, match=f"^'{'x' * 40}' is no condition"):
        parse_fail_on("x" * 99)


def test_a_list_is_parted_by_commas_and_says_everything_once() -> None:
    assert [one.word for one in parse_fail_on("failed>0, stopped,failed>0,token<1h")] == [
        "failed>0",
        "stopped",
        "token<1h",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "failed",
        "failed>",
        "failed<1",
        "failed>-1",
        "skipped>+1",
        "token>1h",
        "token<1",
        "syncing",
        "ok",
        "stopped,",
    ],
)
def test_a_word_that_is_none_is_named_with_what_is_possible(text: str) -> None:
    with pytest.raises(ValueError, match=r"no condition to fail on; there are: failed>N.*stopped") as raised:
        parse_fail_on(text)
    assert repr(text.rpartition(",")[2]) in str(raised.value)


def test_a_figure_that_is_not_reported_cannot_be_told() -> None:
    (condition,) = parse_fail_on("failed>0")
    assert condition.is_unknown(row(task=counting(failed=None)))
    assert not condition.is_unknown(WELL)
    assert not condition.is_unknown(trouble(ProblemKind.NETWORK))
    assert row(task=replace(TASK, status=STOPPED)).is_answered
