"""The channel of a profile, through which all of its requests go."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Generic, NoReturn, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.http.credential import AnyCredential
from omstui.backend.oms.client import Answer, Client, ServiceClock
from omstui.backend.polling.limiter import ProfileLimiter
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.clock_jump import ClockJumpDetector, Moment, without_a_jump
from omstui.backend.runtime.threads import in_background
from omstui.core.month import Month, query_time_ms
from omstui.core.problem import Problem, no_profile
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.task import Listing, TaskRef
from omstui.core.watch.sample import Refusal, Sample, Statistic
from omstui.core.watch.schedule import pause_after

log = logging.getLogger(__name__)

RECOVERY_PAUSE = 30.0
"""Shortest wait in seconds after a failure before anything was sent."""

_PROBE_PAUSE = 15.0
_LISTING = "listing"
STATISTIC = "statistic"
"""The topic of all requests for statistics."""

_COUNTS_AFTER_JUMP = frozenset({ProblemKind.TOKEN, ProblemKind.THROTTLED})

T = TypeVar("T")
Call = Callable[[Client, AnyCredential], Awaitable[T | Problem]]


class Exchange(Struct, Generic[T], frozen=True):
    """One question and its outcome."""

    outcome: T | Problem
    asked: Moment
    """When the question was sent; for one that was not sent, when that was decided."""

    number: int
    """Position in the order in which the exchanges began, from 1."""

    is_sent: bool = True
    pause: float | None = None
    """Seconds to wait before the next request; `None` leaves that to the caller."""


class RequestOptions(Struct, frozen=True):
    """How a question is asked."""

    is_patient: bool = False
    """Whether to wait until it may be sent; otherwise the exchange ends at once with the reason."""

    is_extra: bool = False
    """Whether a refusal says nothing about the credential: no renewal, and no other question is held back."""

    is_urgent: Callable[[], bool] = lambda: False
    """Whether it goes before others that wait for a place."""

    spread: float = 0.0
    """Extra seconds to wait once throttling is over, so that the tasks do not all ask at once."""

    failures: int = 0
    """How many times in a row it has failed so far."""

    begun: Callable[[Moment], None] = lambda _: None
    """Called just before it is sent."""


ONCE = RequestOptions()


class Channel:
    """Sends one profile's requests: a few at a time, with its credential, and only when the service allows it.

    - One request alone tests a credential that is not proven yet.
    - A refused credential is renewed once. Without a new one, nothing is sent except a test request from time to time.
    - `Retry-After` holds back one topic (a task, the listing, the statistics). Throttling holds back the whole profile.
    - When the clock jumps during a request, it is sent again, unless the answer is a refusal or throttles.
    """

    def __init__(self, name: str, channels: "Channels") -> None:
        self.name = name
        self._all = channels
        self._clock = channels.clock
        self._credentials = channels.credentials
        self.profile: Profile | None = None
        """`None` when there is no such profile."""

        self.service_clock = ServiceClock(channels.clock)
        self._client: Client | None = None
        self.limiter = ProfileLimiter(channels.clock)
        self._is_probing = False

    # State

    @property
    def is_refused(self) -> bool:
        """Whether the service refused the current credential."""
        return self.limiter.refused_revision == self._credentials.revision(self.name)

    @property
    def _is_proven(self) -> bool:
        return self.limiter.proven_revision == self._credentials.revision(self.name)

    @property
    def zone(self) -> tzinfo:
        """The time zone that defines the profile's months."""
        return self.profile.zone if self.profile is not None else UTC

    @property
    def interval(self) -> float:
        """Seconds between two requests for a task, longer after throttling."""
        return self._all.interval * self.limiter.pace

    def is_free(self, topic: Hashable) -> bool:
        """Whether an optional request may be sent: the credential is proven, and nothing is held back."""
        return self.profile is not None and self._is_proven and self.limiter.hold(topic) is None

    def next_at(self, due: float, topic: Hashable, spread: float) -> float | None:
        """Return when a question due at `due` will be sent, in steady seconds; `None` when there is no credential."""
        if self.is_refused:
            if self.limiter.tries is None:
                return None
            due = self.limiter.tries.next_at
        return self.limiter.opens_at(due, topic, spread)

    # Changes from outside

    def use(self, profile: Profile | None) -> bool:
        """Use this profile from now on (`None`: stop asking), and return whether it changed.

        Answers to earlier requests no longer count.
        """
        if profile == self.profile:
            return False
        self.profile, is_first = profile, self.profile is None and self.limiter.refused_revision is None
        if self._client is not None:
            in_background(self._all.closing, _closed(self._client))
            self._client = None
        if profile is not None:
            self.limiter.reopen()
            self.service_clock.forget()
            if not is_first:
                self._all.tell(Refusal(self.name, None))
        return True

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        if (client := self._client) is not None:
            self._client = None
            await _closed(client)

    def _throttle(self, problem: Problem, failures: int) -> float:
        """Hold back the profile's requests, and return for how many seconds."""
        pause = pause_after(problem, failures + 1, self.interval, self._all.chance())
        self.limiter.throttle(pause, problem)
        log.debug("%s: all requests wait for %.0f s, since the service throttles", self.name, pause)
        return pause

    # Asking

    async def ask_for_task(
        self, ref: TaskRef, month: Month | None, options: RequestOptions = ONCE
    ) -> tuple[Sample, Exchange[Answer]]:
        """Ask for a task's current month (`None`), or for a past one."""
        at: datetime | None = None

        async def call(client: Client, credential: AnyCredential) -> Answer | Problem:
            nonlocal at
            outcome, at = await self.service_clock.ask(client, ref.sync_task_id, month, credential)
            return outcome

        exchange = await self.ask(call, ref, options)
        return self.sample(ref, month, exchange, at), exchange

    def sample(
        self, ref: TaskRef, month: Month | None, exchange: Exchange[Answer], at: datetime | None = None
    ) -> Sample:
        """Return the exchange as the sample of a task and a month.

        Args:
            ref: the task.
            month: a past month; ``None`` for the current one.
            exchange: the question and its outcome.
            at: the time that defined the current month in the request; ``None`` for the time of the exchange.
        """
        outcome = exchange.outcome
        return Sample(
            ref=ref,
            month=month or Month.containing(at or exchange.asked.wall, self.zone),
            is_current=month is None,
            asked_at=exchange.asked.wall,
            answered_at=self._clock.now(),
            task=None if isinstance(outcome, Problem) else outcome.task,
            problem=outcome if isinstance(outcome, Problem) else None,
            request_id=outcome.request_id,
            number=exchange.number,
            remarks=() if isinstance(outcome, Problem) else outcome.remarks,
            served_at=None if isinstance(outcome, Problem) else outcome.served_at,
        )

    async def list_tasks(self) -> Listing | Problem:
        """Ask for all tasks of the profile's project."""
        options = RequestOptions(is_urgent=lambda: True)
        return (
            await self.ask(lambda client, credential: client.list_sync_tasks(credential), _LISTING, options)
        ).outcome

    async def ask_for_statistic(
        self, sync_task_id: str, span: timedelta, options: RequestOptions = ONCE
    ) -> Exchange[Statistic]:
        """Ask what a task counted in the time span that ends now."""

        async def call(client: Client, credential: AnyCredential) -> Statistic | Problem:
            now = self._clock.now()
            begin_ms, end_ms = query_time_ms(None, now - span), query_time_ms(None, now)
            return await client.list_sync_task_statistic(sync_task_id, begin_ms, end_ms, credential)

        return await self.ask(call, STATISTIC, options)

    async def ask(self, call: Call[T], topic: Hashable, options: RequestOptions = ONCE) -> Exchange[T]:
        """Ask as soon as that is allowed, and repeat until an answer counts.

        Args:
            call: sends the question.
            topic: what a `Retry-After` in the answer holds back.
            options: how to ask.
        """
        while True:
            if (profile := self.profile) is None:
                return self.unsent(no_profile(self.name), max(RECOVERY_PAUSE, self._all.interval))
            if options.is_patient:
                await self._until_open(topic, options.spread)
            elif (obstacle := self.limiter.refusal if self.is_refused else self.limiter.obstacle(topic)) is not None:
                return self.unsent(replace(obstacle, request_id=None))
            is_proven, limiter = self._is_proven, self.limiter
            async with limiter.slots.taken(urgent=options.is_urgent()) if is_proven else limiter.proof:
                # While this waited, the credential may have been refused or proven, or the service may have throttled.
                is_refused = self.is_refused and not limiter.is_try_due
                if is_refused or self._is_proven != is_proven or self.limiter.hold(topic) is not None:
                    continue
                exchange = await self._send(profile, call, topic, options)
            if exchange is not None:
                return exchange

    async def _until_open(self, topic: Hashable, spread: float) -> None:
        """Wait while the credential is refused and no test is due, and as long as the service throttles or asks."""
        while True:
            while self.is_refused and not self.limiter.is_try_due:
                await self.limiter.reopened()
            await self.limiter.patience(spread)
            if not (told := self.limiter.told_to_wait(topic)):
                return
            log.debug("%s: a request waits for %.0f s, as the service asked", self.name, told)
            await self._clock.sleep(told)

    def unsent(self, problem: Problem, pause: float | None = None) -> Exchange[T]:
        """Return the exchange of a question that was not sent."""
        return Exchange(problem, self._all.moment(), next(self._all.numbers), is_sent=False, pause=pause)

    async def _send(
        self, profile: Profile, call: Call[T], topic: Hashable, options: RequestOptions
    ) -> Exchange[T] | None:
        """Send the question once; return `None` when it must be asked again.

        That is the case after a renewal of the credential, and when the clock jumped or the profile changed meanwhile.
        """
        credential = await self._credentials.get(self.name)
        if self.profile is not profile or not self.limiter.begin():
            return None
        revision = self._credentials.revision(self.name)
        asked, number = self._all.moment(), next(self._all.numbers)
        options.begun(asked)
        if isinstance(credential, Problem):
            self.limiter.hold_back(topic, credential)
            self._learn(revision, None, credential, options)
            return Exchange(credential, asked, number, is_sent=False)
        client = self._client = self._client or self._all.open_client(profile)
        outcome, is_timely = await self._all.timely(call(client, credential))
        if self.profile is not profile:
            return None  # the answer of another endpoint or project
        problem = outcome if isinstance(outcome, Problem) else None
        if problem is not None:
            self.limiter.hold_back(topic, problem)
        is_refusal = problem is not None and problem.kind is ProblemKind.TOKEN and not options.is_extra
        if problem is not None and is_refusal and await self._credentials.renew_after(self.name, revision, problem):
            return None
        if self.profile is not profile:
            return None
        pause = self._learn(revision, credential, problem, options)
        if not is_timely and (problem is None or problem.kind not in _COUNTS_AFTER_JUMP):
            return None  # neither a failure nor a current answer
        return Exchange(outcome, asked, number, pause=pause)

    # The credential

    def forget_refusal(self) -> None:
        """Forget a refusal, because the credential has changed."""
        if self.limiter.refused_revision is not None:
            self.limiter.reopen()
            self._all.tell(Refusal(self.name, None))

    def _learn(
        self, revision: int, sent: AnyCredential | None, problem: Problem | None, options: RequestOptions
    ) -> float | None:
        """Update what is known about the credential from one answer; return the seconds of throttling.

        When nothing was sent, this only learns that there is no credential. A foreign answer says nothing about the
        credential. A repeated refusal is reported only when its words differ.
        """
        limiter, is_current = self.limiter, revision == self._credentials.revision(self.name)
        is_known = limiter.refused_revision == revision
        if problem is not None and problem.kind is ProblemKind.TOKEN:
            if not options.is_extra and is_current and (limiter.is_tried or not is_known):
                told = limiter.refusal
                limiter.refuse(revision, problem, sent)
                log.debug("%s: no request is sent until the credential is replaced or tried again", self.name)
                self._all.begin(self.probe())
                if told is None or (told.code, told.text) != (problem.code, problem.text):
                    self._all.tell(Refusal(self.name, problem))
            return None
        if sent is None or (problem is not None and problem.is_foreign):
            return None
        is_let_in = is_current and (problem is None or problem.proves_credential)
        if is_let_in and (limiter.is_tried or not is_known):
            self._credentials.accepted(self.name)
        if not is_known:
            limiter.proven_revision = revision
        elif is_let_in and limiter.is_tried:
            limiter.accept(revision)
            self._all.tell(Refusal(self.name, None))
        if problem is None or problem.kind is not ProblemKind.THROTTLED:
            return None
        return self._throttle(problem, options.failures)

    async def probe(self) -> None:
        """Look for another credential, and try the refused one, from time to time, as long as the profile waits."""
        if self._is_probing:  # refused again before the last probe ended
            return
        self._is_probing = True
        try:
            while self.is_refused:
                await self._clock.sleep(self.limiter.pause_before_try(_PROBE_PAUSE))
                self.limiter.call_for_try()
                try:
                    await self._credentials.probe(self.name)
                except Exception:  # a bug must not stop watching the tasks
                    log.exception("internal error while looking for a credential of %s", self.name)
        finally:
            self._is_probing = False


class Channels:
    """The channels of all profiles, and what they share."""

    def __init__(
        self,
        *,
        profiles: Mapping[str, Profile],
        credentials: CredentialCache,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        interval: float = DEFAULT_INTERVAL,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Create the channels; nothing is opened yet.

        Args:
            profiles: where to ask, by name.
            credentials: the credentials of the profiles.
            open_client: makes the client of a profile.
            clock: gives the time and the pauses.
            interval: seconds between two requests for a task.
            chance: returns a random number from 0 to 1, which spreads the requests of many programs.
        """
        self.credentials, self.clock, self.interval, self.chance = credentials, clock, interval, chance
        self.open_client = open_client
        self.closing: set[asyncio.Task[None]] = set()
        """Tasks that close the connections of changed profiles."""

        self.tell: Callable[[Refusal], None] = lambda _: None
        """Called when a profile's credential is refused, and when it has been replaced or is accepted again."""

        self.on_profiles_changed: Callable[[Set[str]], None] = lambda _: None
        """Called with the names of profiles that were changed or removed."""

        credentials.on_change = lambda name: self.of(name).forget_refusal()
        self._channels: dict[str, Channel] = {}
        self.numbers = count(1)
        self._users = 0
        self._watch: tuple[ClockJumpDetector, asyncio.TaskGroup] | None = None
        self.use_profiles(profiles)

    def of(self, name: str) -> Channel:
        """Return a profile's channel, also for a name that has no profile."""
        if name not in self._channels:
            self._channels[name] = Channel(name, self)
        return self._channels[name]

    def use_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Use changed profiles."""
        asked = {name: profile.without_looks for name, profile in profiles.items()}
        changed = {name for name in {*self._channels, *asked} if self.of(name).use(asked.get(name))}
        if changed:
            self.on_profiles_changed(changed)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections open during the block; the last user closes them."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                for closing in self.closing:
                    closing.cancel()  # it had enough time
                for channel in list(self._channels.values()):
                    await channel.aclose()

    async def ask_each(self, refs: Iterable[TaskRef], month: Month | None) -> dict[TaskRef, Sample]:
        """Ask once for each task's current month (``None``), or for a past one.

        After a refusal or throttling, the profile's other tasks are not asked for.
        """
        async with self.opened(), asyncio.TaskGroup() as group:
            asked = [group.create_task(self.of(ref.profile).ask_for_task(ref, month)) for ref in dict.fromkeys(refs)]
        samples = [task.result()[0] for task in asked]
        return {sample.ref: sample for sample in samples}

    async def watch(self, group: asyncio.TaskGroup, jumped: Callable[[], None]) -> NoReturn:
        """Watch for clock jumps until cancelled, and look for new credentials in place of refused ones."""
        detector = ClockJumpDetector(self.clock)
        self._watch = detector, group

        def after_jump() -> None:
            for channel in self._channels.values():
                channel.limiter.call_for_try()  # a corrected clock may be all that the credential needed
                channel.service_clock.forget()  # steady seconds stand still while the machine sleeps
            jumped()

        for channel in self._channels.values():
            self.begin(channel.probe())
        try:
            await detector.run(after_jump)
        finally:
            self._watch = None

    # For the channels

    def moment(self) -> Moment:
        """Return the current moment."""
        return Moment(self.clock.now(), self.clock.monotonic())

    def begin(self, work: Coroutine[object, object, None]) -> None:
        """Start background work beside the watch; without a watch it is not needed."""
        if self._watch is not None:
            self._watch[1].create_task(work)
        else:
            work.close()

    async def timely(self, work: Awaitable[T]) -> tuple[T, bool]:
        """Return the result of this work, and whether no clock jump happened meanwhile."""
        if self._watch is None:
            return await without_a_jump(self.clock, work)
        detector = self._watch[0]
        began = detector.moment()
        return await work, not detector.has_jumped_since(began)


async def _closed(client: Client) -> None:
    try:
        await client.aclose()
    except Exception:  # a bug must not stop watching the tasks
        log.exception("internal error while closing connections")
