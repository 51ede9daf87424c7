import json
from datetime import UTC, datetime

import pytest

from omstui.backend.secrets.secret import Secret
from omstui.core.error_codes import classify
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import Board
from omstui.core.watch.condition import Condition, assess
from omstui.core.watch.sample import Sample
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import (
    DR,
    SERVICE_ZONE,
    demo_profiles,
    demo_scenario,
    demo_token,
    demo_watchlist,
    renewed_demo_token,
)
from omstui.demo.service import SimulatedOms

INTERVAL = 60.0
NAMES = ("images-to-obs", "logs-archive", "backup-2025", "invoices", "cold-tier", "old-photos")


async def ask(service: SimulatedOms, clock: SteppedClock, ref: TaskRef, token: Secret | None = None) -> Sample:
    """Ask as the poller would, and take the answer for a sample."""
    profile = demo_profiles()[ref.profile]
    now = clock.now()
    target = f"/v2/{profile.project_id}/sync-tasks/{ref.sync_task_id}?query_time={round(now.timestamp() * 1000)}"
    answer = await service.answer("GET", target, (token or demo_token(ref.profile)).reveal())
    month = Month.containing(now, profile.zone)
    if answer.status == 200:
        return Sample(
            ref, month, is_current=True, asked_at=now, answered_at=now, task=SyncTask(**json.loads(answer.body))
        )
    is_json = answer.headers["Content-Type"] == "application/json"
    code = json.loads(answer.body)["error_code"] if is_json else None
    problem = Problem(classify(answer.status, code), "trouble", code)
    return Sample(ref, month, is_current=True, asked_at=now, answered_at=now, problem=problem)


async def round_of(board: Board, service: SimulatedOms, clock: SteppedClock) -> Board:
    for ref in board.states:
        board = board.filed(await ask(service, clock, ref), INTERVAL)
    return board


def conditions(board: Board, clock: SteppedClock) -> dict[str, Condition]:
    return {state.name: assess(state, clock.now(), INTERVAL).condition for state in board.states.values()}


async def test_the_first_answers_show_each_task_in_a_condition_of_its_own(stepped_clock: SteppedClock) -> None:
    """Two rounds of requests, a minute apart, are enough."""
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    await stepped_clock.advance(2)
    board = await round_of(Board().watching(demo_watchlist()), service, stepped_clock)
    assert conditions(board, stepped_clock) == dict(
        zip(
            NAMES,
            (
                Condition.SYNCING,
                Condition.SYNCING,
                Condition.STOPPED,
                Condition.SERVER,
                Condition.TOKEN,
                Condition.GONE,
            ),
            strict=True,
        )
    )
    await stepped_clock.advance(60)
    board = await round_of(board, service, stepped_clock)
    assert conditions(board, stepped_clock)["images-to-obs"] is Condition.FAILING
    assert len(set(conditions(board, stepped_clock).values())) == 6


async def test_trouble_with_invoices_comes_and_goes(stepped_clock: SteppedClock) -> None:
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    board = Board().watching(demo_watchlist())
    seen: list[Condition] = []
    for _ in range(30):
        board = await round_of(board, service, stepped_clock)
        condition = conditions(board, stepped_clock)["invoices"]
        seen += [condition] if condition not in seen[-1:] else []
        await stepped_clock.advance(60)
    well = Condition.SYNCING
    assert seen[:6] == [Condition.SERVER, well, Condition.THROTTLED, well, Condition.SERVER, well]


async def test_acknowledged_failures_are_followed_by_new_ones_within_three_minutes(
    stepped_clock: SteppedClock,
) -> None:
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    board = await round_of(Board().watching(demo_watchlist()), service, stepped_clock)
    for _ in range(5):
        await stepped_clock.advance(180)
        board = await round_of(board, service, stepped_clock)
        images = next(iter(board.states.values()))
        assert 1 <= images.new_failures <= 4
        board = board.acknowledged([images.ref])


async def test_a_renewed_token_opens_the_project_whose_token_has_expired(stepped_clock: SteppedClock) -> None:
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    ref = next(entry.ref for entry in demo_watchlist() if entry.ref.profile == DR)
    assert not (await ask(service, stepped_clock, ref)).is_good
    assert (await ask(service, stepped_clock, ref, renewed_demo_token(DR))).is_good


async def test_the_stopped_task_failed_with_exactly_this_many(stepped_clock: SteppedClock) -> None:
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    backup = (await ask(service, stepped_clock, demo_watchlist().tasks[2].ref)).task
    assert backup is not None
    assert backup.monthly_failure_object == 2_931
    assert (backup.monthly_success_object or 0) > 100_000


@pytest.mark.parametrize("day", [1, 2, 15, 28, 31])
async def test_the_demo_can_begin_on_any_day(day: int) -> None:
    """Also on the first of a month, when there was hardly time for anything to happen."""
    stepped_clock = SteppedClock(datetime(2026, 12, day, 0, 1, 5, tzinfo=SERVICE_ZONE).astimezone(UTC))
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    await stepped_clock.advance(2)
    board = await round_of(Board().watching(demo_watchlist()), service, stepped_clock)
    assert len(set(conditions(board, stepped_clock).values())) == 5
    await stepped_clock.advance(60)
    board = await round_of(board, service, stepped_clock)
    assert len(set(conditions(board, stepped_clock).values())) == 6


def test_six_tasks_are_watched_over_three_profiles() -> None:
    watchlist = demo_watchlist()
    assert tuple(entry.label for entry in watchlist) == NAMES
    assert {entry.ref.profile for entry in watchlist} == set(demo_profiles())
    assert [entry.label for entry in watchlist if entry.ref.profile == DR] == ["cold-tier"]


def test_the_settings_of_the_tasks_vary(stepped_clock: SteppedClock) -> None:
    settings = [task.settings for project in demo_scenario(stepped_clock.now()).projects for task in project.tasks]
    assert len({task.src_cloud_type for task in settings}) == len(settings)
    assert len({task.object_overwrite_mode for task in settings}) == 4
    assert len({task.consistency_check for task in settings}) == 3
    assert any(not (task.description or "").isascii() for task in settings)
    assert any(task.dst_storage_policy is None for task in settings)
    assert any(task.app_id for task in settings)


def test_all_but_one_task_have_twelve_months_behind_them(stepped_clock: SteppedClock) -> None:
    scenario = demo_scenario(stepped_clock.now())
    this_month = Month.containing(scenario.started_at, scenario.zone)
    tasks = [task for project in scenario.projects for task in project.tasks]
    young = []
    for task in tasks:
        months = [
            task.as_of(scenario.started_at, this_month.plus(-back).middle, scenario.zone).monthly_success_object
            for back in range(13)
        ]
        if not all(months):
            young.append((task.settings.src_bucket, sum(map(bool, months))))
    assert young == [("invoices-1250000000", 6)]


def test_a_token_of_the_demo_says_what_it_is() -> None:
    for name in demo_profiles():
        assert "demo-token" in Secret.token(demo_token(name).reveal()).reveal()
