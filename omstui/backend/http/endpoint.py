"""One endpoint over HTTP: opens connections when they are needed, sends a request, and reads a bounded answer."""

import asyncio
import json
import logging
import os
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from omstui import __version__
from omstui.backend.http.compat import note_missing_sniffio
from omstui.backend.http.credential import AnyCredential
from omstui.backend.http.environment import load_certificates, proxy_for
from omstui.backend.http.error_body import decode_problem
from omstui.backend.http.errors import (
    DEFAULT_TIMEOUTS,
    Timeouts,
    Trail,
    network_problem,
    preparation_sentence,
    proxy_variable_sentence,
)
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.secret import HIDDEN, Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import check_endpoint, is_loopback
from omstui.core.text import tame

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of any answer."""

LARGEST_TASK = 64 * 1024
"""Bytes of an answer about one task: usually one kilobyte, and 44 with all texts at their longest."""

_CONNECTIONS = 8
_IDLE_CONNECTIONS = 4
_KEPT_IDLE = 30.0
"""Seconds; connections that are idle for longer are often dropped on the way without notice."""

_SHORTEST_HIDDEN = 8
"""Characters; hiding shorter values would destroy ordinary words."""

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": f"omstui/{__version__}",
}

_CODE = re.compile(r"[A-Z0-9]{2,8}\.[0-9]{4,5}")


class Reply(Struct, frozen=True):
    """An HTTP answer with any status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes
    defect: str | None = None
    """Why the body is missing or incomplete."""

    def problem(
        self, now: datetime, secrets: Sequence[Secret], *, hides_short: bool = False, oms_host: str | None = None
    ) -> Problem:
        """Return the problem that the answer describes.

        Args:
            now: the time from which a date in `Retry-After` is counted.
            secrets: values of the request that the answer may repeat; removed, also where the mask would not find them.
            hides_short: whether to drop a whole text that contains a very short secret: users choose passwords that
                cannot be removed from a text without making it unreadable.
            oms_host: the host that was asked, for a request to OMS, see `decode_problem`.
        """
        hide = _Hiding(tuple(secret.reveal() for secret in secrets if secret), hides_short)
        headers = {name: hide.in_text(value) for name, value in self.headers.items()}
        problem = decode_problem(self.status, headers, hide.in_json(self.body), now, oms_host=oms_host)
        # Taming joins text that invisible characters separate.
        return replace(
            problem,
            text=hide.in_text(problem.text),
            code=problem.code and hide.in_text(problem.code),
            request_id=problem.request_id and hide.in_text(problem.request_id),
        )


class _Hiding(Struct, frozen=True):
    """Removes secret values from the texts of an answer."""

    values: tuple[str, ...]
    hides_short: bool

    def __repr__(self) -> str:
        return "_Hiding(***)"

    def in_json(self, body: bytes) -> bytes:
        """Remove them from JSON, however it escapes them; a body that is not JSON is not shown anyway."""
        if not self.values:
            return body
        try:
            return json.dumps(self._in_value(json.loads(body.decode("utf-8", "replace")))).encode()
        except (ValueError, RecursionError):
            return b"?" if body.strip() else body

    def in_text(self, text: str) -> str:
        """Remove them from a text."""
        for value in self.values:
            if len(value) >= _SHORTEST_HIDDEN:
                text = text.replace(value, HIDDEN)
            elif self.hides_short and value in text and not _CODE.fullmatch(text):
                return HIDDEN
        return text

    def _in_value(self, value: object) -> object:
        match value:
            case str():
                return self.in_text(value)
            case bool() | None:
                return value
            case int() | float():
                return value if self.in_text(str(value)) == str(value) else HIDDEN
            case list():
                return [self._in_value(inner) for inner in value]
            case dict():
                return {name: self._in_value(inner) for name, inner in value.items()}
        return value


class _Call(Struct, frozen=True):
    """One request."""

    method: str
    url: str
    params: Mapping[str, str]
    credential: AnyCredential | None = None
    body: Secret | None = None
    """JSON."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers beside the usual ones and the credential's."""

    largest: int = LARGEST_BODY
    """Most bytes of the answer."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent twice when the result of the first try is unknown."""
        return self.method == "GET"


@dataclass(slots=True, eq=False)
class _Pool:
    """A connection pool with its number of running requests; a spent one is closed by its last request."""

    transport: "httpx.AsyncBaseTransport"
    users: int = 0
    is_retired: bool = False


class _BadEnvironmentError(Exception):
    """An environment variable of the network settings is invalid; the message names it."""


class HttpEndpoint:
    """Sends requests to one endpoint; returns each failure on the way as a `Problem` of the kind NETWORK.

    Requests go directly to httpx's transport. Its client would keep cookies and prepare redirects, which are both
    unwanted, at a seventh of a request's cost. The connection pool is created at the first request.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        tls: Callable[[], ssl.SSLContext] | None = None,
        is_link_local: bool = False,
    ) -> None:
        """Create the endpoint; nothing is opened yet.

        Args:
            endpoint: scheme and host, optionally a port and a path prefix.
            transport: replaces the network.
            timeouts: the timeouts.
            tls: makes the settings for https; by default with the machine's certificates, read once for all endpoints.
            is_link_local: whether no router passes the address on, as with a metadata service: plain http is allowed,
                and no proxy is used.

        Raises:
            ValueError: a credential must not be sent to this endpoint.
        """
        self._endpoint = endpoint if is_link_local else check_endpoint(endpoint)
        parts = urlsplit(self._endpoint)
        self.host = tame(parts.netloc)
        """Host and optional port, for messages."""

        self._is_direct = is_link_local or is_loopback(parts.hostname or "")
        self._is_plain = parts.scheme == "http"
        self._transport = transport
        self._timeouts = timeouts
        self._tls = tls or _machine_tls
        self._opened: _Pool | None = None
        self._opening: asyncio.Future[_Pool] | None = None
        self._authorized: tuple[AnyCredential, httpx.Auth] | None = None
        self._is_closed = False

    async def get(
        self,
        segments: Sequence[str],
        params: Mapping[str, str],
        credential: AnyCredential,
        *,
        largest: int = LARGEST_BODY,
    ) -> Reply | Problem:
        """Send a GET to the path of these segments, and again at once when a kept connection turns out to be dead.

        An answer with more than `largest` bytes is cut there.
        """
        return await self._in_time(_Call("GET", self._url(segments), params, credential, largest=largest))

    async def post(self, segments: Sequence[str], params: Mapping[str, str], body: Secret) -> Reply | Problem:
        """Send JSON to the path of these segments, once."""
        return await self._in_time(_Call("POST", self._url(segments), params, body=body))

    async def put(self, segments: Sequence[str], headers: Mapping[str, str]) -> Reply | Problem:
        """Send a PUT without a body to the path of these segments, once; it starts a session at a metadata service."""
        return await self._in_time(_Call("PUT", self._url(segments), {}, headers=headers))

    async def aclose(self) -> None:
        """Close the connections, those in use after their request; nothing is sent afterwards."""
        self._is_closed = True
        opened, self._opened = self._opened, None
        if opened is not None:
            await self._retire(opened)

    def _url(self, segments: Sequence[str]) -> str:
        return "/".join((self._endpoint, *(quote(segment, safe="") for segment in segments)))

    async def _in_time(self, call: _Call) -> Reply | Problem:
        """Send a request within the total timeout."""
        try:
            async with asyncio.timeout(self._timeouts.total):
                opened = await self._open()
                return opened if isinstance(opened, Problem) else await self._ask(opened, call)
        except TimeoutError:
            text = f"The answer of {self.host} was not complete within {self._timeouts.total:g} s"
            return Problem(ProblemKind.NETWORK, text)

    async def _ask(self, opened: _Pool, call: _Call) -> Reply | Problem:
        """Send the request, and once more when it used a kept connection that is dead."""
        import httpx

        auth = None
        if call.credential is not None:
            try:
                auth = self._auth_of(call.credential)
            except ValueError as error:
                text = f"What the {call.credential.source} holds is no credential: {error}"
                return Problem(ProblemKind.TOKEN, text)
        opened.users += 1
        trail = Trail()
        try:
            try:
                return await self._send(opened.transport, call, auth, trail)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if not (trail.has_reused and call.is_repeatable):
                    raise
                trail = Trail()
                return await self._send(opened.transport, call, auth, trail)
        # OSError and UnicodeError come from name resolution and get through httpx untranslated.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            if isinstance(error, httpx.PoolTimeout):
                # After cancelled requests, a pool may have lost connections for good.
                await self._retire(opened)
            return network_problem(error, trail, self._endpoint, self._timeouts)
        finally:
            opened.users -= 1
            if opened.is_retired and not opened.users:
                await opened.transport.aclose()

    def _auth_of(self, credential: AnyCredential) -> "httpx.Auth":
        """Return the `httpx.Auth` of the credential, cached while the credential stays the same.

        Raises:
            ValueError: its characters are not allowed in a request.
        """
        if self._authorized is None or self._authorized[0] is not credential:
            self._authorized = (credential, credential.auth())
        return self._authorized[1]

    async def _open(self) -> _Pool | Problem:
        """Return the connection pool, created if there is none."""
        closed = Problem(ProblemKind.NETWORK, f"The connections to {self.host} have been closed")
        if self._is_closed:
            return closed
        if self._opened is not None:
            return self._opened
        try:
            if self._transport is not None:
                self._opened = self._make()
                return self._opened
            # Importing httpx and reading certificates is slow, and reading files may hang: done in a thread, once for
            # all waiting requests.
            if self._opening is None:
                self._opening = in_daemon_thread(self._make)
                self._opening.add_done_callback(self._end_opening)
            opened = await asyncio.shield(self._opening)
        except _BadEnvironmentError as error:
            return Problem(ProblemKind.NETWORK, str(error))
        except OSError as error:
            return Problem(ProblemKind.NETWORK, preparation_sentence(error, self.host))
        if self._is_closed:
            return closed
        return opened

    def _end_opening(self, opening: asyncio.Future[_Pool]) -> None:
        """Keep the new pool; after any failure the next request tries again."""
        self._opening = None
        if opening.exception() is None and not self._is_closed:
            self._opened = opening.result()

    async def _retire(self, opened: _Pool) -> None:
        """Retire the connection pool; running requests may finish."""
        opened.is_retired = True
        if self._opened is opened:
            self._opened = None
        if not opened.users:
            await opened.transport.aclose()

    def _make(self) -> _Pool:
        """Create the connection pool, in a thread unless a transport replaces the network.

        Raises:
            _BadEnvironmentError: a variable for proxies or certificates is invalid.
        """
        import httpx  # slow to import

        note_missing_sniffio()
        if self._transport is not None:
            return _Pool(self._transport)
        limits = httpx.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_KEPT_IDLE,
        )
        tls = _no_tls() if self._is_plain else self._tls()
        try:
            # A proxy would get requests to this machine's own http endpoints in clear text, with the token.
            proxy = None if self._is_direct else proxy_for(self._endpoint)
            return _Pool(httpx.AsyncHTTPTransport(verify=tls, http2=False, limits=limits, proxy=proxy))
        except (ValueError, ImportError, httpx.InvalidURL):
            raise _BadEnvironmentError(proxy_variable_sentence()) from None

    async def _send(
        self, transport: "httpx.AsyncBaseTransport", call: _Call, auth: "httpx.Auth | None", trail: Trail
    ) -> Reply:
        """Send one request and read its answer, up to the call's limit."""
        request = self._request(call, auth, trail)
        response = await transport.handle_async_request(request)
        log.debug("%s %s: %d", request.method, request.url, response.status_code)
        stream = cast("httpx.AsyncByteStream", response.stream)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body, defect = bytearray(), None
            if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
                # Not decompressed: a small answer may become a very large one.
                return Reply(response.status_code, headers, b"?", "The answer is compressed, which was not asked for")
            async for chunk in stream:
                body += chunk
                if len(body) > call.largest:
                    defect = f"The answer is larger than {call.largest // 1024} KiB"
                    break
            return Reply(response.status_code, headers, bytes(body), defect)
        finally:
            await stream.aclose()

    def _request(self, call: _Call, auth: "httpx.Auth | None", trail: Trail) -> "httpx.Request":
        """Build the request."""
        import httpx

        headers, content = {**_HEADERS, **call.headers}, None
        if call.body is not None:
            headers["Content-Type"] = "application/json;charset=utf8"
            content = call.body.reveal().encode()
        url = f"{call.url}?{urlencode(call.params)}" if call.params else call.url
        limits = self._timeouts
        timeout = {"connect": limits.connect, "read": limits.read, "write": limits.write, "pool": limits.pool}
        extensions = {"trace": trail, "timeout": timeout}
        request = httpx.Request(call.method, url, headers=headers, content=content, extensions=extensions)
        return request if auth is None else next(auth.sync_auth_flow(request))


@cache
def _no_tls() -> ssl.SSLContext:
    """Return https settings that trust no one, for plain http: the machine's certificates take megabytes."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def _machine_tls() -> ssl.SSLContext:
    """Return the machine's https settings, read once.

    Raises:
        _BadEnvironmentError: the variable for certificates names none; OpenSSL would silently trust no one.
    """
    context = ssl.create_default_context()
    if (sentence := load_certificates(context, os.environ)) is not None:
        raise _BadEnvironmentError(sentence)
    return context
