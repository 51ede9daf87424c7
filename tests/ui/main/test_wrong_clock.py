"""A clock here that is wrong, and a service of which a copy lags behind, on the real screen: neither ends a month."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import History, MemoryHistory
from omstui.backend.history.writer import HistoryFile
from omstui.core.alerts.event import Event
from omstui.core.month import Month, query_time_ms
from omstui.core.settings import Settings
from omstui.core.task import COUNTER_NAMES
from omstui.core.watch.condition import assess
from omstui.core.watch.rates import rate
from omstui.core.watch.sample import Sample
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import Scenario
from omstui.demo.simulated_task import Failures
from omstui.ui.app import OmstuiApp
from tests.crowd import Crowd, crowd_workspace
from tests.making import counting
from tests.ui.running import Running
from tests.wrong_service import LaggingOms, ServiceClock

pytestmark = pytest.mark.slow

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
ADVENT = datetime(2026, 12, 20, 9, tzinfo=UTC)
DAYS = 86_400
CROWD = Crowd(8)
TASK = "task-0003"


@dataclass
class Watched(Running):
    """The screen over eight tasks, and the service's own clock."""

    there: ServiceClock
    lagging: LaggingOms

    async def sleeps(self, seconds: float) -> None:
        """Let time pass everywhere while this machine sleeps."""
        self.clock.jump(seconds)
        self.there.jump(seconds)
        await self.advance(130)

    async def events(self) -> list[Event]:
        return list(await self.workspace.history.events())

    def requests(self, since: int) -> Counter[tuple[str, int | None]]:
        """How often each task was asked for, and for which month that is over (``None`` for the current one)."""
        past = {query_time_ms(month, ADVENT): month.number for month in (NOVEMBER, DECEMBER)}
        return Counter((one.path[-4:], past.get(one.query_time or 0)) for one in self.asked(since))


def scenario(start: datetime) -> Scenario:
    """Tasks that are forty days old, and of which some objects failed an hour ago."""
    made = CROWD.scenario(start - timedelta(days=40))
    failures = (Failures("once", start - timedelta(hours=1), 8, 8),)
    tasks = tuple(replace(task, failed_ppm=0, failures=failures) for task in made.projects[0].tasks)
    return replace(made, projects=(replace(made.projects[0], tasks=tasks),))


@asynccontextmanager
async def watched(start: datetime, history: History | None = None) -> AsyncIterator[Watched]:
    clock = SteppedClock(start)
    there = ServiceClock(clock)
    oms = LaggingOms(scenario(start), there)
    workspace, _ = crowd_workspace(CROWD, clock, Settings(), lambda: 0.5, oms=oms, history=history)
    app = OmstuiApp(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        run = Watched(app, pilot, clock, oms, workspace, there, oms)
        await run.until(lambda: bool(run.main.session.board.states), "the watch list")
        await run.until(lambda: clock.sleepers > len(CROWD.watchlist.tasks), "the poller")
        await run.advance(130)
        yield run


def check_well(run: Watched, month: Month) -> None:
    """Every task shows this month's figures, fresh, with no speed that is none, and nothing new failed."""
    now = run.clock.now()
    for state in run.main.session.board.states.values():
        assert state.good is not None
        assert (state.good.month, assess(state, now, 60.0).condition.value) == (month, "syncing")
        assert state.task is not None
        assert state.task.monthly_acceptance_request
        speeds = [rate(state.points, name) for name in COUNTER_NAMES[:-1]]
        assert all(speed is None or 0 <= speed.per_minute < 1_000_000 for speed in speeds)
    assert f"{month.name.upper()} {month.year} · current" in run.text()


@pytest.mark.fault("R31")
async def test_a_clock_that_is_wrong_for_half_a_minute_ends_no_month_and_the_real_end_is_told(
    figure: Callable[[str], None],
) -> None:
    """20 December, 2 January and back; on 5 January December is closed with what the service says then."""
    async with watched(ADVENT) as run:
        check_well(run, DECEMBER)
        before = len(run.asked())
        run.clock.jump(13 * DAYS)
        await run.advance(20)
        check_well(run, DECEMBER)
        pane = " ".join(run.lines_of("#pane").split())
        assert "This machine's clock is wrong: set it (the service has 20 December 2026)" in pane
        run.clock.jump(-13 * DAYS)
        await run.advance(10)
        check_well(run, DECEMBER)
        assert "clock is wrong" not in run.text()
        # All are asked for at once at each jump, and some once more before the service's time is known.
        assert max(run.requests(before).values()) <= 3
        await run.advance(120)
        check_well(run, DECEMBER)
        assert await run.events() == []
        assert all(DECEMBER not in state.months for state in run.main.session.board.states.values())

        await run.sleeps(16 * DAYS)
        await run.advance(120)
        check_well(run, JANUARY)
        closed = [event for event in await run.events() if event.kind == "month closed"]
        assert len(closed) == len({event.sync_task_id for event in closed}) == 8
        task = run.oms.scenario.projects[0].tasks[3]
        true = task.as_of(run.there.now(), DECEMBER.middle, run.oms.scenario.zone)
        (event,) = [event for event in closed if event.sync_task_id == task.sync_task_id]
        figures = f"{true.monthly_acceptance_request:,} accepted, {true.monthly_failure_object:,} failed"
        assert event.words == f"December closed: {figures}"
        figure("13 days wrong and back: 0 months closed, 0 events; after the real end 8 of 8 closed")


@pytest.mark.fault("R31")
async def test_a_clock_that_stays_wrong_neither_ends_the_month_nor_the_watch_nor_doubles_the_requests() -> None:
    async with watched(ADVENT) as run:
        run.clock.jump(13 * DAYS)
        await run.advance(60)
        before = len(run.asked())
        for _ in range(5):
            await run.advance(60)
            check_well(run, DECEMBER)
        assert set(run.requests(before)) == {
            (state.ref.sync_task_id[-4:], None) for state in run.main.session.board.states.values()
        }
        assert max(run.requests(before).values()) <= 6
        assert "This machine's clock is wrong" in run.text()
        await run.press("left_square_bracket")
        assert "NOVEMBER 2026" in run.text()
        assert "DECEMBER" not in run.text()
        assert await run.events() == []


@pytest.mark.parametrize(
    ("start", "month"),
    [
        pytest.param(datetime(2026, 11, 30, 12, tzinfo=UTC), NOVEMBER, id="the last evening, in December somewhere"),
        pytest.param(datetime(2026, 12, 1, 2, tzinfo=UTC), DECEMBER, id="the first day"),
        pytest.param(datetime(2026, 12, 15, 9, tzinfo=UTC), DECEMBER, id="the middle of a month"),
    ],
)
@pytest.mark.fault("R31")
async def test_counters_that_read_nothing_once_change_nothing(tmp_path: Path, start: datetime, month: Month) -> None:
    """Eight tasks: no event, no alarm, no question more, no row that is stale, and nothing of it in the history."""
    history = HistoryFile(tmp_path / "history.db", lambda: start)
    async with watched(start, history) as run:
        check_well(run, month)
        before, seen = len(run.asked()), [state.acknowledged for state in run.main.session.board.states.values()]
        shown = [state.good for state in run.main.session.board.states.values()]
        run.lagging.lagging = {state.ref.sync_task_id for state in run.main.session.board.states.values()}
        for _ in range(12):
            await run.advance(5)
            check_well(run, month)
        assert run.lagging.lagging == set()
        held = [state for state in run.main.session.board.states.values() if state.held is not None]
        assert held, "it is the last answer of some"
        assert all(state.good in shown for state in held), "their rows keep the answer before, with its time"
        await run.advance(61)
        check_well(run, month)
        assert all(state.held is None for state in run.main.session.board.states.values())
        assert max(run.requests(before).values()) <= 3
        assert {month for _, month in run.requests(before)} == {None}
        assert await run.events() == []
        assert [state.acknowledged for state in run.main.session.board.states.values()] == seen
        assert run.main.session.board.states.keys() == {task.ref for task in CROWD.watchlist}
        for ref in run.main.session.board.states:
            spans = await history.spans(ref, start - timedelta(days=1))
            assert spans
            assert all(one.monthly_acceptance_request and one.month == month for one in spans)


def wrongly_closed(*, agreed: bool | None) -> list[Sample]:
    """December as a clock that was wrong for half a minute closed it on "2 January"."""
    at = ADVENT + timedelta(days=13)
    refs = [task.ref for task in CROWD.watchlist]
    told = counting(accepted=1_000, failed=0)
    return [
        Sample(ref, DECEMBER, is_current=False, asked_at=at, answered_at=at, task=told, agreed=agreed) for ref in refs
    ]


@pytest.mark.fault("R31")
async def test_what_an_earlier_version_closed_wrongly_is_mended_when_somebody_looks() -> None:
    """It kept one answer for the last word: the true figures replace it once two answers agree, and the log says so."""
    history = MemoryHistory()
    for one in wrongly_closed(agreed=None):
        history.record(one)
    async with watched(datetime(2027, 1, 5, 9, tzinfo=UTC), history) as run:
        while run.state(TASK).name != f"task-{int(run.main.stage.view.selected[1][-4:], 16):04}":  # type: ignore[index]  # one is selected
            await run.press("j")
        await run.press("h")
        assert "1,000" in run.text()
        assert "not final" in run.text()
        await run.advance(140)
        (line,) = [line for line in run.text().splitlines() if line.startswith(" Dec 2026")]
        task = run.oms.scenario.projects[0].tasks[3]
        true = task.as_of(run.there.now(), DECEMBER.middle, run.oms.scenario.zone)
        accepted = f"{true.monthly_acceptance_request:,} accepted, not 1,000"
        assert line.rstrip().endswith("closed")
        (told,) = [event for event in await run.events() if event.name == TASK]
        assert told.words.startswith(f"December: {accepted}")
        assert told.words.endswith(" as told before")
        asked = run.requests(0)[f"{3:04x}", 12]
        assert asked == 2
        await run.advance(700)
        assert run.requests(0)[f"{3:04x}", 12] == asked, "nor is it asked for again"


@pytest.mark.fault("R31")
@pytest.mark.parametrize("agreed", [None, True])
async def test_a_month_that_is_closed_in_the_history_and_still_runs_is_open(agreed: bool | None) -> None:
    history = MemoryHistory()
    for one in wrongly_closed(agreed=agreed):
        history.record(one)
        history.note(one.ref.profile, f"turn {one.ref.sync_task_id}", f"2026-12 {one.asked_at.isoformat()}")
    async with watched(ADVENT, history) as run:
        check_well(run, DECEMBER)
        states = run.main.session.board.states.values()
        assert all(DECEMBER not in state.months and state.month_end is None for state in states)
        assert await run.events() == []
        await run.sleeps(16 * DAYS)
        await run.advance(180)
        check_well(run, JANUARY)
        closed = [event for event in await run.events() if event.kind == "month closed"]
        assert len(closed) == 8
        assert not [event for event in closed if "1,000 accepted" in event.words]


@pytest.mark.fault("R31")
async def test_a_month_closed_in_its_first_day_is_asked_for_once_more_later_and_what_came_after_is_told() -> None:
    history = MemoryHistory()
    ended = DECEMBER.over_everywhere_at + timedelta(hours=1)
    for one in wrongly_closed(agreed=True):
        history.record(replace(one, asked_at=ended, answered_at=ended, served_at=ended))
    async with watched(datetime(2027, 1, 5, 9, tzinfo=UTC), history) as run:
        await run.press("h")
        await run.advance(140)
        assert [event.words[-22:] for event in await run.events()] == [
            "bytes, not 38,204,117,002,112 as told before"[-22:]
        ]
        assert [count for (_, month), count in run.requests(0).items() if month == 12] == [2]
