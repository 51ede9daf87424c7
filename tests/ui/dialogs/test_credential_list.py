from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from omstui.backend.credentials import CredentialState
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.ui.dialogs.credentials import Moment, state_lines
from omstui.ui.drawing.line import text_of, width_of
from tests.ui.dialogs.hosting import HOSTILE

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
HERE = Moment(NOW, timezone(timedelta(hours=8)))
REPORT = CredentialState("lab", "token", "keyring", NOW + timedelta(hours=21), None)
REFUSAL = Problem(ProblemKind.TOKEN, "The token has expired", "APIGW.0307", 401)


def words(report: CredentialState, *, is_renewed: bool = False, width: int = 72) -> str:
    lines = state_lines(report, HERE, is_renewed=is_renewed, width=width)
    return " ".join(" ".join(text_of(line) for line in lines).split())


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (REPORT, "lab token · keyring until 23 Nov 14:40 · 21 h left"),
        (
            replace(REPORT, expires_at=NOW + timedelta(minutes=40)),
            "lab token · keyring until 22 Nov 18:20 · 40 min left",
        ),
        (replace(REPORT, expires_at=NOW), "lab token · keyring expired 22 Nov 17:40"),
        (replace(REPORT, expires_at=None), "lab token · keyring end not known"),
        (
            replace(REPORT, expires_at=None, problem=REFUSAL),
            "lab token · keyring refused ✗ The token has expired (APIGW.0307)",
        ),
        (
            replace(REPORT, problem=replace(REFUSAL, code=None)),
            "lab token · keyring until 23 Nov 14:40 · 21 h left ✗ The token has expired",
        ),
    ],
)
def test_a_profile_is_told_with_way_place_end_and_refusal(report: CredentialState, text: str) -> None:
    assert words(report) == text


@pytest.mark.parametrize("refusal", [None, REFUSAL])
def test_a_new_credential_takes_the_place_of_what_was_known(refusal: Problem | None) -> None:
    assert words(replace(REPORT, problem=refusal), is_renewed=True) == "lab token · keyring ✓ accepted just now"


@pytest.mark.parametrize("width", [1, 12, 34, 59, 60, 72, 190])
@pytest.mark.parametrize("report", [REPORT, replace(REPORT, expires_at=None, problem=REFUSAL)])
def test_nothing_is_missing_at_any_width(report: CredentialState, width: int) -> None:
    lines = state_lines(report, HERE, is_renewed=False, width=width)
    if width >= 34:
        assert all(width_of(line) <= width for line in lines)
        for word in words(report).split():
            assert word in words(report, width=width)


def test_foreign_words_are_tamed() -> None:
    report = CredentialState(HOSTILE, HOSTILE, HOSTILE, None, Problem(ProblemKind.TOKEN, HOSTILE, HOSTILE))
    assert words(report, width=40).isprintable()
