"""Why no answer came, as a sentence: from the types of the errors, since their texts may repeat a request."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from omstui.backend.http.compat import was_closed_by_peer
from omstui.backend.http.environment import proxy_sentence, proxy_variable, socks_sentence
from omstui.backend.secrets.redact import mask
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.text import tame

if TYPE_CHECKING:
    import httpx

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
# OpenSSL's verification errors, X509_V_ERR_*.
_NOT_IN_TIME = frozenset({9, 10})
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})


class Timeouts(Struct, frozen=True):
    """Timeouts of a request and of its parts, in seconds."""

    connect: float = 5.0
    read: float = 10.0
    """For each piece of the answer."""

    write: float = 5.0
    pool: float = 5.0
    """For a free connection."""

    total: float = 20.0
    """For the whole request: an answer that arrives in small pieces stays within all other limits."""


DEFAULT_TIMEOUTS = Timeouts()


class Trail:
    """Records how far one request gets in the connection pool."""

    def __init__(self) -> None:
        self.peer: str | None = None
        """The host of the new connection, the endpoint or a proxy; ``None`` without a new connection."""

        self.is_sent = False
        self.is_through = False
        """Whether a proxy has opened the tunnel to the endpoint."""

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """Record a trace event of httpcore."""
        if event.endswith("connect_tcp.started"):
            self.peer = str(info.get("host"))
        elif event.endswith("send_request_headers.started"):
            self.is_sent = True
        elif event.endswith("start_tls.started") and not event.startswith("connection."):  # inside the tunnel
            self.is_through = True

    @property
    def has_reused(self) -> bool:
        """Whether the request went out on a connection from an earlier one."""
        return self.is_sent and self.peer is None


def network_problem(error: Exception, trail: Trail, endpoint: str, timeouts: Timeouts) -> Problem:
    """Return the problem for an exception of httpx or of name resolution.

    Args:
        error: the exception that sending or reading raised.
        trail: how far the request got.
        endpoint: the endpoint of the request.
        timeouts: the timeouts of the request.
    """
    import httpx

    host = peer = tame(urlsplit(endpoint).netloc)
    match error:
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return Problem(ProblemKind.ENDPOINT, f"{host} is not an address that a request can be sent to")
        case httpx.LocalProtocolError():
            return Problem(ProblemKind.REFUSED, f"The request to {host} cannot be sent as it stands")
    if trail.peer is not None and trail.peer != httpx.URL(endpoint).raw_host.decode("ascii"):
        peer = f"The proxy {tame(mask(trail.peer))}"
    match error:
        case httpx.PoolTimeout():
            text = f"All connections to {host} are taken; they are opened again"
        case httpx.ConnectTimeout():
            text = f"{peer} did not take the connection within {timeouts.connect:g} s"
        case httpx.WriteTimeout():
            text = f"{host} did not take the request within {timeouts.write:g} s"
        case httpx.TimeoutException():
            text = f"{host if trail.is_through else peer} sent nothing for {timeouts.read:g} s"
        case httpx.ProxyError():
            text = _proxy_refusal_sentence(error, host)
        case httpx.RemoteProtocolError() if not was_closed_by_peer(error):
            text = f"What {host} sends is not HTTP"
        case httpx.ConnectError() | OSError() | UnicodeError():
            text = _connect_sentence(error, peer, host)
        case _:
            text = f"The connection to {host} broke off before the answer was complete"
    return Problem(ProblemKind.NETWORK, text)


def proxy_variable_sentence() -> str:
    """Return a sentence about the variable of a bad proxy, without its value, which may contain a password."""
    import httpx

    name = proxy_variable(os.environ)
    if name is not None:
        value = os.environ[name].strip()
        try:
            scheme = httpx.Proxy(value if "://" in value else f"http://{value}").url.scheme
        except (ValueError, httpx.InvalidURL):
            return proxy_sentence(name)
        if scheme.startswith("socks"):
            return socks_sentence(name)
    return "The proxy that this machine's settings name is of no use: correct or remove it"


def preparation_sentence(error: OSError, host: str) -> str:
    """Return why connections could not be prepared: bad certificates, or an error such as too many open files."""
    if isinstance(error, ssl.SSLError) or error.errno is None:
        return f"The connections to {host} could not be prepared: the certificates of this machine cannot be read"
    return f"The connections to {host} could not be prepared: {os.strerror(error.errno)}"


def _proxy_refusal_sentence(error: "httpx.ProxyError", host: str) -> str:
    status = str(error)[:3]
    if status == "407":
        return f"The proxy on the way to {host} wants a user and a password: put them into HTTPS_PROXY"
    if status.isascii() and status.isdigit():
        return f"The proxy refuses to connect to {host} (status {status})"
    return f"The proxy refuses to connect to {host}"


def _connect_sentence(error: Exception, peer: str, host: str) -> str:
    """Return why there is no connection, from the causes of the error."""
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
    """Yield an error and all its causes, contexts and grouped errors, each once."""
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
