"""The demo's IAM issues tokens, lists projects, and accepts no signature but a right one."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.auth.iam import IamClient, IssuedToken, Project
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.demo.clock import SteppedClock
from omstui.demo.iam import ACCOUNT, KEYS, PASSWORD, TOKEN_LIFE, USER, Request
from omstui.demo.scenario import DR, LOGS, PROD, demo_profiles, demo_scenario
from omstui.demo.service import SimulatedOms

HOST = "https://oms.example"
PROJECT = demo_profiles()[PROD].project_id
TASK = f"/v2/{PROJECT}/sync-tasks/{LOGS}?query_time=1795340405000"


@pytest.fixture
def service(stepped_clock: SteppedClock) -> SimulatedOms:
    return SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)


@asynccontextmanager
async def iam_of(service: SimulatedOms, clock: SteppedClock) -> AsyncIterator[IamClient]:
    client = IamClient(HOST, clock=clock, transport=service.transport())
    try:
        yield client
    finally:
        await client.aclose()


def keys_for(clock: SteppedClock, keys: AccessKeys = KEYS, project_id: str | None = PROJECT) -> KeyCredential:
    return KeyCredential(keys, "test", project_id, clock)


async def asked(service: SimulatedOms, auth: httpx.Auth, target: str = TASK, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=service.transport()) as client:
        return await client.get(f"{HOST}{target}", auth=auth, headers=headers)


async def shown(service: SimulatedOms, token: str) -> tuple[int, dict[str, object]]:
    answer = await service.answer("GET", TASK, token)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("project", [{"project_id": PROJECT}, {"project_name": "cn-north-4"}])
async def test_the_password_buys_a_token_that_opens_its_project_for_a_day(
    service: SimulatedOms, stepped_clock: SteppedClock, project: dict[str, str]
) -> None:
    async with iam_of(service, stepped_clock) as iam:
        issued = await iam.token_by_password(USER, ACCOUNT, PASSWORD, **project)
        assert isinstance(issued, IssuedToken)
        assert issued.project_id == PROJECT
        assert issued.expires_at == stepped_clock.now() + TOKEN_LIFE
        assert await iam.token_expiry(issued.secret) == issued.expires_at
    token = issued.secret.reveal()
    assert (await shown(service, token))[0] == 200
    elsewhere = TASK.replace(PROJECT, demo_profiles()[DR].project_id)
    assert (await service.answer("GET", elsewhere, token)).status == 404
    await stepped_clock.advance(TOKEN_LIFE.total_seconds())
    status, body = await shown(service, token)
    assert status == 401
    assert "token expires, expires_at: " in str(body["error_msg"])


@pytest.mark.parametrize(
    ("user", "account", "password"),
    [(USER, ACCOUNT, "mistaken"), ("other", ACCOUNT, PASSWORD.reveal()), (USER, "other", PASSWORD.reveal())],
)
async def test_a_wrong_password_is_refused_in_the_form_of_keystone(
    service: SimulatedOms, stepped_clock: SteppedClock, user: str, account: str, password: str
) -> None:
    async with iam_of(service, stepped_clock) as iam:
        problem = await iam.token_by_password(user, account, Secret(password), project_id=PROJECT)
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.status) == (ProblemKind.TOKEN, 401)
    assert "The username or password is wrong." in problem.text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"auth": 1}', b"[" * 60_000, b"\xff", b'{"auth": {"identity": {}}}']
)
async def test_what_is_no_sign_in_is_a_bad_request(service: SimulatedOms, body: bytes) -> None:
    answer = await service.answer_request(Request("POST", "/v3/auth/tokens?nocatalog=true", {}, body))
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["title"] == "Bad Request"


async def test_projects_are_listed_by_name_for_who_is_signed_in(
    service: SimulatedOms, stepped_clock: SteppedClock
) -> None:
    async with iam_of(service, stepped_clock) as iam:
        unscoped = keys_for(stepped_clock, project_id=None)
        assert await iam.projects(unscoped, "cn-north-4") == [Project(PROJECT, "cn-north-4")]
        found = await iam.projects(unscoped)
        assert isinstance(found, list)
        assert {one.name for one in found} == {"cn-north-4", "ap-southeast-3", "cn-southwest-2"}
        wrong = keys_for(stepped_clock, replace(KEYS, secret_key=Secret("wrong")), None)
        assert isinstance(await iam.projects(wrong), Problem)
    own = await asked(service, keys_for(stepped_clock).auth(), "/v3/auth/projects")
    assert len(own.json()["projects"]) == 3
    assert (await service.answer("GET", "/v3/projects", None)).status == 401
    assert (await service.answer("DELETE", "/v3/projects", None)).status == 404


async def test_a_right_signature_opens_the_project_that_it_names(
    service: SimulatedOms, stepped_clock: SteppedClock
) -> None:
    answer = await asked(service, keys_for(stepped_clock).auth())
    assert answer.json()["sync_task_id"] == LOGS
    other = await asked(service, keys_for(stepped_clock, project_id=demo_profiles()[DR].project_id).auth())
    assert other.json()["error_code"] == "OMS.1009"


@pytest.mark.parametrize(
    ("keys", "project_id", "late", "words"),
    [
        (replace(KEYS, secret_key=Secret("wrong")), PROJECT, 0, "the signature does not match"),
        (replace(KEYS, access_key=Secret("OTHER")), PROJECT, 0, "err:ak not exist"),
        (KEYS, PROJECT, 901, "signature expired"),
        (KEYS, PROJECT, -901, "signature expired"),
        (KEYS, None, 0, "x-project-id not found"),
    ],
)
async def test_a_wrong_signature_is_refused_as_by_the_gateway(
    service: SimulatedOms,
    stepped_clock: SteppedClock,
    *,
    keys: AccessKeys,
    project_id: str | None,
    late: int,
    words: str,
) -> None:
    signer = SteppedClock(stepped_clock.now() - timedelta(seconds=late))
    answer = await asked(service, keys_for(signer, keys, project_id).auth())
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    assert words in answer.json()["error_msg"]


async def test_a_signature_counts_for_a_quarter_of_an_hour(service: SimulatedOms, stepped_clock: SteppedClock) -> None:
    signer = SteppedClock(stepped_clock.now() - timedelta(minutes=15))
    assert (await asked(service, keys_for(signer).auth())).status_code == 200


class Altered(httpx.Auth):
    """Changes a request after it has been signed."""

    def __init__(self, inner: httpx.Auth, **changes: str) -> None:
        self.inner, self.changes = inner, changes

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def] # as httpx has it
        with closing(self.inner.auth_flow(request)) as flow:
            signed = next(flow)
            signed.headers.update(self.changes)
            yield signed


@pytest.mark.parametrize(
    "changes",
    [{"Authorization": "SDK-HMAC-SHA256 nonsense"}, {"X-Project-Id": "0" * 32}, {"X-Sdk-Date": "20261201"}],
    ids=["no signature", "another project", "no date"],
)
async def test_what_was_changed_after_signing_is_refused(
    service: SimulatedOms, stepped_clock: SteppedClock, changes: dict[str, str]
) -> None:
    answer = await asked(service, Altered(keys_for(stepped_clock).auth(), **changes))
    assert answer.status_code == 401
