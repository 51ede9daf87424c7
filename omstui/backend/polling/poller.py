"""Asks for each watched task about once a minute, as long as the screen is open."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import datetime, timedelta
from math import isinf

from msgspec import Struct
from msgspec.structs import replace

from omstui.backend.polling.backfill import BackfillQueue
from omstui.backend.polling.channel import RECOVERY_PAUSE, Channel, Channels, RequestOptions
from omstui.backend.polling.statistics import Statistics
from omstui.backend.runtime.clock_jump import Moment
from omstui.backend.runtime.sleep import InterruptibleSleep
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Refusal, Sample, StatisticSample
from omstui.core.watch.schedule import Hold, first_pause, pause_after, regular_pause, slot

log = logging.getLogger(__name__)

_CONFIRMED_AFTER = 0.99
"""Share of the interval after which a second answer confirms that a task is gone; timers are not exact."""

JUST_NOW = 5.0
"""Seconds within which the same key does not ask again, so that a held key sends no burst of requests."""


class Asking(Struct, frozen=True):
    """Result of a key that asks: how many tasks are asked for, and why others are not."""

    asked: int = 0
    recent: int = 0
    """Asked for within the last `JUST_NOW` seconds."""

    refused: int = 0
    """Their profile's credential is refused, and the next test is not due yet."""

    tried: int = 0
    """Profiles whose refused credential is tested now."""

    try_at: datetime | None = None
    """When the first of the other refused credentials is tested automatically; `None` when none is."""

    hold: Hold | None = None
    """The longest wait among tasks that are asked later."""

    next_at: datetime | None = None
    """When the last of those tasks is asked automatically, where that is known."""

    @property
    def held_for(self) -> float:
        """Seconds left of the longest wait; 0 when there is none."""
        return self.hold.seconds if self.hold is not None else 0.0


class _Loop(Struct):
    """A running loop, and its sleep between two requests."""

    runner: asyncio.Task[None]
    sleep: InterruptibleSleep


class Poller:
    """Runs one endless loop per watched task; a failure becomes a `Problem` in a `Sample`, and no loop ends by itself.

    `deliver` gets everything, on the event loop: a `Sample` for each request, and a `Refusal` when a profile's
    credential is refused, replaced or accepted again.
    """

    def __init__(
        self,
        channels: Channels,
        *,
        deliver: Callable[[Sample | Refusal], None],
        deliver_statistic: Callable[[StatisticSample], None] = lambda _: None,
    ) -> None:
        self._channels = channels
        self._clock, self._interval = channels.clock, channels.interval
        self._deliver = channels.tell = deliver
        channels.on_profiles_changed = self._ask_as_changed
        self._watched: list[TaskRef] = []
        self._places: dict[TaskRef, float] = {}
        self._loops: dict[TaskRef, _Loop] = {}
        self._months: dict[tuple[TaskRef, Month], asyncio.Task[None]] = {}
        self._latest: dict[tuple[TaskRef, bool], tuple[Month | None, float]] = {}
        self._missing_since: dict[TaskRef, float] = {}
        """When the first request was sent that reported a task as missing, in steady seconds."""

        self._selected: TaskRef | None = None
        self._group: asyncio.TaskGroup | None = None
        self._statistics = Statistics(channels, deliver_statistic)
        self._backfill = BackfillQueue(
            clock=channels.clock, ask_month=self._fill_month, ask_statistic=self._fill_statistic
        )

    async def run(self) -> None:
        """Ask until cancelled."""
        try:
            async with self._channels.opened(), asyncio.TaskGroup() as group:
                self._group = group
                self._reconcile()
                group.create_task(self._backfill.run())
                await self._channels.watch(group, self._after_jump)
        finally:
            self._group = None
            self._loops.clear()
            self._months.clear()

    def _after_jump(self) -> None:
        """Ask for all tasks at once, because what is known is older than it seems."""
        log.info("time has jumped: asking for all tasks")
        for ref, loop in self._loops.items():
            if not self._channel(ref).limiter.told_to_wait(ref):
                loop.sleep.end()

    def watch(self, refs: Iterable[TaskRef]) -> None:
        """Ask for these tasks from now on, and for no others."""
        self._watched = list(refs)
        self._reconcile()

    def _ask_as_changed(self, profiles: Set[str]) -> None:
        """Forget what changed profiles answered before, and ask for their tasks at once."""
        self._statistics.forget(profiles)
        for ref in self._loops:
            if ref.profile in profiles and self._channel(ref).profile is not None:
                self._backfill.forget(ref)
                self._missing_since.pop(ref, None)
                self._loops[ref].sleep.end()

    def select(self, ref: TaskRef | None) -> None:
        """Send this task's requests before those of others."""
        self._selected = ref

    def ask_now(self, refs: Iterable[TaskRef]) -> Asking:
        """Ask for the current month without waiting for the interval; return for how many tasks that is possible."""
        wanted = [ref for ref in refs if ref in self._loops]
        recent = {ref for ref in wanted if self._is_recent(ref, None)}
        refused = {ref for ref in wanted if self._channel(ref).is_refused} - recent
        names = {ref.profile for ref in refused}
        tried = {name for name in names if self._channels.of(name).limiter.call_for_try(is_wish=True)}
        waiting = [ref for ref in refused if ref.profile not in tried]
        held = {ref: hold for ref in wanted if (hold := self._channel(ref).limiter.hold(ref)) is not None}
        possible = [ref for ref in wanted if ref not in recent | refused | held.keys()]
        for ref in [*possible, *(ref for ref in refused if ref.profile in tried)]:
            self._loops[ref].sleep.end()
        longest = max(held.values(), key=lambda hold: hold.seconds, default=None)
        next_at = max((at for ref in held if (at := self.next_at(ref)) is not None), default=None)
        try_at = min((at for ref in waiting if (at := self.next_at(ref)) is not None), default=None)
        return Asking(len(possible), len(recent), len(waiting), len(tried), try_at, longest, next_at)

    def next_at(self, ref: TaskRef) -> datetime | None:
        """Return when a task is asked for next; ``None`` during a request, and without a credential.

        With a refused credential it is the time of the profile's next test. It is computed at each call, because the
        answer to another task of the profile may change it at any moment.
        """
        if (loop := self._loops.get(ref)) is None:
            return None
        at = self._channel(ref).next_at(loop.sleep.until, ref, self._spread(ref))
        seconds = at - self._clock.monotonic() if at is not None else 0.0
        return self._clock.now() + timedelta(seconds=seconds) if seconds > 0 else None

    def ask_month(self, ref: TaskRef, month: Month) -> Asking:
        """Ask once for a past month, as soon as the profile's limiter allows it."""
        key = (ref, month)
        if self._group is None or ref not in self._loops:
            return Asking()
        if key in self._months or self._is_recent(ref, month):
            return Asking(recent=1)
        if told := self._channel(ref).limiter.told_to_wait(ref):
            return Asking(hold=Hold(told, is_ours=False))
        task = self._group.create_task(self._ask_past(ref, month))
        self._months[key] = task
        task.add_done_callback(lambda _: self._months.pop(key, None))
        return Asking(asked=1)

    def hold(self, profile: str) -> Hold | None:
        """Return how long a profile is throttled; `None` when it is not."""
        return self._channels.of(profile).limiter.hold()

    def look_at(
        self, months: Iterable[tuple[TaskRef, Month]], statistic: tuple[TaskRef, timedelta] | None = None
    ) -> None:
        """Ask slowly for past months and for a statistic of this span up to now, while they are in view.

        Nothing is asked with a credential that is not proven, nor while the service throttles.
        """
        self._backfill.look_at(months, statistic)

    def _fill_month(self, ref: TaskRef, month: Month) -> bool:
        """Ask for a month in view, if that disturbs no other request; return whether it was started."""
        is_busy = any(key[0].profile == ref.profile for key in self._months)
        if is_busy or ref not in self._loops or not self._channel(ref).is_free(ref):
            return False
        return bool(self.ask_month(ref, month).asked)

    def _fill_statistic(self, ref: TaskRef, span: timedelta) -> bool:
        """Ask for a statistic in view, if that disturbs no other request; return whether it was started."""
        if self._group is None or ref not in self._loops or not self._channel(ref).is_free(ref):
            return False
        return self._statistics.begin(ref, span, self._group)

    def _channel(self, ref: TaskRef) -> Channel:
        return self._channels.of(ref.profile)

    def _is_recent(self, ref: TaskRef, month: Month | None) -> bool:
        """Whether the last request for the task's current month, or for this past one, is only a moment old."""
        latest = self._latest.get((ref, month is None))
        return latest is not None and latest[0] == month and self._clock.monotonic() - latest[1] < JUST_NOW

    def _spread(self, ref: TaskRef) -> float:
        """Return the task's extra seconds after throttling, so that the tasks do not all ask at once."""
        return self._places.get(ref, 0.0) * self._interval / 2

    def _reconcile(self) -> None:
        """Start and stop loops so that they match the watched tasks."""
        if self._group is None:
            return
        wanted = dict.fromkeys(self._watched)
        for ref in [ref for ref in self._loops if ref not in wanted]:
            self._loops.pop(ref).runner.cancel()
            self._backfill.forget(ref)
            for key in [key for key in self._months if key[0] == ref]:
                self._months[key].cancel()
        self._forget_what_is_over(wanted)
        fresh = [ref for ref in wanted if ref not in self._loops]
        fresh.sort(key=lambda ref: ref != self._selected)
        for position, ref in enumerate(fresh):
            place = self._places.setdefault(ref, slot(len(self._places)))
            sleep = InterruptibleSleep(self._clock)
            # A task that was removed and added again a moment ago waits as long as after a key.
            _, asked = self._latest.get((ref, True), (None, -JUST_NOW))
            pause = max(first_pause(position, len(fresh)), asked + JUST_NOW - self._clock.monotonic())
            runner = self._group.create_task(self._follow(ref, place, pause, sleep))
            self._loops[ref] = _Loop(runner, sleep)

    def _forget_what_is_over(self, wanted: Mapping[TaskRef, None]) -> None:
        """Drop data of tasks that are not watched, except what may delay their next request if they return."""
        self._latest = {
            (ref, is_current): (month, asked)
            for (ref, is_current), (month, asked) in self._latest.items()
            if ref in wanted or self._is_recent(ref, month)
        }
        self._missing_since = {ref: since for ref, since in self._missing_since.items() if ref in wanted}

    async def _follow(self, ref: TaskRef, place: float, pause: float, sleep: InterruptibleSleep) -> None:
        """Ask for one task's current month, again and again."""
        failures = 0
        while True:
            await sleep.take(pause)
            try:
                sample = await self._ask(ref, place, failures)
                self._deliver(sample)
            except Exception:  # a bug must not stop watching this task
                log.exception("internal error while asking for %s", ref)
                sample = self._internal_error(ref, failures=failures + 1)
                self._deliver(sample)
            failures = 0 if sample.is_good else failures + 1
            pause = 0.0 if sample.next_at is None else (sample.next_at - sample.answered_at).total_seconds()

    async def _ask(self, ref: TaskRef, place: float, failures: int) -> Sample:
        """Ask for the current month when that is allowed; return the sample with the time of the next request."""
        channel = self._channel(ref)

        def begun(at: Moment) -> None:
            self._latest[ref, True] = (None, at.at)
            if ref in self._loops:
                self._loops[ref].sleep.forget()  # the request that was wished for is sent now

        options = RequestOptions(
            is_patient=True,
            is_urgent=lambda: ref == self._selected,
            spread=self._spread(ref),
            failures=failures,
            begun=begun,
        )
        sample, exchange = await channel.ask_for_task(ref, None, options)
        problem = sample.problem
        if problem is None:
            self._missing_since.pop(ref, None)
            interval = channel.interval
            latency = self._clock.monotonic() - exchange.asked.at
            pause = max(regular_pause(exchange.asked.at, place, interval) - latency, interval / 2)
        else:
            problem = self._unless_confirmed(ref, problem, exchange.asked.at)
            pause = (
                exchange.pause
                if exchange.pause is not None
                else pause_after(problem, failures + 1, channel.interval, self._channels.chance())
            )
        next_at = None if isinf(pause) else sample.answered_at + timedelta(seconds=pause)
        return replace(sample, problem=problem, next_at=next_at)

    async def _ask_past(self, ref: TaskRef, month: Month) -> None:
        def begun(at: Moment) -> None:
            self._latest[ref, False] = (month, at.at)

        options = RequestOptions(is_patient=True, is_urgent=lambda: True, begun=begun)
        try:
            while True:
                sample, _ = await self._channel(ref).ask_for_task(ref, month, options)
                if sample.problem is None or sample.problem.kind is not ProblemKind.TOKEN:
                    break  # after a refusal it waits for another credential
            if sample.is_good:
                self._backfill.answered(ref, month)
            self._deliver(sample)
        except Exception:  # as above: shown on the screen
            log.exception("internal error while asking for %s of %s", month, ref)
            self._deliver(self._internal_error(ref, month))

    def _unless_confirmed(self, ref: TaskRef, problem: Problem, asked: float) -> Problem:
        """Return a `GONE` as `MISSING` until a second answer, an interval later, confirms it."""
        if problem.kind is not ProblemKind.GONE:
            return problem
        since = self._missing_since.setdefault(ref, asked)
        is_confirmed = asked - since >= _CONFIRMED_AFTER * self._interval
        return problem if is_confirmed else replace(problem, kind=ProblemKind.MISSING)

    def _internal_error(self, ref: TaskRef, month: Month | None = None, failures: int = 1) -> Sample:
        channel, problem = self._channel(ref), Problem(ProblemKind.INTERNAL, "internal error")
        pause = max(RECOVERY_PAUSE, pause_after(problem, failures, self._interval, self._channels.chance()))
        sample = channel.sample(ref, month, channel.unsent(problem))
        return sample if month is not None else replace(sample, next_at=sample.answered_at + timedelta(seconds=pause))
