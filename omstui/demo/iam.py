"""The pretend service's IAM: issues tokens for a password, lists projects, and verifies signatures."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

from msgspec import Struct, field

from omstui.backend.http.signing import ALGORITHM, DATE_FORMAT, AccessKeys, sign
from omstui.backend.secrets.secret import Secret

USER, ACCOUNT = "demo-watcher", "demo-account"
PASSWORD = Secret("demo-password")
KEYS = AccessKeys(Secret("DEMOACCESSKEY"), Secret("demo-secret-key"))
"""Made-up words that open nothing but the demo."""

TOKEN_LIFE = timedelta(hours=24)
_MOST_SKEW = timedelta(minutes=15)
_AUTHORIZATION = re.compile(rf"{ALGORITHM} Access=([^,]+), SignedHeaders=([a-z0-9;_-]+), Signature=[0-9a-f]{{64}}")


class Request(Struct, frozen=True):
    """A request as the service receives it."""

    method: str
    target: str
    """Path and query as in the request line."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""

    body: bytes = b""

    @property
    def token(self) -> str | None:
        """The value of `X-Auth-Token`."""
        return self.headers.get("x-auth-token")


class IamProject(NamedTuple):
    """A project of the account."""

    project_id: str
    name: str


class IamAnswer(NamedTuple):
    """Status, body and additional headers of an answer."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = {}


class _Issued(NamedTuple):
    project: IamProject
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + TOKEN_LIFE


class SimulatedIam:
    """An IAM with one account, one user, one access key and some projects, and the tokens that it has issued."""

    def __init__(self, projects: Sequence[IamProject]) -> None:
        self._projects = tuple(projects)
        self._issued: dict[str, _Issued] = {}

    def answer(self, request: Request, now: datetime, *, is_signed_in: bool) -> IamAnswer:
        """Answer a call of IAM; `is_signed_in` says whether the token or signature of the request is accepted."""
        path, _, query = request.target.partition("?")
        match request.method, path:
            case "POST", "/v3/auth/tokens":
                return self._sign_in(request.body, now)
            case "GET", "/v3/auth/tokens" | "/v3/projects" | "/v3/auth/projects" if not is_signed_in:
                return _error(401, "The request you have made requires authentication.")
            case "GET", "/v3/auth/tokens":
                subject = request.headers.get("x-subject-token", "")
                issued = self._issued.get(subject)
                return _error(404, "Could not find token.") if issued is None else _token(200, subject, issued)
            case "GET", "/v3/projects" | "/v3/auth/projects":
                names = dict(parse_qsl(query)).get("name") if path == "/v3/projects" else None
                return self._list(names)
        return _error(404, "The requested resource could not be found.")

    def project_of(self, token: str | None, now: datetime) -> str | None:
        """Return the id of the project that an issued token opens; ``None`` when it has expired or was not issued."""
        issued = self._issued.get(token or "")
        return issued.project.project_id if issued is not None and now < issued.expires_at else None

    def end_of(self, token: str | None) -> datetime | None:
        """Return when an issued token expires; ``None`` when it was not issued."""
        issued = self._issued.get(token or "")
        return issued.expires_at if issued is not None else None

    def signature_fault(self, request: Request, now: datetime) -> str | None:
        """Return why the request's signature is not accepted, in the gateway's words; ``None`` when it is."""
        given = request.headers.get("authorization", "")
        match = _AUTHORIZATION.fullmatch(given)
        if match is None:
            return "verify aksk signature fail: the Authorization header is malformed"
        access_key, names = match[1], match[2].split(";")
        if access_key != KEYS.access_key.reveal():
            return f"Get secretKey failed,ak:{access_key},err:ak not exist"
        signed = {name: request.headers[name] for name in names if name in request.headers}
        try:
            signed_at = datetime.strptime(signed["x-sdk-date"], DATE_FORMAT).replace(tzinfo=UTC)
        except (KeyError, ValueError):
            return "verify aksk signature fail: no signed X-Sdk-Date"
        if abs(now - signed_at) > _MOST_SKEW:
            return "verify aksk signature fail: signature expired"
        path, _, query = request.target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        right = sign(KEYS, request.method, path, pairs, headers=signed, body=request.body).authorization
        is_right = hmac.compare_digest(right.encode(), given.encode())
        return None if is_right else "verify aksk signature fail: the signature does not match"

    def _sign_in(self, body: bytes, now: datetime) -> IamAnswer:
        try:
            auth = json.loads(body)["auth"]
            user = auth["identity"]["password"]["user"]
            given = [user["name"], user["domain"]["name"], user["password"]]
            scope = auth["scope"]["project"]
            wanted = scope.get("id"), scope.get("name")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _error(400, "The request body is invalid")
        if given != [USER, ACCOUNT, PASSWORD.reveal()]:
            return _error(401, "The username or password is wrong.")
        project = next((one for one in self._projects if one.project_id == wanted[0] or one.name == wanted[1]), None)
        if project is None:
            return _error(404, "Could not find project.")
        token = f"demo-token-{secrets.token_urlsafe(48)}"
        self._issued[token] = _Issued(project, now)
        return _token(201, token, self._issued[token])

    def _list(self, name: str | None) -> IamAnswer:
        found = [
            {"id": one.project_id, "name": one.name, "enabled": True}
            for one in self._projects
            if name in {None, one.name}
        ]
        return IamAnswer(200, {"projects": found, "links": {}})


def _token(status: int, token: str, issued: _Issued) -> IamAnswer:
    token_body = {
        "expires_at": f"{issued.expires_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "issued_at": f"{issued.issued_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "methods": ["password"],
        "project": {"id": issued.project.project_id, "name": issued.project.name},
        "user": {"name": USER, "domain": {"name": ACCOUNT}},
        "catalog": [],
    }
    return IamAnswer(status, {"token": token_body}, {"X-Subject-Token": token})


def _error(status: int, message: str) -> IamAnswer:
    titles = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
    return IamAnswer(status, {"error": {"code": status, "message": message, "title": titles[status]}})
