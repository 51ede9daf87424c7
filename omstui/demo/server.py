"""The pretend service on a loopback port, as plain HTTP/1.1."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, parse_headers
from io import BytesIO

from msgspec import Struct

from omstui.demo.iam import Request
from omstui.demo.service import Answer, SimulatedOms

HOST = "127.0.0.1"
_LARGEST_HEAD = 65_536
"""Bytes of request line and headers; a token alone may have 16,384 (API reference, ShowSyncTask)."""

_LARGEST_BODY = 65_536
_IDLE = 75.0
"""Seconds after which a connection without a whole request is closed."""


class _Request(Struct, frozen=True):
    request: Request
    keeps_alive: bool


class _BadRequestError(Exception):
    """Raised for a request that cannot be answered; the status says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@asynccontextmanager
async def loopback(service: SimulatedOms, port: int = 0) -> AsyncIterator[int]:
    """Serve on 127.0.0.1 while the block runs, and yield the port.

    Args:
        service: answers the requests.
        port: the port to listen on; 0 takes a free one.

    Raises:
        OSError: the port is taken or not allowed.
    """
    conversations: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.create_task(_converse(service, reader, writer))
        conversations.add(conversation)
        conversation.add_done_callback(conversations.discard)

    server = await asyncio.start_server(begin, HOST, port, limit=_LARGEST_HEAD)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        left = tuple(conversations)
        for conversation in left:
            conversation.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()


async def _converse(service: SimulatedOms, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection until either side closes it."""
    try:
        while (came := await _next_request(reader)) is not None:
            answer = await service.answer_request(came.request)
            writer.write(_bytes_of(answer, came.keeps_alive, with_body=came.request.method != "HEAD"))
            await writer.drain()
            if not came.keeps_alive:
                break
    except _BadRequestError as error:
        writer.write(_bytes_of(Answer(error.status, b""), keeps_alive=False, with_body=True))
    except ConnectionError:
        pass  # the other side is gone
    finally:
        writer.close()


async def _next_request(reader: asyncio.StreamReader) -> _Request | None:
    """Read one request with its body; ``None`` when the connection is closed or idle."""
    try:
        async with asyncio.timeout(_IDLE):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, version, headers = _parse(head)
            body = await reader.readexactly(_body_length(headers))
    except (asyncio.IncompleteReadError, TimeoutError):
        return None
    except asyncio.LimitOverrunError as error:
        raise _BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    wish = headers.get("Connection", "").lower()
    keeps_alive = wish != "close" if version == "HTTP/1.1" else wish == "keep-alive"
    values = {name.lower(): value for name, value in headers.items()}
    return _Request(Request(method, target, values, body), keeps_alive)


def _parse(head: bytes) -> tuple[str, str, str, HTTPMessage]:
    line, _, rest = head.partition(b"\r\n")
    try:
        method, target, version = line.decode("ascii").split(" ")
        headers = parse_headers(BytesIO(rest))
    except (ValueError, HTTPException) as error:
        raise _BadRequestError(HTTPStatus.BAD_REQUEST) from error
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise _BadRequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    return method, target, version, headers


def _body_length(headers: HTTPMessage) -> int:
    """Return the length of the body in bytes, or raise `_BadRequestError` for one that is not supported."""
    if "Transfer-Encoding" in headers:
        raise _BadRequestError(HTTPStatus.NOT_IMPLEMENTED)
    written = headers.get("Content-Length", "0")
    if not (written.isascii() and written.isdigit() and len(written) <= 19):
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    if int(written) > _LARGEST_BODY:
        raise _BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return int(written)


def _bytes_of(answer: Answer, keeps_alive: bool, with_body: bool) -> bytes:
    headers = {
        **answer.headers,
        "Content-Length": str(len(answer.body)),
        "Connection": "keep-alive" if keeps_alive else "close",
    }
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("ascii") + (answer.body if with_body else b"")
