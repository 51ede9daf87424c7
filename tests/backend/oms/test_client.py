import asyncio
import gc
import logging
import os
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
import pytest
from pytest_httpx import HTTPXMock

from omstui import __version__
from omstui.backend.http.credential import Credential
from omstui.backend.http.endpoint import LARGEST_BODY, LARGEST_TASK
from omstui.backend.http.errors import Timeouts
from omstui.backend.oms.client import Answer, OmsClient
from omstui.backend.secrets.redact import RedactingFilter
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import Listing
from omstui.core.watch.sample import Statistic
from omstui.demo.clock import SteppedClock
from tests.backend import chaos
from tests.backend.chaos import Act, serving
from tests.samples_reader import load_sample

ENDPOINT = "https://oms.cn-north-4.myhuaweicloud.com"
PROJECT_ID = "2c0689c860ad4728a497c91ec0844383"
TASK_ID = "d18befdd-eb82-41f3-8019-bbb593d74a3e"
TASK_URL = f"{ENDPOINT}/v2/{PROJECT_ID}/sync-tasks/{TASK_ID}"
QUERY_TIME_MS = 1700639700000
NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIF+marked/token-" * 5
SHORT_TOKEN = "marked-token-of-a-lab"  # too short and too wordy to be known as a secret by its looks

PATIENT = Timeouts()
QUICK = Timeouts(read=0.2)
DRIP = Timeouts(read=5, total=0.3)


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def profile(endpoint: str = ENDPOINT, project_id: str = PROJECT_ID) -> Profile:
    return Profile(name="lab", endpoint=endpoint, project_id=project_id)


def credential(token: str = TOKEN) -> Credential:
    return Credential(Secret(token), "memory")


def client(
    endpoint: str = ENDPOINT,
    *,
    project_id: str = PROJECT_ID,
    timeouts: Timeouts = PATIENT,
    transport: httpx.AsyncBaseTransport | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
) -> OmsClient:
    return OmsClient(
        profile(endpoint, project_id), clock=SteppedClock(NOW), transport=transport, timeouts=timeouts, tls=tls
    )


async def ask(asked: OmsClient, task_id: str = TASK_ID, token: str = TOKEN) -> Answer | Problem:
    return await asked.show_sync_task(task_id, QUERY_TIME_MS, credential(token))


async def ask_chaos(
    act: Act, timeouts: Timeouts = QUICK, token: str = TOKEN
) -> tuple[Answer | Problem, chaos.ChaosServer]:
    """Ask a server that answers so, once."""
    async with serving(act) as server:
        asked = client(server.url, timeouts=timeouts)
        outcome = await ask(asked, token=token)
        await asked.aclose()
    return outcome, server


def is_told(token: str, text: str) -> bool:
    """Whether any 12 characters of the token are in the text."""
    return any(token[place : place + 12] in text for place in range(len(token) - 11))


# When it is answered


@pytest.mark.parametrize(
    ("date", "served_at"),
    [
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Wed, 99 Nov 2023 07:55:00 GMT", None),
        ("Wed, 22 Nov 9999 23:55:00 GMT", datetime(9999, 11, 22, 23, 55, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 09:40:07 GMT", datetime(2026, 11, 22, 9, 40, 7, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 17:40:07 +0800", datetime(2026, 11, 22, 9, 40, 7, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Wed, 22 Nov 2023 07:52:40 GMT", None),
    ],
)
async def test_the_services_own_time_is_told_where_it_can_be_believed(
    date: str | None, served_at: datetime | None, httpx_mock: HTTPXMock
) -> None:
    """None, rubbish, and a time before the task was created are no time."""
    headers = {"Date": date} if date is not None else {}
    httpx_mock.add_response(json={"create_time": 1_700_639_560_751, "monthly_size": 7}, headers=headers)
    asked = client()
    answer = await ask(asked)
    await asked.aclose()
    assert isinstance(answer, Answer)
    assert (answer.served_at, answer.answered_at) == (served_at, NOW)


# What is sent


async def test_the_request_is_the_documented_one(httpx_mock: HTTPXMock) -> None:
    """One GET with the exact milliseconds, the token in its header once, and nothing that asks for packed answers."""
    httpx_mock.add_response(json=chaos.TASK, headers={"X-Request-Id": "8080d377bffeb6d519b0567c09cebe6b"})
    asked = client()
    answer = await ask(asked)
    await asked.aclose()

    assert isinstance(answer, Answer)
    assert (answer.task.monthly_size, answer.request_id) == (7, "8080d377bffeb6d519b0567c09cebe6b")
    assert answer.answered_at == NOW
    (request,) = httpx_mock.get_requests()
    assert (request.method, str(request.url)) == ("GET", f"{TASK_URL}?query_time={QUERY_TIME_MS}")
    assert request.headers.get_list("X-Auth-Token") == [TOKEN]
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == f"omstui/{__version__}"
    assert request.content == b""


async def test_an_answer_with_a_setting_that_does_not_fit_is_an_answer_with_a_remark(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={**chaos.TASK, "enable_kms": "false", "monthly_size": "11"})
    asked = client()
    answer = await ask(asked)
    await asked.aclose()
    assert isinstance(answer, Answer)
    assert (answer.task.monthly_size, answer.task.enable_kms) == (11, None)
    assert answer.remarks == ("enable_kms is text, not true or false",)


async def test_the_token_stands_in_one_line_of_what_goes_over_the_wire() -> None:
    outcome, server = await ask_chaos(chaos.good, PATIENT)
    assert isinstance(outcome, Answer)
    lines = server.heads[0].decode().split("\r\n")
    assert lines[0] == f"GET /v2/{PROJECT_ID}/sync-tasks/{TASK_ID}?query_time={QUERY_TIME_MS} HTTP/1.1"
    assert [line for line in lines if is_told(TOKEN, line)] == [f"X-Auth-Token: {TOKEN}"]


@pytest.mark.parametrize(
    ("task_id", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("..%2f", "..%252f"),
        ("a b", "a%20b"),
        ("ä", "%C3%A4"),
        ("a&b=c;d", "a%26b%3Dc%3Bd"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
    ],
)
async def test_an_id_never_leaves_its_segment_of_the_path(task_id: str, segment: str) -> None:
    async with serving(chaos.good) as server:
        asked = client(server.url, project_id=task_id)
        assert isinstance(await ask(asked, task_id), Answer)
        await asked.aclose()
    path = server.heads[0].split(b" ")[1].decode()
    assert path == f"/v2/{segment}/sync-tasks/{segment}?query_time={QUERY_TIME_MS}"


async def test_a_path_prefix_of_the_endpoint_is_kept(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{ENDPOINT}/oms/v2/{PROJECT_ID}/sync-tasks/{TASK_ID}?query_time={QUERY_TIME_MS}", json=chaos.TASK
    )
    asked = client(f"{ENDPOINT}/oms/")
    assert isinstance(await ask(asked), Answer)
    await asked.aclose()


@pytest.mark.parametrize("bad_id", ["", ".", "..", "\ud800"])
@pytest.mark.parametrize("what", ["project id", "task id"])
async def test_an_id_that_would_make_it_another_call_is_refused_without_asking(bad_id: str, what: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is sent")

    project_id, task_id = (bad_id, TASK_ID) if what == "project id" else (PROJECT_ID, bad_id)
    asked = client(project_id=project_id, transport=httpx.MockTransport(handle))
    outcome = await ask(asked, task_id)
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.REFUSED
    assert what in outcome.text


@pytest.mark.parametrize(
    "endpoint", ["http://oms.cn-north-4.myhuaweicloud.com", "ftp://x", "", "https://user:pw@host", "https://host/?a=b"]
)
def test_an_endpoint_that_would_give_the_token_away_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        client(endpoint)


@pytest.mark.parametrize("token", ["two\nlines" + "é" * 30, "tökentökentöken", "\x00nulnulnulnul", ""])
async def test_a_token_that_cannot_be_a_header_is_refused_without_asking_or_repeating_it(token: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is sent")

    outcome = await ask(client(transport=httpx.MockTransport(handle)), token=token)
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.TOKEN
    assert not token or token not in repr(outcome)


async def test_cookies_are_not_kept() -> None:
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=chaos.TASK, headers={"Set-Cookie": "HWWAFSESID=1; path=/"})

    asked = client(transport=httpx.MockTransport(handle))
    assert isinstance(await ask(asked), Answer)
    assert isinstance(await ask(asked), Answer)
    assert ["Cookie" in request.headers for request in requests] == [False, False]
    await asked.aclose()


async def test_an_http_endpoint_of_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy would see the token in clear."""
    async with serving(chaos.good) as server, serving(chaos.good) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        asked = client(server.url)
        assert isinstance(await ask(asked), Answer)
        await asked.aclose()
    assert (server.connections, proxy.connections) == (1, 0)


# What comes back


@pytest.mark.parametrize(
    ("act", "kind", "status", "text"),
    [
        (chaos.large_body, ProblemKind.BAD_ANSWER, 200, "The answer is larger than 64 KiB"),
        (chaos.long_description, ProblemKind.BAD_ANSWER, 200, "The answer is larger than 64 KiB"),
        (chaos.endless_body, ProblemKind.BAD_ANSWER, 200, "larger than"),
        (chaos.large_error, ProblemKind.TOKEN, 401, "Error 401, not in the service's format"),
        (chaos.gzipped, ProblemKind.BAD_ANSWER, 200, "compressed"),
        (chaos.gzipped_error, ProblemKind.SERVER, 503, "Server error 503, not in the service's format"),
        (chaos.no_content, ProblemKind.BAD_ANSWER, 204, "Status 204, with an empty answer"),
        (chaos.empty, ProblemKind.BAD_ANSWER, 200, "The answer is empty"),
        (chaos.switch_protocols, ProblemKind.NETWORK, None, "is not HTTP"),
        (chaos.reset, ProblemKind.NETWORK, None, "broke off"),
        (chaos.reset_in_body, ProblemKind.NETWORK, None, "broke off"),
        (chaos.short_body, ProblemKind.NETWORK, None, "broke off"),
        (chaos.hang_up, ProblemKind.NETWORK, None, "broke off"),
        (chaos.garbage, ProblemKind.NETWORK, None, "is not HTTP"),
        (chaos.endless_headers, ProblemKind.NETWORK, None, "is not HTTP"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_each_misbehaviour_of_a_server_is_a_problem_with_its_own_words(
    act: Act, kind: ProblemKind, status: int | None, text: str
) -> None:
    outcome, server = await ask_chaos(act, PATIENT)
    assert isinstance(outcome, Problem)
    assert (outcome.kind, outcome.status) == (kind, status)
    assert text in outcome.text
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("act", "timeouts", "text"),
    [
        (chaos.stall, QUICK, "sent nothing for 0.2 s"),
        (chaos.stall_in_body, QUICK, "sent nothing for 0.2 s"),
        (chaos.drip_headers, DRIP, "not complete within 0.3 s"),
        (chaos.drip_body, DRIP, "not complete within 0.3 s"),
    ],
)
async def test_no_answer_is_waited_for_longer_than_the_limit(act: Act, timeouts: Timeouts, text: str) -> None:
    outcome, server = await ask_chaos(act, timeouts)
    assert isinstance(outcome, Problem)
    assert (outcome.kind, outcome.status) == (ProblemKind.NETWORK, None)
    assert text in outcome.text
    assert len(server.heads) == 1


async def test_a_tls_handshake_that_never_comes_is_a_time_limit() -> None:
    async with chaos.mute() as url:
        asked = client(url, timeouts=Timeouts(connect=0.05))
        outcome = await ask(asked)
        await asked.aclose()
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.NETWORK
    assert outcome.text.endswith("did not take the connection within 0.05 s")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error_code":"OMS.1009","error_msg":"x"}'])
async def test_a_redirect_is_a_wrong_endpoint_and_is_never_followed(body: bytes) -> None:
    """The second server would get the token."""
    async with serving(chaos.good) as elsewhere, serving(chaos.redirect_to(elsewhere.url)) as server:
        asked = client(server.url)
        outcomes = [await ask(asked) for _ in range(3)]
        await asked.aclose()
    assert elsewhere.connections == 0
    for outcome in outcomes:
        assert isinstance(outcome, Problem)
        assert (outcome.kind, outcome.status) == (ProblemKind.ENDPOINT, HTTPStatus.FOUND)
        assert "redirect" in outcome.text


@pytest.mark.parametrize("location", ["http://[::1", "//\x7f", "ftp:/", "https://xn--a.example:99999999/"])
async def test_a_redirect_to_nowhere_is_a_redirect_all_the_same(location: str) -> None:
    async def redirect(exchange: chaos.Exchange) -> None:
        await exchange.send(chaos.response(302, b"", f"Location: {location}"))

    outcome, _ = await ask_chaos(redirect, PATIENT)
    assert isinstance(outcome, Problem)
    assert (outcome.kind, outcome.status) == (ProblemKind.ENDPOINT, HTTPStatus.FOUND)


async def test_a_missing_task_is_gone_whatever_the_status_but_5xx() -> None:
    for status in (200, 400, 404):

        def handle(_: httpx.Request, status: int = status) -> httpx.Response:
            return httpx.Response(status, json={"error_code": "OMS.1009", "error_msg": "No resources found."})

        outcome = await ask(client(transport=httpx.MockTransport(handle)))
        assert isinstance(outcome, Problem)
        assert (outcome.kind, outcome.text) == (ProblemKind.GONE, "No resources found.")


async def test_who_answers_instead_of_oms_is_named_by_the_host_that_was_asked() -> None:
    for status, kind in ((404, ProblemKind.ENDPOINT), (403, ProblemKind.ENDPOINT), (401, ProblemKind.TOKEN)):

        def handle(_: httpx.Request, status: int = status) -> httpx.Response:
            return httpx.Response(status, html="<html>Sign in to the portal</html>")

        outcome = await ask(client(transport=httpx.MockTransport(handle)))
        assert isinstance(outcome, Problem)
        assert (outcome.kind, outcome.is_foreign) == (kind, True)
        assert (
            f"Somebody else answers at {ENDPOINT.removeprefix('https://')} (a proxy, a portal, a wrong host)"
            in outcome.text
        )


# Connections


async def test_connections_are_used_again() -> None:
    async with serving(chaos.good) as server:
        asked = client(server.url)
        for _ in range(3):
            assert isinstance(await ask(asked), Answer)
        await asked.aclose()
    assert (len(server.heads), server.connections) == (3, 1)


@pytest.mark.parametrize("dead", [chaos.hang_up, chaos.reset, chaos.short_body], ids=lambda act: act.__name__)
async def test_a_connection_that_died_since_the_last_answer_costs_one_more_try(dead: Act) -> None:
    async with serving(chaos.on_connection(chaos.good, dead)) as server:
        asked = client(server.url)
        outcomes = [await ask(asked) for _ in range(3)]
        await asked.aclose()
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert (len(server.heads), server.connections) == (5, 3)


async def test_there_is_no_third_try() -> None:
    answers = iter([chaos.good])

    async def good_once(exchange: chaos.Exchange) -> None:
        await next(answers, chaos.hang_up)(exchange)

    async with serving(good_once) as server:
        asked = client(server.url)
        assert isinstance(await ask(asked), Answer)
        outcome = await ask(asked)
        await asked.aclose()
    assert isinstance(outcome, Problem)
    assert (outcome.kind, len(server.heads)) == (ProblemKind.NETWORK, 3)


async def test_a_time_limit_on_a_used_connection_is_not_tried_again() -> None:
    async with serving(chaos.on_connection(chaos.good, chaos.stall)) as server:
        asked = client(server.url, timeouts=QUICK)
        assert isinstance(await ask(asked), Answer)
        assert isinstance(await ask(asked), Problem)
        await asked.aclose()
    assert len(server.heads) == 2


class PoolWithoutPlaces(httpx.AsyncBaseTransport):
    """What a pool looks like once cancelled requests have taken all its places with them."""

    def __init__(self) -> None:
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.PoolTimeout("", request=request)

    async def aclose(self) -> None:
        self.closed += 1


async def test_a_pool_without_places_is_thrown_away() -> None:
    pool = PoolWithoutPlaces()
    asked = client(transport=pool)
    for times in (1, 2):
        outcome = await ask(asked)
        assert isinstance(outcome, Problem)
        assert outcome.kind is ProblemKind.NETWORK
        assert pool.closed == times
    await asked.aclose()


async def test_after_random_cancellations_every_request_is_answered() -> None:
    """More requests than connections, most of them cancelled while they wait for one."""
    async with serving(chaos.good) as server:
        asked = client(server.url, timeouts=Timeouts(pool=0.05))
        for round_number in range(15):
            requests = [asyncio.create_task(ask(asked)) for _ in range(20)]
            for _ in range(round_number):
                await asyncio.sleep(0)
            for request in requests[::2]:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)
        await ask(asked)  # may be the one that finds the pool without places
        outcomes = [await ask(asked) for _ in range(5)]
        await asked.aclose()
    assert all(isinstance(outcome, Answer) for outcome in outcomes)


async def test_closing_lets_requests_in_flight_end_and_sends_no_more() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait(exchange: chaos.Exchange) -> None:
        arrived.set()
        await go_on.wait()
        await chaos.good(exchange)

    async with serving(wait) as server:
        asked = client(server.url)
        request = asyncio.create_task(ask(asked))
        await arrived.wait()
        await asked.aclose()
        go_on.set()
        assert isinstance(await request, Answer)
        late = await ask(asked)
        await asked.aclose()
    assert isinstance(late, Problem)
    assert (late.kind, len(server.heads)) == (ProblemKind.NETWORK, 1)


async def test_requests_that_begin_together_share_one_http_client_made_beside_the_loop() -> None:
    """To read the machine's certificates may take long: meanwhile the loop goes on, and nobody begins to read anew."""
    loop, loops_own = asyncio.get_running_loop(), threading.current_thread()
    begun, go_on = asyncio.Event(), threading.Event()
    made = 0

    def tls() -> ssl.SSLContext:
        nonlocal made
        made += 1
        assert threading.current_thread() is not loops_own
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(30)
        return ssl.create_default_context(cafile=str(chaos.CERTIFICATES / "authority.pem"))

    async with serving(chaos.good, "good") as server:
        asked = client(server.url, tls=tls, timeouts=Timeouts(total=60))
        requests = asyncio.gather(*(ask(asked) for _ in range(4)))
        requests.add_done_callback(lambda _: begun.set())
        await begun.wait()
        go_on.set()
        assert all(isinstance(outcome, Answer) for outcome in await requests)
        await asked.aclose()
    assert len(server.heads) == 4
    assert made == 1


# No connection


async def test_a_refused_connection_says_that_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    asked = client(f"http://127.0.0.1:{port}")
    outcome = await ask(asked)
    await asked.aclose()
    assert outcome == Problem(ProblemKind.NETWORK, f"127.0.0.1:{port} refuses the connection: nothing listens there")


@pytest.mark.parametrize(
    ("certificate", "knows_authority", "text"),
    [
        ("good", False, "issuer that is unknown here"),
        ("expired", True, "has expired"),
        ("other-name", True, "is for another name"),
    ],
)
async def test_a_certificate_that_cannot_be_trusted_says_why(
    certificate: str, knows_authority: bool, text: str
) -> None:
    def tls() -> ssl.SSLContext:
        authority = str(chaos.CERTIFICATES / "authority.pem")
        return ssl.create_default_context(cafile=authority if knows_authority else None)

    async with serving(chaos.good, certificate) as server:
        asked = client(server.url, tls=tls)
        outcome = await ask(asked)
        await asked.aclose()
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.NETWORK
    assert text in outcome.text
    assert server.heads == []


async def test_a_trusted_certificate_is_no_obstacle() -> None:
    """HTTP/1.1 is agreed on with a server that would speak HTTP/2 as well: that logs headers, and is not installed."""
    agreed: list[str | None] = []

    async def note(exchange: chaos.Exchange) -> None:
        agreed.append(exchange.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await chaos.good(exchange)

    async with serving(note, "good") as server:
        asked = client(
            server.url, tls=lambda: ssl.create_default_context(cafile=str(chaos.CERTIFICATES / "authority.pem"))
        )
        assert isinstance(await ask(asked), Answer)
        await asked.aclose()
    assert agreed == ["http/1.1"]


ASK_ALL = """
import asyncio, sys
from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.runtime.clock import SystemClock
from omstui.backend.auth.iam import IamClient
from omstui.backend.secrets.secret import Secret
from omstui.core.profile import Profile
async def ask(url):
    credential = Credential(Secret("token-of-a-lab"), "memory")
    oms = OmsClient(Profile("lab", url, "0a"), clock=SystemClock())
    iam = IamClient(url, clock=SystemClock())
    print(type(await oms.show_sync_task("task", 0, credential)).__name__, await iam.projects(credential))
    await oms.aclose()
    await iam.aclose()
async def ask_all(urls):
    for url in urls:
        await ask(url)
asyncio.run(ask_all(sys.argv[1:]))
"""
"""Asks an OMS and an IAM of each address, with nothing but what the program brings along."""


async def test_what_the_machine_does_not_trust_is_sent_nothing() -> None:
    """By the settings for https that users have: in a process of its own, since they are read once."""
    environ = {**os.environ, "SSL_CERT_FILE": str(chaos.CERTIFICATES / "authority.pem")}
    async with (
        serving(chaos.good, "good") as good,
        serving(chaos.good, "unknown") as unknown,
        serving(chaos.good, "expired") as expired,
        serving(chaos.good, "other-name") as other,
    ):
        urls = [server.url for server in (good, unknown, expired, other)]
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASK_ALL, *urls, env=environ, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(run.communicate(), 60)
    assert run.returncode == 0
    outcomes = said.decode().splitlines()
    assert [line.split()[0] for line in outcomes] == ["Answer", "Problem", "Problem", "Problem"]
    assert len(good.heads) == 2
    assert [server.heads for server in (unknown, expired, other)] == [[], [], []]
    for line, reason in zip(outcomes[1:], ("unknown here", "has expired", "is for another name"), strict=True):
        assert reason in line


async def test_an_answer_is_let_go_of_at_once() -> None:
    """And does not wait, with all that it came by, for the collector of garbage: a thousand of them are megabytes."""
    async with serving(chaos.good) as server:
        asked = client(server.url)
        assert isinstance(await ask(asked), Answer)
        gc.collect()
        gc.disable()
        try:
            assert isinstance(await ask(asked), Answer)
            left = [thing for thing in gc.get_objects() if isinstance(thing, httpx.Response | httpx.Request)]
        finally:
            gc.enable()
        await asked.aclose()
    assert left == []


async def test_an_endpoint_without_tls_needs_no_certificates() -> None:
    """To read the machine's takes a while, and megabytes."""

    def tls() -> ssl.SSLContext:
        raise AssertionError("nothing is to be read")

    async with serving(chaos.good) as server:
        asked = client(server.url, tls=tls)
        assert isinstance(await ask(asked), Answer)
        await asked.aclose()


def raised_from(error: Exception, *causes: BaseException) -> Exception:
    """Chain these errors as httpx, httpcore and anyio do."""
    for outer, inner in zip((error, *causes), causes, strict=False):
        outer.__cause__ = inner
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            raised_from(httpx.ConnectError("s3cr3t"), OSError("s3cr3t"), socket.gaierror(-2, "s3cr3t")),
            "could not be looked up",
        ),
        (UnicodeError("s3cr3t"), "could not be looked up"),
        (
            raised_from(
                httpx.ConnectError("s3cr3t"),
                OSError("s3cr3t"),
                ExceptionGroup("", [OSError(101, "s3cr3t"), OSError(101, "s3cr3t")]),
            ),
            "no way to it from here",
        ),
        (raised_from(httpx.ConnectError("s3cr3t"), ssl.SSLError("s3cr3t")), "how to encrypt"),
        (httpx.ConnectError("s3cr3t"), "could not be made"),
        (httpx.ConnectTimeout("s3cr3t"), "within 5 s"),
        (httpx.WriteTimeout("s3cr3t"), "within 5 s"),
        (httpx.ReadTimeout("s3cr3t"), "for 10 s"),
        (httpx.PoolTimeout("s3cr3t"), "opened again"),
        (httpx.ReadError("s3cr3t"), "broke off"),
        (httpx.WriteError("s3cr3t"), "broke off"),
        (httpx.CloseError("s3cr3t"), "broke off"),
        (httpx.ProxyError("407 s3cr3t"), "HTTPS_PROXY"),
        (httpx.ProxyError("503 s3cr3t"), "(status 503)"),
        (httpx.ProxyError("s3cr3t"), "The proxy refuses"),
        (httpx.RemoteProtocolError("s3cr3t"), "is not HTTP"),
        (httpx.DecodingError("s3cr3t"), "broke off"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_each_failure_on_the_way_has_its_own_sentence_and_none_of_the_error_s(
    error: Exception, text: str
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise error

    outcome = await ask(client(transport=httpx.MockTransport(handle)))
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.NETWORK
    assert text in outcome.text
    assert "oms.cn-north-4.myhuaweicloud.com" in outcome.text
    assert "s3cr3t" not in repr(outcome)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.LocalProtocolError("s3cr3t"), ProblemKind.REFUSED),
        (httpx.UnsupportedProtocol("s3cr3t"), ProblemKind.ENDPOINT),
        (httpx.InvalidURL("s3cr3t"), ProblemKind.ENDPOINT),
    ],
)
async def test_a_request_that_cannot_be_sent_is_not_the_network_s_fault(error: Exception, kind: ProblemKind) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise error

    outcome = await ask(client(transport=httpx.MockTransport(handle)))
    assert isinstance(outcome, Problem)
    assert outcome.kind is kind
    assert "s3cr3t" not in repr(outcome)


async def test_a_proxy_that_does_not_answer_is_named_as_the_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cr3t@127.0.0.1:{port}")
    asked = client("https://oms.example")
    outcome = await ask(asked)
    await asked.aclose()
    assert outcome == Problem(ProblemKind.NETWORK, "The proxy 127.0.0.1 refuses the connection: nothing listens there")


@pytest.mark.parametrize("lets_through", [False, True])
async def test_silence_is_told_of_whoever_is_silent(lets_through: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy until it has let the connection through, the service from then on."""
    async with serving(chaos.stall, "good") as server, tunnel(server.url, lets_through=lets_through) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        asked = client("https://oms.example", timeouts=QUICK, tls=whatever_name)
        outcome = await ask(asked)
        await asked.aclose()
    who = "oms.example" if lets_through else "The proxy 127.0.0.1"
    assert outcome == Problem(ProblemKind.NETWORK, f"{who} sent nothing for 0.2 s")


def whatever_name() -> ssl.SSLContext:
    """Return settings that know the tests' own authority, and let its certificate stand for any host."""
    context = ssl.create_default_context(cafile=str(chaos.CERTIFICATES / "authority.pem"))
    context.check_hostname = False
    return context


@asynccontextmanager
async def tunnel(url: str, *, lets_through: bool) -> AsyncIterator[str]:
    """Run a proxy that connects everybody with this server, or nobody."""
    running: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if lets_through:
            there = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            running.add(asyncio.create_task(copy(reader, there[1])))
            running.add(asyncio.create_task(copy(there[0], writer)))
        else:
            await reader.read()
            writer.close()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*running)


async def test_a_proxy_that_wants_a_password_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(exchange: chaos.Exchange) -> None:
        assert not is_told(TOKEN, exchange.head.decode())
        await exchange.send(chaos.response(407, b""))

    async with serving(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        asked = client("https://oms.example")
        outcome = await ask(asked)
        await asked.aclose()
    assert isinstance(outcome, Problem)
    assert "wants a user and a password" in outcome.text
    assert [head.split(b" ")[0] for head in proxy.heads] == [b"CONNECT"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("HTTPS_PROXY", "http://user:s3cr3t@[::1", "HTTPS_PROXY holds no address"),
        ("ALL_PROXY", "gopher://s3cr3t", "ALL_PROXY holds no address"),
        ("https_proxy", "socks5://127.0.0.1:1", "pip install 'httpx[socks]'"),
    ],
)
async def test_a_useless_variable_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)  # only the tests' own environment is sure to have it
    monkeypatch.setenv(name, value)
    asked = client()
    outcome = await ask(asked)
    assert isinstance(outcome, Problem)
    assert outcome.kind is ProblemKind.NETWORK
    assert text in outcome.text
    assert name in outcome.text
    assert "s3cr3t" not in outcome.text

    monkeypatch.delenv(name)
    assert name not in repr(await ask(client(transport=PoolWithoutPlaces())))


# The token


@pytest.mark.parametrize("token", [TOKEN, SHORT_TOKEN], ids=["long", "short"])
@pytest.mark.parametrize(
    "act",
    [chaos.good, chaos.reset, chaos.hang_up, chaos.short_body, chaos.stall, chaos.empty, chaos.large_error],
    ids=lambda act: act.__name__,
)
async def test_the_token_is_in_no_problem_and_no_log_record(
    act: Act, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Even with everything logged that httpx and httpcore have to say."""
    caplog.set_level(logging.DEBUG)
    outcome, server = await ask_chaos(act, QUICK, token)
    assert is_told(token, server.heads[0].decode())
    assert caplog.records
    assert not is_told(token, caplog.text + repr(outcome))


async def test_each_request_has_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "omstui")
    await ask_chaos(chaos.good, QUICK, TOKEN)
    (line,) = (record.getMessage() for record in caplog.records if record.getMessage().startswith("GET "))
    assert f"/sync-tasks/{TASK_ID}?query_time={QUERY_TIME_MS}" in line
    assert line.endswith(": 200")


@pytest.mark.parametrize("act", [chaos.echo_token, chaos.garbage], ids=lambda act: act.__name__)
async def test_the_filter_keeps_out_of_the_log_a_token_that_the_server_repeats(
    act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG httpcore logs the headers of answers, and what comes instead of an answer."""
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(redaction := RedactingFilter())
    try:
        outcome, _ = await ask_chaos(act)
    finally:
        caplog.handler.removeFilter(redaction)
    assert "receive_response_headers" in caplog.text
    assert "***" in caplog.text
    assert not is_told(TOKEN, caplog.text + repr(outcome))


@pytest.mark.parametrize("token", [TOKEN, SHORT_TOKEN], ids=["long", "short"])
async def test_an_answer_that_repeats_the_token_is_told_without_it(token: str) -> None:
    outcome, _ = await ask_chaos(chaos.echo_token, Timeouts(), token)
    assert isinstance(outcome, Problem)
    assert (outcome.kind, outcome.text) == (ProblemKind.TOKEN, "bad token *** and ***")


async def test_a_mistake_that_gets_out_carries_no_token() -> None:
    """A bug in a transport is no expected trouble: it raises, and neither its text nor its chain holds the token."""

    def handle(_: httpx.Request) -> httpx.Response:
        raise KeyError("a bug")

    with pytest.raises(KeyError) as caught:
        await ask(client(transport=httpx.MockTransport(handle)))
    assert not is_told(TOKEN, repr(caught.value) + str(caught.getrepr(chain=True)))


# The statistic


async def test_a_statistic_is_asked_for_as_documented(httpx_mock: HTTPXMock) -> None:
    """One GET for all kinds of series, with both ends of the time as epoch milliseconds."""
    canned = load_sample("14")
    kinds = "REQUEST%2CSUCCESS%2CFAILURE%2CSKIP%2CSIZE"
    url = f"{TASK_URL}/statistics?data_type={kinds}&start_time=1700150400000&end_time=1700152800000"
    httpx_mock.add_response(url=url, method="GET", content=canned.content)
    answered = await client().list_sync_task_statistic(TASK_ID, 1700150400000, 1700152800000, credential())
    assert isinstance(answered, Statistic)
    assert len(answered.series["REQUEST"]) == 7
    assert httpx_mock.get_requests()[0].headers["X-Auth-Token"] == TOKEN


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (404, b'{"error_code":"APIGW.0101","error_msg":"no such API"}', ProblemKind.ENDPOINT),
        (403, b'{"error_code":"OMS.0053","error_msg":"no"}', ProblemKind.FORBIDDEN),
        (400, b'{"error_code":"OMS.0064","error_msg":"no"}', ProblemKind.REFUSED),
        (503, b"", ProblemKind.SERVER),
        (200, b"{}", ProblemKind.BAD_ANSWER),
    ],
)
async def test_a_statistic_that_is_not_to_be_had_is_a_problem(
    httpx_mock: HTTPXMock, status: int, content: bytes, kind: ProblemKind
) -> None:
    httpx_mock.add_response(status_code=status, content=content)
    answered = await client().list_sync_task_statistic(TASK_ID, 1, 2, credential())
    assert isinstance(answered, Problem)
    assert answered.kind is kind


async def test_a_statistic_of_no_task_is_refused_without_asking() -> None:
    """An empty id would make it another call; nothing is mocked, so that asking would fail."""
    answered = await client().list_sync_task_statistic("", 1, 2, credential())
    assert answered == Problem(ProblemKind.REFUSED, "The task id is empty")


async def test_a_list_is_asked_for_as_documented(httpx_mock: HTTPXMock) -> None:
    """One GET, with the largest page that there is."""
    url = f"{ENDPOINT}/v2/{PROJECT_ID}/sync-tasks?limit=100&offset=0"
    httpx_mock.add_response(url=url, method="GET", content=load_sample("13").content)
    listing = await client().list_sync_tasks(credential())
    assert isinstance(listing, Listing)
    assert len(listing.tasks) == 2
    assert httpx_mock.get_requests()[0].headers["X-Auth-Token"] == TOKEN


@pytest.mark.parametrize("size", [LARGEST_TASK + 1, LARGEST_BODY, LARGEST_BODY + 1])
async def test_only_an_answer_about_one_task_has_the_small_bound(httpx_mock: HTTPXMock, size: int) -> None:
    """Lists and statistics may have a megabyte."""
    httpx_mock.add_response(content=b'{"tasks":[],"statistic_time_type":"ONE_HOUR"}'.ljust(size), is_reusable=True)
    listing = await client().list_sync_tasks(credential())
    statistic = await client().list_sync_task_statistic(TASK_ID, 1, 2, credential())
    assert [isinstance(one, Problem) for one in (listing, statistic)] == [size > LARGEST_BODY] * 2
    task = await ask(client())
    assert isinstance(task, Problem)
    assert task.text == "The answer is larger than 64 KiB"


async def test_an_answer_about_one_task_may_be_as_long_as_its_bound(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(content=b'{"status":"STOPPED"}'.ljust(LARGEST_TASK))
    assert isinstance(await ask(client()), Answer)


async def test_a_list_of_no_project_is_refused_without_asking() -> None:
    answered = await client(project_id="").list_sync_tasks(credential())
    assert answered == Problem(ProblemKind.REFUSED, "The project id is empty")


async def test_a_list_that_may_not_be_read_is_a_problem(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=403, content=b'{"error_code":"OMS.0053","error_msg":"no"}')
    answered = await client().list_sync_tasks(credential())
    assert isinstance(answered, Problem)
    assert answered.kind is ProblemKind.FORBIDDEN
