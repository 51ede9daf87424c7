"""Asks one project's OMS endpoint, and turns whatever comes of it into a value."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from omstui import __version__
from omstui.backend.auth import Credential
from omstui.backend.clock import Clock
from omstui.backend.redact import mask
from omstui.backend.secret import HIDDEN
from omstui.backend.threads import in_daemon_thread
from omstui.backend.wire import BadAnswer, decode_problem, decode_task, request_id_of
from omstui.core.problem import Problem, ProblemKind
from omstui.core.profile import Profile, check_endpoint, is_loopback
from omstui.core.task import SyncTask
from omstui.core.text import tame

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

LARGEST_BODY = 1024 * 1024
"""Bytes; a ShowSyncTask answer has about one thousandth of this."""

_CONNECTIONS = 8
_IDLE_CONNECTIONS = 4
_KEPT_IDLE = 30.0
"""Seconds; longer ones tend to have been dropped on the way without a word."""

_SHORTEST_HIDDEN = 8
"""Characters; taking out anything shorter would tear up ordinary words."""


_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
# OpenSSL's verification errors, X509_V_ERR_*.
_NOT_IN_TIME = frozenset({9, 10})
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect: float = 5.0
    read: float = 10.0
    """For each piece of the answer."""

    write: float = 5.0
    pool: float = 5.0
    """For a free connection."""

    total: float = 20.0
    """For the whole request: an answer that drips stays below every other limit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer to ShowSyncTask."""

    task: SyncTask
    request_id: str | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class _Reply:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes
    defect: str | None = None
    """Why the body is not, or not wholly, there."""


@dataclass(slots=True, eq=False)
class _Opened:
    """An HTTP client with the number of requests that use it; once spent, the last of them closes it."""

    http: "httpx.AsyncClient"
    users: int = 0
    is_spent: bool = False


class _Trail:
    """Listens to one request's way through the connection pool."""

    def __init__(self) -> None:
        self.peer: str | None = None
        """The host that a new connection was opened to: the endpoint's or a proxy's."""

        self.is_sent = False

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith("connect_tcp.started"):
            self.peer = str(info.get("host"))
        elif event.endswith("send_request_headers.started"):
            self.is_sent = True

    @property
    def has_reused(self) -> bool:
        """Whether the request went out on a connection from an earlier one."""
        return self.is_sent and self.peer is None


class _BadEnvironmentError(Exception):
    """An environment variable of the network settings is of no use; the message names it."""


class OmsClient:
    """Asks one profile's endpoint, with GET only; every trouble on the way is returned as a `Problem`.

    The HTTP client behind it is made at the first request and lives as long as this one.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock,
        transport: "httpx.AsyncBaseTransport | None" = None,
        timeouts: Timeouts = Timeouts(),
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Prepare for asking; nothing is opened yet.

        Args:
            profile: where to ask.
            clock: dates the answers.
            transport: stands in for the network.
            timeouts: how long to wait.
            tls: makes the settings for https; by default the machine's certificates, read once for all clients.

        Raises:
            ValueError: the profile's endpoint is not one to send a token to.
        """
        self._endpoint = check_endpoint(profile.endpoint)
        self._profile = profile
        self._host = tame(urlsplit(self._endpoint).netloc)
        self._clock = clock
        self._transport = transport
        self._timeouts = timeouts
        self._tls = tls or _machine_tls
        self._opened: _Opened | None = None
        self._opening: asyncio.Future[_Opened] | None = None
        self._is_closed = False

    async def show_sync_task(self, sync_task_id: str, query_time_ms: int, credential: Credential) -> Answer | Problem:
        """Ask for a task and its counters of the month that contains `query_time_ms` (API reference, ShowSyncTask)."""
        for what, text in (("project id", self._profile.project_id), ("task id", sync_task_id)):
            if (problem := _id_problem(what, text)) is not None:
                return problem
        segments = ("v2", self._profile.project_id, "sync-tasks", sync_task_id)
        reply = await self._get(segments, {"query_time": str(query_time_ms)}, credential)
        if isinstance(reply, Problem):
            return reply
        answered_at = self._clock.now()
        task = _judge(reply, decode_task, answered_at)
        if isinstance(task, Problem):
            return task
        return Answer(task, request_id_of(reply.headers), answered_at)

    async def aclose(self) -> None:
        """Close the connections, those with a request in flight once it is done; nothing is sent any more."""
        self._is_closed = True
        opened, self._opened = self._opened, None
        if opened is not None:
            await self._spend(opened)

    async def _get(
        self, segments: Sequence[str], params: Mapping[str, str], credential: Credential
    ) -> _Reply | Problem:
        """Send a GET to the path of these segments, within the total time limit."""
        url = "/".join((self._endpoint, *(quote(segment, safe="") for segment in segments)))
        try:
            async with asyncio.timeout(self._timeouts.total):
                opened = await self._open()
                return opened if isinstance(opened, Problem) else await self._ask(opened, url, params, credential)
        except TimeoutError:
            text = f"The answer of {self._host} was not complete within {self._timeouts.total:g} s"
            return Problem(ProblemKind.NETWORK, text)

    async def _ask(
        self, opened: _Opened, url: str, params: Mapping[str, str], credential: Credential
    ) -> _Reply | Problem:
        """Send the request, and at once a second time when a connection from an earlier one turns out to be dead."""
        import httpx

        try:
            auth = credential.auth()
        except ValueError as error:
            return Problem(ProblemKind.TOKEN, f"What the {credential.source} holds is no credential: {error}")
        opened.users += 1
        trail = _Trail()
        try:
            try:
                reply = await _send(opened.http, url, params, auth, trail)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if not trail.has_reused:
                    raise
                trail = _Trail()
                reply = await _send(opened.http, url, params, auth, trail)
        # OSError and UnicodeError come from name resolution and get through httpx untranslated.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            if isinstance(error, httpx.PoolTimeout):
                # A pool that has lost its places to cancelled requests does not find them again.
                await self._spend(opened)
            return self._network_problem(error, trail)
        finally:
            opened.users -= 1
            if opened.is_spent and not opened.users:
                await opened.http.aclose()
        return _without_token(reply, credential)

    async def _open(self) -> _Opened | Problem:
        """Return the HTTP client, made on the way when there is none."""
        closed = Problem(ProblemKind.NETWORK, f"The connections to {self._host} have been closed")
        if self._is_closed:
            return closed
        if self._opened is not None:
            return self._opened
        try:
            if self._transport is not None:
                opened = self._make()
            else:
                # Importing httpx and reading certificates takes a while, and files may hang: not on the loop, and once
                # for all requests that wait for it.
                if self._opening is None:
                    self._opening = in_daemon_thread(self._make)
                opened = await asyncio.shield(self._opening)
        except _BadEnvironmentError as error:
            self._opening = None
            return Problem(ProblemKind.NETWORK, str(error))
        self._opening = None
        if self._is_closed:
            return closed
        self._opened = opened
        return opened

    async def _spend(self, opened: _Opened) -> None:
        """Take the HTTP client out of use; requests in flight are left to end."""
        opened.is_spent = True
        if self._opened is opened:
            self._opened = None
        if not opened.users:
            await opened.http.aclose()

    def _make(self) -> _Opened:
        """Make the HTTP client; in a thread of its own unless a transport stands in for the network.

        Raises:
            _BadEnvironmentError: a variable for proxies or certificates is of no use.
        """
        from http.cookiejar import DefaultCookiePolicy  # slow to import, as httpx is

        import httpx

        limits = self._timeouts
        try:
            http = httpx.AsyncClient(
                transport=self._transport,
                verify=self._tls() if self._transport is None else True,
                # A proxy would get the requests to this machine's own http endpoints in clear, token included.
                trust_env=not is_loopback(urlsplit(self._endpoint).hostname or ""),
                follow_redirects=False,
                http2=False,
                timeout=httpx.Timeout(connect=limits.connect, read=limits.read, write=limits.write, pool=limits.pool),
                limits=httpx.Limits(
                    max_connections=_CONNECTIONS,
                    max_keepalive_connections=_IDLE_CONNECTIONS,
                    keepalive_expiry=_KEPT_IDLE,
                ),
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "User-Agent": f"omstui/{__version__}",
                },
                event_hooks={"response": [_drop_location]},
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise _BadEnvironmentError(_proxy_variable_sentence()) from None
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))  # none are kept and sent back
        return _Opened(http)

    def _network_problem(self, error: Exception, trail: _Trail) -> Problem:
        """Translate an exception into words; its own text may repeat the request and is not used."""
        import httpx

        host, limits = self._host, self._timeouts
        peer = host
        match error:
            case httpx.UnsupportedProtocol() | httpx.InvalidURL():
                return Problem(ProblemKind.ENDPOINT, f"{host} is not an address that a request can be sent to")
            case httpx.LocalProtocolError():
                return Problem(ProblemKind.REFUSED, f"The request to {host} cannot be sent as it stands")
        if trail.peer is not None and trail.peer != httpx.URL(self._endpoint).raw_host.decode("ascii"):
            peer = f"The proxy {tame(mask(trail.peer))}"
        match error:
            case httpx.PoolTimeout():
                text = f"All connections to {host} are taken; they are made anew"
            case httpx.ConnectTimeout():
                text = f"{peer} did not take the connection within {limits.connect:g} s"
            case httpx.WriteTimeout():
                text = f"{host} did not take the request within {limits.write:g} s"
            case httpx.TimeoutException():
                text = f"{host} sent nothing for {limits.read:g} s"
            case httpx.ProxyError():
                text = _proxy_refusal_sentence(error, host)
            case httpx.RemoteProtocolError() if not _has_broken_off(error):
                text = f"What {host} sends is not HTTP"
            case httpx.ConnectError() | OSError() | UnicodeError():
                text = _connect_sentence(error, peer, host)
            case _:
                text = f"The connection to {host} broke off before the answer was complete"
        return Problem(ProblemKind.NETWORK, text)


async def _send(
    http: "httpx.AsyncClient", url: str, params: Mapping[str, str], auth: "httpx.Auth", trail: _Trail
) -> _Reply:
    """Send one GET and read its answer, up to `LARGEST_BODY`."""
    async with http.stream("GET", url, params=params, auth=auth, extensions={"trace": trail}) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        body, defect = bytearray(), None
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            # Not unpacked: a small answer may become a very large one.
            return _Reply(response.status_code, headers, b"?", "The answer is compressed, which was not asked for")
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > LARGEST_BODY:
                defect = f"The answer is larger than {LARGEST_BODY // 1024} KiB"
                break
        return _Reply(response.status_code, headers, bytes(body), defect)


async def _drop_location(response: "httpx.Response") -> None:
    """Make sure that nobody prepares to follow a redirect with the credential in hand."""
    response.headers.pop("Location", None)


def _judge(reply: _Reply, decode: Callable[[bytes], T], answered_at: datetime) -> T | Problem:
    """Decode a good answer, or say what is wrong with it."""
    reason = reply.defect
    if reply.status == 200 and reason is None:
        try:
            return decode(reply.body)
        except BadAnswer as bad:
            reason = str(bad)
    problem = decode_problem(reply.status, reply.headers, reply.body, answered_at)
    # Known codes count on any status: OMS.1009 is a missing task on 200 too.
    if reply.status == 200 and reason is not None and problem.kind is ProblemKind.BAD_ANSWER:
        return replace(problem, text=reason)
    return problem


def _without_token(reply: _Reply, credential: Credential) -> _Reply:
    """Take the token out of an error answer that repeats it, where it is too short for the mask to know it."""
    token = credential.secret.reveal()
    if reply.status == 200 or len(token) < _SHORTEST_HIDDEN:
        return reply
    headers = {name: value.replace(token, HIDDEN) for name, value in reply.headers.items()}
    return replace(reply, headers=headers, body=reply.body.replace(token.encode(), HIDDEN.encode()))


def _id_problem(what: str, text: str) -> Problem | None:
    """Say why this cannot be a segment of a path: an empty one would turn the request into another call."""
    if not text:
        return Problem(ProblemKind.REFUSED, f"The {what} is empty")
    if text in {".", ".."} or any("\ud800" <= char <= "\udfff" for char in text):
        return Problem(ProblemKind.REFUSED, f"{tame(text[:40])} is not a {what}")
    return None


@cache
def _machine_tls() -> ssl.SSLContext:
    """Return the machine's settings for https, read once.

    Raises:
        _BadEnvironmentError: the variable for certificates names none; OpenSSL would silently trust nobody.
    """
    context = ssl.create_default_context()
    variables = ssl.get_default_verify_paths()
    for name, where in ((variables.openssl_cafile_env, "cafile"), (variables.openssl_capath_env, "capath")):
        if path := os.environ.get(name):
            try:
                context.load_verify_locations(**{where: path})
            except OSError:
                sentence = f"The environment variable {name} names no certificates that can be read: {path}"
                raise _BadEnvironmentError(tame(mask(sentence))) from None
    return context


def _proxy_variable_sentence() -> str:
    """Say which variable makes the HTTP client impossible; values are not repeated, they may hold a password."""
    import httpx

    for name in _PROXY_VARIABLES:
        value = os.environ.get(name, "").strip()
        if not value:
            continue
        try:
            scheme = httpx.Proxy(value if "://" in value else f"http://{value}").url.scheme
        except (ValueError, httpx.InvalidURL):
            return f"The environment variable {name} holds no address of a proxy: correct or unset it"
        if scheme.startswith("socks"):
            return f"{name} names a SOCKS proxy, which needs one more package: pip install 'httpx[socks]'"
    return "The environment variable NO_PROXY holds what is no host name: correct or unset it"


def _proxy_refusal_sentence(error: "httpx.ProxyError", host: str) -> str:
    status = str(error)[:3]
    if status == "407":
        return f"The proxy on the way to {host} wants a user and a password: put them into HTTPS_PROXY"
    if status.isascii() and status.isdigit():
        return f"The proxy refuses to connect to {host} (status {status})"
    return f"The proxy refuses to connect to {host}"


def _connect_sentence(error: Exception, peer: str, host: str) -> str:
    """Say why there is no connection, from the errors underneath."""
    for cause in _causes(error):
        match cause:
            case socket.gaierror() | UnicodeError():
                return f"The name {peer} could not be looked up: check the endpoint and the name server"
            case ssl.SSLCertVerificationError():
                return _certificate_sentence(cause.verify_code, host)
            case ssl.SSLError():
                return f"There is no agreement with {host} on how to encrypt (TLS)"
            case ConnectionRefusedError():
                return f"{peer} refuses the connection: nothing listens there"
            case OSError() if cause.errno in _UNREACHABLE:
                return f"{peer} cannot be reached: there is no way to it from here"
    return f"The connection to {peer} could not be made"


def _certificate_sentence(verify_code: int, host: str) -> str:
    if verify_code in _UNKNOWN_ISSUER:
        return (
            f"The certificate of {host} is from an issuer that is unknown here: "
            "where a proxy reads along, SSL_CERT_FILE must name its certificate"
        )
    if verify_code in _NOT_IN_TIME:
        return f"The certificate of {host} has expired or is not valid yet: check this machine's clock too"
    if verify_code in _OTHER_NAME:
        return f"The certificate of {host} is for another name: check the endpoint"
    return f"The certificate of {host} cannot be trusted (OpenSSL's error {verify_code})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Go through an error and all that it was raised from."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting.extend(inner for inner in (cause.__cause__, cause.__context__) if inner is not None)


def _has_broken_off(error: "httpx.RemoteProtocolError") -> bool:
    """Whether the peer hung up, as opposed to sending what is not HTTP; h11 and httpcore tell it in words only."""
    words = str(error)
    return "disconnected" in words or "closed connection" in words
