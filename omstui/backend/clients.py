"""One client for each profile: opened when it is first asked for, closed when its profile changes or goes."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from omstui.backend.auth import AnyCredential
from omstui.backend.background import in_background
from omstui.backend.client import StatisticClient
from omstui.backend.clock import Clock
from omstui.core.month import Month, query_time_ms
from omstui.core.problem import Problem, ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import SyncTask
from omstui.core.watch.rollover import are_apart

log = logging.getLogger(__name__)


class Answered(Protocol):
    """A good answer: the decoded task and the gateway's name for the request."""

    @property
    def task(self) -> SyncTask:
        """The decoded task."""

    @property
    def request_id(self) -> str | None:
        """What support asks for."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Which fields do not fit and count as not reported, and why."""

    @property
    def served_at(self) -> datetime | None:
        """When it was answered by the service's own clock, where the answer tells."""


class Client(StatisticClient, Protocol):
    """Asks the service on behalf of one profile."""

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answered | Problem:
        """Ask once for a task's state and the counters of the month that contains `query_time_ms`."""

    async def aclose(self) -> None:
        """Close the connections."""


class ServiceClocks:
    """What the service's clock shows, by profile, as its last answer told: for asking for the month that it counts.

    The answer to a question about another month than that of its own `Date` is not one about the current month. It is
    then asked for once more, with the service's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, tuple[datetime, float]] = {}

    def forget(self, *profiles: str) -> None:
        """Drop what these profiles' services told; of all when none is named."""
        for name in profiles or tuple(self._told):
            self._told.pop(name, None)

    async def ask(
        self, profile: str, client: Client, sync_task_id: str, month: Month | None, credential: AnyCredential
    ) -> tuple[Answered | Problem, datetime]:
        """Ask for a month; return the answer, and the present moment by which it was asked for.

        Args:
            profile: whose client it is.
            client: asks.
            sync_task_id: of the task.
            month: which one is over, or ``None`` for the current one.
            credential: to ask with.
        """
        here = at = self._clock.now()
        if month is not None:
            return await client.show_sync_task(sync_task_id, query_time_ms(month, at), credential), at
        if (told := self._told.get(profile)) is not None:
            there = told[0] + timedelta(seconds=self._clock.monotonic() - told[1])
            at = there if are_apart(here, there) else here
        first = await client.show_sync_task(sync_task_id, query_time_ms(None, at), credential)
        if not self._is_about_another_month(profile, first, at):
            return first, at
        at = self._told[profile][0]
        second = await client.show_sync_task(sync_task_id, query_time_ms(None, at), credential)
        if not self._is_about_another_month(profile, second, at):
            return second, at
        self.forget(profile)
        return Problem(ProblemKind.BAD_ANSWER, "The service's own clock shows several times: its Date changes"), at

    def _is_about_another_month(self, profile: str, outcome: Answered | Problem, at: datetime) -> bool:
        """Whether the answer to a question at this time tells that it may be another month at the service."""
        if isinstance(outcome, Problem) or outcome.served_at is None:
            return False
        self._told[profile] = (outcome.served_at, self._clock.monotonic())
        return are_apart(at, outcome.served_at)


class Clients:
    """The clients of all profiles."""

    def __init__(self, open_client: Callable[[Profile], Client]) -> None:
        self._open = open_client
        self._clients: dict[str, tuple[Profile, Client]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def of(self, profile: Profile) -> Client:
        """Return the profile's client; one of another form of the profile is let go of."""
        known = self._clients.get(profile.name)
        if known is not None and known[0] == profile:
            return known[1]
        self.let_go(profile.name)
        client = self._open(profile)
        self._clients[profile.name] = (profile, client)
        return client

    def let_go(self, profile: str) -> None:
        """Close the profile's connections in the background."""
        known = self._clients.pop(profile, None)
        if known is not None:
            in_background(self._closing, _closed(known[1]))

    async def aclose(self) -> None:
        """Close the connections of all profiles; what is still being closed is waited for no longer."""
        for closing in self._closing:
            closing.cancel()
        for _, client in self._clients.values():
            await _closed(client)
        self._clients.clear()


async def _closed(client: Client) -> None:
    try:
        await client.aclose()
    except Exception:  # a mistake of ours must not end the watch over all tasks
        log.exception("internal error while closing connections")
