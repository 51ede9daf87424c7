"""What an answer repeats of its request; how requests go out and come back is tried in test_client and test_iam."""

import asyncio
import errno
import json
import os
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from omstui.backend.http.credential import Credential
from omstui.backend.http.endpoint import HttpEndpoint, Reply
from omstui.backend.http.errors import DEFAULT_TIMEOUTS, Timeouts
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from tests.backend import chaos

NOW = datetime(2023, 11, 22, 7, 55, tzinfo=UTC)
LONG, SHORT = 'Marked "token" \\ of é', "pw-7"


def reply(body: object, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(401, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def told(of: Reply, *, hides_short: bool = False) -> Problem:
    return of.problem(NOW, (Secret(LONG), Secret(SHORT), Secret("")), hides_short=hides_short)


def test_no_request_takes_long() -> None:
    """Every row would stand still meanwhile; what is asked once a minute has to end well before it is asked again."""
    assert DEFAULT_TIMEOUTS.total <= 20
    for part in (DEFAULT_TIMEOUTS.connect, DEFAULT_TIMEOUTS.read, DEFAULT_TIMEOUTS.write, DEFAULT_TIMEOUTS.pool):
        assert 0 < part <= DEFAULT_TIMEOUTS.total / 2


@pytest.mark.parametrize(
    "body",
    [
        {"error_msg": f"bad {LONG}, really {LONG}", "error_code": "OMS.0068"},
        {"error": {"message": f"bad {LONG}, really {LONG}", "code": "OMS.0068"}},
        b'{"error_msg": "bad \\u004darked \\"token\\" \\\\ of \\u00e9, really %s", "error_code": "OMS.0068"}'
        % json.dumps(LONG, ensure_ascii=False)[1:-1].encode(),
    ],
)
def test_what_the_request_held_is_taken_out_however_it_is_escaped(body: object) -> None:
    problem = told(reply(body))
    assert (problem.text, problem.code) == ("bad ***, really ***", "OMS.0068")


def test_codes_and_names_of_requests_are_no_place_for_it_either() -> None:
    problem = told(reply({"error_msg": "x", "error_code": f"a {LONG}", "request_id": LONG}))
    assert (problem.code, problem.request_id) == ("a ***", "***")
    assert told(reply({}, x_request_id=f"{LONG}-7")).request_id == "***-7"


def test_a_very_short_one_stays_unless_its_whole_text_is_to_go() -> None:
    body = {"error_msg": f"bad {SHORT}", "error_code": "IAM.0062"}
    assert told(reply(body)).text == f"bad {SHORT}"
    assert told(reply(body), hides_short=True).text == "***"
    assert told(reply(body), hides_short=True).code == "IAM.0062"


@pytest.mark.parametrize(
    "body", [b"", b"<html>" + LONG.encode(), LONG.encode(), b"[" * 100_000, b'{"a": ' + b"9" * 5000]
)
def test_what_is_no_json_is_told_as_without_anything_to_hide(body: bytes) -> None:
    assert told(reply(body)) == reply(body).problem(NOW, ())


def test_numbers_and_the_rest_of_the_body_stay() -> None:
    body = {"error": {"code": 500123, "message": "x"}, "more": [None, True, 1.5, {"n": 1}]}
    assert told(reply(body)).code == "500123"


async def test_a_body_is_posted_as_json_and_shown_by_nobody() -> None:
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(201, content=b"x")

    endpoint = HttpEndpoint("https://iam.example/", transport=httpx.MockTransport(handle))
    answer = await endpoint.post(("v3", "a/b"), {"x": "y"}, Secret('{"a":"é"}'))
    await endpoint.aclose()
    assert answer == Reply(201, {"content-length": "1"}, b"x")
    (request,) = requests
    assert (request.method, request.url.raw_path) == ("POST", b"/v3/a%2Fb?x=y")
    assert request.content.decode() == '{"a":"é"}'
    assert request.headers["Content-Type"] == "application/json;charset=utf8"
    assert "X-Auth-Token" not in request.headers


async def test_each_request_carries_the_credential_that_it_is_sent_with() -> None:
    """Also one after the other, and with what the query holds quoted."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, content=b"x")

    endpoint = HttpEndpoint("https://oms.example/prefix", transport=httpx.MockTransport(handle))
    one, other = Credential(Secret("token-1"), "memory"), Credential(Secret("token-2"), "memory")
    for credential in (one, one, other, one):
        await endpoint.get(("v2", "a/b"), {"data_type": "A,B c"}, credential)
    await endpoint.aclose()
    assert [request.headers["X-Auth-Token"] for request in requests] == ["token-1", "token-1", "token-2", "token-1"]
    assert {str(request.url) for request in requests} == {"https://oms.example/prefix/v2/a%2Fb?data_type=A%2CB+c"}
    assert [request.headers.get_list("X-Auth-Token") for request in requests[:2]] == [["token-1"]] * 2
    assert requests[0].headers["Accept-Encoding"] == "identity"
    assert requests[0].extensions["timeout"]["read"] == 10.0


async def test_after_closing_nothing_is_sent() -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is sent")

    endpoint = HttpEndpoint("https://iam.example", transport=httpx.MockTransport(handle))
    await endpoint.aclose()
    closed = Problem(ProblemKind.NETWORK, "The connections to iam.example have been closed")
    assert await endpoint.post(("v3",), {}, Secret("{}")) == closed
    assert await endpoint.get(("v3",), {}, Credential(Secret("t"), "memory")) == closed


async def test_a_module_that_is_not_there_is_searched_for_once() -> None:
    """Each request tries several times to import sniffio; where there is none, that is noted."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    endpoint = HttpEndpoint("https://iam.example", transport=httpx.MockTransport(handle))
    await endpoint.get(("v3",), {}, Credential(Secret("t"), "memory"))
    await endpoint.aclose()
    assert "sniffio" in sys.modules


def failing_at_first(made: list[ssl.SSLContext], error: BaseException) -> Callable[[], ssl.SSLContext]:
    """Return what makes settings for https and counts them, and raises this the first time."""

    def tls() -> ssl.SSLContext:
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        if len(made) == 1:
            raise error
        return made[-1]

    return tls


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.EMFILE, "text"), os.strerror(errno.EMFILE)),
        (ssl.SSLError("text"), "the certificates of this machine cannot be read"),
    ],
)
async def test_connections_that_could_not_be_prepared_are_told_and_prepared_by_the_next_request(
    error: OSError, told: str
) -> None:
    """Those that wait for them are told together, once."""
    made: list[ssl.SSLContext] = []
    endpoint = HttpEndpoint("https://127.0.0.1:9", tls=failing_at_first(made, error))
    credential = Credential(Secret("t"), "memory")
    for answer in await asyncio.gather(*(endpoint.get(("a",), {}, credential) for _ in range(3))):
        assert isinstance(answer, Problem)
        assert answer.kind is ProblemKind.NETWORK
        assert answer.text == f"The connections to 127.0.0.1:9 could not be prepared: {told}"
    assert len(made) == 1
    for answer in await asyncio.gather(*(endpoint.get(("a",), {}, credential) for _ in range(3))):
        assert isinstance(answer, Problem)
        assert "prepared" not in answer.text
    assert len(made) == 2
    await endpoint.aclose()


async def test_whatever_kept_connections_from_being_prepared_the_next_request_tries_again() -> None:
    made: list[ssl.SSLContext] = []
    endpoint = HttpEndpoint("https://127.0.0.1:9", tls=failing_at_first(made, MemoryError()))
    credential = Credential(Secret("t"), "memory")
    with pytest.raises(MemoryError):
        await endpoint.get(("a",), {}, credential)
    answer = await endpoint.get(("a",), {}, credential)
    assert isinstance(answer, Problem)
    assert answer.kind is ProblemKind.NETWORK
    await endpoint.aclose()


@pytest.mark.parametrize("is_link_local", [True, False])
async def test_an_address_that_no_router_passes_on_is_not_asked_through_a_proxy(
    is_link_local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A metadata service would give the proxy's machine the keys, not this one; 192.0.2.1 is no machine's."""
    async with chaos.serving(chaos.good) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        address = "http://192.0.2.1" if is_link_local else "https://192.0.2.1"
        asked = HttpEndpoint(address, timeouts=Timeouts(connect=0.1), is_link_local=is_link_local)
        assert isinstance(await asked.put(("a",), {}), Problem)
        await asked.aclose()
    assert proxy.connections == (0 if is_link_local else 1)
