"""The session on a plain loop of asyncio, without any terminal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import MemoryHistory
from omstui.backend.session import (
    AnswerFiled,
    Beat,
    FileProblem,
    HabitLearned,
    ListChanged,
    NewsTold,
    PastRecalled,
    SessionMessage,
    WatchSession,
)
from omstui.backend.workspace import Workspace
from omstui.core.month import Month
from omstui.core.settings import Settings
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.sample import Sample
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import IMAGES, LOGS, PROD
from omstui.demo.workspace import demo_workspace
from tests.crowd import Crowd, crowd_workspace

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOVEMBER = Month(2026, 11)
IMAGES_REF, LOGS_REF = TaskRef(PROD, IMAGES), TaskRef(PROD, LOGS)


class Site:
    """A session over the demo, and what it has told."""

    def __init__(
        self,
        history: MemoryHistory,
        *,
        has_viewer: bool = True,
        crowd: Crowd | None = None,
        waits_for_picture: bool = False,
    ) -> None:
        self.clock = SteppedClock(START)
        self.history = history
        self.workspace: Workspace = (
            demo_workspace(self.clock, Settings(), chance=lambda: 0.5, history=history)
            if crowd is None
            else crowd_workspace(crowd, self.clock, Settings(), lambda: 0.5, history=history)[0]
        )
        self.session = WatchSession(
            self.workspace, self.clock, history, has_viewer=has_viewer, waits_for_picture=waits_for_picture
        )
        self.told: list[SessionMessage] = []
        self.session.listen(self.told.append)

    def kinds(self) -> list[type]:
        """Return what was told, without what is repeated."""
        return list(dict.fromkeys(map(type, self.told)))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not is_so():  # noqa: ASYNC110 - threads take their own time
                await asyncio.sleep(0.001)

    async def answered(self) -> None:
        """Let a minute pass, in which each task is asked for."""
        await self.until(lambda: self.clock.sleepers > len(self.session.board.states) > 0)
        await self.clock.advance(70)


@asynccontextmanager
async def running(
    history: MemoryHistory | None = None,
    *,
    has_viewer: bool = True,
    crowd: Crowd | None = None,
    waits_for_picture: bool = False,
) -> AsyncIterator[Site]:
    site = Site(history or MemoryHistory(), has_viewer=has_viewer, crowd=crowd, waits_for_picture=waits_for_picture)
    running = asyncio.create_task(site.session.run())
    try:
        yield site
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await site.session.aclose()


def answer(minutes_ago: int, accepted: int, ref: TaskRef = IMAGES_REF, failed: int = 0) -> Sample:
    at = START - timedelta(minutes=minutes_ago)
    task = SyncTask(monthly_acceptance_request=accepted, monthly_failure_object=failed)
    return Sample(ref, NOVEMBER, is_current=True, asked_at=at, answered_at=at, task=task)


async def test_the_list_comes_first_then_the_past_and_then_answers() -> None:
    async with running() as site:
        await site.answered()
        order = [kind for kind in site.kinds() if kind in {ListChanged, PastRecalled, AnswerFiled}]
        assert order == [ListChanged, PastRecalled, AnswerFiled]
        assert site.session.board.states[IMAGES_REF].good is not None
        first = next(one for one in site.told if isinstance(one, AnswerFiled))
        assert first.is_awaited
        assert await site.history.spans(IMAGES_REF, START - timedelta(days=1))


@pytest.mark.parametrize("is_drawn", [True, False])
async def test_nothing_is_asked_before_the_past_is_drawn_or_three_seconds_are_over(is_drawn: bool) -> None:
    """Whatever becomes of the picture, the watch begins."""
    async with running(waits_for_picture=True) as site:
        await site.until(lambda: PastRecalled in site.kinds())
        await site.clock.advance(2.9)
        assert AnswerFiled not in site.kinds()
        if is_drawn:
            site.session.picture_wait.end()
        else:
            await site.clock.advance(0.2)
        await site.answered()
        assert AnswerFiled in site.kinds()


@pytest.mark.parametrize("has_viewer", [True, False])
async def test_habits_are_learned_after_the_first_answers_and_at_once_where_nobody_looks(has_viewer: bool) -> None:
    """Without a viewer a task is told of only once its habit is known."""
    history = MemoryHistory()
    for minutes in range(90, 60, -1):
        history.record(answer(minutes, 1000 - minutes))
    async with running(history, has_viewer=has_viewer) as site:
        await site.until(lambda: site.clock.sleepers > len(site.session.board.states) > 0)
        await site.clock.advance(0.5)
        if has_viewer:
            await site.until(lambda: AnswerFiled in site.kinds())
            assert HabitLearned not in site.kinds()
            await site.clock.advance(2)
        await site.until(lambda: HabitLearned in site.kinds())


async def test_a_beat_is_told_each_second() -> None:
    async with running() as site:
        await site.answered()
        before = sum(isinstance(one, Beat) for one in site.told)
        await site.clock.advance(30)
        assert sum(isinstance(one, Beat) for one in site.told) == before + 30


async def test_what_is_shown_stays_while_the_view_is_paused_and_the_watch_goes_on() -> None:
    async with running() as site:
        await site.answered()
        session = site.session
        shown = session.shown()
        session.pause(is_paused=True)
        await site.clock.advance(120)
        assert session.shown() == shown
        assert session.board is not shown.board
        session.acknowledge([IMAGES_REF])
        for board in (session.board, session.shown().board):
            assert board.states[IMAGES_REF].new_failures == 0
        await session.edit(lambda watchlist: watchlist.removed([LOGS_REF]))
        for board in (session.board, session.shown().board):
            assert LOGS_REF not in board.states
        session.pause(is_paused=False)
        assert session.paused is None
        assert session.shown().board is session.board


async def test_an_answer_assesses_its_own_task_and_a_second_without_an_answer_none() -> None:
    """Of twenty tasks, however many listeners read the conditions."""
    async with running(crowd=Crowd(20)) as site:
        await site.answered()
        session, before = site.session, site.session.conditions()
        assert len(before.assessments) == len(before.changed_since(None)) == 20
        assessed_by_answer, last = [], before.assessed

        def hear(message: SessionMessage) -> None:
            nonlocal last
            if isinstance(message, AnswerFiled):
                assessed_by_answer.append(session.conditions().assessed - last)
                last = session.conditions().assessed

        session.listen(hear)
        quiet_seconds = 0
        for _ in range(60):
            answers, assessed = len(assessed_by_answer), session.conditions().assessed
            await site.clock.advance(1)
            if len(assessed_by_answer) == answers:
                quiet_seconds += 1
                assert session.conditions().assessed == assessed
        assert assessed_by_answer == [1] * 20
        assert quiet_seconds > 20


@pytest.mark.parametrize("has_viewer", [True, False])
async def test_only_where_a_person_looks_is_anything_seen_or_told(has_viewer: bool) -> None:
    async with running(has_viewer=has_viewer) as site:
        await site.answered()
        await site.clock.advance(1800)
        recalled = (await site.history.recall([IMAGES_REF]))[IMAGES_REF]
        assert recalled.last is not None, "answers are remembered either way"
        assert (recalled.acknowledged is not None) is has_viewer
        assert bool(await site.history.events()) is has_viewer
        assert (NewsTold in site.kinds()) is has_viewer


async def test_the_habits_of_a_task_that_is_added_later_are_learned_too() -> None:
    history, added = MemoryHistory(), TaskRef(PROD, "f" * 32)
    for minute in range(300):
        history.record(answer(400 - minute, 2 * minute, added))
    async with running(history) as site:
        await site.answered()
        await site.session.edit(lambda watchlist: watchlist.added([WatchedTask(added)]))
        await site.until(lambda: HabitLearned(added) in site.told)
        assert site.session.board.states[added].activity.habit.spells > 200
        before = site.session.board.states[added]
        await site.session.edit(lambda watchlist: watchlist.relabelled(added, "later"))
        await site.clock.advance(5)
        spells = site.session.board.states[added].activity.habit.spells
        assert spells <= before.activity.habit.spells + 5, "they are learned once"


async def test_only_the_tasks_that_are_meant_are_watched() -> None:
    clock, history = SteppedClock(START), MemoryHistory()
    workspace = demo_workspace(clock, Settings(), history=history)
    session = WatchSession(
        workspace,
        clock,
        history,
        meant=lambda watchlist: WatchList(tuple(task for task in watchlist if task.ref == LOGS_REF)),
    )
    await session.load()
    assert list(session.board.states) == [LOGS_REF]
    await session.aclose()


async def test_a_profile_that_comes_to_lead_elsewhere_loses_its_figures_in_both_views() -> None:
    async with running() as site:
        await site.answered()
        site.session.pause(is_paused=True)
        site.workspace.profiles[PROD] = replace(site.workspace.profiles[PROD], project_id="another")
        site.session.use_profiles()
        for board in (site.session.board, site.session.shown().board):
            assert board.states[IMAGES_REF].good is None


async def test_a_list_that_cannot_be_read_is_told_and_the_last_one_stays() -> None:
    async with running() as site:
        await site.answered()
        known = site.session.board

        async def fail() -> WatchList:
            from omstui.backend.workspace import WorkspaceError

            raise WorkspaceError("the list is broken in line 3")

        site.workspace.load_watchlist = fail  # type: ignore[method-assign]  # a file that cannot be read
        await site.session.load()
        assert FileProblem("list", "the list is broken in line 3") in site.told
        assert site.session.board.states.keys() == known.states.keys()
