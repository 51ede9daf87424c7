"""Watching without a screen: through a day of the demo at speed, and through what others do meanwhile."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.secrets.secret import Secret
from omstui.backend.workspace import Workspace
from omstui.cli.commands.watch import change_line, heartbeat_line, line_schema
from omstui.cli.commands.watch_lines import ChangeReporter, Heartbeat, report_heartbeats, watch_session
from omstui.cli.context.context import user_context
from omstui.cli.tasks.asking import chosen_tasks, open_workspace
from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.core.reports.task_row import Change, ChangeKind
from omstui.core.settings import Settings
from omstui.core.task import COUNTER_NAMES, TaskRef, WatchedTask
from omstui.core.watch.condition import Condition
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import (
    BACKUP,
    DR,
    IMAGES,
    INVOICES,
    LOGS,
    PROD,
    demo_profiles,
    demo_scenario,
    demo_token,
    demo_watchlist,
    renewed_demo_token,
)
from omstui.demo.service import SimulatedOms
from omstui.demo.workspace import demo_workspace
from tests.cli.machine import Machine
from tests.crowd import Crowd, crowd_workspace
from tests.making import TASK, sample
from tests.soak.clock import StridingClock
from tests.wrong_service import LaggingOms, ServiceClock

pytestmark = pytest.mark.slow

SCHEMA = Draft202012Validator(line_schema())
MORNING = datetime(2026, 11, 30, 1, tzinfo=UTC)
"""A day before which the month ends at 16:00 UTC, as the demo's service counts."""


@dataclass
class Heard:
    """What a listener has heard."""

    changes: list[Change] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    beats: list[Heartbeat] = field(default_factory=list)

    def of(self, label: str) -> list[Change]:
        return [change for change in self.changes if change.row.label == label]

    def conditions(self, label: str) -> list[Condition]:
        """The conditions of a task, one after the other."""
        seen = [change.row.condition for change in self.of(label) if change.kind is not ChangeKind.REMOVED]
        return [one for number, one in enumerate(seen) if number == 0 or seen[number - 1] is not one]


@asynccontextmanager
async def watching(workspace: Workspace, words: tuple[str, ...] = (), beat_every: float = 0.0) -> AsyncIterator[Heard]:
    heard = Heard()
    tasks = await chosen_tasks(workspace, words, None)
    session = watch_session(workspace, tasks, words, None)
    ChangeReporter(session, workspace, heard.changes.append, heard.words.append)
    running = [asyncio.create_task(session.run())]
    if beat_every:
        running.append(asyncio.create_task(report_heartbeats(session, workspace, beat_every, heard.beats.append)))
    try:
        yield heard
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await session.aclose()


async def test_through_a_day_each_change_is_told_once_and_the_last_line_is_what_the_service_says() -> None:
    """A day over the end of a month, with a server that fails, throttling, and a token that is renewed elsewhere."""
    clock = StridingClock(MORNING)
    oms = SimulatedOms(demo_scenario(MORNING), clock)
    workspace = demo_workspace(clock, Settings(interval=300.0), oms, chance=lambda: 0.0)
    async with watching(workspace, beat_every=3600.0) as heard:
        for stride in range(24 * 1440):
            clock.stride(2.5)
            for _ in range(6):
                await asyncio.sleep(0)
            if stride == 12 * 1440:
                assert (await workspace.credentials.renew(DR, renewed_demo_token(DR))).is_accepted
    labels = [task.label for task in demo_watchlist()]
    assert sorted(change.row.label for change in heard.changes if change.kind is ChangeKind.TASK) == sorted(labels)
    assert all(change.changed for change in heard.changes if change.kind is ChangeKind.CHANGE)
    assert heard.conditions("cold-tier") == [Condition.TOKEN, Condition.SYNCING]
    assert heard.conditions("old-photos") == [Condition.MISSING, Condition.GONE]
    # Throttling holds back the whole profile, for longer than an answer stays fresh.
    assert set(heard.conditions("backup-2025")) <= {Condition.STOPPED, Condition.STALE}
    assert {Condition.SERVER, Condition.THROTTLED, Condition.SYNCING} <= set(heard.conditions("invoices"))
    assert [change.row.month for change in heard.of("backup-2025") if "month" in change.changed] == [Month(2026, 12)]
    assert len(heard.beats) == 23
    assert sum(heard.beats[-1].conditions.values()) == len(labels)
    last = heard.of("images-to-obs")[-1].row
    assert last.answered_at is not None
    assert last.task is not None
    said = oms.scenario.projects[0].tasks[0].as_of(last.answered_at, last.answered_at, oms.scenario.zone)
    assert [getattr(last.task, name) for name in COUNTER_NAMES] == [getattr(said, name) for name in COUNTER_NAMES]
    lines = [change_line(change, clock) for change in heard.changes[:6] + heard.changes[6::50]]
    for line in [*lines, heartbeat_line(heard.beats[0])]:
        SCHEMA.validate(json.loads(json.dumps(line)))


@dataclass
class Site:
    """A user's machine, over a pretend service that can go away."""

    machine: Machine
    clock: SteppedClock
    oms: SimulatedOms
    is_gone: bool = False

    def workspace(self) -> Workspace:
        async def serve(request: httpx.Request) -> httpx.Response:
            if self.is_gone:
                raise httpx.ConnectError("no route")
            if request.url.path.startswith("/v3/"):
                return httpx.Response(404)
            target = request.url.raw_path.decode()
            answer = await self.oms.answer("GET", target, request.headers.get("X-Auth-Token"))
            return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)

        machine = self.machine
        context = user_context(
            environ=machine.environ,
            stdin=io.StringIO(),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            folders=machine.folders,
            keyring=machine.store,
            clock=self.clock,
            transport=httpx.MockTransport(serve),
            open_screen=lambda _: 0,
            ask_secret=lambda _: "",
        )
        return open_workspace(context, is_demo=False)

    async def until(self, is_so: Callable[[], bool], within: int = 600) -> None:
        """Let time pass until something is so; files are read in threads, which take real time."""
        for _ in range(within):
            await self.clock.advance(1)
            await asyncio.sleep(0.002)
            if is_so():
                return
        raise AssertionError("that has not come about")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    clock = SteppedClock(datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC))
    machine = Machine(tmp_path, clock)
    profile = demo_profiles()[PROD]
    machine.config.put_profile(Profile("prod", profile.endpoint, profile.project_id, region=profile.region))
    machine.store.set("prod", demo_token(PROD))
    site = Site(machine, clock, SimulatedOms(demo_scenario(clock.now()), clock))
    for number, sync_task_id in enumerate((LOGS, BACKUP)):
        watch_also(site, sync_task_id, f"task-{number}")
    return site


def watch_also(site: Site, sync_task_id: str, label: str) -> None:
    site.machine.watches(WatchedTask(TaskRef("prod", sync_task_id), label))


async def test_the_list_may_be_edited_by_others_meanwhile(site: Site) -> None:
    async with watching(site.workspace()) as heard:
        await site.until(lambda: len(heard.changes) == 2)
        watch_also(site, IMAGES, "new")
        await site.until(lambda: bool(heard.of("new")))
        WatchListFile(site.machine.folders.watchlist_file).edit(
            lambda tasks: tasks.removed(task.ref for task in tasks if task.label == "task-1")
        )
        await site.until(lambda: heard.of("task-1")[-1].kind is ChangeKind.REMOVED)
        site.machine.folders.watchlist_file.write_text("[[task")
        await site.until(lambda: bool(heard.words))
        said = len(heard.words)
        await site.clock.advance(60)
        assert len(heard.words) == said
        assert "watchlist.toml" in heard.words[0]


async def test_named_tasks_are_the_only_ones_whatever_is_added(site: Site) -> None:
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.changes))
        watch_also(site, IMAGES, "new")
        await site.until(lambda: site.clock.monotonic() > 60)
        assert {change.row.label for change in heard.changes} == {"task-1"}


async def test_a_task_named_by_its_bucket_or_behind_its_profile_stays_when_the_list_changes(site: Site) -> None:
    """The list on disk tells no bucket."""
    site.machine.watches(WatchedTask(TaskRef("prod", INVOICES)))
    workspace = site.workspace()
    workspace.history.record(
        sample(replace(TASK, src_bucket="nightly"), ref=TaskRef("prod", INVOICES), at=site.clock.now())
    )
    async with watching(workspace, ("nightly", f"prod/{LOGS}")) as heard:
        await site.until(lambda: len(heard.changes) == 2)
        watch_also(site, IMAGES, "new")
        await site.until(lambda: site.clock.monotonic() > 60)
        assert {change.row.sync_task_id for change in heard.changes} == {INVOICES, LOGS}
        assert all(change.kind is not ChangeKind.REMOVED for change in heard.changes)


async def test_it_goes_on_without_a_network_and_says_when_it_is_back(site: Site) -> None:
    async with watching(site.workspace()) as heard:
        await site.until(lambda: len(heard.changes) >= 2)
        site.is_gone = True
        await site.until(lambda: heard.conditions("task-1")[-1] is Condition.NETWORK)
        lost = heard.of("task-1")[-1].row
        assert lost.task is None
        assert lost.last_answered_at is not None
        count = len(heard.of("task-1"))
        await site.clock.advance(600)
        assert len(heard.of("task-1")) == count, "the same trouble is not repeated"
        site.is_gone = False
        await site.until(lambda: heard.conditions("task-1")[-1] is Condition.STOPPED)


async def test_a_refused_token_is_taken_over_once_it_is_renewed_elsewhere(site: Site) -> None:
    site.machine.store.set("prod", Secret("a-token-that-nobody-knows"))
    async with watching(site.workspace()) as heard:
        await site.until(lambda: len(heard.changes) == 2)
        assert {change.row.condition for change in heard.changes} == {Condition.TOKEN}
        site.machine.store.set("prod", demo_token(PROD))
        await site.until(lambda: heard.conditions("task-1")[-1] is Condition.STOPPED)


@pytest.mark.parametrize("seconds", [8 * 3600.0, -2 * 3600.0])
async def test_a_jump_of_the_clock_is_no_change_of_the_tasks(site: Site, seconds: float) -> None:
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.changes))
        site.clock.jump(seconds)
        await site.clock.advance(120)
        assert [change.kind for change in heard.changes] == [ChangeKind.TASK]


async def test_what_was_known_before_is_no_news_until_it_is_answered(site: Site) -> None:
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.changes))
    site.is_gone = True
    await site.clock.advance(30)
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.changes))
        row = heard.changes[0].row
        assert (row.condition, row.task) == (Condition.NETWORK, None)
        assert row.last_answered_at is not None
        assert row.last_answered_at < site.clock.now() - timedelta(seconds=1)


async def test_no_figure_is_older_than_the_run_that_tells_it(site: Site) -> None:
    async with watching(site.workspace()) as heard:
        await site.until(lambda: len(heard.changes) == 2)
    await site.clock.advance(30)
    begun_at = site.clock.now()
    async with watching(site.workspace()) as heard:
        await site.until(lambda: len(heard.changes) == 2)
    assert all(change.row.answered_at is not None and change.row.answered_at >= begun_at for change in heard.changes)


async def test_an_id_that_was_named_is_watched_whether_it_is_on_the_list_or_not(site: Site) -> None:
    async with watching(site.workspace(), (IMAGES,)) as heard:
        await site.until(lambda: bool(heard.changes))
        watch_also(site, INVOICES, "new")
        await site.until(lambda: len(heard.changes) > 1)
        assert {change.row.sync_task_id for change in heard.changes} == {IMAGES}
        assert ChangeKind.REMOVED not in {change.kind for change in heard.changes}


async def test_a_profile_that_leads_elsewhere_is_asked_there(site: Site) -> None:
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.changes))
        profile = site.machine.config.load().profiles["prod"]
        site.machine.config.put_profile(replace(profile, project_id="9" * 32))
        await site.until(lambda: heard.conditions("task-1")[-1] is Condition.GONE)
        assert heard.changes[-1].row.last_answered_at is None, "the answers of the other project do not count"


async def test_a_history_that_cannot_be_kept_is_said_once(site: Site) -> None:
    site.machine.folders.state.mkdir(parents=True)
    site.machine.folders.history_file.mkdir()
    async with watching(site.workspace(), ("task-1",)) as heard:
        await site.until(lambda: bool(heard.words))
        await site.until(lambda: site.clock.monotonic() > 120)
    assert len(heard.words) == 1
    assert "history" in heard.words[0]


def test_the_schema_of_a_line_is_one() -> None:
    Draft202012Validator.check_schema(line_schema())
    assert not SCHEMA.is_valid({"schema_version": 1, "type": "heartbeat", "at": "x", "conditions": {"fine": 1}})


async def test_neither_a_wrong_clock_nor_a_copy_that_lags_behind_is_a_change() -> None:
    """20 December, 2 January for half a minute and back, and an answer of each task that reads nothing."""
    start = datetime(2026, 12, 20, 9, tzinfo=UTC)
    clock, crowd = SteppedClock(start), Crowd(8)
    oms = LaggingOms(crowd.scenario(start), ServiceClock(clock))
    workspace, _ = crowd_workspace(crowd, clock, Settings(), lambda: 0.5, oms=oms)
    async with watching(workspace) as heard:
        await clock.advance(130)
        assert {change.row.month for change in heard.changes} == {Month(2026, 12)}
        clock.jump(13 * 86_400)
        await clock.advance(30)
        assert heard.words == ["this machine's clock is wrong: set it (omstui doctor)"]
        clock.jump(-13 * 86_400)
        oms.lagging = {task.ref.sync_task_id for task in crowd.watchlist}
        await clock.advance(130)
        assert oms.lagging == set()
        assert {change.row.month for change in heard.changes} == {Month(2026, 12)}
        assert {change.row.condition for change in heard.changes} <= {Condition.SYNCING, Condition.FAILING}
        for task in crowd.watchlist:
            told = [change.row.task for change in heard.of(task.label)]
            accepted = [one.monthly_acceptance_request or 0 for one in told if one is not None]
            assert accepted == sorted(accepted)
            assert accepted[0] > 0
            kept = (await workspace.history.recall([task.ref]))[task.ref]
            assert all(one.monthly_acceptance_request for one in kept.spans)
