"""What the demo remembers agrees with what its service says."""

from datetime import timedelta
from itertools import pairwise

import pytest

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES, TaskRef
from omstui.demo import cast
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import PROD, SERVICE_ZONE, demo_profiles, demo_scenario, demo_watchlist
from tests.ui.running import START

IMAGES = TaskRef(PROD, cast.IMAGES)
SCENARIO = demo_scenario(START)
SIMULATED = {task.sync_task_id: task for project in SCENARIO.projects for task in project.tasks}


@pytest.fixture
def history() -> DemoHistory:
    return DemoHistory(
        SCENARIO, demo_watchlist(), {name: profile.project_id for name, profile in demo_profiles().items()}
    )


async def test_months_that_are_over_are_as_the_service_tells_them(history: DemoHistory) -> None:
    """Eleven, of a task that is old enough, and each was answered when it was over everywhere."""
    recalled = (await history.recall([IMAGES]))[IMAGES]
    assert sorted(recalled.months) == [Month(2026, 11).plus(-back) for back in range(11, 0, -1)]
    for month, sample in recalled.months.items():
        assert sample.task == SIMULATED[cast.IMAGES].as_of(START, month.middle, SERVICE_ZONE)
        assert sample.asked_at >= month.over_everywhere_at


async def test_readings_go_back_a_week_in_order_with_holes_and_never_fall_within_a_month(history: DemoHistory) -> None:
    since = START - timedelta(days=9)
    readings = await history.readings(IMAGES, since)
    assert readings[0].answered_at < START - timedelta(days=7, hours=23)
    assert readings[-1].answered_at < START
    gaps = 0
    for earlier, later in pairwise(readings):
        assert earlier.until < later.answered_at
        gaps += later.answered_at - earlier.until > timedelta(hours=1)
        for name in COUNTER_NAMES:
            assert later.month > earlier.month or getattr(later, name) >= getattr(earlier, name), name
    assert gaps == 3


async def test_what_happened_before_is_in_the_log_in_the_words_of_every_day(history: DemoHistory) -> None:
    events = await history.events()
    october = (await history.recall([IMAGES]))[IMAGES].months[Month(2026, 10)].task
    assert october is not None
    figures = f"{october.monthly_acceptance_request:,} accepted, {october.monthly_failure_object:,} failed"
    assert f"October closed: {figures}" in [event.words for event in events if event.ref == IMAGES]
    assert [event.words for event in events if event.kind == "stopped"] == ["It was stopped"]
    assert all(event.at < START for event in events)
