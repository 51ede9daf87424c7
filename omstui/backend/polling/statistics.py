"""Asks for a task's statistic, and stops where the service does not offer it."""

from collections.abc import Callable
from datetime import timedelta

from omstui.backend.http.credential import SignIn
from omstui.backend.oms.client import StatisticClient
from omstui.backend.polling.limiter import ProfileLimiter
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.clock_jump import without_a_jump
from omstui.core.month import query_time_ms
from omstui.core.problem import Problem, ProblemKind
from omstui.core.settings import DEFAULT_INTERVAL
from omstui.core.task import TaskRef
from omstui.core.watch.sample import StatisticSample
from omstui.core.watch.schedule import pause_after


class Statistics:
    """Asks through the profile's gate, as an extra: trouble with it never touches the watch over the tasks.

    A 400, 403 or 404 says that the region does not offer the call or that the credential may not use it: the profile is
    not asked again in this run. A refused credential is left to the watch to find out.
    """

    def __init__(self, *, clock: Clock, sign_in: SignIn, deliver: Callable[[StatisticSample], None]) -> None:
        self._clock = clock
        self._sign_in = sign_in
        self._deliver = deliver
        self._refused: dict[str, Problem] = {}
        self._not_before: dict[str, float] = {}

    def may_ask(self, profile: str) -> bool:
        """Whether a request makes sense now."""
        return profile not in self._refused and self._clock.monotonic() >= self._not_before.get(profile, 0.0)

    def reopen(self, profile: str) -> None:
        """Forget what is known of a profile that has changed."""
        self._refused.pop(profile, None)

    def refusal(self, profile: str) -> Problem | None:
        """Return why a profile is not asked any more."""
        return self._refused.get(profile)

    async def ask(self, ref: TaskRef, span: timedelta, limiter: ProfileLimiter, client: StatisticClient) -> None:
        """Ask once for what was counted in the time up to now, and deliver what comes of it."""
        async with limiter.slots.taken(urgent=False):
            while True:
                if limiter.held_for or limiter.refused_revision is not None:  # learned while this waited
                    return
                credential = await self._sign_in.get(ref.profile)
                if isinstance(credential, Problem):
                    return
                now = self._clock.now()
                begin_ms, end_ms = query_time_ms(None, now - span), query_time_ms(None, now)
                asking = client.list_sync_task_statistic(ref.sync_task_id, begin_ms, end_ms, credential)
                outcome, is_timely = await without_a_jump(self._clock, asking)
                # What ran out of time, or came, while time jumped is asked for anew; what the service refused, it did.
                if is_timely or (isinstance(outcome, Problem) and outcome.status is not None):
                    break
        answered_at = self._clock.now()
        if not isinstance(outcome, Problem):
            self._deliver(StatisticSample(ref, span, answered_at, outcome))
            return
        sample = StatisticSample(ref, span, answered_at, problem=outcome)
        if sample.is_unsupported:
            self._refused[ref.profile] = outcome
        pause = outcome.retry_after or 0.0
        if outcome.kind is ProblemKind.THROTTLED:
            pause = pause_after(outcome, 1, DEFAULT_INTERVAL, 0.0)
            limiter.throttle(pause, outcome.retry_after)
        self._not_before[ref.profile] = self._clock.monotonic() + pause
        self._deliver(sample)
