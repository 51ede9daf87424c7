"""A server's agency gives access keys, by two requests to the metadata service and to no other server."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from omstui.backend.auth.metadata import METADATA_ENDPOINT, agency_keys
from omstui.backend.http.signing import AccessKeys, IssuedKeys
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.demo.clock import SteppedClock
from tests.backend import chaos
from tests.backend.iam_server import iam_serving
from tests.backend.metadata_server import SECRET_KEY, SECURITY_TOKEN, SESSION, MetadataServer

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
MARKED = (SECRET_KEY, SECURITY_TOKEN, SESSION)


@pytest.fixture
async def server() -> AsyncIterator[MetadataServer]:
    made = MetadataServer(SteppedClock(NOW))
    async with iam_serving(made):
        yield made


def asked(server: MetadataServer) -> list[tuple[str, str | None]]:
    """Return the methods of the requests to the metadata service, and the sessions that they showed."""
    return [(one.method, one.headers.get("x-metadata-token")) for one in server.metadata_requests]


def test_the_address_is_that_of_every_server_of_the_cloud() -> None:
    assert METADATA_ENDPOINT == "http://169.254.169.254"


async def test_the_keys_come_with_their_end_and_by_a_session(server: MetadataServer) -> None:
    found = await agency_keys(server.url)
    keys = AccessKeys(Secret("AGENCYKEY1"), Secret(SECRET_KEY), Secret(SECURITY_TOKEN))
    assert found == IssuedKeys(keys, NOW + timedelta(days=1))
    assert asked(server) == [("PUT", None), ("GET", SESSION)]
    assert not server.requests, "no other server was asked"
    assert not any(secret in repr(found) for secret in MARKED)


@pytest.mark.parametrize("status", [404, 405, 503])
async def test_a_service_without_sessions_is_asked_without_one(server: MetadataServer, status: int) -> None:
    server.session_status = status
    assert isinstance(await agency_keys(server.url), IssuedKeys)
    assert asked(server) == [("PUT", None), ("GET", None)]


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_any_other_answer_to_the_first_request_is_the_last(server: MetadataServer, status: int) -> None:
    """A redirect is not followed."""
    server.session_status = status
    found = await agency_keys(server.url)
    assert found == Problem(
        ProblemKind.TOKEN,
        f"The metadata service gives no access keys: it answers with status {status}",
        status=status,
    )
    assert asked(server) == [("PUT", None)]


NO_AGENCY = "This server has no agency that gives it access keys: set one for the server in the ECS console"
NONE = "What the metadata service sends are no access keys: "


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (chaos.response(401, b"Please configure Cloud Service Agency first"), NO_AGENCY),
        (chaos.response(404, b""), NO_AGENCY),
        (chaos.response(302, b"", "Location: http://127.0.0.1:9/"), "it answers with status 302"),
        (chaos.response(500, SECRET_KEY.encode()), "it answers with status 500"),
        (chaos.response(200, b"<html>"), f"{NONE}it is not JSON"),
        (chaos.response(200, b"[1]"), f"{NONE}the JSON has no text named access"),
        (
            chaos.response(200, json.dumps({"credential": {"access": "A"}, "secret": SECRET_KEY}).encode()),
            f"{NONE}the JSON has no text named secret",
        ),
        (chaos.response(200, b"\xff"), f"{NONE}it is not JSON"),
        (chaos.response(200, b" " * 1024 * 1024 * 2), "The answer is larger than 1024 KiB"),
    ],
)
async def test_what_is_no_answer_with_keys_has_its_own_sentence(
    server: MetadataServer, answer: bytes, text: str
) -> None:
    server.keys_answer = answer
    found = await agency_keys(server.url)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.TOKEN
    assert found.text.endswith(text)
    assert found.status == int(answer.split()[1])
    assert len(server.metadata_requests) == 2
    assert not any(secret in repr(found) for secret in MARKED)


async def test_a_session_that_no_header_can_hold_is_not_shown_to_anyone() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, content=b"caf\xe9")

    assert await agency_keys(transport=httpx.MockTransport(answer)) == Problem(
        ProblemKind.TOKEN,
        "The metadata service begins no session: "
        "the token cannot be one: character 4 of 4 is not a printable ASCII character",
    )
    assert asked == ["PUT"]


async def test_a_connection_that_is_lost_before_the_keys_is_named() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(200, content=SESSION)
        raise httpx.ReadTimeout("too long", request=request)

    found = await agency_keys(transport=httpx.MockTransport(answer))
    assert isinstance(found, Problem)
    assert found.text == "The metadata service gives no access keys: 169.254.169.254 sent nothing for 3 s"


async def test_on_a_machine_without_a_metadata_service_it_says_so() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        assert str(request.url).startswith("http://169.254.169.254/")
        raise httpx.ConnectTimeout("too long", request=request)

    found = await agency_keys(transport=httpx.MockTransport(silent))
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.TOKEN
    lacking, why = (
        "This machine has no metadata service of Huawei Cloud (ECS)",
        "did not take the connection within 3 s",
    )
    assert found.text == f"{lacking}: 169.254.169.254 {why}"
