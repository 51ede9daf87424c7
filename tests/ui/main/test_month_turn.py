"""The turn of the year on the real screen, with the service counting by one zone and the months named by another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from omstui.core.month import Month
from omstui.core.task import COUNTER_NAMES
from omstui.core.watch.rates import rate
from tests.ui.running import Running, running

pytestmark = pytest.mark.slow

BEIJING = timezone(timedelta(hours=8))
DECEMBER, JANUARY = Month(2026, 12), Month(2027, 1)
MIDNIGHT = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""The turn of the year in the service's zone."""

ZONES = [
    pytest.param(BEIJING, id="the service's own"),
    pytest.param(timezone(timedelta(hours=14)), id="ahead of it"),
    pytest.param(timezone(timedelta(hours=-8)), id="behind it"),
    pytest.param(ZoneInfo("America/Santiago"), id="behind it, with summer time"),
]
TASK = "images-to-obs"


def check_speeds(run: Running) -> None:
    """No counter of any task runs backwards, nor faster than a hundred times what is usual."""
    for state in run.main.session.board.states.values():
        for name in COUNTER_NAMES[:-1]:
            speed = rate(state.points, name)
            assert speed is None or 0 <= speed.per_minute < 500_000


@asynccontextmanager
async def before_midnight(zone: tzinfo, left: timedelta) -> AsyncIterator[Running]:
    """Open the screen while it is December everywhere, and sleep until shortly before the service's midnight."""
    async with running((120, 60), start=MIDNIGHT - timedelta(hours=6, minutes=10), month_zone=zone) as run:
        run.clock.jump((MIDNIGHT - left - run.clock.now()).total_seconds())
        await run.advance(5)
        yield run


@pytest.mark.parametrize("zone", ZONES)
async def test_the_turn_of_the_year_closes_december_once_whatever_zone_names_the_months(zone: tzinfo) -> None:
    """23:55 to 00:10 in the service's zone: figures fall, and nothing else is out of the ordinary."""
    async with before_midnight(zone, timedelta(minutes=5)) as run:
        await run.advance(65)
        fallen: set[datetime] = set()
        while run.clock.now() < MIDNIGHT + timedelta(minutes=10):
            await run.advance(30)
            check_speeds(run)
            good, held = run.state(TASK).good, run.state(TASK).held
            assert good is not None
            assert good.task is not None
            fallen |= {one.asked_at for one in (good, held) if one is not None and one.asked_at >= MIDNIGHT}
            counts_for = JANUARY if len(fallen) > 1 else DECEMBER
            assert (held is not None) == (len(fallen) == 1), "the first answer of January waits for the second one"
            assert good.month == counts_for
            assert f"{counts_for.name.upper()} {counts_for.year} · current" in run.text()
            assert "PAST MONTH" not in run.text()
            assert "stale" not in run.row(TASK)
            assert run.main.stage.month is None

        project = next(project for project in run.oms.scenario.projects if project.tasks)
        service_task = next(task for task in project.tasks if task.settings.src_bucket == "shop-images")
        true = service_task.as_of(run.clock.now(), DECEMBER.middle, BEIJING)
        closed = run.state(TASK).months[DECEMBER].good
        assert closed is not None
        assert closed.task == true
        events = [
            event
            for event in await run.workspace.history.events()
            if event.name == TASK and event.kind == "month closed"
        ]
        figures = f"{true.monthly_acceptance_request:,} accepted, {true.monthly_failure_object:,} failed"
        assert [event.words for event in events] == [f"December closed: {figures}"]
        asked = [one for one in run.asked() if one.query_time == int(DECEMBER.middle.timestamp() * 1000)]
        assert len([one for one in asked if one.path.endswith(service_task.sync_task_id)]) == 2


async def test_the_zone_in_which_months_begin_is_learned_kept_and_shown() -> None:
    async with before_midnight(UTC, timedelta(minutes=2)) as run:
        await run.advance(210)
        assert "begin at UTC+08:00 (seen 31 December)" in " ".join(run.lines_of("#pane").split())
        notes = await run.workspace.history.notes()
        assert notes["prod-bj4", "month zone"].startswith("480 480 2026-12-31T16:0")


@pytest.mark.parametrize(
    ("zone", "minutes", "words"),
    [
        (timezone(timedelta(hours=14)), -1, "The service still counts December; here it is January"),
        (UTC, 2, "The service already counts January; here it is December"),
    ],
)
async def test_while_zones_differ_the_pane_says_which_month_the_service_counts(
    zone: tzinfo, minutes: int, words: str
) -> None:
    async with before_midnight(zone, timedelta(minutes=3)) as run:
        await run.advance(180 + 60 * minutes)
        assert words[:36] in run.lines_of("#pane")
