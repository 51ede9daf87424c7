"""The pretend service: the answers of OMS, its gateway, IAM and a proxy in front of them."""

import json
import re
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct, field
from msgspec.structs import asdict

from omstui.backend.runtime.clock import Clock
from omstui.core.task import COUNTER_NAMES, SyncTask, moment
from omstui.core.watch.sample import DATA_TYPES, WIDTHS
from omstui.demo.iam import IamProject, Request, SimulatedIam
from omstui.demo.scenario import Project, Scenario
from omstui.demo.simulated_task import Accident, SimulatedTask

if TYPE_CHECKING:
    import httpx

_PATH = re.compile(r"/v2/([^/]+)/sync-tasks(?:/([^/]+)(/statistics)?)?")
_NUMBER = re.compile(r"[0-9]{1,19}")
_LARGEST = 2**63 - 1
_REMEMBERED = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_DAY = timedelta(days=1)
_MOST_BUCKETS = 1000
_STATISTICS_KEPT = timedelta(days=5)
"""How long the pretend service keeps buckets; how long the real one does is not documented."""
_NOT_IN_LISTS = {*COUNTER_NAMES, "enable_kms"}
_PROXY_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head>\n"
    "<body><center><h1>503 Service Unavailable</h1></center><hr><center>proxy</center></body></html>\n"
)


class SeenRequest(Struct, frozen=True):
    """What the service keeps of a request; never the token itself."""

    method: str
    path: str
    query_time: int | None
    """The `query_time` of the request; ``None`` when it is missing or not a number."""

    has_token: bool


class Answer(Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class SimulatedOms:
    """Answers the calls that read sync tasks or sign in, by the API reference, the scenario and the clock."""

    def __init__(self, scenario: Scenario, clock: Clock, latency: float = 0.0) -> None:
        """Serve a scenario; each answer takes `latency` seconds of the clock."""
        self.scenario = scenario
        self.seen: deque[SeenRequest] = deque(maxlen=_REMEMBERED)
        """The latest requests, oldest first."""

        self._clock = clock
        self._latency = latency
        self._answered = 0
        self._iam = SimulatedIam([IamProject(project.project_id, project.name) for project in scenario.projects])

    def transport(self) -> "httpx.AsyncBaseTransport":
        """Return a transport for `httpx.AsyncClient` that sends all requests here, for any host."""
        import httpx  # the loopback server and the scenario do not need it

        async def handle(request: httpx.Request) -> httpx.Response:
            target = request.url.raw_path.decode("ascii")
            answer = await self.answer_request(Request(request.method, target, request.headers, request.content))
            return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

        return httpx.MockTransport(handle)

    async def answer(self, method: str, target: str, token: str | None) -> Answer:
        """Answer one request without a body.

        Args:
            method: the HTTP method.
            target: path and query as in the request line.
            token: the value of `X-Auth-Token`, if there is one.
        """
        return await self.answer_request(Request(method, target, {} if token is None else {"x-auth-token": token}))

    async def answer_request(self, request: Request) -> Answer:
        """Answer one request."""
        if self._latency > 0:
            await self._clock.sleep(self._latency)
        path, query = _split(request.target)
        self.seen.append(SeenRequest(request.method, path, _query_time(query), has_token=bool(request.token)))
        self._answered += 1
        return self._answer(request, path, query)

    def _answer(self, request: Request, path: str, query: Mapping[str, list[str]]) -> Answer:
        method = request.method
        if path.startswith("/v3/"):
            is_signed_in = self._opened(request) is not None or self._has_good_signature(request)
            reply = self._iam.answer(request, self._clock.now(), is_signed_in=is_signed_in)
            return self._json(reply.status, reply.body, reply.headers)
        match = _PATH.fullmatch(path)
        if match is None:
            return self._gateway_error(
                404, "0101", "The API does not exist or has not been published in the environment"
            )
        if method != "GET":
            return self._oms_error(405, "1008", "The HTTP method is not supported.", {"Allow": "GET"})
        project_id, sync_task_id, wants_statistic = (
            unquote(part) if part is not None else None for part in match.groups()
        )
        opened = self._opened(request)
        if opened is None:
            return self._refusal(request)
        project = opened if opened.project_id == project_id else None
        if sync_task_id is None:
            return self._list(project, query)
        if wants_statistic:
            return self._statistic(project, sync_task_id, query)
        asked_ms = _query_time(query)
        if asked_ms is None:
            return self._oms_error(400, "0064", "The value of query_time is invalid.")
        task = _task_of(project, sync_task_id)
        if task is None:
            return self._oms_error(404, "1009", "No resources found.")
        return self._accident(task) or self._show(task, asked_ms)

    def _opened(self, request: Request) -> Project | None:
        """Return the project that the signature or the token of the request opens."""
        if "authorization" in request.headers:
            project_id = request.headers.get("x-project-id") if self._has_good_signature(request) else None
        else:
            project_id = self._iam.project_of(request.token, self._clock.now())
        return next(
            (
                project
                for project in self.scenario.projects
                if project.project_id == project_id or project.token.reveal() == request.token
            ),
            None,
        )

    def _has_good_signature(self, request: Request) -> bool:
        return "authorization" in request.headers and self._iam.signature_fault(request, self._clock.now()) is None

    def _show(self, task: SimulatedTask, asked_ms: int) -> Answer:
        return self._json(200, asdict(task.as_of(self._clock.now(), moment(asked_ms), self.scenario.zone)))

    def _list(self, project: Project | None, query: Mapping[str, list[str]]) -> Answer:
        limit = _bounded(query.get("limit", ["10"]), 1, 100)
        offset = _bounded(query.get("offset", ["0"]), 0, 10_000)
        if limit is None or offset is None:
            return self._oms_error(400, "0064", "The value of limit or offset is invalid.")
        tasks = [task.settings for task in project.tasks] if project is not None else []
        wanted = query.get("status", [])
        found = [task for task in tasks if not wanted or task.status in wanted]
        page = [_listed(task) for task in found[offset : offset + limit]]
        return self._json(200, {"tasks": page, "count": len(found)})

    def _statistic(self, project: Project | None, sync_task_id: str, query: Mapping[str, list[str]]) -> Answer:
        """Answer ListSyncTaskStatistic: five-minute buckets up to a day, then hours; empty buckets are left out."""
        if project is None or not project.has_statistics:
            return self._gateway_error(
                404, "0101", "The API does not exist or has not been published in the environment"
            )
        begin, end = (moment(_bounded(query.get(name, []), 0, _LARGEST)) for name in ("start_time", "end_time"))
        wanted = ",".join(query.get("data_type", [])).split(",")
        if begin is None or end is None or end <= begin or not set(wanted) <= set(DATA_TYPES):
            return self._oms_error(400, "0064", "The value of data_type, start_time or end_time is invalid.")
        task = _task_of(project, sync_task_id)
        if task is None:
            return self._oms_error(404, "1009", "No resources found.")
        word = "FIVE_MINUTES" if end - begin <= _A_DAY else "ONE_HOUR"
        width = WIDTHS[word]
        first = begin - (begin - _EPOCH) % width
        over = min(end, self._clock.now())
        first = max(first, first + -((first - (over - _STATISTICS_KEPT)) // width) * width)
        buckets = [first + number * width for number in range(_MOST_BUCKETS) if first + (number + 1) * width <= over]
        moved = [(at, task.moved(at, at + width)) for at in buckets]
        datas = [
            {
                "data_type": data_type,
                "data": [
                    {"time_stamp": (at - _EPOCH) // timedelta(milliseconds=1), "statistic_num": counted[data_type]}
                    for at, counted in moved
                    if counted[data_type]
                ],
            }
            for data_type in DATA_TYPES
            if data_type in wanted
        ]
        return self._json(200, {"sync_task_id": sync_task_id, "statistic_time_type": word, "statistic_datas": datas})

    def _accident(self, task: SimulatedTask) -> Answer | None:
        match task.accident((self._clock.now() - self.scenario.started_at).total_seconds()):
            case Accident.PROXY:
                headers = {"Content-Type": "text/html; charset=utf-8", "Date": self._date(), "Server": "proxy"}
                return Answer(503, _PROXY_PAGE.encode(), headers)
            case Accident.THROTTLED:
                text = "The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 minute"
                return self._gateway_error(429, "0308", text, {"Retry-After": "60"})
            case _:
                return None

    def _refusal(self, request: Request) -> Answer:
        token = request.token
        if "authorization" in request.headers:
            reason = self._iam.signature_fault(request, self._clock.now()) or "x-project-id not found"
        elif not token:
            reason = "x-auth-token not found"
        elif (ended := self._iam.end_of(token)) is not None:
            reason = f"token expires, expires_at: {ended:%Y-%m-%dT%H:%M:%S}.000000Z"
        elif any(p.expired_token is not None and p.expired_token.reveal() == token for p in self.scenario.projects):
            expired_at = self.scenario.started_at - timedelta(minutes=98)
            reason = f"token expires, expires_at: {expired_at:%Y-%m-%dT%H:%M:%S}.000000Z"
        else:
            reason = "decrypt token fail"
        return self._gateway_error(401, "0301", f"Incorrect IAM authentication information: {reason}")

    def _gateway_error(self, status: int, number: str, text: str, more: Mapping[str, str] | None = None) -> Answer:
        body = {"error_msg": text, "error_code": f"APIGW.{number}", "request_id": self._request_id()}
        return self._json(status, body, more)

    def _oms_error(self, status: int, number: str, text: str, more: Mapping[str, str] | None = None) -> Answer:
        return self._json(status, {"error_msg": text, "error_code": f"OMS.{number}"}, more)

    def _json(self, status: int, body: Mapping[str, object], more: Mapping[str, str] | None = None) -> Answer:
        headers = {
            "Content-Type": "application/json",
            "Date": self._date(),
            "Server": "api-gateway",
            "X-Request-Id": self._request_id(),
        }
        return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers | dict(more or {}))

    def _request_id(self) -> str:
        """Return the id of the present request: 32 hex digits, the same in every run."""
        return blake2b(str(self._answered).encode(), digest_size=16).hexdigest()

    def _date(self) -> str:
        return format_datetime(self._clock.now(), usegmt=True)


def _split(target: str) -> tuple[str, Mapping[str, list[str]]]:
    try:
        parts = urlsplit(target)
        return parts.path, parse_qs(parts.query, keep_blank_values=True)
    except ValueError:  # not a known path either
        return target, {}


def _task_of(project: Project | None, sync_task_id: str) -> SimulatedTask | None:
    tasks = project.tasks if project is not None else ()
    return next((task for task in tasks if task.sync_task_id == sync_task_id), None)


def _query_time(query: Mapping[str, list[str]]) -> int | None:
    return _bounded(query.get("query_time", []), 0, _LARGEST)


def _bounded(values: list[str], least: int, most: int) -> int | None:
    """Return the number if there is exactly one value, of decimal digits and within the bounds; else ``None``."""
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        return None
    number = int(values[0])
    return number if least <= number <= most else None


def _listed(task: SyncTask) -> dict[str, object]:
    """Return a task as ListSyncTasks shows it: without counters."""
    item = {name: value for name, value in asdict(task).items() if name not in _NOT_IN_LISTS}
    return item | {"source_cdn": None}
