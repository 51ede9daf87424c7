"""Limits a profile's requests: a few at a time, none while the service throttles or the credential is refused."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count

from msgspec.structs import replace

from omstui.backend.http.credential import AnyCredential
from omstui.backend.runtime.clock import Clock
from omstui.core.problem import Problem
from omstui.core.watch.schedule import Hold, Tries, is_beyond, slower

AT_ONCE = 4
"""Most requests of one profile in flight: half of its client's connection pool."""


class PrioritySemaphore:
    """A number of places, given to urgent waiters first, and then in the order of asking."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._tickets = count()

    @asynccontextmanager
    async def taken(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold a place for the length of the block."""
        if self._free:
            self._free -= 1
        else:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (not urgent, next(self._tickets), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # cancelled after it got the place
                    self._give_back()
                raise
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        while self._waiting:
            turn = heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class ProfileLimiter:
    """Limits of one profile: places, waits, pace, and whether its credential is refused."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.slots = PrioritySemaphore(AT_ONCE)
        self.proof = asyncio.Lock()
        """Held by the single request that tests a credential which is not proven yet."""

        self.refused_revision: int | None = None
        """The revision of the credential that is refused now."""

        self.refusal: Problem | None = None
        """The answer that refused it."""

        self.tries: Tries | None = None
        """When that credential is tested again; ``None`` when there is nothing to send."""

        self.is_try_due = False
        """Whether one request may test it now."""

        self.is_tried = False
        """Whether that test was sent, so that its answer counts."""

        self.proven_revision: int | None = None
        """The revision of the credential that the service accepted."""

        self.pace = 1.0
        """Factor on the interval: after the first throttling it stays slower."""

        self._not_before = 0.0
        self._throttled: tuple[Problem, bool] | None = None
        """The last answer that throttled, and whether the wait is longer than the answer asked for."""

        self._held: dict[Hashable, tuple[float, Problem]] = {}
        """Until when a `Retry-After` holds, in steady seconds, and its answer, by topic."""

        self._reopened = asyncio.Event()

    def told_to_wait(self, topic: Hashable) -> float:
        """Return how many seconds are left of a `Retry-After` that answered this topic."""
        return max(self._held_until(topic) - self._clock.monotonic(), 0.0)

    def hold(self, topic: Hashable = None) -> Hold | None:
        """Return how long this topic or its whole profile is held back; `None` when it is not."""
        told, seconds = self.told_to_wait(topic), max(self._not_before - self._clock.monotonic(), 0.0)
        if told > seconds or self._throttled is None:
            return Hold(told, is_ours=False) if told else None
        return Hold(seconds, self._throttled[0].retry_after, self._throttled[1]) if seconds else None

    def obstacle(self, topic: Hashable) -> Problem | None:
        """Return the answer that forbids a request on this topic now; ``None`` when one may be sent."""
        if self._throttled is not None and self._not_before > self._clock.monotonic():
            return self._throttled[0]
        return self._held[topic][1] if self.told_to_wait(topic) else None

    def hold_back(self, topic: Hashable, problem: Problem) -> None:
        """Hold this topic back for as long as the answer's `Retry-After` says, if it has one."""
        now = self._clock.monotonic()
        until = now + (problem.retry_after or 0.0)
        if until > max(now, self._held_until(topic)):  # otherwise another answer asked for a longer wait
            self._held = {one: held for one, held in self._held.items() if held[0] > now} | {topic: (until, problem)}

    def _held_until(self, topic: Hashable) -> float:
        return self._held[topic][0] if topic in self._held else 0.0

    def refuse(self, revision: int, problem: Problem, credential: AnyCredential | None) -> None:
        """Hold back all requests with this revision of the credential, except a test from time to time.

        Args:
            revision: of the credential.
            problem: the answer.
            credential: what was sent; ``None`` when there was nothing to send.
        """
        if credential is None:
            tries = None
        elif self.refused_revision == revision and self.tries is not None:
            tries = self.tries
        else:
            tries = Tries(self._clock.monotonic(), is_key=credential.is_dated)
        if tries is not None and problem.clock_ahead is not None:
            clock_offset = self._clock.now().timestamp() - self._clock.monotonic()
            tries = replace(tries, gateway_zero=clock_offset - problem.clock_ahead)
        self._shut(revision, problem, tries)

    def reopen(self) -> None:
        """Forget what is known about the credential, because it or its endpoint has changed."""
        self._shut(None, None, None)
        self._reopened.set()

    def accept(self, revision: int) -> None:
        """Allow all requests with a credential that was refused and is accepted now."""
        self.reopen()
        self.proven_revision = revision

    def _shut(self, revision: int | None, problem: Problem | None, tries: Tries | None) -> None:
        self.refused_revision, self.refusal, self.tries = revision, problem, tries
        self.proven_revision, self.is_try_due, self.is_tried = None, False, False
        self._reopened.clear()

    async def reopened(self) -> None:
        """Return once a request may be sent again, if only one test."""
        await self._reopened.wait()

    def pause_before_try(self, most: float) -> float:
        """Return the seconds until the next test; `most` when that is later, or when a test runs already."""
        pause = self.tries.next_at - self._clock.monotonic() if self.tries is not None else most
        return min(pause, most) if pause > 0 else most

    def call_for_try(self, *, is_wish: bool = False) -> bool:
        """Allow one test of the refused credential if it is due, sooner for a user's wish; return whether it is."""
        if self.tries is None:
            return False
        now = self._clock.monotonic()
        since = self.tries.allowed_at if is_wish else self.tries.next_at
        if now >= since or self.tries.is_clock_right(self._clock.now(), now):
            self.is_try_due = True
            self._reopened.set()
        return self.is_try_due

    def begin(self) -> bool:
        """Return whether a request may be sent now; with a refused credential it counts as the test that is due."""
        if self.refused_revision is None:
            return True
        if self.tries is None or not self.is_try_due:
            return False
        self.tries = self.tries.after(self._clock.monotonic())
        self.is_try_due, self.is_tried = False, True
        self._reopened.clear()
        return True

    def throttle(self, pause: float, problem: Problem) -> None:
        """Hold back every request of the profile for this many seconds."""
        self.pace = slower(self.pace)
        until = self._clock.monotonic() + pause
        if until > self._not_before:
            self._not_before, self._throttled = until, (problem, is_beyond(pause, problem.retry_after))

    def opens_at(self, due: float, topic: Hashable, extra: float) -> float:
        """Return when a request due at `due` may be sent, in steady seconds; see `patience`."""
        return max(due if due >= self._not_before else self._not_before + extra, self._held_until(topic))

    async def patience(self, extra: float) -> None:
        """Wait until throttling is over, then `extra` seconds more, so that the tasks do not all ask at once."""
        if self._not_before <= self._clock.monotonic():
            return
        while (pause := self._not_before + extra - self._clock.monotonic()) > 0:
            await self._clock.sleep(pause)
