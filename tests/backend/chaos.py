"""A loopback server that misbehaves in every way a client must survive."""

import asyncio
import gzip
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CERTIFICATES = Path(__file__).parent / "certificates"
"""Made-up keys that nothing else trusts: good, expired, other-name, the authority that signed them, and unknown."""

TASK = {"sync_task_id": "d18befdd-eb82-41f3-8019-bbb593d74a3e", "status": "SYNCHRONIZING", "monthly_size": 7}


@dataclass(slots=True)
class Exchange:
    """One request, and the means to answer it."""

    head: bytes
    """The request line and the headers, as they came."""

    number: int
    """Counts the requests of this connection, from 1."""

    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Send these bytes."""
        self.writer.write(b"".join(pieces))
        await self.writer.drain()

    @property
    def token(self) -> bytes:
        """What the request holds as `X-Auth-Token`."""
        lines = self.head.split(b"\r\n")
        return next(
            (line.partition(b":")[2].strip() for line in lines if line.lower().startswith(b"x-auth-token:")), b""
        )


Act = Callable[[Exchange], Awaitable[None]]
"""Answers a request, more or less; the connection stays open unless the act closes it."""


@dataclass(slots=True)
class ChaosServer:
    """What a running server has seen."""

    url: str
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def serving(act: Act, certificate: str | None = None) -> AsyncIterator[ChaosServer]:
    """Serve on a free loopback port until the block ends; with TLS when a certificate is named."""
    seen = ChaosServer(url="")
    running: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            number = 0
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                seen.heads.append(head)
                number += 1
                await act(Exchange(head, number, writer))
        writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.get_running_loop().create_task(talk(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        tls.set_alpn_protocols(["h2", "http/1.1"])  # as the gateway does
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    seen.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    try:
        yield seen
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # the transports close their sockets in the loop's next turn


@asynccontextmanager
async def mute() -> AsyncIterator[str]:
    """Take connections on a loopback port and never say a word; its address is an https one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


def response(status: int, body: bytes, *headers: str) -> bytes:
    """Put a whole HTTP answer together."""
    lines = (f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def good_bytes() -> bytes:
    """Return a good answer."""
    return response(200, json.dumps(TASK).encode(), "X-Request-Id: 8080d377bffeb6d519b0567c09cebe6b")


async def good(exchange: Exchange) -> None:
    """Answer well."""
    await exchange.send(good_bytes())


async def stall(exchange: Exchange) -> None:
    """Say nothing, for ever."""
    await asyncio.Event().wait()


async def stall_in_body(exchange: Exchange) -> None:
    """Stop after half of the answer, for ever."""
    answer = good_bytes()
    await exchange.send(answer[:-20])
    await asyncio.Event().wait()


async def drip_headers(exchange: Exchange) -> None:
    """Send one header line after the other, for ever."""
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X: y\r\n")
        await asyncio.sleep(0.01)


async def drip_body(exchange: Exchange) -> None:
    """Send a blank now and then, for ever."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await exchange.send(b" ")
        await asyncio.sleep(0.01)


async def endless_body(exchange: Exchange) -> None:
    """Send as much as is taken, for ever."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.send(b"10000\r\n", b" " * 0x10000, b"\r\n")


async def endless_headers(exchange: Exchange) -> None:
    """Send one header line that does not end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await exchange.send(b"y" * 0x10000)


async def endless_provisional(exchange: Exchange) -> None:
    """Promise an answer again and again."""
    while True:
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 100)
        await asyncio.sleep(0.005)


async def large_body(exchange: Exchange) -> None:
    """Send a good task in two megabytes."""
    await exchange.send(response(200, json.dumps({**TASK, "description": "x" * 2_000_000}).encode()))


async def long_description(exchange: Exchange) -> None:
    """Send a good task with a description of 900 kB."""
    await exchange.send(response(200, json.dumps({**TASK, "description": "x" * 900_000}).encode()))


async def large_error(exchange: Exchange) -> None:
    """Send an error in two megabytes."""
    await exchange.send(response(401, b"x" * 2_000_000))


@cache
def bomb() -> bytes:
    """Return a small answer that becomes 50 MB when unpacked; packing takes a while the first time."""
    return gzip.compress(b" " * 50_000_000)


async def gzipped(exchange: Exchange) -> None:
    """Pack the answer, although that was not asked for: a gigabyte of blanks would be a megabyte."""
    await exchange.send(response(200, bomb(), "Content-Encoding: gzip"))


async def gzipped_error(exchange: Exchange) -> None:
    """Pack an error answer."""
    await exchange.send(response(503, gzip.compress(b"{}"), "Content-Encoding: gzip"))


async def reset(exchange: Exchange) -> None:
    """Reset the connection instead of answering."""
    raw = exchange.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()


async def reset_in_body(exchange: Exchange) -> None:
    """Reset the connection after half of the answer."""
    await exchange.send(good_bytes()[:-20])
    await reset(exchange)


async def short_body(exchange: Exchange) -> None:
    """Promise more bytes than are sent, and hang up."""
    await exchange.send(good_bytes()[:-20])
    exchange.writer.close()


async def hang_up(exchange: Exchange) -> None:
    """Close the connection instead of answering."""
    exchange.writer.close()


async def garbage(exchange: Exchange) -> None:
    """Send what is not HTTP, the token among it."""
    await exchange.send(b"\x00\xff\x16SSH-2.0 ", exchange.token, b"\r\n\r\n")
    exchange.writer.close()


async def no_content(exchange: Exchange) -> None:
    """Answer with status 204."""
    await exchange.send(b"HTTP/1.1 204 No Content\r\n\r\n")


async def empty(exchange: Exchange) -> None:
    """Answer well, with nothing."""
    await exchange.send(response(200, b""))


async def switch_protocols(exchange: Exchange) -> None:
    """Answer with status 101."""
    await exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")


async def echo_token(exchange: Exchange) -> None:
    """Repeat the token wherever an answer has room for it."""
    token = exchange.token.decode()
    body = json.dumps({"error_msg": f"bad token {token} and {token}", "error_code": token, "request_id": token})
    await exchange.send(response(401, body.encode(), f"X-Request-Id: {token}", f"X-Trace: {token}"))


def redirect_to(url: str) -> Act:
    """Return an act that sends the client elsewhere."""

    async def redirect(exchange: Exchange) -> None:
        await exchange.send(response(302, b"", f"Location: {url}/v2/p/sync-tasks/t"))

    return redirect


def on_connection(*acts: Act) -> Act:
    """Return an act that answers the first request of each connection by the first of these, and so on."""

    async def answer(exchange: Exchange) -> None:
        await acts[min(exchange.number, len(acts)) - 1](exchange)

    return answer
