from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import Answer, OmsClient
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import FIELD_NAMES
from omstui.demo.clock import SteppedClock
from tests.samples_reader import CannedAnswer, load_sample, sample_names

NOW = datetime(2023, 11, 22, 7, 55, tzinfo=UTC)
REQUEST_ID = "f991eeec77df1692c74f253d765ca146"

GOOD: dict[str, dict[str, Any]] = {
    "01-normal": {
        "is_synchronizing": True,
        "monthly_failure_object": 11,
        "pending": 0,
        "app_id": None,
        "dst_storage_policy": None,
    },
    "02-huge-counts": {"pending": 0, "created_at": None},
    "03-nulls": {"is_stopped": True, "monthly_size": None, "pending": None, "processed": None, "enable_kms": None},
    "04-unknown-enums": {"is_stopped": False, "is_synchronizing": False},
    "05-unknown-extra-fields": {"is_synchronizing": True},
    "06-missing-fields": {"pending": None, "monthly_skip_object": None},
    "07-unicode-and-control-text": {"pending": 0, "app_id": "1250000000"},
    "18-month-rollover": {"pending": None, "has_contradicting_counters": True},
}
BAD = {
    "08-not-found-404": Problem(ProblemKind.GONE, "No resources found.", "OMS.1009", 404, REQUEST_ID),
    "09-gateway-401": Problem(
        ProblemKind.TOKEN,
        "Incorrect IAM authentication information: decrypt token fail",
        "APIGW.0301",
        401,
        "8080d377bffeb6d519b0567c09cebe6b",
    ),
    "10-throttled-429": Problem(
        ProblemKind.THROTTLED,
        "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute",
        "APIGW.0308",
        429,
        "d4e8174b8df00840aef0c6907ec0e384",
        30.0,
    ),
    "11-server-error-500-html": Problem(
        ProblemKind.SERVER, "Server error 500, not in the service's format", status=500
    ),
    "12-truncated-json": Problem(
        ProblemKind.BAD_ANSWER,
        "Incomplete answer: the JSON text ends too early",
        status=200,
        request_id=REQUEST_ID,
    ),
    "13-list-two-tasks": Problem(
        ProblemKind.BAD_ANSWER,
        "The answer holds no field of a synchronization task",
        status=200,
        request_id=REQUEST_ID,
    ),
    "15-iam-token-201": Problem(
        ProblemKind.BAD_ANSWER,
        "Status 201, not in the service's format",
        status=201,
        request_id=REQUEST_ID,
    ),
    "16-iam-wrong-password-401": Problem(
        ProblemKind.TOKEN, "The username or password is wrong.", None, 401, REQUEST_ID
    ),
    "17-gateway-wrong-path-404": Problem(
        ProblemKind.ENDPOINT,
        "The API does not exist or has not been published in the environment",
        "APIGW.0101",
        404,
        "12f69943cc2fa4f8a3674ee947655339",
    ),
}
# The statistics of 14 are another call's; as an answer to this one they would be a task with an id and nothing else.
OF_OTHER_CALLS = {"14-statistics-sparse"}


async def ask(sample: CannedAnswer, status: int | None = None) -> Answer | Problem:
    """Serve a sample to ShowSyncTask."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status or sample.status, headers=dict(sample.headers), content=sample.content)

    profile = Profile(
        name="lab", endpoint="https://oms.cn-north-4.myhuaweicloud.com", project_id="2c0689c860ad4728a497c91ec0844383"
    )
    client = OmsClient(profile, clock=SteppedClock(NOW), transport=httpx.MockTransport(handle))
    outcome = await client.show_sync_task(
        "d18befdd-eb82-41f3-8019-bbb593d74a3e", 1700639700000, Credential(Secret("made-up"), "memory")
    )
    await client.aclose()
    return outcome


def test_every_sample_has_its_place_here() -> None:
    assert sorted([*GOOD, *BAD, *OF_OTHER_CALLS]) == sample_names()


@pytest.mark.parametrize("name", GOOD)
async def test_a_good_sample_arrives_exactly(name: str) -> None:
    """Each known field as in the file, absent ones as null, and the facts worked out from them."""
    sample = load_sample(name)
    answer = await ask(sample)
    assert isinstance(answer, Answer)
    task = answer.task
    assert {field: getattr(task, field) for field in FIELD_NAMES} == {
        field: sample.body.get(field) for field in FIELD_NAMES
    }
    assert {fact: getattr(task, fact) for fact in GOOD[name]} == GOOD[name]
    assert (answer.request_id, answer.answered_at) == (REQUEST_ID, NOW)


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_sample_is_told_as_its_description_says(name: str) -> None:
    assert await ask(load_sample(name)) == BAD[name]


async def test_a_missing_task_with_status_400_is_gone_too() -> None:
    told = await ask(load_sample("08"), status=400)
    assert isinstance(told, Problem)
    assert told.kind is ProblemKind.GONE


async def test_the_token_of_a_foreign_answer_is_not_told() -> None:
    sample = load_sample("15")
    told = await ask(sample)
    assert "TOKENTOKEN" not in repr(told)
    assert "TOKENTOKEN" in sample.headers["X-Subject-Token"]
