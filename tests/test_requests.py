"""How many requests the service sees, and when: never more than promised, and well spread."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from math import ceil

import pytest

from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from omstui.demo.crowd import Crowd
from omstui.demo.workspace import crowd_workspace
from tests.ui.running import running

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
INTERVAL = 60
SETTLED, WATCHED = 8, 5
"""Rounds until every task has found its place in the interval, and rounds that are looked at."""


@pytest.mark.parametrize("crowd", [Crowd(20), Crowd(240, 8)], ids=["20 tasks", "240 tasks on 8 profiles"])
async def test_requests_are_one_a_task_and_interval_and_spread_over_it(crowd: Crowd) -> None:
    """Once all have found their places, no second has more than twice the average."""
    clock = SteppedClock(START)
    workspace, oms = crowd_workspace(crowd, clock, Settings(), chance=lambda: 0.5)
    poller = workspace.open_poller(lambda _: None, lambda _: None)
    poller.watch(task.ref for task in crowd.watchlist)
    runner = asyncio.create_task(poller.run())
    try:
        await clock.advance(SETTLED * INTERVAL - 1)
        assert len(oms.seen) <= crowd.tasks * SETTLED
        in_second = []
        oms.seen.clear()
        asked: Counter[str] = Counter()
        for _ in range(WATCHED * INTERVAL):
            await clock.advance(1)
            in_second.append(len(oms.seen))
            asked.update(request.path for request in oms.seen)
            oms.seen.clear()
    finally:
        runner.cancel()
        with suppress(asyncio.CancelledError):
            await runner
    assert set(asked.values()) == {WATCHED}
    assert len(asked) == crowd.tasks
    assert max(in_second) <= ceil(2 * crowd.tasks / INTERVAL)


async def test_keys_that_do_not_ask_cost_no_request() -> None:
    """Moving, filtering, sorting and looking at the list: as many requests as without a key."""
    async with running(seconds=300) as run:
        before = len(run.asked())
        await run.press(
            "j", "k", "s", "S", "slash", "l", "o", "enter", "escape", "p", "p", "z", "question_mark", "escape"
        )
        assert len(run.asked()) == before
