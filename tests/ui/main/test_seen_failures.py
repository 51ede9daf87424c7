"""What a person has seen stays seen and nothing else does, whichever process stores an answer first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from omstui.backend.history.writer import HistoryFile
from omstui.cli.tasks.asking import asked_once
from omstui.core.alerts.event import Event, Severity
from omstui.core.month import Month
from omstui.core.reports.fail_on import parse_fail_on
from omstui.core.reports.task_row import TaskRow
from omstui.core.settings import Settings
from omstui.core.task import TaskRef
from omstui.core.watch.condition import Condition
from omstui.demo import scenario
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import PROD, demo_scenario, demo_watchlist
from omstui.demo.service import SimulatedOms
from omstui.demo.workspace import demo_workspace
from tests.ui.running import START, running

pytestmark = pytest.mark.slow


IMAGES = TaskRef(PROD, scenario.IMAGES)


@dataclass
class Place:
    """A `history.db` that screens and `omstui once` share, and the pretend service that they ask."""

    path: Path

    def history(self, at: datetime) -> HistoryFile:
        return HistoryFile(self.path / "history.db", lambda: at)

    async def once(self, at: datetime) -> TaskRow:
        """Ask once, as `omstui once` does, and return the row of the task that fails."""
        clock = SteppedClock(at)
        oms = SimulatedOms(demo_scenario(START), clock)
        workspace = demo_workspace(clock, Settings(), oms, history=self.history(at))
        rows = await asked_once(workspace, demo_watchlist(), None)
        return next(row for row in rows if row.sync_task_id == scenario.IMAGES)

    async def seen(self, at: datetime) -> tuple[Month, int] | None:
        """Return how many failures of that task are kept as seen."""
        history = self.history(at)
        recalled = await history.recall([IMAGES])
        await history.aclose()
        return recalled[IMAGES].acknowledged

    async def events(self, at: datetime) -> list[Event]:
        """Return what the event log holds of failures of that task, oldest first."""
        history = self.history(at)
        events = await history.events()
        await history.aclose()
        kinds = {"failures", "first failure", "burst"}
        return [one for one in reversed(events) if one.sync_task_id == scenario.IMAGES and one.kind in kinds]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def test_failures_that_are_not_marked_as_seen_are_new_everywhere_though_once_answered_first(place: Place) -> None:
    """A second screen, `once` and the screen after a restart say what the first screen says."""
    assert (await place.once(later(1))).new_failures == 0
    async with running(start=later(5), began=START, history=place.history(later(5)), seconds=100) as run:
        first = run.state("images-to-obs").new_failures
        assert first > 0
        beside = later(110)
        async with running(start=beside, began=START, history=place.history(beside), seconds=5) as second:
            assert second.state("images-to-obs").new_failures == first
        row = await place.once(later(120))
        assert row.new_failures == first
        (new,) = parse_fail_on("failed>+0")
        assert new.reason(row, later(120), 60.0) == f"{first} newly failed"
    async with running(start=later(140), began=START, history=place.history(later(140)), seconds=5) as run:
        assert run.state("images-to-obs").new_failures == first
        assert "failing" in run.row("images-to-obs")


async def test_what_counts_as_seen_is_kept_before_the_first_answer_comes(place: Place) -> None:
    """So that a screen that is killed at any moment loses none that came after; `once` alone keeps nothing as seen."""
    failed = (await place.once(later(1))).task
    assert failed is not None
    assert await place.seen(later(2)) is None
    async with running(start=later(5), began=START, history=place.history(later(5)), seconds=0.5, latency=20.0) as run:
        assert run.state("images-to-obs").problem is None
        assert await place.seen(later(6)) == (Month(2026, 11), failed.monthly_failure_object)


async def test_failures_since_the_last_screen_are_told_once_though_once_stored_them(place: Place) -> None:
    """As a note: they came while no screen was open."""
    async with running(start=later(1), began=START, history=place.history(later(1)), seconds=5) as run:
        assert run.state("images-to-obs").new_failures == 0
    assert ((await place.once(later(100))).new_failures or 0) > 0
    for start in (later(110), later(130)):
        async with running(start=start, began=START, history=place.history(start), seconds=5) as run:
            assert run.state("images-to-obs").new_failures > 0
        (event,) = await place.events(start)
        assert event.severity is Severity.NOTE


async def test_failures_that_rose_across_a_quick_restart_are_told_once(place: Place) -> None:
    async with running(start=later(20), began=START, history=place.history(later(20)), seconds=5) as run:
        assert run.state("images-to-obs").new_failures == 0
    for start in (later(35), later(45)):
        async with running(start=start, began=START, history=place.history(start), seconds=5) as run:
            assert run.state("images-to-obs").new_failures > 0
        (event,) = await place.events(start)
        assert event.words.endswith("while nobody watched")


async def test_failures_that_waited_for_their_turn_are_told_by_the_next_screen(place: Place) -> None:
    """After the first telling more of the same wait for an hour; the screen is closed before that."""
    async with running(start=later(1), began=START, history=place.history(later(1)), seconds=900):
        pass
    (told,) = await place.events(later(901))
    async with running(start=later(910), began=START, history=place.history(later(910)), seconds=5) as run:
        failed = run.state("images-to-obs").task
        assert failed is not None
    first, rest = await place.events(later(920))
    assert first == told
    assert rest.words.endswith(f"{failed.monthly_failure_object} in November 2026")


async def test_a_removal_that_is_undone_brings_back_what_was_known(place: Place) -> None:
    """At once, with what was seen of it, whatever the history knows."""
    async with running(start=later(5), began=START, seconds=100, latency=20.0) as run:
        before = run.state("images-to-obs")
        assert before.new_failures > 0
        await run.press("D")
        await run.until(lambda: before.ref not in run.main.session.board.states, "the removal")
        await run.press("u")
        await run.until(lambda: before.ref in run.main.session.board.states, "the task")
        after = run.state("images-to-obs")
        assert (after.good, after.acknowledged, after.months) == (before.good, before.acknowledged, before.months)
        assert Condition.FAILING in run.row("images-to-obs")
