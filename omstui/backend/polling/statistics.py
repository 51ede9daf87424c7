"""Asks for a task's statistic, and stops where the service does not offer it."""

import asyncio
import logging
from collections.abc import Callable, Set
from datetime import timedelta

from omstui.backend.polling.channel import STATISTIC, Channels, RequestOptions
from omstui.core.problem import Problem
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Statistic, StatisticSample

log = logging.getLogger(__name__)

_OPTIONS = RequestOptions(is_extra=True)


class Statistics:
    """Asks for one statistic at a time; a failure here never affects the watch over the tasks.

    A 400, 403 or 404 says that the region does not offer the call or that the credential may not use it: the profile is
    not asked again in this run. A refused credential is left to the task requests.
    """

    def __init__(self, channels: Channels, deliver: Callable[[StatisticSample], None]) -> None:
        self._channels = channels
        self._clock = channels.clock
        self._deliver = deliver
        self._unsupported: set[str] = set()
        self._asking: tuple[str, asyncio.Task[None]] | None = None

    def begin(self, ref: TaskRef, span: timedelta, group: asyncio.TaskGroup) -> bool:
        """Ask for a statistic of the span up to now, if that disturbs no other request; return whether it does."""
        is_busy = self._asking is not None and not self._asking[1].done()
        if is_busy or ref.profile in self._unsupported or not self._channels.of(ref.profile).is_free(STATISTIC):
            return False
        self._asking = ref.profile, group.create_task(self._ask(ref, span))
        return True

    def forget(self, profiles: Set[str]) -> None:
        """Forget which changed profiles do not support statistics, and cancel their request."""
        self._unsupported.difference_update(profiles)
        if self._asking is not None and self._asking[0] in profiles:
            self._asking[1].cancel()

    async def _ask(self, ref: TaskRef, span: timedelta) -> None:
        try:
            exchange = await self._channels.of(ref.profile).ask_for_statistic(ref.sync_task_id, span, _OPTIONS)
            if exchange.is_sent:
                self._take_in(ref, span, exchange.outcome)
        except Exception:  # a bug in an extra must not stop watching the tasks
            log.exception("internal error while asking for a statistic of %s", ref)

    def _take_in(self, ref: TaskRef, span: timedelta, outcome: Statistic | Problem) -> None:
        now = self._clock.now()
        if isinstance(outcome, Problem):
            sample = StatisticSample(ref, span, now, problem=outcome)
        else:
            sample = StatisticSample(ref, span, now, outcome)
        if sample.is_unsupported:
            self._unsupported.add(ref.profile)
        self._deliver(sample)
