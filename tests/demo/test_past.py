"""What the demo remembers agrees with what its service says."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from omstui.core.month import Month
from omstui.core.months.series import ACCEPTED, columns, series
from omstui.core.task import COUNTER_NAMES, SyncTask, TaskRef
from omstui.core.watch.counters import CounterSpan, longest_gap
from omstui.demo import scenario
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import PROD, SERVICE_ZONE, demo_profiles, demo_scenario, demo_watchlist
from tests.ui.running import START

pytestmark = pytest.mark.slow


IMAGES = TaskRef(PROD, scenario.IMAGES)
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
        assert sample.task == SIMULATED[scenario.IMAGES].as_of(START, month.middle, SERVICE_ZONE)
        assert sample.asked_at >= month.over_everywhere_at


async def test_readings_go_back_a_week_in_order_with_holes_and_never_fall_within_a_month(history: DemoHistory) -> None:
    since = START - timedelta(days=9)
    spans = await history.spans(IMAGES, since)
    assert spans[0].answered_at < START - timedelta(days=7, hours=23)
    assert spans[-1].answered_at < START
    gaps = 0
    for earlier, later in pairwise(spans):
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


# Whenever the demo begins

KATHMANDU, FIRST, LAST = (timezone(timedelta(hours=hours)) for hours in (5.75, 14, -12))
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STARTS = [
    pytest.param(datetime(2026, 12, 1, 0, 1, tzinfo=SERVICE_ZONE), id="in the first minute of a month"),
    pytest.param(datetime(2026, 12, 1, tzinfo=SERVICE_ZONE), id="in its first second"),
    pytest.param(datetime(2026, 12, 1, 3, 4, tzinfo=SERVICE_ZONE), id="three hours into it"),
    pytest.param(datetime(2026, 12, 1, 5, 0, 9, tzinfo=SERVICE_ZONE), id="five hours into it"),
    pytest.param(datetime(2026, 12, 1, 18, 40, 7, tzinfo=SERVICE_ZONE), id="on the first of a month"),
    pytest.param(datetime(2026, 12, 1, 20, 0, tzinfo=SERVICE_ZONE), id="when the last zone ends a month"),
    pytest.param(datetime(2026, 12, 2, 9, 30, tzinfo=SERVICE_ZONE), id="on the second"),
    pytest.param(datetime(2026, 11, 30, 23, 59, 59, tzinfo=SERVICE_ZONE), id="in the last second of a month"),
    pytest.param(datetime(2028, 2, 29, 23, 59, tzinfo=SERVICE_ZONE), id="on a leap day"),
    pytest.param(datetime(2028, 3, 1, 0, 0, 30, tzinfo=SERVICE_ZONE), id="after a leap day"),
    pytest.param(datetime(2027, 1, 1, 0, 1, tzinfo=FIRST), id="where a year begins first"),
    pytest.param(datetime(2027, 1, 1, 0, 1, tzinfo=LAST), id="where it begins last"),
    pytest.param(datetime(2026, 9, 1, 2, 17, tzinfo=KATHMANDU), id="in a zone of quarters of an hour"),
    pytest.param(datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=NEW_YORK), id="as clocks are set back"),
    pytest.param(NOON, id="in the midst of a month"),
]


@cache
def remembering(start: datetime) -> tuple[DemoHistory, dict[TaskRef, SyncTask]]:
    """Return what a demo remembers that begins then, in the zone of that time, and what it answers first."""
    zone: tzinfo = start.tzinfo or UTC
    scenario = demo_scenario(start.astimezone(UTC), zone)
    projects = {name: profile.project_id for name, profile in demo_profiles().items()}
    names = {profile.project_id: name for name, profile in demo_profiles().items()}
    answers = {
        TaskRef(names[project.project_id], task.sync_task_id): task.as_of(scenario.started_at, start, zone)
        for project in scenario.projects
        for task in project.tasks
    }
    return DemoHistory(scenario, demo_watchlist(), projects), answers


@pytest.mark.parametrize("start", STARTS)
async def test_nothing_in_the_log_is_yet_to_come_and_no_month_is_closed_that_may_still_change(start: datetime) -> None:
    history, _ = remembering(start)
    events = await history.events()
    assert [event.words for event in events if event.at > start] == []
    last = Month.containing(start, start.tzinfo or UTC).plus(-1)
    closed = [event for event in events if event.kind == "month closed"]
    assert bool(closed) == (start >= last.over_everywhere_at)
    for event in closed:
        assert event.ref is not None
        sample = (await history.recall([event.ref]))[event.ref].months[last]
        assert sample.asked_at >= event.at >= last.over_everywhere_at
        assert sample.agreed


@pytest.mark.parametrize("start", STARTS)
async def test_failures_are_a_small_part_of_what_was_processed_also_when_a_month_begins(start: datetime) -> None:
    history, answers = remembering(start)
    for ref, answer in answers.items():
        spans = await history.spans(ref, start - timedelta(days=9))
        figures: list[SyncTask | CounterSpan] = [answer, *spans]
        for said in figures:
            failed, synced = said.monthly_failure_object, said.monthly_success_object
            assert failed is not None
            assert synced is not None
            assert 4 * failed <= synced, said


@pytest.mark.parametrize("start", STARTS)
async def test_each_mark_of_failures_in_a_chart_has_a_line_in_the_log(start: datetime) -> None:
    """Of a week and of a day; a rise is drawn over the time between two answers, and told with the second."""
    history, answers = remembering(start)
    kinds = {"first failure", "failures", "burst"}
    told = [(event.ref, event.at) for event in await history.events() if event.kind in kinds]
    for ref in answers:
        spans = await history.spans(ref, start - timedelta(days=9))
        for begin, end in marked(spans, start):
            assert any(one == ref and begin <= at <= end + timedelta(minutes=2) for one, at in told), end
    if start == NOON:
        assert {ref.sync_task_id for ref, _ in told if ref is not None} >= {scenario.IMAGES, scenario.BACKUP}


def marked(spans: Sequence[CounterSpan], start: datetime) -> list[tuple[datetime, datetime]]:
    """Return the columns below which a chart marks failures."""
    drawn = []
    for width, count in ((timedelta(minutes=15), 96), (timedelta(hours=2), 84)):
        buckets = series(spans, start, width, count, longest_gap(60.0))
        drawn += [(one.start_at, one.end_at) for one in columns(buckets, None, ACCEPTED) if one.failed]
    return drawn


BACKUP = TaskRef(PROD, scenario.BACKUP)


@pytest.mark.parametrize("day", [2, 5, 22, 25, 28])
async def test_a_stopped_task_stands_still_from_one_start_of_the_demo_to_the_next(day: int) -> None:
    """At once, a day later, and when the demo is begun a quarter of an hour or half a day later."""
    begin = datetime(2026, 11, day, 18, tzinfo=SERVICE_ZONE)
    starts = [begin + timedelta(minutes=minutes) for minutes in (0, 15, 360, 720)]
    answers = [remembering(start)[1][BACKUP] for start in starts]
    task = next(task for task in demo_scenario(starts[0]).projects[0].tasks if task.sync_task_id == scenario.BACKUP)
    later = begin + timedelta(days=1)
    assert answers == [task.as_of(later, later, SERVICE_ZONE)] * len(starts)


@pytest.mark.parametrize("start", STARTS)
async def test_no_failures_are_told_of_a_task_that_was_stopped(start: datetime) -> None:
    history, answers = remembering(start)
    told = [event for event in await history.events() if event.ref == BACKUP and event.kind != "month closed"]
    assert [event.kind for event in sorted(told, key=lambda event: event.at)][-1:] == ["stopped"]
    month = Month.containing(start, start.tzinfo or UTC)
    latest = [one for one in await history.spans(BACKUP, start - timedelta(hours=1)) if one.month == month]
    assert {one.monthly_failure_object for one in latest} <= {answers[BACKUP].monthly_failure_object}
