"""Asks for each watched task about once a minute, for as long as the screen is open."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from math import isinf

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.http.credential import AnyCredential, SignIn
from omstui.backend.oms.client import Answered, Client, Clients, ServiceClocks
from omstui.backend.polling.backfill import BackfillQueue
from omstui.backend.polling.limiter import ProfileLimiter
from omstui.backend.polling.statistics import Statistics
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.clock_jump import ClockJumpDetector
from omstui.backend.runtime.sleep import InterruptibleSleep
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind, no_profile
from omstui.core.profile import Profile
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Refusal, Sample, StatisticSample
from omstui.core.watch.schedule import Hold, first_pause, pause_after, regular_pause, slot

log = logging.getLogger(__name__)

_RECOVERY_PAUSE = 30.0
_PROBE_PAUSE = 15.0
_CONFIRMED_AFTER = 0.99
"""Intervals after which a second answer confirms that there is no such task; timers are not exact."""

JUST_NOW = 5.0
"""Seconds within which a key that asks again changes nothing: a held one would hammer."""


class _Question(Struct, frozen=True):
    """What to ask: a task's current month, or one that is over."""

    ref: TaskRef
    month: Month | None = None
    place: float = 0.0
    """The task's place in the interval."""

    failures: int = 0
    """How many times in a row it has failed so far."""


class Asking(Struct, frozen=True):
    """What came of a key that asks: how many tasks are asked for, and why others are not."""

    asked: int = 0
    recent: int = 0
    """Asked for a moment ago."""

    refused: int = 0
    """Their profile's credential is refused, and it is not yet time to try it again."""

    tried: int = 0
    """The refused credentials that are tried once more now."""

    try_at: datetime | None = None
    """When the first of those that are not is tried by itself, if any is."""

    hold: Hold | None = None
    """Why some are asked later, the longest wait of them all."""

    next_at: datetime | None = None
    """When the last of those is asked by itself, where that is known."""

    @property
    def held_for(self) -> float:
        """How many seconds the longest wait still goes on; 0 when there is none."""
        return self.hold.seconds if self.hold is not None else 0.0


class _Loop(Struct):
    """A running loop, and its rest between two requests."""

    runner: asyncio.Task[None]
    nap: InterruptibleSleep


class Poller:
    """One endless loop per watched task; trouble becomes a value in a `Sample`, and no loop ends by itself.

    Whatever happens is handed to `deliver` on the event loop: a `Sample` for each request, a `Refusal` when a profile's
    credential is refused and when it has been replaced or is let in again.
    """

    def __init__(
        self,
        *,
        profiles: Mapping[str, Profile],
        sign_in: SignIn,
        open_client: Callable[[Profile], Client],
        clock: Clock,
        interval: float,
        deliver: Callable[[Sample | Refusal], None],
        deliver_statistic: Callable[[StatisticSample], None] = lambda _: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._profiles = _as_asked(profiles)
        self._sign_in = sign_in
        self._clock = clock
        self._interval = interval
        self._deliver = deliver
        self._chance = chance
        self._watched: list[TaskRef] = []
        self._places: dict[TaskRef, float] = {}
        self._loops: dict[TaskRef, _Loop] = {}
        self._months: dict[tuple[TaskRef, Month], asyncio.Task[None]] = {}
        self._limiters: dict[str, ProfileLimiter] = {}
        self._probing: set[str] = set()
        """Profiles for which another credential is looked for."""

        self._clients = Clients(open_client)
        self._service_clocks = ServiceClocks(clock)
        self._latest: dict[tuple[TaskRef, bool], tuple[Month | None, float]] = {}
        self._not_before: dict[TaskRef, float] = {}
        self._missing_since: dict[TaskRef, float] = {}
        """When a task was asked for that the service has not known since."""

        self._numbers = count(1)
        self._jump_detector = ClockJumpDetector(clock)
        self._selected: TaskRef | None = None
        self._group: asyncio.TaskGroup | None = None
        self._statistics = Statistics(clock=clock, sign_in=sign_in, deliver=deliver_statistic)
        self._filling = BackfillQueue(clock=clock, ask_month=self._fill_month, ask_statistic=self._fill_statistic)
        self._filler: tuple[str, asyncio.Task[None]] | None = None
        """Who asks for a statistic, and for which profile."""

    async def run(self) -> None:
        """Ask until cancelled."""
        self._jump_detector = ClockJumpDetector(self._clock)
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._reconcile()
                group.create_task(self._filling.run())
                await self._jump_detector.beat(self._heed_jump)
        finally:
            self._group = None
            self._loops.clear()
            self._months.clear()
            await self._clients.aclose()

    def _heed_jump(self) -> None:
        """Ask for everything at once: whatever is known is older than it seems."""
        log.info("time has jumped: asking for all tasks")
        for limiter in self._limiters.values():
            limiter.call_for_try()  # a clock that was put right may be all that the credential lacked
        self._service_clocks.forget()  # steady seconds stand still while the machine sleeps
        self._nudge(ref for ref in self._loops if not self._told_to_wait(ref))

    def watch(self, refs: Iterable[TaskRef]) -> None:
        """Ask for these tasks from now on, and for no others."""
        self._watched = list(refs)
        self._reconcile()

    def use_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Take over changed profiles; tasks that waited for theirs are asked at once."""
        profiles = _as_asked(profiles)
        changed = {name for name in profiles if profiles[name] != self._profiles.get(name)}
        gone = self._profiles.keys() - profiles.keys()
        for name in gone:
            self._clients.let_go(name)
        self._profiles = profiles
        for name in changed & self._limiters.keys():
            self._limiters[name].reopen()
            self._service_clocks.forget(name)
            self._statistics.reopen(name)
            self._deliver(Refusal(name, None))
        if self._filler is not None and self._filler[0] in changed | gone:
            self._filler[1].cancel()
        for ref in self._loops:
            if ref.profile in changed:
                self._filling.forget(ref)
                self._missing_since.pop(ref, None)
                self._loops[ref].nap.end()

    def select(self, ref: TaskRef | None) -> None:
        """Put this task's requests before those of others."""
        self._selected = ref

    def ask_now(self, refs: Iterable[TaskRef]) -> Asking:
        """Ask for the current month without waiting for the interval; say for how many tasks that is possible."""
        wanted = [ref for ref in refs if ref in self._loops]
        recent = {ref for ref in wanted if self._is_recent(ref, None)}
        refused = {ref for ref in wanted if self._is_refused(ref.profile)} - recent
        tried = {name for name in {ref.profile for ref in refused} if self._limiters[name].call_for_try(is_wish=True)}
        waiting = [ref for ref in refused if ref.profile not in tried]
        held = {ref: hold for ref in wanted if (hold := self._hold_of(ref)) is not None}
        possible = [ref for ref in wanted if ref not in recent | refused | held.keys()]
        self._nudge([*possible, *(ref for ref in refused if ref.profile in tried)])
        longest = max(held.values(), key=lambda hold: hold.seconds, default=None)
        next_at = max((at for ref in held if (at := self.next_at(ref)) is not None), default=None)
        try_at = min((at for ref in waiting if (at := self.next_at(ref)) is not None), default=None)
        return Asking(len(possible), len(recent), len(waiting), len(tried), try_at, longest, next_at)

    def next_at(self, ref: TaskRef) -> datetime | None:
        """Return when a task is asked for next by itself; ``None`` while it is, and without a credential.

        With a refused one it is when one of the profile's tasks tries it again. It is worked out at each call: what
        another task of the profile is answered may change it at any moment.
        """
        loop = self._loops.get(ref)
        limiter = self._limiters.get(ref.profile)
        if loop is None:
            return None
        at = loop.nap.until
        if limiter is not None and self._is_refused(ref.profile):
            if limiter.tries is None:
                return None
            at = limiter.tries.next_at
        if limiter is not None:
            at = limiter.opens_at(at, self._extra_patience(ref))
        seconds = max(at, self._not_before.get(ref, 0.0)) - self._clock.monotonic()
        return self._clock.now() + timedelta(seconds=seconds) if seconds > 0 else None

    def ask_month(self, ref: TaskRef, month: Month) -> Asking:
        """Ask once for a month that is over, as soon as the profile's gate lets it through."""
        key = (ref, month)
        if self._group is None or ref not in self._loops:
            return Asking()
        if key in self._months or self._is_recent(ref, month):
            return Asking(recent=1)
        if told := self._told_to_wait(ref):
            return Asking(hold=Hold(told, is_ours=False))
        task = self._group.create_task(self._ask_past(ref, month))
        self._months[key] = task
        task.add_done_callback(lambda _: self._months.pop(key, None))
        return Asking(asked=1)

    def hold(self, profile: str) -> Hold | None:
        """Return for how long nothing is asked for a profile because of throttling."""
        limiter = self._limiters.get(profile)
        return limiter.hold if limiter is not None else None

    def heed(self, profile: str, problem: Problem) -> None:
        """Hold the profile's requests back when somebody else was asked for patience with it."""
        if problem.kind is ProblemKind.THROTTLED:
            limiter = self._limiters.setdefault(profile, ProfileLimiter(self._clock))
            pause = pause_after(problem, 1, self._interval * limiter.pace, self._chance())
            limiter.throttle(pause, problem.retry_after)

    def look_at(
        self, months: Iterable[tuple[TaskRef, Month]], statistic: tuple[TaskRef, timedelta] | None = None
    ) -> None:
        """Ask slowly for months that are over and for a statistic that reaches this far back, while they are in view.

        Nothing is asked with a credential that is not proven, nor while the service wants patience.
        """
        self._filling.look_at(months, statistic)

    def _fill_month(self, ref: TaskRef, month: Month) -> bool:
        """Ask for a month that somebody looks at, if that disturbs nothing."""
        if not self._is_free(ref) or any(key[0].profile == ref.profile for key in self._months):
            return False
        return bool(self.ask_month(ref, month).asked)

    def _fill_statistic(self, ref: TaskRef, span: timedelta) -> bool:
        """Ask for a statistic that somebody looks at, if that disturbs nothing."""
        is_busy = self._filler is not None and not self._filler[1].done()
        if is_busy or not self._is_free(ref) or not self._statistics.may_ask(ref.profile) or self._group is None:
            return False
        client = self._clients.of(self._profiles[ref.profile])
        self._filler = (ref.profile, self._group.create_task(self._ask_statistic(ref, span, client)))
        return True

    async def _ask_statistic(self, ref: TaskRef, span: timedelta, client: Client) -> None:
        try:
            await self._statistics.ask(ref, span, self._limiters[ref.profile], client)
        except Exception:  # a mistake of ours in an extra must not end the watch over the tasks
            log.exception("internal error while asking for a statistic of %s", ref)

    def _is_free(self, ref: TaskRef) -> bool:
        """Whether the task's profile is asked with a credential that has been let in, and nobody wants patience."""
        limiter = self._limiters.get(ref.profile)
        if limiter is None or ref not in self._loops or ref.profile not in self._profiles:
            return False
        return limiter.proven_revision == self._sign_in.revision(ref.profile) and self._hold_of(ref) is None

    def _nudge(self, refs: Iterable[TaskRef]) -> None:
        for ref in refs:
            self._loops[ref].nap.end()

    def _is_recent(self, ref: TaskRef, month: Month | None) -> bool:
        """Whether the task's current month, or this past one, was asked for last, and a moment ago."""
        latest = self._latest.get((ref, month is None))
        return latest is not None and latest[0] == month and self._clock.monotonic() - latest[1] < JUST_NOW

    def _hold_of(self, ref: TaskRef) -> Hold | None:
        """For how long this task is not asked for, on its own account or on that of its profile."""
        told, hold = self._told_to_wait(ref), self.hold(ref.profile)
        return Hold(told, is_ours=False) if told > (hold.seconds if hold is not None else 0.0) else hold

    def _extra_patience(self, ref: TaskRef) -> float:
        """How many seconds after throttling this task is asked for, so that not all come at once."""
        return self._places.get(ref, 0.0) * self._interval / 2

    def _told_to_wait(self, ref: TaskRef) -> float:
        """How many seconds are left of a `Retry-After` that answered a question about this task."""
        return max(self._not_before.get(ref, 0.0) - self._clock.monotonic(), 0.0)

    def _heed_retry_after(self, ref: TaskRef, outcome: Answered | Problem) -> None:
        if isinstance(outcome, Problem) and outcome.retry_after is not None:
            told = self._not_before.get(ref, 0.0)  # in answer to another of its months, perhaps for longer
            self._not_before[ref] = max(told, self._clock.monotonic() + outcome.retry_after)

    def _is_current(self, profile: Profile) -> bool:
        """Whether requests still go where this profile leads: a person may have changed it, or taken it away."""
        return self._profiles.get(profile.name) == profile

    def _is_refused(self, profile: str) -> bool:
        limiter = self._limiters.get(profile)
        return limiter is not None and limiter.refused_revision == self._sign_in.revision(profile)

    def _reconcile(self) -> None:
        """Start and stop loops so that they match the watched tasks."""
        if self._group is None:
            return
        wanted = dict.fromkeys(self._watched)
        for ref in [ref for ref in self._loops if ref not in wanted]:
            self._loops.pop(ref).runner.cancel()
            self._filling.forget(ref)
            for key in [key for key in self._months if key[0] == ref]:
                self._months[key].cancel()
        self._forget_what_is_over(wanted)
        fresh = [ref for ref in wanted if ref not in self._loops]
        fresh.sort(key=lambda ref: ref != self._selected)
        for position, ref in enumerate(fresh):
            place = self._places.setdefault(ref, slot(len(self._places)))
            nap = InterruptibleSleep(self._clock)
            pause = max(first_pause(position, len(fresh)), self._rest_after_latest(ref))
            runner = self._group.create_task(self._follow(ref, place, pause, nap))
            self._loops[ref] = _Loop(runner, nap)

    def _forget_what_is_over(self, wanted: Mapping[TaskRef, None]) -> None:
        """Drop what was remembered of tasks not watched any more, except what may hold them back if they return."""
        self._not_before = {
            ref: until for ref, until in self._not_before.items() if ref in wanted or self._told_to_wait(ref)
        }
        self._latest = {
            (ref, is_current): (month, asked)
            for (ref, is_current), (month, asked) in self._latest.items()
            if ref in wanted or self._is_recent(ref, month)
        }
        self._missing_since = {ref: since for ref, since in self._missing_since.items() if ref in wanted}

    def _rest_after_latest(self, ref: TaskRef) -> float:
        """Return the seconds for which a task that was taken off the list and put back a moment ago is left alone."""
        latest = self._latest.get((ref, True))
        return 0.0 if latest is None else max(latest[1] + JUST_NOW - self._clock.monotonic(), 0.0)

    async def _follow(self, ref: TaskRef, place: float, pause: float, nap: InterruptibleSleep) -> None:
        """Ask for one task's current month, again and again."""
        failures = 0
        while True:
            await nap.take(pause)
            try:
                sample = await self._ask(_Question(ref, None, place, failures))
                self._deliver(sample)
            except Exception:  # a mistake of ours must not end the watch over this task
                log.exception("internal error while asking for %s", ref)
                sample = self._internal_error(ref, failures=failures + 1)
                self._deliver(sample)
            failures = 0 if sample.is_good else failures + 1
            pause = 0.0 if sample.next_at is None else (sample.next_at - sample.answered_at).total_seconds()

    async def _ask_past(self, ref: TaskRef, month: Month) -> None:
        try:
            sample = await self._ask(_Question(ref, month))
            if sample.is_good:
                self._filling.answered(ref, month)
            self._deliver(sample)
        except Exception:  # as above: told on the screen, not by ending it
            log.exception("internal error while asking for %s of %s", month, ref)
            self._deliver(self._internal_error(ref, month))

    async def _ask(self, question: _Question) -> Sample:
        """Ask once, when the gate allows it, and return what came of it with the time of the next request."""
        ref, month = question.ref, question.month
        while True:
            profile = self._profiles.get(ref.profile)
            if profile is None:
                return self._trouble(ref, month, no_profile(ref.profile), self._interval)
            limiter = self._limiters.setdefault(ref.profile, ProfileLimiter(self._clock))
            await self._until_accepted(ref.profile, limiter)
            await limiter.patience(self._extra_patience(ref) if month is None else 0.0)
            if told := self._told_to_wait(ref):
                await self._clock.sleep(told)
                continue
            is_proven = limiter.proven_revision == self._sign_in.revision(ref.profile)
            is_urgent = month is not None or ref == self._selected
            async with limiter.slots.taken(urgent=is_urgent) if is_proven else limiter.proof:
                # Learned while this waited: a refusal, patience, or that there is something, or nothing, to prove.
                revision = self._sign_in.revision(ref.profile)
                if (
                    (limiter.refused_revision == revision and not limiter.is_try_due)
                    or (limiter.proven_revision == revision) != is_proven
                    or self._hold_of(ref) is not None
                ):
                    continue
                sample = await self._ask_with(profile, limiter, question)
            if sample is None:
                continue
            refused = sample.problem is not None and sample.problem.kind is ProblemKind.TOKEN
            if month is None or not refused:  # a past month is not asked again by itself: it waits for the credential
                return sample

    async def _until_accepted(self, profile: str, limiter: ProfileLimiter) -> None:
        """Wait while the profile's credential is one that was refused, until it may be tried again."""
        while self._is_refused(profile) and not limiter.is_try_due:
            await _either(self._sign_in.changed(profile, self._sign_in.revision(profile)), limiter.reopened())
        self._heed_replacement(profile, limiter)

    def _heed_replacement(self, profile: str, limiter: ProfileLimiter) -> None:
        """Forget a refusal of another credential than the present one."""
        if limiter.refused_revision is not None and not self._is_refused(profile):
            limiter.reopen()
            self._deliver(Refusal(profile, None))

    async def _probe(self, profile: str, limiter: ProfileLimiter) -> None:
        """Look for another credential, and try the refused one, from time to time, as long as the profile waits."""
        if profile in self._probing:  # refused again before the last look was over
            return
        self._probing.add(profile)
        while self._is_refused(profile):
            await self._clock.sleep(limiter.pause_before_try(_PROBE_PAUSE))
            limiter.call_for_try()
            try:
                await self._sign_in.probe(profile)
            except Exception:  # a mistake of ours must not end the watch over all tasks
                log.exception("internal error while looking for a credential of %s", profile)
        self._probing.discard(profile)

    async def _ask_with(self, profile: Profile, limiter: ProfileLimiter, question: _Question) -> Sample | None:
        """Send the request and say what came of it; ``None`` to ask again at once.

        That is so with a renewed credential, and when time has jumped or the profile has changed meanwhile.
        """
        credential = await self._sign_in.get(profile.name)
        self._heed_replacement(profile.name, limiter)
        if not self._is_current(profile) or not limiter.begin():
            return None
        revision = self._sign_in.revision(profile.name)
        began = self._jump_detector.moment()
        asked_at, asked = began.told, began.at
        month_at = asked_at
        number = next(self._numbers)
        self._latest[question.ref, question.month is None] = (question.month, asked)
        if question.month is None and question.ref in self._loops:
            self._loops[question.ref].nap.forget()  # whoever wished to ask has that
        outcome: Answered | Problem
        if isinstance(credential, Problem):
            outcome = credential
        else:
            client = self._clients.of(profile)
            sync_task_id, month = question.ref.sync_task_id, question.month
            outcome, month_at = await self._service_clocks.ask(profile.name, client, sync_task_id, month, credential)
        if not self._is_current(profile):
            return None  # an answer of another endpoint or project
        self._heed_retry_after(question.ref, outcome)
        if outcome is not credential:
            self._heed_acceptance(profile.name, limiter, revision, outcome)
            refusal = outcome if isinstance(outcome, Problem) and outcome.kind is ProblemKind.TOKEN else None
            # Whatever else came of it, nobody knows when: no failure, and no answer to date.
            if refusal is None and self._jump_detector.has_jumped_since(began):
                if isinstance(outcome, Problem):
                    self.heed(profile.name, outcome)
                return None
            if refusal is not None and await self._sign_in.renew_after(profile.name, revision, refusal):
                return None
            if not self._is_current(profile):
                return None
        answered_at = self._clock.now()
        if isinstance(outcome, Problem):
            task, problem = None, self._unless_confirmed(question, outcome, asked)
            pause = pause_after(problem, question.failures + 1, self._interval * limiter.pace, self._chance())
        else:
            task, problem = outcome.task, None
            self._missing_since.pop(question.ref, None)
            interval = self._interval * limiter.pace
            latency = self._clock.monotonic() - asked
            pause = max(regular_pause(asked, question.place, interval) - latency, interval / 2)
        sent = None if isinstance(credential, Problem) else credential
        self._learn(profile.name, revision, sent, problem, pause)
        return Sample(
            ref=question.ref,
            month=question.month or Month.containing(month_at, profile.zone),
            is_current=question.month is None,
            asked_at=asked_at,
            answered_at=answered_at,
            task=task,
            problem=problem,
            next_at=None if question.month or isinf(pause) else answered_at + timedelta(seconds=pause),
            request_id=outcome.request_id,
            number=number,
            remarks=() if isinstance(outcome, Problem) else outcome.remarks,
            served_at=None if isinstance(outcome, Problem) else outcome.served_at,
        )

    def _unless_confirmed(self, question: _Question, problem: Problem, asked: float) -> Problem:
        """Return a `GONE` as `MISSING` until a second answer, an interval later, says it again."""
        if problem.kind is not ProblemKind.GONE or question.month is not None:
            return problem
        since = self._missing_since.setdefault(question.ref, asked)
        is_confirmed = asked - since >= _CONFIRMED_AFTER * self._interval
        return problem if is_confirmed else replace(problem, kind=ProblemKind.MISSING)

    def _heed_acceptance(
        self, profile: str, limiter: ProfileLimiter, revision: int, outcome: Answered | Problem
    ) -> None:
        """Open the profile's gate when a try has shown that the refused credential is let in."""
        is_let_in = not isinstance(outcome, Problem) or outcome.proves_credential
        if is_let_in and limiter.is_tried and limiter.refused_revision == revision == self._sign_in.revision(profile):
            self._sign_in.accepted(profile)
            limiter.accept(revision)
            self._deliver(Refusal(profile, None))

    def _learn(
        self, profile: str, revision: int, sent: AnyCredential | None, problem: Problem | None, pause: float
    ) -> None:
        """Let the profile's gate know what came of a request with this revision of the credential.

        When nothing was sent, nothing but a lack of any credential is learned; what somebody else answers says nothing
        of it. A refusal is told again only when its words are others.
        """
        limiter = self._limiters[profile]
        is_known = limiter.refused_revision == revision
        if problem is None or problem.kind is not ProblemKind.TOKEN:
            if sent is None or (problem is not None and problem.is_foreign):
                return
            if not is_known:
                limiter.proven_revision = revision
            if problem is not None and problem.kind is ProblemKind.THROTTLED:
                limiter.throttle(pause, problem.retry_after)
        elif revision == self._sign_in.revision(profile) and (
            limiter.is_tried or not is_known
        ):  # else replaced, or known
            told = limiter.refusal
            limiter.refuse(revision, problem, sent)
            if self._group is not None:
                self._group.create_task(self._probe(profile, limiter))
            if told is None or (told.code, told.text) != (problem.code, problem.text):
                self._deliver(Refusal(profile, problem))

    def _internal_error(self, ref: TaskRef, month: Month | None = None, failures: int = 1) -> Sample:
        problem = Problem(ProblemKind.INTERNAL, "internal error")
        return self._trouble(ref, month, problem, pause_after(problem, failures, self._interval, self._chance()))

    def _trouble(self, ref: TaskRef, month: Month | None, problem: Problem, pause: float) -> Sample:
        """Return a sample for trouble that happened before anything was sent."""
        now, profile = self._clock.now(), self._profiles.get(ref.profile)
        return replace(
            Sample.unsent(ref, month, now, profile.zone if profile is not None else UTC, problem),
            next_at=None if month is not None else now + timedelta(seconds=max(_RECOVERY_PAUSE, pause)),
            number=next(self._numbers),
        )


def _as_asked(profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    return {name: profile.without_looks for name, profile in profiles.items()}


async def _either(*awaited: Coroutine[object, object, object]) -> None:
    """Wait until the first of these is done."""
    tasks = {asyncio.ensure_future(one) for one in awaited}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
