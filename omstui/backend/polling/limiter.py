"""When a profile may send a request: few at a time, never while the service throttles or the credential is refused."""

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
"""Requests of one profile in flight; half of what its client's pool holds."""


class PrioritySemaphore:
    """A number of places, given to urgent waiters first and otherwise in the order of asking."""

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
                if turn.done() and not turn.cancelled():  # cancelled with the place already in hand
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
        """Held by the one request that tries a credential which nothing is known of yet."""

        self.refused_revision: int | None = None
        """The revision of the credential that was refused, while it is."""

        self.refusal: Problem | None = None
        """Why."""

        self.tries: Tries | None = None
        """When that credential is tried again; ``None`` while there is nothing to send."""

        self.is_try_due = False
        """Whether one request may try it now."""

        self.is_tried = False
        """Whether that request has been sent, and its answer counts."""

        self.proven_revision: int | None = None
        """The revision of the credential that has been let in."""

        self.pace = 1.0
        """How many times the interval is stretched: after the first throttling it stays slower."""

        self._not_before = 0.0
        self._throttled: tuple[Problem, bool] | None = None
        """The last answer that throttled, and whether the wait is longer than it told."""

        self._held: dict[Hashable, tuple[float, Problem]] = {}
        """Until when a `Retry-After` holds, in steady seconds, and the answer that told it; by topic."""

        self._reopened = asyncio.Event()

    def told_to_wait(self, topic: Hashable) -> float:
        """Return how many seconds are left of a `Retry-After` that answered a question of this topic."""
        return max(self._held_until(topic) - self._clock.monotonic(), 0.0)

    def hold(self, topic: Hashable = None) -> Hold | None:
        """Return for how long nothing is asked for this topic, on its own account or on that of the profile."""
        told, seconds = self.told_to_wait(topic), max(self._not_before - self._clock.monotonic(), 0.0)
        if told > seconds or self._throttled is None:
            return Hold(told, is_ours=False) if told else None
        return Hold(seconds, self._throttled[0].retry_after, self._throttled[1]) if seconds else None

    def obstacle(self, topic: Hashable) -> Problem | None:
        """Return the answer for which nothing of this topic is sent now; ``None`` when something may be."""
        if self._throttled is not None and self._not_before > self._clock.monotonic():
            return self._throttled[0]
        return self._held[topic][1] if self.told_to_wait(topic) else None

    def hold_back(self, topic: Hashable, problem: Problem) -> None:
        """Ask nothing of this topic for as long as the answer tells, if it does."""
        now = self._clock.monotonic()
        until = now + (problem.retry_after or 0.0)
        if until > max(now, self._held_until(topic)):  # else another answer has told a longer time
            self._held = {one: held for one, held in self._held.items() if held[0] > now} | {topic: (until, problem)}

    def _held_until(self, topic: Hashable) -> float:
        return self._held[topic][0] if topic in self._held else 0.0

    def refuse(self, revision: int, problem: Problem, credential: AnyCredential | None) -> None:
        """Hold back all requests with this revision of the credential, except a try from time to time.

        Args:
            revision: which.
            problem: why.
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
        """Forget what is known of the credential: it, or where it is shown, is another one."""
        self._shut(None, None, None)
        self._reopened.set()

    def accept(self, revision: int) -> None:
        """Let everybody through with the credential that was refused and has been let in by now."""
        self.reopen()
        self.proven_revision = revision

    def _shut(self, revision: int | None, problem: Problem | None, tries: Tries | None) -> None:
        self.refused_revision, self.refusal, self.tries = revision, problem, tries
        self.proven_revision, self.is_try_due, self.is_tried = None, False, False
        self._reopened.clear()

    async def reopened(self) -> None:
        """Return once the gate has been opened again, be it for one try."""
        await self._reopened.wait()

    def pause_before_try(self, most: float) -> float:
        """Return the seconds until the next try, or so many when that is later or under way."""
        pause = self.tries.next_at - self._clock.monotonic() if self.tries is not None else most
        return pause if 0 < pause < most else most

    def call_for_try(self, *, is_wish: bool = False) -> bool:
        """Let one request try the refused credential if it is time for that, earlier for a person; whether it is."""
        if self.tries is None:
            return False
        now = self._clock.monotonic()
        since = self.tries.allowed_at if is_wish else self.tries.next_at
        if now >= since or self.tries.is_clock_right(self._clock.now(), now):
            self.is_try_due = True
            self._reopened.set()
        return self.is_try_due

    def begin(self) -> bool:
        """Whether a request may be sent now; with a refused credential it counts as the try that is due."""
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
        """Return when a request that is due then is let through, see `patience`; by the steady clock."""
        return max(due if due >= self._not_before else self._not_before + extra, self._held_until(topic))

    async def patience(self, extra: float) -> None:
        """Wait until throttling is over, and `extra` seconds more when there was any, so that not all come at once."""
        if self._not_before <= self._clock.monotonic():
            return
        while (pause := self._not_before + extra - self._clock.monotonic()) > 0:
            await self._clock.sleep(pause)
