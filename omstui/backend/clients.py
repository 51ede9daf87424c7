"""One client for each profile: opened when it is first asked for, closed when its profile changes or goes."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from omstui.backend.auth import AnyCredential
from omstui.backend.background import in_background
from omstui.backend.statistics import StatisticClient
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import SyncTask

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


class Client(StatisticClient, Protocol):
    """Asks the service on behalf of one profile."""

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answered | Problem:
        """Ask once for a task's state and the counters of the month that contains `query_time_ms`."""

    async def aclose(self) -> None:
        """Close the connections."""


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
