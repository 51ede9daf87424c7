"""What the screen finds out from what is remembered, and forgets when a profile leads elsewhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import MemoryHistory
from omstui.core.month import Month
from omstui.core.settings import Settings
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rollover import Rollover
from omstui.core.watch.sample import Sample
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import LOGS, PROD
from omstui.demo.workspace import demo_workspace
from omstui.ui.app import OmstuiApp
from omstui.ui.main.screen import MainScreen
from tests.ui.running import START, running

pytestmark = pytest.mark.slow

REF = TaskRef(PROD, LOGS)


def remembered(hours: int) -> list[Sample]:
    """Answers a minute apart up to an hour ago, with two more objects accepted in each."""
    made = []
    for minute in range(60 * hours):
        at = START - timedelta(hours=hours + 1) + timedelta(minutes=minute)
        task = SyncTask(monthly_acceptance_request=2 * minute)
        made.append(Sample(REF, Month(2026, 11), is_current=True, asked_at=at, answered_at=at, task=task))
    return made


async def test_habits_from_before_are_known_soon_after_the_first_answers() -> None:
    """All that is remembered counts, not only what is recalled at once; to read it would delay the answers."""
    clock = SteppedClock(START)
    workspace = demo_workspace(clock, Settings())
    workspace.history = MemoryHistory()
    for one in remembered(30):
        workspace.history.record(one)
    app = OmstuiApp(workspace)
    async with app.run_test(size=(120, 34)) as pilot:
        screen = app.screen_stack[0]
        assert isinstance(screen, MainScreen)

        async def passed(is_so: Callable[[TaskState], bool]) -> TaskState:
            for _ in range(400):
                await clock.advance(0.1)
                await pilot.pause(0.01)
                if (state := screen.session.board.states.get(REF)) is not None and is_so(state):
                    return state
            raise AssertionError("waited in vain")

        first = await passed(lambda state: state.good is not None and state.good.answered_at >= START)
        assert not first.activity.habit.spells
        state = await passed(lambda state: state.activity.habit.spells > 0)
        assert state.activity.habit.spells == 60 * 30 - 1
        usual = state.activity.habit.longest_usual
        assert usual is not None
        assert timedelta(seconds=60) <= usual < timedelta(seconds=75)


async def test_a_profile_that_comes_to_lead_elsewhere_loses_its_figures_alone() -> None:
    async with running() as run:
        await run.press("p")
        profiles = run.workspace.profiles
        profiles[PROD] = replace(profiles[PROD], project_id="another")
        run.main.session.use_profiles()
        await run.pilot.pause()
        assert run.main.session.board.states[REF].good is None
        assert run.main.session.paused is not None
        assert run.main.session.paused.board.states[REF].good is None
        others = [state for state in run.main.session.board.states.values() if state.ref.profile != PROD]
        assert all(state.problem is not None for state in others)


async def test_a_profile_with_another_name_for_itself_keeps_its_figures() -> None:
    async with running() as run:
        profiles = run.workspace.profiles
        profiles[PROD] = replace(profiles[PROD], secret_store="memory")
        run.main.session.use_profiles()
        assert run.main.session.board.states[REF].good is not None


async def test_two_months_that_turn_narrow_the_zone() -> None:
    async with running() as run:
        for hours_before, hours_by in ((-9.0, -7.5), (-8.5, -7.0)):
            run.main.session.month_ends.seen(turn(hours_before, hours_by))
        notes = await run.workspace.history.notes()
        assert notes[PROD, "month zone"].startswith("450 510 ")


def turn(after: float, by: float) -> Rollover:
    """November's end, so many hours from midnight UTC."""
    midnight = START.replace(month=12, day=1, hour=0, minute=0)
    first, last = CounterSpan(Month(2026, 12), midnight, midnight), CounterSpan(Month(2026, 11), midnight, midnight)
    began = [midnight + timedelta(hours=hours) for hours in (after, by)]
    return Rollover(REF, Month(2026, 11), last, first, began[0], began[1], has_fallen=True)
