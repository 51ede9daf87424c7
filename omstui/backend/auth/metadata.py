"""The metadata service of a Huawei Cloud server (ECS), which gives the access keys of the server's agency."""

from typing import TYPE_CHECKING

from omstui.backend.http.credential import Anonymous, HeaderToken
from omstui.backend.http.endpoint import HttpEndpoint, Reply
from omstui.backend.http.errors import Timeouts
from omstui.backend.http.signing import IssuedKeys
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind

if TYPE_CHECKING:
    import httpx

METADATA_ENDPOINT = "http://169.254.169.254"
"""The same on every server; other machines cannot reach it."""

_SESSION = ("meta-data", "latest", "api", "token")
_KEYS = ("openstack", "latest", "securitykey")
_LIFE_HEADER, _SESSION_HEADER = "X-Metadata-Token-Ttl-Seconds", "X-Metadata-Token"
_LIFE = "21600"
_WITHOUT_SESSIONS = frozenset({404, 405, 503})
"""Statuses of a service that knows no sessions, from the SDK; it then gives the keys without one."""

_WITHOUT_AGENCY = frozenset({401, 404})
_TIMEOUTS = Timeouts(connect=3.0, read=3.0, write=3.0, pool=3.0, total=3.0)


async def agency_keys(
    endpoint: str = METADATA_ENDPOINT, *, transport: "httpx.AsyncBaseTransport | None" = None
) -> IssuedKeys | Problem:
    """Ask for the access keys of this server's agency, by a PUT for a session and a GET; never through a proxy.

    Args:
        endpoint: the address of the metadata service.
        transport: replaces the network.
    """
    service = HttpEndpoint(endpoint, transport=transport, timeouts=_TIMEOUTS, is_link_local=True)
    try:
        begun = await service.put(_SESSION, {_LIFE_HEADER: _LIFE})
        session = _session(begun)
        if isinstance(session, Problem):
            return session
        reply = await service.get(_KEYS, {}, session or Anonymous())
    finally:
        await service.aclose()
    return _keys(reply)


def _session(reply: Reply | Problem) -> HeaderToken | Problem | None:
    """Return the session that a PUT started; ``None`` where the service knows no sessions."""
    if isinstance(reply, Problem):
        return _problem(f"This machine has no metadata service of Huawei Cloud (ECS): {reply.text}")
    if reply.status in _WITHOUT_SESSIONS:
        return None
    if reply.status != 200 or reply.defect is not None:
        return _no_answer(reply)
    try:
        secret = Secret.token(reply.body.decode(errors="replace"))
    except ValueError as error:
        return _problem(f"The metadata service begins no session: {error}")
    return HeaderToken(secret, (_SESSION_HEADER,))


def _keys(reply: Reply | Problem) -> IssuedKeys | Problem:
    """Read the keys."""
    if isinstance(reply, Problem):
        return _problem(f"The metadata service gives no access keys: {reply.text}")
    if reply.status in _WITHOUT_AGENCY:
        text = "This server has no agency that gives it access keys: set one for the server in the ECS console"
        return _problem(text, reply.status)
    if reply.status != 200 or reply.defect is not None:
        return _no_answer(reply)
    try:
        return IssuedKeys.read(reply.body.decode(errors="replace"))
    except ValueError as error:
        return _problem(f"What the metadata service sends are no access keys: {error}", reply.status)


def _no_answer(reply: Reply) -> Problem:
    reason = reply.defect or f"it answers with status {reply.status}"
    return _problem(f"The metadata service gives no access keys: {reason}", reply.status)


def _problem(text: str, status: int | None = None) -> Problem:
    return Problem(ProblemKind.TOKEN, text, status=status)
