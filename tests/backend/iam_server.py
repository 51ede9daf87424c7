"""A pretend IAM with an OMS behind it on a loopback port: issues tokens, counts attempts, and verifies signatures.

It verifies by an implementation of its own, written from the rules of the API reference and not from the client.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from omstui.backend.runtime.clock import Clock
from tests.backend import chaos

PROJECT_ID = "2c0689c860ad4728a497c91ec0844383"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    at: datetime
    method: str
    target: str
    """Path and query, encoded."""

    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes

    @property
    def path(self) -> str:
        """The part of the target before the query."""
        return self.target.partition("?")[0]


@dataclass
class IamServer:
    """What the server knows, and what it has seen."""

    clock: Clock
    url: str = ""
    life: float = 90.0
    """Seconds that a token lasts."""

    users: dict[tuple[str, str], str] = field(default_factory=lambda: {("watcher", "ExampleAccount"): "right-password"})
    """Passwords by user and account."""

    is_locked: bool = False
    projects: list[dict[str, object]] = field(default_factory=lambda: [{"id": PROJECT_ID, "name": "cn-north-4"}])
    may_list_projects: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    """Secret keys by access key."""

    security_tokens: dict[str, str] = field(default_factory=dict)
    """Security tokens by temporary access key."""

    date_ahead: float = 0.0
    """Seconds by which its clock is ahead of everybody else's."""

    trouble: bytes | None = None
    """What IAM answers instead of signing anybody in."""

    tokens: dict[str, datetime] = field(default_factory=dict)
    """When each issued token ends."""

    requests: list[Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """The status of each answer."""

    @property
    def sign_ins(self) -> list[Request]:
        """The requests that held a password."""
        return [request for request in self.requests if request.method == "POST"]

    @property
    def questions(self) -> list[Request]:
        """The requests to OMS."""
        return [request for request in self.requests if request.path.startswith("/v2/")]

    def now(self) -> datetime:
        """The time by its own clock."""
        return self.clock.now() + timedelta(seconds=self.date_ahead)

    def issue(self, life: float | None = None) -> str:
        """Make a token."""
        number = len(self.tokens)
        token = "MII" + hashlib.sha512(b"marked %d" % number).hexdigest() * 3
        self.tokens[token] = self.now() + timedelta(seconds=self.life if life is None else life)
        return token

    def revoke_all(self) -> None:
        """End every token, as a changed password does."""
        self.tokens = dict.fromkeys(self.tokens, datetime(2000, 1, 1, tzinfo=UTC))

    def answer(self, request: Request) -> bytes:
        """Answer a request."""
        self.requests.append(request)
        match request.method, request.path:
            case "POST", "/v3/auth/tokens":
                return self._sign_in(request)
            case "GET", "/v3/auth/tokens":
                return self._about(request)
            case "GET", "/v3/projects" | "/v3/auth/projects":
                return self._projects(request)
            case "GET", path if path.startswith("/v2/"):
                return self._show(request)
        return self._send(404, {"error_code": "APIGW.0101", "error_msg": "The API does not exist"})

    def _sign_in(self, request: Request) -> bytes:
        if self.trouble is not None:
            self.answers.append(0)
            return self.trouble
        auth = json.loads(request.body)["auth"]
        user = auth["identity"]["password"]["user"]
        right = self.users.get((user["name"], user["domain"]["name"]))
        if self.is_locked:
            return self._send(401, {"error_code": "IAM.0061", "error_msg": "The account is locked."})
        if right is None or user["password"] != right:
            message = f"The username or password is wrong: {user['password']}"
            return self._send(401, {"error": {"code": 401, "message": message, "title": "Unauthorized"}})
        token = self.issue()
        return self._send(201, {"token": self._told(token)}, f"X-Subject-Token: {token}")

    def _about(self, request: Request) -> bytes:
        token = request.headers.get("x-subject-token", "")
        if token != request.headers.get("x-auth-token") or not self._is_good(token):
            return self._send(401, {"error": {"code": 401, "message": "The request you have made requires x"}})
        return self._send(200, {"token": self._told(token)}, f"X-Subject-Token: {token}")

    def _told(self, token: str) -> dict[str, object]:
        ends = self.tokens[token]
        return {
            "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "issued_at": (ends - timedelta(seconds=self.life)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "methods": ["password"],
            "project": {"id": PROJECT_ID, "name": "cn-north-4"},
        }

    def _projects(self, request: Request) -> bytes:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if request.path == "/v3/projects" and not self.may_list_projects:
            return self._send(403, {"error": {"code": 403, "message": "You are not authorized", "title": "Forbidden"}})
        return self._send(200, {"projects": self.projects, "links": {}})

    def _show(self, request: Request) -> bytes:
        return self._refusal(request) or self._send(200, chaos.TASK)

    def _refusal(self, request: Request) -> bytes | None:
        """Check what the request is signed in with, as the gateway does."""
        if "authorization" in request.headers:
            reason = fault_of(request, self.keys, self.security_tokens, self.now())
            if reason is None:
                return None
        else:
            token = request.headers.get("x-auth-token", "")
            if self._is_good(token):
                return None
            ends = self.tokens.get(token)
            reason = "decrypt token fail" if ends is None else f"token expires, expires_at: {ends:%Y-%m-%dT%H:%M:%SZ}"
        message = f"Incorrect IAM authentication information: {reason}"
        return self._send(401, {"error_code": "APIGW.0301", "error_msg": message, "request_id": "8080d377bffeb6d5"})

    def _is_good(self, token: str) -> bool:
        return token in self.tokens and self.now() < self.tokens[token]

    def _send(self, status: int, body: object, *headers: str) -> bytes:
        self.answers.append(status)
        date = f"Date: {format_datetime(self.now(), usegmt=True)}"
        return chaos.response(status, json.dumps(body).encode(), date, *headers)


@asynccontextmanager
async def iam_serving(server: IamServer) -> AsyncIterator[IamServer]:
    """Serve on a free loopback port until the block ends."""
    running: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
                line, *lines = head.rstrip("\r\n").split("\r\n")
                method, target, _ = line.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                writer.write(server.answer(Request(server.now(), method, target, headers, body)))
                await writer.drain()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.get_running_loop().create_task(talk(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # the transports close their sockets in the loop's next turn


# Signatures


def fault_of(
    request: Request, keys: Mapping[str, str], security_tokens: Mapping[str, str], now: datetime
) -> str | None:
    """Say why a signature does not count; ``None`` when it does."""
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        return "verify aksk signature fail: no such header"
    access_key, names, signature = match.groups()
    if access_key not in keys:
        return f"Get secretKey failed,ak:{access_key},err:ak not exist"
    signed = names.split(";")
    if signed != sorted(signed) or "x-sdk-date" not in signed:
        return "verify aksk signature fail: signed headers"
    if security_tokens.get(access_key) != request.headers.get("x-security-token"):
        return "verify aksk signature fail: security token"
    date = request.headers["x-sdk-date"]
    signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(signed_at - now) > timedelta(minutes=15):
        return "verify aksk signature fail: expired"
    path, _, query = request.target.partition("?")
    lines = [request.method, _canonical_path(path), _canonical_query(query)]
    lines += [f"{name}:{request.headers[name]}" for name in signed]
    lines += ["", names, hashlib.sha256(request.body).hexdigest()]
    canonical = "\n".join(lines)
    to_sign = "\n".join(["SDK-HMAC-SHA256", date, hashlib.sha256(canonical.encode()).hexdigest()])
    expected = hmac.digest(keys[access_key].encode(), to_sign.encode(), "sha256").hex()
    return None if expected == signature else f"verify aksk signature fail, canonicalRequest: {canonical}"


def _canonical_path(path: str) -> str:
    encoded = "/".join(_encode(part) for part in _decode(path).split(b"/"))
    return encoded if encoded[-1:] == "/" else encoded + "/"


def _canonical_query(query: str) -> str:
    pairs = []
    for pair in query.split("&") if query else []:
        name, _, value = pair.partition("=")
        pairs.append((_decode(name), _decode(value)))
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def _decode(text: str) -> bytes:
    return re.sub(rb"%([0-9a-fA-F]{2})", lambda match: bytes([int(match[1], 16)]), text.encode("ascii"))


def _encode(raw: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)
