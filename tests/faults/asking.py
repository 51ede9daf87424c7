"""The poller and the client that users have, over real sockets, with a clock that is moved by hand."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import open_authenticator
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.errors import Timeouts
from omstui.backend.oms.client import Answer, Client, OmsClient
from omstui.backend.polling.channel import Channels
from omstui.backend.polling.poller import Poller
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import Listing, TaskRef
from omstui.core.watch.sample import Refusal, Sample, Statistic
from omstui.demo.clock import SteppedClock
from tests.making import BEIJING

T = TypeVar("T")

INTERVAL = 60.0
PROJECT = "2c0689c860ad4728a497c91ec0844383"
TOKEN = "MIIFaultFakeToken" + "xY7q" * 30
_LONGEST_WAIT = 30.0


def profile(name: str, url: str) -> Profile:
    """Return a profile that asks at this address."""
    return Profile(name, url, PROJECT, zone=BEIJING)


def refs(count: int, name: str) -> list[TaskRef]:
    """Name this many tasks of a profile."""
    return [TaskRef(name, f"0d146099-8cf4-437d-b6ef-{number:012}") for number in range(count)]


def task_id_of(head: bytes) -> str:
    """Return which task a request asks for, or the word `statistics`."""
    return head.split(b" ")[1].rpartition(b"/")[2].partition(b"?")[0].decode()


@dataclass
class Asking:
    """A running poller, and what it has come to know."""

    clock: SteppedClock
    timeouts: Timeouts
    tls: Callable[[], ssl.SSLContext] | None
    news: deque[Sample | Refusal] = field(default_factory=lambda: deque(maxlen=10_000))
    in_flight: int = 0
    cancelled: int = 0
    arrived: set[str | None] = field(default_factory=set)
    """The names of the requests whose answers got here: those of cancelled ones do not."""

    longest: float = 0.0
    """Real seconds from a request for a task to its outcome, at most."""

    held: int = 0
    """How many requests a server keeps waiting by the stepped clock."""

    poller: Poller = field(init=False)

    def open_client(self, of: Profile) -> Client:
        """Open a real client whose requests are counted."""
        real = OmsClient(of, clock=self.clock, timeouts=self.timeouts, tls=self.tls)
        return _Counted(self, real)

    def samples(self, ref: TaskRef | None = None) -> list[Sample]:
        """Return what was answered, for one task or for all."""
        return [one for one in list(self.news) if isinstance(one, Sample) and ref in {None, one.ref}]

    async def hold(self, seconds: float) -> None:
        """Let a server take its time."""
        self.held += 1
        try:
            await self.clock.sleep(seconds)
        finally:
            self.held -= 1

    async def settle(self) -> None:
        """Wait until every request has either ended or is held by a server."""
        async with asyncio.timeout(_LONGEST_WAIT):
            while self.in_flight > self.held:  # noqa: ASYNC110 - sockets tell nobody when they are done
                await asyncio.sleep(0.001)

    async def advance(self, seconds: float) -> None:
        """Let time pass, and what is sent be answered before more of it passes."""
        until = self.clock.monotonic() + seconds
        # What has just been started gets as far as it can before any of it.
        await self.clock.advance(0)
        await self.settle()
        while (now := self.clock.monotonic()) < until:
            due = min((due for due, _, sleeper in self.clock._sleepers if not sleeper.done()), default=until)
            await self.clock.advance(max(min(due, until) - now, 0.0))
            await self.settle()


@dataclass
class _Counted:
    """A client that keeps the count of its requests."""

    asking: Asking
    real: OmsClient

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        begun = time.monotonic()
        outcome = await self._counted(self.real.show_sync_task(sync_task_id, query_time_ms, credential))
        self.asking.longest = max(self.asking.longest, time.monotonic() - begun)
        self.asking.arrived.add(outcome.request_id)
        return outcome

    async def list_sync_task_statistic(
        self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
    ) -> Statistic | Problem:
        return await self._counted(self.real.list_sync_task_statistic(sync_task_id, begin_ms, end_ms, credential))

    async def list_sync_tasks(self, credential: AnyCredential) -> Listing | Problem:
        return await self._counted(self.real.list_sync_tasks(credential))

    async def _counted(self, request: Coroutine[object, object, T]) -> T:
        self.asking.in_flight += 1
        try:
            return await request
        except asyncio.CancelledError:
            self.asking.cancelled += 1
            raise
        finally:
            self.asking.in_flight -= 1

    async def aclose(self) -> None:
        await self.real.aclose()


@asynccontextmanager
async def asking(
    clock: SteppedClock,
    profiles: Mapping[str, Profile],
    watched: Iterable[TaskRef],
    *,
    timeouts: Timeouts | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
    chance: Callable[[], float] = lambda: 0.5,
) -> AsyncIterator[Asking]:
    """Watch tasks for the length of the block."""
    run = Asking(clock, timeouts or Timeouts(), tls)
    sign_ins = CredentialCache(
        {}, authenticator=open_authenticator(environ={}, home=Path(), clock=clock), read=lambda _: None, clock=clock
    )
    for name in profiles:
        sign_ins.replace(name, Credential(Secret(TOKEN), "memory"))
    channels = Channels(
        profiles=profiles,
        credentials=sign_ins,
        open_client=run.open_client,
        clock=clock,
        interval=INTERVAL,
        chance=chance,
    )
    run.poller = Poller(channels, deliver=run.news.append)
    run.poller.watch(watched)
    runner = asyncio.create_task(run.poller.run())
    try:
        yield run
    finally:
        runner.cancel()
        with pytest.raises(asyncio.CancelledError):
            await runner
