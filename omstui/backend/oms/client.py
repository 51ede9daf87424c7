"""Clients of OMS, one for each profile; each call returns a value or a problem."""

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.credential import AnyCredential
from omstui.backend.http.endpoint import LARGEST_TASK, HttpEndpoint, Reply
from omstui.backend.http.error_body import request_id_of
from omstui.backend.http.errors import DEFAULT_TIMEOUTS, Timeouts
from omstui.backend.oms.wire import BadAnswer, Page, decode_page, decode_statistic, read_task
from omstui.backend.runtime.clock import Clock
from omstui.core.month import Month, query_time_ms
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import ListedTask, Listing, SyncTask, moment
from omstui.core.text import tame
from omstui.core.watch.rollover import are_apart
from omstui.core.watch.sample import DATA_TYPES, Statistic
from omstui.core.watch.schedule import SUSPECT_SKEW

if TYPE_CHECKING:
    import httpx


T = TypeVar("T")


class Answer(Struct, frozen=True):
    """A good answer to ShowSyncTask."""

    task: SyncTask
    request_id: str | None
    answered_at: datetime
    remarks: tuple[str, ...] = ()
    """Fields that are invalid and count as not reported, each with the reason."""

    served_at: datetime | None = None
    """The `Date` of the answer; ``None`` when it is missing, invalid or before the task's creation."""


class OmsClient:
    """Sends GET requests to one profile's endpoint; every expected failure is returned as a `Problem`.

    Connections are opened at the first request, kept between requests, and replaced when all of them are stuck.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock,
        transport: "httpx.AsyncBaseTransport | None" = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Prepare the client; no connection is opened yet.

        Args:
            profile: gives the endpoint and the project.
            clock: gives the time of the answers.
            transport: used in place of the network.
            timeouts: the timeouts of each request.
            tls: returns the TLS context; by default one with the machine's certificates, read once for all clients.

        Raises:
            ValueError: a token must not be sent to the profile's endpoint.
        """
        self._profile = profile
        self._clock = clock
        self._http = HttpEndpoint(profile.endpoint, transport=transport, timeouts=timeouts, tls=tls)
        self.seconds_ahead: float | None = None
        """Seconds that this machine's clock was ahead of the `Date` of the last ShowSyncTask answer, if it had one."""

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        """Request a task and its counters of the month that contains `query_time_ms` (API reference, ShowSyncTask)."""
        if (problem := self._bad_id(sync_task_id)) is not None:
            return problem
        segments = ("v2", self._profile.project_id, "sync-tasks", sync_task_id)
        query = {"query_time": str(query_time_ms)}
        reply = await self._http.get(segments, query, credential, largest=LARGEST_TASK)
        if isinstance(reply, Problem):
            return reply
        answered_at = self._clock.now()
        date = reply.headers.get("date")
        self.seconds_ahead = _seconds_ahead(date, answered_at)
        read = _judge(reply, read_task, answered_at, credential, self._http.host)
        if isinstance(read, Problem):
            return read
        served_at, created_at = _moment(date), read.task.created_at
        if served_at is not None and created_at is not None and served_at < created_at:
            served_at = None  # earlier than the task itself
        return Answer(read.task, request_id_of(reply.headers), answered_at, read.remarks, served_at)

    async def list_sync_task_statistic(
        self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
    ) -> Statistic | Problem:
        """Request the statistic of a time span (API reference, ListSyncTaskStatistic)."""
        if (problem := self._bad_id(sync_task_id)) is not None:
            return problem
        segments = ("v2", self._profile.project_id, "sync-tasks", sync_task_id, "statistics")
        query = {"data_type": ",".join(DATA_TYPES), "start_time": str(begin_ms), "end_time": str(end_ms)}
        reply = await self._http.get(segments, query, credential)
        if isinstance(reply, Problem):
            return reply
        return _judge(reply, decode_statistic, self._clock.now(), credential, self._http.host)

    async def list_sync_tasks(self, credential: AnyCredential) -> Listing | Problem:
        """Request all tasks of the project, page by page (API reference, ListSyncTasks)."""
        if (problem := _id_problem("project id", self._profile.project_id)) is not None:
            return problem

        async def ask(limit: int, offset: int) -> Page | Problem:
            segments = ("v2", self._profile.project_id, "sync-tasks")
            reply = await self._http.get(segments, {"limit": str(limit), "offset": str(offset)}, credential)
            if isinstance(reply, Problem):
                return reply
            return _judge(reply, decode_page, self._clock.now(), credential, self._http.host)

        return await collected(ask)

    async def aclose(self) -> None:
        """Close the connections, busy ones after their request; no further request is sent."""
        await self._http.aclose()

    def _bad_id(self, sync_task_id: str) -> Problem | None:
        """Return why an id is not allowed in a path; ``None`` when both are."""
        return _id_problem("project id", self._profile.project_id) or _id_problem("task id", sync_task_id)


def _judge(
    reply: Reply, decode: Callable[[bytes], T], answered_at: datetime, credential: AnyCredential, host: str
) -> T | Problem:
    """Decode a good answer, or return the problem with it."""
    reason = reply.defect
    if reply.status == 200 and reason is None:
        try:
            return decode(reply.body)
        except BadAnswer as bad:
            reason = str(bad)
    problem = reply.problem(answered_at, credential.secrets, oms_host=host)
    # Known codes count with any status: OMS.1009 is a missing task with 200 too.
    if reply.status == 200 and reason is not None and problem.kind is ProblemKind.BAD_ANSWER:
        return replace(problem, text=reason)
    if problem.kind is ProblemKind.TOKEN and credential.is_dated:
        ahead = _seconds_ahead(reply.headers.get("date"), answered_at)
        if ahead is not None and abs(ahead) >= SUSPECT_SKEW:
            return replace(problem, text=f"{_clock_sentence(ahead)}: {problem.text}", clock_ahead=ahead)
    return problem


def _moment(date: str | None) -> datetime | None:
    """Return the time of the header `Date`, in UTC; ``None`` when it is missing or invalid."""
    try:
        told = parsedate_to_datetime(date or "")
        return moment(int(told.replace(tzinfo=told.tzinfo or UTC).timestamp()) * 1000)
    except (ValueError, OverflowError):
        return None


def _seconds_ahead(date: str | None, now: datetime) -> float | None:
    """Return how many seconds `now` is ahead of the header `Date`; ``None`` when the header is missing or invalid."""
    theirs = _moment(date)
    return (now - theirs).total_seconds() if theirs is not None else None


def _clock_sentence(ahead: float) -> str:
    """Return the sentence for a clock of this machine that is far from the gateway's."""
    where = f"{_span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the gateway's"
    return f"This machine's clock is {where}, so the signature is refused; set the clock"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(seconds / 3600)
    return f"{hours} hours" if hours < 48 else f"{round(seconds / 86400):,} days"


def _id_problem(what: str, text: str) -> Problem | None:
    """Return why an id is not allowed as a path segment: an empty one would make the request another call."""
    if not text:
        return Problem(ProblemKind.REFUSED, f"The {what} is empty")
    if text in {".", ".."} or any("\ud800" <= char <= "\udfff" for char in text):
        return Problem(ProblemKind.REFUSED, f"{tame(text[:40])} is not a {what}")
    return None


PAGE = 100
"""The most tasks of a page (API reference, ListSyncTasks)."""

LARGEST_OFFSET = 10_000
"""The largest offset that the service accepts (API reference, ListSyncTasks)."""

_MOST_PAGES = LARGEST_OFFSET // PAGE + 1


async def collected(ask: Callable[[int, int], Awaitable[Page | Problem]]) -> Listing | Problem:
    """Request pages until one has no new task or the list is complete.

    It always ends; the remark of the list tells of a wrong count or a page that failed.

    Args:
        ask: requests a page, by `limit` and `offset`.

    Returns:
        The list; the problem when the first page failed.
    """
    tasks: dict[str, ListedTask] = {}
    offset = nameless = 0
    count: int | None = None
    for number in range(_MOST_PAGES):
        page = await ask(PAGE, offset)
        if isinstance(page, Problem):
            if not number:
                return page
            return Listing(tuple(tasks.values()), f"The list ends early, after {len(tasks):,} tasks: {page.text}")
        before, count = len(tasks), page.count
        tasks.update((task.sync_task_id, task) for task in page.tasks if task.sync_task_id not in tasks)
        nameless += page.length - len(page.tasks)
        offset += page.length
        is_full, is_short = page.length >= PAGE, page.count is not None and offset < page.count
        if len(tasks) == before or not (is_full or is_short) or offset > LARGEST_OFFSET:
            break
    return Listing(tuple(tasks.values()), _remark(len(tasks), nameless, count))


def _remark(found: int, nameless: int, count: int | None) -> str:
    """Return the remark of a list: tasks without a usable id, or a wrong count; empty when there is none."""
    if nameless:
        return f"{nameless:,} task{'s have' if nameless > 1 else ' has'} no id that can be asked for"
    if count is not None and count != found:
        return f"The service speaks of {count:,} tasks and lists {found:,}"
    return ""


class Client(Protocol):
    """Asks the service on behalf of one profile."""

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        """Ask once for a task's state and the counters of the month that contains `query_time_ms`."""

    async def list_sync_task_statistic(
        self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
    ) -> Statistic | Problem:
        """Ask once for what was counted from one moment to another, epoch milliseconds."""

    async def list_sync_tasks(self, credential: AnyCredential) -> Listing | Problem:
        """Ask for all tasks of the project."""

    async def aclose(self) -> None:
        """Close the connections."""


class ServiceClock:
    """What the clock of a profile's service shows, as its last answer told: for asking for the month that it counts.

    An answer whose `Date` may be in another month than the request's time is not about the current month; the request
    is then repeated once with the service's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: tuple[datetime, float] | None = None

    def forget(self) -> None:
        """Drop what was told."""
        self._told = None

    async def ask(
        self, client: Client, sync_task_id: str, month: Month | None, credential: AnyCredential
    ) -> tuple[Answer | Problem, datetime]:
        """Ask for a month; return the answer, and the present moment by which it was asked for.

        Args:
            client: asks.
            sync_task_id: of the task.
            month: which one is over, or ``None`` for the current one.
            credential: to ask with.
        """
        here = at = self._clock.now()
        if month is not None:
            return await client.show_sync_task(sync_task_id, query_time_ms(month, at), credential), at
        if (told := self._told) is not None:
            there = told[0] + timedelta(seconds=self._clock.monotonic() - told[1])
            at = there if are_apart(here, there) else here
        first = await client.show_sync_task(sync_task_id, query_time_ms(None, at), credential)
        if (there_at := self._other_month(first, at)) is None:
            return first, at
        at = there_at
        second = await client.show_sync_task(sync_task_id, query_time_ms(None, at), credential)
        if self._other_month(second, at) is None:
            return second, at
        self.forget()
        return Problem(ProblemKind.BAD_ANSWER, "The service's own clock shows several times: its Date changes"), at

    def _other_month(self, outcome: Answer | Problem, at: datetime) -> datetime | None:
        """Return the service's time, if the answer to a question at this time tells that its month may be another."""
        if isinstance(outcome, Problem) or outcome.served_at is None:
            return None
        self._told = (outcome.served_at, self._clock.monotonic())
        return outcome.served_at if are_apart(at, outcome.served_at) else None
