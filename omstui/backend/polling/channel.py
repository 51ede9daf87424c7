"""The one way to ask: every request on behalf of a profile goes through its `Channel`."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import Generic, NoReturn, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.credential import AnyCredential, SignIn
from omstui.backend.oms.client import Answered, Client, Clients, ServiceClocks
from omstui.backend.polling.limiter import ProfileLimiter
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.clock_jump import ClockJumpDetector, Moment, without_a_jump
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind, no_profile
from omstui.core.profile import Profile
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.task import Listing, TaskRef
from omstui.core.watch.sample import Refusal, Sample
from omstui.core.watch.schedule import Hold, pause_after

log = logging.getLogger(__name__)

RECOVERY_PAUSE = 30.0
"""Seconds at least until the next request after a failure before anything was sent."""

_PROBE_PAUSE = 15.0
_LISTING = "listing"

T = TypeVar("T")
Call = Callable[[Client, AnyCredential], Awaitable[T | Problem]]


class Exchange(Struct, Generic[T], frozen=True):
    """One question and its outcome."""

    outcome: T | Problem
    asked: Moment
    """When it was sent, or would have been."""

    number: int
    """Counts the exchanges in the order in which they began."""

    is_sent: bool = True
    pause: float | None = None
    """Seconds to wait before the next request, where the channel decides that."""


class Manner(Struct, frozen=True):
    """How a question is asked."""

    is_patient: bool = False
    """Whether it waits until it may be sent; else it ends with the reason why it may not."""

    is_extra: bool = False
    """Whether its refusal says nothing of the credential: nothing is renewed, and no other question is held back."""

    is_urgent: Callable[[], bool] = lambda: False
    """Whether it goes before other questions that wait for a place."""

    spread: float = 0.0
    """Seconds by which it comes later once throttling is over, so that not all come at once."""

    failures: int = 0
    """How many times in a row it has failed so far."""

    begun: Callable[[Moment], None] = lambda _: None
    """Called just before it is sent."""


ONCE = Manner()


class Channel:
    """Asks for one profile: a few requests at a time, with its credential, and never against the service's wish.

    - A credential of which nothing is known is tried by one request alone.
    - A refused credential is renewed once. Without a new one nothing is sent, except a try from time to time.
    - `Retry-After` holds back its topic (a task, the listing, the statistic), throttling the whole profile.
    - What came while time jumped is asked again. A refusal counts all the same, and so does a wish for patience.
    """

    def __init__(self, name: str, channels: "Channels") -> None:
        self.name = name
        self._all = channels
        self._clock = channels.clock
        self._sign_in = channels.sign_in
        self.profile: Profile | None = None
        """Where to ask; ``None`` when it is not there."""

        self._limiter = ProfileLimiter(channels.clock)
        self._throttled: Problem | None = None
        """The last answer that asked for patience."""

        self._held: dict[Hashable, tuple[float, Problem]] = {}
        """Until when a `Retry-After` holds, in steady seconds, and the answer that told it; by topic."""

        self._is_probing = False

    # What is known

    @property
    def is_refused(self) -> bool:
        """Whether the present credential is one that was refused."""
        return self._limiter.refused_revision == self._sign_in.revision(self.name)

    @property
    def _is_proven(self) -> bool:
        return self._limiter.proven_revision == self._sign_in.revision(self.name)

    @property
    def zone(self) -> tzinfo:
        """Names the profile's months."""
        return self.profile.zone if self.profile is not None else UTC

    @property
    def interval(self) -> float:
        """Seconds between two requests for a task, longer after throttling."""
        return self._all.interval * self._limiter.pace

    def told_to_wait(self, topic: Hashable) -> float:
        """Return how many seconds are left of a `Retry-After` that answered a question of this topic."""
        until = self._held[topic][0] if topic in self._held else 0.0
        return max(until - self._clock.monotonic(), 0.0)

    def hold(self, topic: Hashable = None) -> Hold | None:
        """Return for how long nothing is asked for this topic, on its own account or on that of the profile."""
        told, hold = self.told_to_wait(topic), self._limiter.hold
        return Hold(told, is_ours=False) if told > (hold.seconds if hold is not None else 0.0) else hold

    def is_free(self, topic: Hashable) -> bool:
        """Whether a question that is not needed disturbs nothing: the credential is proven, and nothing is held."""
        return self.profile is not None and self._is_proven and self.hold(topic) is None

    def next_at(self, due: float, topic: Hashable, spread: float) -> float | None:
        """Return when a question that is due then is sent, in steady seconds; ``None`` without any credential."""
        if self.is_refused:
            if self._limiter.tries is None:
                return None
            due = self._limiter.tries.next_at
        return max(self._limiter.opens_at(due, spread), self._held[topic][0] if topic in self._held else 0.0)

    # Changes from outside

    def use(self, profile: Profile | None) -> bool:
        """Ask as this profile says from now on (``None``: no more), and return whether that is a change.

        Answers to what was asked before it do not count.
        """
        if profile == self.profile:
            return False
        self.profile, is_first = profile, self.profile is None and self._limiter.refused_revision is None
        if profile is None:
            self._all.clients.let_go(self.name)
        else:
            self._limiter.reopen()
            self._all.service_clocks.forget(self.name)
            if not is_first:
                self._all.tell(Refusal(self.name, None))
        return True

    def call_for_try(self, *, is_wish: bool = False) -> bool:
        """Let one request try the refused credential if it is time for that, earlier for a person; whether it is."""
        return self._limiter.call_for_try(is_wish=is_wish)

    def _throttle(self, problem: Problem, failures: int = 0) -> float:
        """Hold the profile's requests back, and return for how long."""
        pause = pause_after(problem, failures + 1, self.interval, self._all.chance())
        self._throttled = problem
        self._limiter.throttle(pause, problem.retry_after)
        return pause

    # Asking

    async def ask_for_task(
        self, ref: TaskRef, month: Month | None, manner: Manner = ONCE
    ) -> tuple[Sample, Exchange[Answered]]:
        """Ask for a task's current month (``None``), or for one that is over."""
        at: datetime | None = None

        async def call(client: Client, credential: AnyCredential) -> Answered | Problem:
            nonlocal at
            outcome, at = await self._all.service_clocks.ask(self.name, client, ref.sync_task_id, month, credential)
            return outcome

        exchange = await self.ask(call, ref, manner)
        outcome = exchange.outcome
        sample = Sample(
            ref=ref,
            month=month or Month.containing(at or exchange.asked.told, self.zone),
            is_current=month is None,
            asked_at=exchange.asked.told,
            answered_at=self._clock.now(),
            task=None if isinstance(outcome, Problem) else outcome.task,
            problem=outcome if isinstance(outcome, Problem) else None,
            request_id=outcome.request_id,
            number=exchange.number,
            remarks=() if isinstance(outcome, Problem) else outcome.remarks,
            served_at=None if isinstance(outcome, Problem) else outcome.served_at,
        )
        return sample, exchange

    async def list_tasks(self) -> Listing | Problem:
        """Ask what the profile's project has."""
        manner = Manner(is_urgent=lambda: True)
        return (await self.ask(lambda client, credential: client.list_sync_tasks(credential), _LISTING, manner)).outcome

    async def ask(self, call: Call[T], topic: Hashable, manner: Manner = ONCE) -> Exchange[T]:
        """Ask as soon as that is allowed, and again until an answer counts.

        Args:
            call: sends the question.
            topic: what a `Retry-After` in the answer holds back.
            manner: how to ask.
        """
        while True:
            if (profile := self.profile) is None:
                return self._unsent(no_profile(self.name), max(RECOVERY_PAUSE, self._all.interval))
            if manner.is_patient:
                await self._until_open(topic, manner.spread)
            elif (obstacle := self._obstacle(topic)) is not None:
                return self._unsent(replace(obstacle, request_id=None))
            is_proven, limiter = self._is_proven, self._limiter
            async with limiter.slots.taken(urgent=manner.is_urgent()) if is_proven else limiter.proof:
                # Learned while this waited: a refusal, patience, or that there is something, or nothing, to prove.
                is_refused = self.is_refused and not limiter.is_try_due
                if is_refused or self._is_proven != is_proven or self.hold(topic) is not None:
                    continue
                exchange = await self._send(profile, call, topic, manner)
            if exchange is not None:
                return exchange

    def _obstacle(self, topic: Hashable) -> Problem | None:
        """Return the answer for which nothing of this topic is sent now."""
        if self.is_refused:
            return self._limiter.refusal
        if self._limiter.held_for:
            return self._throttled
        return self._held[topic][1] if self.told_to_wait(topic) else None

    async def _until_open(self, topic: Hashable, spread: float) -> None:
        """Wait while the credential is refused, until it may be tried again, and as long as the service wants."""
        while True:
            while self.is_refused and not self._limiter.is_try_due:
                revision = self._sign_in.revision(self.name)
                await _either(self._sign_in.changed(self.name, revision), self._limiter.reopened())
            self._heed_replacement()
            await self._limiter.patience(spread)
            if not (told := self.told_to_wait(topic)):
                return
            await self._clock.sleep(told)

    def _unsent(self, problem: Problem, pause: float | None = None) -> Exchange[T]:
        return Exchange(problem, self._all.moment(), self._all.number(), is_sent=False, pause=pause)

    async def _send(self, profile: Profile, call: Call[T], topic: Hashable, manner: Manner) -> Exchange[T] | None:
        """Send the question once; ``None`` to ask again, since its answer does not count.

        That is so with a renewed credential, and when time has jumped or the profile has changed meanwhile.
        """
        credential = await self._sign_in.get(self.name)
        self._heed_replacement()
        if self.profile is not profile or not self._limiter.begin():
            return None
        revision = self._sign_in.revision(self.name)
        asked, number = self._all.moment(), self._all.number()
        manner.begun(asked)
        if isinstance(credential, Problem):
            self._note_retry_after(topic, credential)
            self._learn(revision, None, credential, manner)
            return Exchange(credential, asked, number, is_sent=False)
        outcome, is_timely = await self._all.timely(call(self._all.clients.of(profile), credential))
        if self.profile is not profile:
            return None  # an answer of another endpoint or project
        problem = outcome if isinstance(outcome, Problem) else None
        if problem is not None:
            self._note_retry_after(topic, problem)
        self._heed_acceptance(revision, problem)
        if problem is not None and problem.kind is ProblemKind.TOKEN:
            if not manner.is_extra and await self._sign_in.renew_after(self.name, revision, problem):
                return None
            if self.profile is not profile:
                return None
        elif not is_timely and (problem is None or problem.kind is not ProblemKind.THROTTLED):
            return None  # no failure, and no answer to date
        return Exchange(outcome, asked, number, pause=self._learn(revision, credential, problem, manner))

    def _note_retry_after(self, topic: Hashable, problem: Problem) -> None:
        if problem.retry_after is not None:
            now = self._clock.monotonic()
            told = now + problem.retry_after
            if told >= now + self.told_to_wait(topic):  # else another answer has told a longer time
                self._held = {one: held for one, held in self._held.items() if held[0] > now} | {topic: (told, problem)}

    # The credential

    def _heed_replacement(self) -> None:
        """Forget a refusal of another credential than the present one."""
        if self._limiter.refused_revision is not None and not self.is_refused:
            self._limiter.reopen()
            self._all.tell(Refusal(self.name, None))

    def _heed_acceptance(self, revision: int, problem: Problem | None) -> None:
        """Open the gate when a try has shown that the refused credential is let in."""
        if problem is not None and not problem.proves_credential:
            return
        if self._limiter.refused_revision is None:
            if revision == self._sign_in.revision(self.name):
                self._sign_in.accepted(self.name)
        elif self._limiter.is_tried and self.is_refused and self._limiter.refused_revision == revision:
            self._sign_in.accepted(self.name)
            self._limiter.accept(revision)
            self._all.tell(Refusal(self.name, None))

    def _learn(
        self, revision: int, sent: AnyCredential | None, problem: Problem | None, manner: Manner
    ) -> float | None:
        """Take in what a request with this revision of the credential shows; return the seconds of throttling.

        When nothing was sent, only the lack of any credential is learned. What somebody else answers says nothing of
        the credential. A refusal is told again only when its words are others.
        """
        limiter = self._limiter
        is_known = limiter.refused_revision == revision
        if problem is None or problem.kind is not ProblemKind.TOKEN:
            if sent is None or (problem is not None and problem.is_foreign):
                return None
            if not is_known:
                limiter.proven_revision = revision
            if problem is not None and problem.kind is ProblemKind.THROTTLED:
                return self._throttle(problem, manner.failures)
        elif (
            not manner.is_extra
            and revision == self._sign_in.revision(self.name)  # else it has been replaced
            and (limiter.is_tried or not is_known)
        ):
            told = limiter.refusal
            limiter.refuse(revision, problem, sent)
            self._all.begin(self._probe())
            if told is None or (told.code, told.text) != (problem.code, problem.text):
                self._all.tell(Refusal(self.name, problem))
        return None

    async def _probe(self) -> None:
        """Look for another credential, and try the refused one, from time to time, as long as the profile waits."""
        if self._is_probing:  # refused again before the last look was over
            return
        self._is_probing = True
        try:
            while self.is_refused:
                await self._clock.sleep(self._limiter.pause_before_try(_PROBE_PAUSE))
                self._limiter.call_for_try()
                try:
                    await self._sign_in.probe(self.name)
                except Exception:  # a mistake of ours must not end the watch over all tasks
                    log.exception("internal error while looking for a credential of %s", self.name)
        finally:
            self._is_probing = False


class Channels:
    """The channels of all profiles, and what they share."""

    def __init__(
        self,
        *,
        profiles: Mapping[str, Profile],
        sign_in: SignIn,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        interval: float = DEFAULT_INTERVAL,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Prepare for asking; nothing is opened yet.

        Args:
            profiles: where to ask, by name.
            sign_in: how the profiles come by their credentials.
            open_client: makes the client of a profile.
            clock: dates and paces the requests.
            interval: seconds between two requests for a task.
            chance: a random number from 0 to 1, which spreads the requests of many.
        """
        self.sign_in, self.clock, self.interval, self.chance = sign_in, clock, interval, chance
        self.clients, self.service_clocks = Clients(open_client), ServiceClocks(clock)
        self.tell: Callable[[Refusal], None] = lambda _: None
        """Hears when a profile's credential is refused, and when it has been replaced or is let in again."""

        self.heed_changes: Callable[[Set[str]], None] = lambda _: None
        """Hears which profiles have changed or are gone."""

        self._channels: dict[str, Channel] = {}
        self._numbers = count(1)
        self._users = 0
        self._watch: tuple[ClockJumpDetector, asyncio.TaskGroup] | None = None
        self.use_profiles(profiles)

    def of(self, name: str) -> Channel:
        """Return a profile's channel, also of one that is not there."""
        if name not in self._channels:
            self._channels[name] = Channel(name, self)
        return self._channels[name]

    def use_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Take over changed profiles."""
        asked = {name: profile.without_looks for name, profile in profiles.items()}
        changed = {name for name in {*self._channels, *asked} if self.of(name).use(asked.get(name))}
        if changed:
            self.heed_changes(changed)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections for the length of the block; the last user closes them."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                await self.clients.aclose()

    async def ask_each(self, refs: Iterable[TaskRef], month: Month | None) -> dict[TaskRef, Sample]:
        """Ask once for each task's current month (``None``), or for one that is over.

        After a refusal or throttling no other task of the profile is asked for.
        """
        async with self.opened(), asyncio.TaskGroup() as group:
            asked = [group.create_task(self.of(ref.profile).ask_for_task(ref, month)) for ref in dict.fromkeys(refs)]
        samples = [task.result()[0] for task in asked]
        return {sample.ref: sample for sample in samples}

    async def watch(self, group: asyncio.TaskGroup, jumped: Callable[[], None]) -> NoReturn:
        """Watch the clocks until cancelled, and look for other credentials in place of refused ones meanwhile."""
        detector = ClockJumpDetector(self.clock)
        self._watch = detector, group

        def heed() -> None:
            for channel in self._channels.values():
                channel.call_for_try()  # a clock that was put right may be all that the credential lacked
            self.service_clocks.forget()  # steady seconds stand still while the machine sleeps
            jumped()

        try:
            await detector.beat(heed)
        finally:
            self._watch = None

    # For the channels

    def moment(self) -> Moment:
        """Return this moment."""
        return Moment(self.clock.now(), self.clock.monotonic())

    def number(self) -> int:
        """Return the number of the next exchange."""
        return next(self._numbers)

    def begin(self, work: Coroutine[object, object, None]) -> None:
        """Begin with work that goes on beside the watch; without a watch there is no need for it."""
        if self._watch is not None:
            self._watch[1].create_task(work)
        else:
            work.close()

    async def timely(self, work: Awaitable[T]) -> tuple[T, bool]:
        """Return the result of this work, and whether time has not jumped meanwhile."""
        if self._watch is None:
            return await without_a_jump(self.clock, work)
        detector = self._watch[0]
        began = detector.moment()
        return await work, not detector.has_jumped_since(began)


async def _either(*awaited: Coroutine[object, object, object]) -> None:
    """Wait until the first of these is done."""
    tasks = {asyncio.ensure_future(one) for one in awaited}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
