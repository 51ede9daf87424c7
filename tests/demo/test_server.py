import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import LOGS, PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.server import HOST, loopback
from omstui.demo.service import SimulatedOms

PROJECT = demo_profiles()[PROD].project_id
TOKEN = demo_token(PROD).reveal()
TARGET = f"/v2/{PROJECT}/sync-tasks/{LOGS}?query_time=1795340405000"
REQUEST = f"GET {TARGET} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\n".encode()


@pytest.fixture
def service(stepped_clock: SteppedClock) -> SimulatedOms:
    return SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def exchange(service: SimulatedOms, sent: bytes) -> bytes:
    """Send bytes, end the sending side, and return all that comes back."""
    async with loopback(service) as port, connected(port) as (reader, writer):
        writer.write(sent)
        writer.write_eof()
        return await reader.read()


async def test_a_real_client_gets_real_answers_on_one_connection(service: SimulatedOms) -> None:
    async with loopback(service) as port, httpx.AsyncClient(trust_env=False) as client:
        answers = [await client.get(f"http://{HOST}:{port}{TARGET}", headers={"X-Auth-Token": TOKEN}) for _ in range(3)]
        streams = {id(answer.extensions["network_stream"]) for answer in answers}
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json()["sync_task_id"] == LOGS
    assert answers[0].headers["Server"] == "api-gateway"
    assert len(streams) == 1
    assert [seen.has_token for seen in service.seen] == [True, True, True]


async def test_a_token_of_full_length_passes(service: SimulatedOms) -> None:
    async with loopback(service) as port, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{HOST}:{port}{TARGET}", headers={"X-Auth-Token": "x" * 16_384})
    assert answer.json()["error_msg"].endswith("decrypt token fail")


@pytest.mark.parametrize(
    ("version", "header", "is_kept"),
    [
        ("HTTP/1.1", b"", True),
        ("HTTP/1.1", b"Connection: close\r\n", False),
        ("HTTP/1.0", b"", False),
        ("HTTP/1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
async def test_a_connection_is_kept_as_the_client_wishes(
    version: str, header: bytes, is_kept: bool, service: SimulatedOms
) -> None:
    request = REQUEST.replace(b"HTTP/1.1", version.encode()) + header + b"\r\n"
    came = await exchange(service, request * 2)
    assert came.count(b"HTTP/1.1 200 OK\r\n") == (2 if is_kept else 1)
    assert came.count(b"Connection: close") == (0 if is_kept else 1)


async def test_a_body_is_read_past(service: SimulatedOms) -> None:
    """What is in it is not taken for the next request."""
    post = f"POST {TARGET} HTTP/1.1\r\nContent-Length: 24\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n".encode()
    came = await exchange(service, post + REQUEST + b"\r\n")
    assert came.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert came.count(b"HTTP/1.1 200 OK") == 1
    assert [seen.path for seen in service.seen] == [TARGET.partition("?")[0]] * 2


async def test_an_answer_to_head_has_no_body(service: SimulatedOms) -> None:
    came = await exchange(service, REQUEST.replace(b"GET", b"HEAD") + b"\r\n")
    assert came.startswith(b"HTTP/1.1 405 ")
    assert came.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"nonsense\r\n\r\n", 400, id="no request line"),
        pytest.param(b"GET / HTTP/1.1 more\r\n\r\n", 400, id="too many words"),
        pytest.param("GET /ü HTTP/1.1\r\n\r\n".encode(), 400, id="beyond ascii"),
        pytest.param(b"GET / HTTP/2\r\n\r\n", 505, id="another version"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 400, id="too many headers"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431, id="headers too long"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, id="a negative length"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n", 413, id="a body too long"),
        pytest.param(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, id="a body in chunks"),
    ],
)
async def test_what_is_no_proper_request_ends_the_connection_with_a_status(
    sent: bytes, status: int, service: SimulatedOms
) -> None:
    async with loopback(service) as port, connected(port) as (reader, writer):
        writer.write(sent)
        line = await reader.readline()
        rest = await reader.read()
    assert line.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close\r\n" in rest
    assert not service.seen


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        REQUEST,
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nfew",
    ],
)
async def test_a_request_that_never_ends_gets_no_answer(sent: bytes, service: SimulatedOms) -> None:
    assert await exchange(service, sent) == b""
    assert not service.seen


async def test_leaving_the_block_ends_every_connection(service: SimulatedOms) -> None:
    async with loopback(service) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(REQUEST + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert json.loads(await reader.readexactly(length))["sync_task_id"] == LOGS
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    with pytest.raises(OSError, match=str(port)):
        await asyncio.open_connection(HOST, port)


async def test_a_port_that_is_taken_is_an_os_error(service: SimulatedOms) -> None:
    async with loopback(service) as port:
        with pytest.raises(OSError, match="address already in use"):
            async with loopback(service, port):
                pass
