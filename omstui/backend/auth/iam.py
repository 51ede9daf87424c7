"""The part of IAM that signing in needs: gets tokens for passwords, tells when a token ends, looks up projects."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.credential import TOKEN_HEADER, AnyCredential, HeaderToken
from omstui.backend.http.endpoint import HttpEndpoint, Reply
from omstui.backend.http.errors import DEFAULT_TIMEOUTS, Timeouts
from omstui.backend.runtime.clock import Clock
from omstui.backend.secrets.secret import HIDDEN, Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.text import tame
from omstui.core.zone import read_iso_time

if TYPE_CHECKING:
    import httpx


GLOBAL_ENDPOINT = "https://iam.myhuaweicloud.com"
"""Serves every call of IAM (API reference, Endpoints)."""

_EUROPEAN_ENDPOINT = "https://iam.myhuaweicloud.eu"
_REGIONS = frozenset(
    {
        "ae-ad-1", "af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "cn-east-2",
        "cn-east-3", "cn-east-4", "cn-east-5", "cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-12",
        "cn-south-1", "cn-south-2", "cn-southwest-2", "eu-west-0", "eu-west-101", "la-north-2", "la-south-2",
        "me-east-1", "my-kualalumpur-1", "na-mexico-1", "ru-moscow-1", "sa-brazil-1", "tr-west-1",
    }
)  # fmt: skip
"""The 28 regions with an IAM host of their own, from the SDK's endpoint list (3.1.219)."""

_EUROPEAN_REGION = "eu-west-101"
"""The only one of them whose host is in the European domain."""

SUBJECT_HEADER = "X-Subject-Token"
_TOKENS = ("v3", "auth", "tokens")
_WITHOUT_CATALOG = {"nocatalog": "true"}
_BUILT_IN_PROJECT = "MOS"
_LONGEST_TEXT = 300

_REFUSALS = {
    "IAM.0061": "The user {user} is locked after failed sign-ins: wait until the lock ends, 15 to 30 minutes",
    "IAM.0080": "The user {user} is disabled",
    "IAM.0081": "The user {user} may sign in to the console only",
    "IAM.0082": "The user {user} is disabled",
    "IAM.0083": "The user {user} has no access to this region",
    "IAM.1061": "{host} wants a passcode besides the password of {user}, and nobody is there to give it",
}
_REFUSALS_BY_STATUS = {
    400: "{host} does not take the sign-in of {user} as it stands",
    401: "{host} refuses the user {user} of the account {domain}, or the password",
    403: "{host} does not let the user {user} of the account {domain} sign in",
    404: "{host} knows no such user, account or project, or is no IAM endpoint",
}
# The kinds of answers to a password that are a refusal, which the user must look at. All others are failures on the
# way.
_REFUSING = frozenset({ProblemKind.TOKEN, ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.REFUSED})


def iam_endpoint(region: str | None) -> str:
    """Return the IAM endpoint that serves a region: its own, else that of its site (API reference, Endpoints)."""
    if region in _REGIONS:
        return f"https://iam.{region}.myhuaweicloud.{'eu' if region == _EUROPEAN_REGION else 'com'}"
    return _EUROPEAN_ENDPOINT if region is not None and region.startswith("eu-") else GLOBAL_ENDPOINT


class IssuedToken(Struct, frozen=True):
    """A token, and what its answer tells about it."""

    secret: Secret
    expires_at: datetime | None
    issued_at: datetime | None
    project_id: str | None
    """The project that it is valid for."""


class Project(Struct, frozen=True):
    """A project of the account."""

    project_id: str
    name: str


class IamClient:
    """Asks one IAM endpoint; returns each failure as a `Problem`.

    The only request that is not a GET is the one for a token, and no request with a password is sent twice.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        clock: Clock,
        transport: "httpx.AsyncBaseTransport | None" = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        """Create the client; nothing is opened yet.

        Args:
            endpoint: the address of IAM, see `iam_endpoint`.
            clock: gives the time from which dates in `Retry-After` are counted.
            transport: replaces the network.
            timeouts: how long to wait.

        Raises:
            ValueError: a password must not be sent to this endpoint.
        """
        self._clock = clock
        self._http = HttpEndpoint(endpoint, transport=transport, timeouts=timeouts)

    async def token_by_password(
        self,
        user: str,
        domain: str,
        password: Secret,
        *,
        project_id: str | None = None,
        project_name: str | None = None,
    ) -> IssuedToken | Problem:
        """Get a token for a project with a password, by one request (API reference, Obtaining a User Token).

        A problem of the kind TOKEN is a refusal: the same password must not be sent again automatically, since a few
        wrong ones lock the user. All other kinds are failures on the way.

        Args:
            user: the IAM user's name.
            domain: the account's name.
            password: the user's.
            project_id: the project, by id.
            project_name: the project, by name; ignored when there is an id.
        """
        if lack := _lack(user, domain, password, project_id or project_name):
            return Problem(ProblemKind.TOKEN, lack)
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": user, "password": password.reveal(), "domain": {"name": domain}}},
                },
                "scope": {"project": {"id": project_id} if project_id else {"name": project_name}},
            }
        }
        reply = await self._http.post(_TOKENS, _WITHOUT_CATALOG, Secret(json.dumps(body)))
        if isinstance(reply, Problem):
            return reply
        return self._issued(reply) or self._not_issued(reply, user, domain, password)

    async def token_expiry(self, token: Secret) -> datetime | None:
        """Return when a token ends, asking with the token itself; ``None`` when that cannot be learned."""
        itself = HeaderToken(token, (TOKEN_HEADER, SUBJECT_HEADER))
        reply = await self._http.get(_TOKENS, _WITHOUT_CATALOG, itself)
        if isinstance(reply, Problem) or reply.status != 200:
            return None
        return read_iso_time(_field(_json(reply), "token", "expires_at"))

    async def projects(self, credential: AnyCredential, name: str | None = None) -> list[Project] | Problem:
        """Return the projects of this name, or all; there may be none or several of one name.

        Asks for the account's list first, and for the user's own if the user may not read that (API reference, Querying
        Project Information).
        """
        reply = await self._http.get(("v3", "projects"), {"name": name} if name else {}, credential)
        found = self._projects(reply, credential, name)
        if isinstance(found, Problem) and found.kind is ProblemKind.FORBIDDEN:
            reply = await self._http.get(("v3", "auth", "projects"), {}, credential)
            found = self._projects(reply, credential, name)
        return found

    async def aclose(self) -> None:
        """Close the connections; nothing is sent afterwards."""
        await self._http.aclose()

    def _issued(self, reply: Reply) -> IssuedToken | None:
        """Read the token from its header; it counts even when the body does not describe it."""
        if reply.status != 201:
            return None
        try:
            secret = Secret.token(reply.headers.get(SUBJECT_HEADER.lower(), ""))
        except ValueError:
            return None
        token = _field(_json(reply), "token")
        project_id = _field(token, "project", "id")
        return IssuedToken(
            secret,
            expires_at=read_iso_time(_field(token, "expires_at")),
            issued_at=read_iso_time(_field(token, "issued_at")),
            project_id=project_id if isinstance(project_id, str) and project_id else None,
        )

    def _not_issued(self, reply: Reply, user: str, domain: str, password: Secret) -> Problem:
        """Return why there is no token."""
        host = self._http.host
        if reply.status == 201:
            text = f"{host} says that it has made a token, and sends none"
            return Problem(ProblemKind.BAD_ANSWER, text, status=reply.status)
        problem = reply.problem(self._clock.now(), (password,), hides_short=True)
        if problem.kind not in _REFUSING:
            return replace(problem, text=_joined(f"Signing in at {host} failed", problem.text))
        words = _REFUSALS.get((problem.code or "").upper()) or _REFUSALS_BY_STATUS.get(
            reply.status, _REFUSALS_BY_STATUS[400]
        )
        reason = words.format(host=host, user=tame(user), domain=tame(domain))
        return replace(problem, kind=ProblemKind.TOKEN, text=_joined(reason, problem.text))

    def _projects(self, reply: Reply | Problem, credential: AnyCredential, name: str | None) -> list[Project] | Problem:
        host = self._http.host
        if isinstance(reply, Problem):
            return reply
        if reply.status != 200:
            problem = reply.problem(self._clock.now(), credential.secrets)
            kind = ProblemKind.ENDPOINT if problem.kind is ProblemKind.GONE else problem.kind
            return replace(problem, kind=kind, text=_joined(f"{host} does not list the projects", problem.text))
        listed = _field(_json(reply), "projects")
        if not isinstance(listed, list):
            text = reply.defect or f"{host} sends something else than a list of projects"
            return Problem(ProblemKind.BAD_ANSWER, text, status=reply.status)
        found = [
            Project(tame(project["id"]), tame(project["name"]))
            for project in listed
            if isinstance(project, dict)
            and isinstance(project.get("id"), str)
            and isinstance(project.get("name"), str)
            and project["name"] != _BUILT_IN_PROJECT
        ]
        return [project for project in found if name in {None, project.name}]


def _lack(user: str, domain: str, password: Secret, project: str | None) -> str | None:
    """Return what is missing to sign in, as a sentence; `None` when nothing is."""
    for what, is_there in (("user", user), ("account", domain), ("password", password), ("project", project)):
        if not is_there:
            return f"Signing in with a password needs a {what}, and there is none"
    return None


def _json(reply: Reply) -> object:
    """Return the decoded body; ``None`` when it is not JSON or not complete."""
    if reply.defect is not None:
        return None
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _field(value: object, *names: str) -> object:
    """Follow these names into nested objects; ``None`` where one is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _joined(ours: str, theirs: str) -> str:
    """Put our words before the service's, and cut the result at `_LONGEST_TEXT`."""
    text = f"{ours}: {theirs}" if theirs.strip(HIDDEN) else ours
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1].rstrip() + "…"
