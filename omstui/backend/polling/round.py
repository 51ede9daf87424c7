"""Asks for each of some tasks once."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC

from msgspec.structs import replace

from omstui.backend.http.credential import SignIn
from omstui.backend.oms.client import Client, ServiceClocks
from omstui.backend.polling.limiter import PrioritySemaphore
from omstui.backend.runtime.clock import Clock
from omstui.core.month import Month
from omstui.core.problem import Problem, ProblemKind, no_profile
from omstui.core.profile import Profile
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Sample

_AT_ONCE = 4
"""Requests of one profile in flight."""

_ENDS_ALL = frozenset({ProblemKind.TOKEN, ProblemKind.THROTTLED})
"""After such an answer no other task of the profile is asked for: its credential would be refused again, or the
service wants patience."""


class Round:
    """One request for each task: all profiles at once, and of each profile first one, then a few at a time.

    The first one tries the credential. Nothing is asked again, but once after a credential was renewed.
    """

    def __init__(
        self,
        *,
        profiles: Mapping[str, Profile],
        sign_in: SignIn,
        open_client: Callable[[Profile], Client],
        clock: Clock,
    ) -> None:
        self._profiles = profiles
        self._sign_in = sign_in
        self._open_client = open_client
        self._clock = clock
        self._service_clocks = ServiceClocks(clock)

    async def ask(self, refs: Iterable[TaskRef], month: Month | None) -> dict[TaskRef, Sample]:
        """Return what came of asking for each task's current month (``None``), or for one that is over."""
        by_profile: dict[str, list[TaskRef]] = {}
        for ref in dict.fromkeys(refs):
            by_profile.setdefault(ref.profile, []).append(ref)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._ask_all(*one, month)) for one in by_profile.items()]
        return {sample.ref: sample for task in asked for sample in task.result()}

    async def _ask_all(self, name: str, refs: list[TaskRef], month: Month | None) -> list[Sample]:
        profile = self._profiles.get(name)
        if profile is None:
            return [self._trouble(ref, month, no_profile(name)) for ref in refs]
        client, slots = self._open_client(profile), PrioritySemaphore(_AT_ONCE)
        ended: Problem | None = None

        async def ask(ref: TaskRef) -> Sample:
            nonlocal ended
            async with slots.taken(urgent=False):
                if ended is not None:
                    return self._trouble(ref, month, replace(ended, request_id=None))
                sample = await self._ask_one(ref, month, profile, client)
                if sample.problem is not None and sample.problem.kind in _ENDS_ALL:
                    ended = sample.problem
                return sample

        try:
            first = await ask(refs[0])
            return [first, *await asyncio.gather(*map(ask, refs[1:]))]
        finally:
            await client.aclose()

    async def _ask_one(self, ref: TaskRef, month: Month | None, profile: Profile, client: Client) -> Sample:
        is_renewed = False
        while True:
            credential = await self._sign_in.get(profile.name)
            revision = self._sign_in.revision(profile.name)
            asked_at = self._clock.now()
            if isinstance(credential, Problem):
                return self._trouble(ref, month, credential)
            outcome, month_at = await self._service_clocks.ask(
                profile.name, client, ref.sync_task_id, month, credential
            )
            if is_renewed or not isinstance(outcome, Problem) or outcome.kind is not ProblemKind.TOKEN:
                break
            is_renewed = await self._sign_in.renew_after(profile.name, revision, outcome)
            if not is_renewed:
                break
        if isinstance(outcome, Problem):
            return replace(self._trouble(ref, month, outcome), asked_at=asked_at)
        now = self._clock.now()
        return Sample(
            ref,
            month or Month.containing(month_at, profile.zone),
            is_current=month is None,
            asked_at=asked_at,
            answered_at=now,
            task=outcome.task,
            request_id=outcome.request_id,
            remarks=outcome.remarks,
            served_at=outcome.served_at,
        )

    def _trouble(self, ref: TaskRef, month: Month | None, problem: Problem) -> Sample:
        profile = self._profiles.get(ref.profile)
        return Sample.unsent(ref, month, self._clock.now(), profile.zone if profile is not None else UTC, problem)
