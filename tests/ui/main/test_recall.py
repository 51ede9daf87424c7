"""What the screen shows of its past, and what it keeps for the future."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import MemoryHistory
from omstui.backend.history.recall import PastLookup
from omstui.backend.history.writer import HistoryFile
from omstui.core.alerts.event import Event
from omstui.core.month import Month, query_time_ms
from omstui.core.settings import Settings
from omstui.core.task import SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.board import Board, Recalled, SeenHow
from omstui.core.watch.sample import Sample
from omstui.demo import scenario
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import PROD, demo_scenario
from omstui.demo.service import SimulatedOms
from omstui.demo.workspace import demo_workspace
from omstui.screenshots import until
from omstui.ui.app import OmstuiApp
from omstui.ui.main.screen import MainScreen
from tests.ui.running import START, running

pytestmark = pytest.mark.slow


IMAGES, LOGS = TaskRef(PROD, scenario.IMAGES), TaskRef(PROD, scenario.LOGS)
NOVEMBER = Month(2026, 11)


def answer(ref: TaskRef, at: datetime, failed: int, month: Month = NOVEMBER, *, is_current: bool = True) -> Sample:
    task = SyncTask(
        sync_task_id=ref.sync_task_id, status="SYNCHRONIZING", monthly_acceptance_request=4_321,
        monthly_success_object=4_000, monthly_failure_object=failed, monthly_skip_object=0, monthly_size=77,
    )  # fmt: skip
    return Sample(ref, month, is_current, at, at, task)


async def test_the_last_figures_are_there_before_the_first_answer_with_their_age() -> None:
    """An old one is marked stale, the first answer replaces it, and no rate bridges the gap."""
    history = MemoryHistory()
    history.record(answer(IMAGES, START - timedelta(minutes=37), 3))
    history.record(answer(LOGS, START - timedelta(seconds=50), 0))
    async with running(history=history, latency=20.0, seconds=0.5) as run:
        assert "4,000" in run.row("images-to-obs")
        assert "stale 37m" in run.row("images-to-obs")
        assert "syncing" in run.row("logs-archive")
        assert "asking" in run.row("backup-2025")
        assert "4,321" in run.lines_of("#pane")
        await run.advance(60)
        assert "stale" not in run.row("images-to-obs")
        assert "4,000" not in run.row("images-to-obs")
        assert "/min" not in run.lines_of("#pane")


async def test_figures_of_another_month_are_not_shown_as_this_ones() -> None:
    history = MemoryHistory()
    history.record(answer(IMAGES, datetime(2026, 10, 30, tzinfo=START.tzinfo), 3, Month(2026, 10)))
    async with running(history=history, latency=20.0, seconds=0.5) as run:
        assert "asking" in run.row("images-to-obs")
        assert "4,000" not in run.text()


async def test_failures_since_they_were_seen_are_new_after_a_restart_too() -> None:
    history = MemoryHistory()
    history.record(answer(IMAGES, START - timedelta(seconds=50), 9))
    history.acknowledge(IMAGES, NOVEMBER, 7, START)
    async with running(history=history, latency=20.0, seconds=0.5) as run:
        assert run.state("images-to-obs").new_failures == 2


class Answering:
    """Stands for the history: knows nothing of any task but that, and answers when told to."""

    def __init__(self, *refs: TaskRef) -> None:
        self.board = Board().watching(WatchList(tuple(map(WatchedTask, refs))))
        self.asked: list[frozenset[TaskRef]] = []
        self.knows: frozenset[TaskRef] | None = None
        """Of which it tells; of all that it is asked about by itself."""

        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.recalling = PastLookup(self.recall, lambda: self.board)

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        self.asked.append(frozenset(refs))
        await self.may_answer.wait()
        known = self.asked[-1] if self.knows is None else self.knows
        return {ref: Recalled(acknowledged=(NOVEMBER, 7)) for ref in known}

    def watch(self, *refs: TaskRef) -> None:
        self.board = self.board.watching(WatchList(tuple(map(WatchedTask, refs))))


async def test_the_past_of_many_is_asked_for_some_at_a_time() -> None:
    history = Answering(*(TaskRef(PROD, f"{number:032}") for number in range(450)))
    while missing := history.recalling.missing():
        await history.recalling.look_up(missing)
    assert sorted(map(len, history.asked)) == [50, 200, 200]
    assert frozenset().union(*history.asked) == history.board.states.keys()


async def test_a_task_that_is_removed_while_its_past_is_looked_up_is_forgotten() -> None:
    history = Answering(IMAGES, LOGS)
    history.may_answer.clear()
    looking = asyncio.create_task(history.recalling.look_up(history.recalling.missing()))
    await asyncio.sleep(0)
    history.watch(LOGS, IMAGES, TaskRef(PROD, "f" * 32))
    assert not history.recalling.missing(), "one question at a time"
    history.watch(LOGS)
    history.may_answer.set()
    await looking
    assert history.recalling.knows(LOGS)
    assert not history.recalling.knows(IMAGES)
    history.watch(LOGS, IMAGES)
    assert history.recalling.missing() == {IMAGES}


async def test_a_task_that_is_put_back_while_its_past_is_looked_up_is_not_asked_for_twice() -> None:
    history = Answering(IMAGES)
    history.may_answer.clear()
    looking = asyncio.create_task(history.recalling.look_up(history.recalling.missing()))
    await asyncio.sleep(0)
    history.watch()
    history.watch(IMAGES)
    assert not history.recalling.missing()
    history.may_answer.set()
    await looking
    assert history.recalling.knows(IMAGES)


async def test_what_an_answer_leaves_out_is_still_missing() -> None:
    history = Answering(IMAGES, LOGS)
    history.knows = frozenset({LOGS})
    assert (await history.recalling.look_up(history.recalling.missing())).keys() == {LOGS}
    assert history.recalling.missing() == {IMAGES}


async def test_a_mark_on_a_task_without_an_answer_says_nothing_of_its_past() -> None:
    history = Answering(IMAGES, LOGS)
    history.board = history.board.filed(answer(LOGS, START, 9), 60.0)
    history.recalling.mark_seen([IMAGES, LOGS])
    recalled = await history.recalling.look_up(history.recalling.missing())
    assert {ref: one.acknowledged for ref, one in recalled.items()} == {IMAGES: (NOVEMBER, 7), LOGS: None}


class Unanswering(MemoryHistory):
    """Knows an answer and what was seen of it, and says nothing for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = False
        self.record(answer(IMAGES, START - timedelta(seconds=50), 9))
        self.acknowledge(IMAGES, NOVEMBER, 7, START)

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        return await super().recall(refs) if self.answers else {}


async def test_what_was_seen_counts_although_the_history_answers_after_the_service() -> None:
    history = Unanswering()
    async with running(history=history) as run:
        failed = run.state("images-to-obs").acknowledged
        assert failed is not None
        assert failed > 7, "the service's answer, for want of better"
        assert (await MemoryHistory.recall(history, [IMAGES]))[IMAGES].acknowledged == (NOVEMBER, 7)
        history.answers = True
        await run.advance(5)
        await run.until(lambda: run.state("images-to-obs").acknowledged == 7, "the past")
        assert run.state("images-to-obs").new_failures >= failed - 7
        await run.advance(120)
        kept = await history.recall([IMAGES, LOGS])
        assert kept[IMAGES].acknowledged == (NOVEMBER, 7)
        assert kept[LOGS].acknowledged == (NOVEMBER, run.state("logs-archive").acknowledged), "of the first answer"


async def test_what_a_person_marks_as_seen_outlives_what_the_history_says_later() -> None:
    history = Unanswering()
    async with running(history=history) as run:
        await run.press("X")
        failed = run.state("images-to-obs").acknowledged
        assert failed is not None
        history.answers = True
        await run.advance(5)
        await run.until(lambda: not run.main.session.past_lookup.missing(), "the past")
        assert run.state("images-to-obs").acknowledged == failed
        assert (await history.recall([IMAGES]))[IMAGES].acknowledged == (NOVEMBER, failed)


async def test_a_past_month_that_is_known_is_not_asked_for_again() -> None:
    history = MemoryHistory()
    told = answer(IMAGES, START - timedelta(days=2), 1, Month(2026, 10), is_current=False)
    history.record(replace(told, agreed=True))
    async with running(history=history) as run:
        before = len(run.asked())
        await run.press("left_square_bracket")
        assert "4,321" in run.lines_of("#pane")
        await run.pilot.pause(0.5)
        october = query_time_ms(Month(2026, 10), START)
        assert not [one for one in run.asked(before) if one.query_time == october and scenario.IMAGES in one.path]


async def test_one_run_leaves_what_the_next_one_shows(tmp_path: Path) -> None:
    """By way of a file; nothing of the demo's tokens is in it."""
    path = tmp_path / "history.db"
    async with running(history=HistoryFile(path, lambda: START)) as run:
        shown = run.state("logs-archive").good
        assert shown is not None
    async with running(
        start=START + timedelta(hours=3), history=HistoryFile(path, lambda: START), latency=20.0, seconds=0.5
    ) as run:
        recalled = run.state("logs-archive").good
        assert recalled is not None
        assert recalled.task == shown.task
        assert "stale 2h" in run.row("logs-archive")
    assert b"token" not in path.read_bytes()


async def test_trouble_with_the_history_is_told_below_the_list_and_the_screen_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.mkdir()
    async with running(history=HistoryFile(path, lambda: START)) as run:
        told = "".join(run.lines_of("#trouble").split())  # a long path is broken anywhere
        assert told.count("history.db") == 1
        assert told.endswith("cannotbeopened:Isadirectory;thisrunisnotremembered")
        assert "syncing" in run.row("logs-archive")


async def test_trouble_that_the_history_has_later_is_told_once_as_well(tmp_path: Path) -> None:
    """Another program spoils the file while the screen is open."""
    path = tmp_path / "history.db"
    history = HistoryFile(path, lambda: START)
    async with running(history=history) as run:
        assert await history.events() != ()
        assert run.lines_of("#trouble") == ""
        with closing(sqlite3.connect(path)) as other:
            other.execute("DROP TABLE event")
        history.add_event(Event(START, "failures", "3 failed"))
        await run.until(lambda: history.error != "", "the error")
        await run.advance(60)
        told = "".join(run.lines_of("#trouble").split())
        assert told.count("history.db") == 1
        assert told.endswith("thisrunisnotremembered")
        assert "syncing" in run.row("logs-archive")


async def test_a_task_that_is_put_back_has_its_past_again() -> None:
    history = MemoryHistory()
    history.record(answer(IMAGES, START - timedelta(seconds=50), 9))
    async with running(history=history) as run:
        history.acknowledge(IMAGES, NOVEMBER, 0, START, SeenHow.RESTART)
        await run.press("D")
        await run.until(lambda: IMAGES not in run.main.session.board.states, "the removal")
        await run.press("u")
        await run.until(lambda: IMAGES in run.main.session.board.states, "the task")
        await run.until(lambda: run.state("images-to-obs").acknowledged == 0, "its past")


class Slow(MemoryHistory):
    """Takes its time for the first answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[frozenset[TaskRef]] = []
        self.may_answer = asyncio.Event()

    async def recall(self, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        self.asked.append(frozenset(refs))
        await self.may_answer.wait()
        return await super().recall(self.asked[-1])


async def test_a_task_that_is_added_while_the_past_is_looked_up_has_its_past_before_it_is_asked_for() -> None:
    history, added = Slow(), TaskRef(PROD, "f" * 32)
    history.record(answer(added, START - timedelta(seconds=50), 9))
    history.acknowledge(added, NOVEMBER, 7, START)
    clock = SteppedClock(START)
    workspace = demo_workspace(clock, Settings(), SimulatedOms(demo_scenario(START), clock, 0.0), history=history)
    app = OmstuiApp(workspace)
    async with app.run_test(size=(120, 34)) as pilot:
        await until(lambda: bool(history.asked), pilot, "the question")
        main = app.screen_stack[0]
        assert isinstance(main, MainScreen)
        main.editing.add_tasks([WatchedTask(added, "")])
        await until(lambda: added in main.session.board.states, pilot, "the new task")
        history.may_answer.set()
        await until(lambda: len(history.asked) == 2, pilot, "the second question")
        await pilot.pause()
        assert history.asked[1] == {added}
        assert (main.session.board.states[added].acknowledged, main.session.board.states[added].new_failures) == (7, 2)


async def test_a_month_that_closed_in_one_run_is_closed_in_the_next_and_asked_for_by_neither_again(
    tmp_path: Path,
) -> None:
    """Though it was asked for before it was over in every zone: when it ended is remembered."""
    path = tmp_path / "history.db"
    midnight = datetime(2026, 11, 30, 16, tzinfo=START.tzinfo)
    async with running(
        start=midnight - timedelta(minutes=2), history=HistoryFile(path, lambda: midnight), seconds=300
    ) as run:
        assert run.state("images-to-obs").months[NOVEMBER].good is not None
        events = [event for event in await run.workspace.history.events() if event.kind == "month closed"]
        (closed,) = [event for event in events if event.sync_task_id == scenario.IMAGES]
        assert closed.words.startswith("November closed: ")
    history = HistoryFile(path, lambda: midnight)
    async with running(start=midnight + timedelta(hours=2), history=history, seconds=10) as run:
        await run.until(lambda: run.state("images-to-obs").turned_at is not None, "what is remembered")
        await run.press("h")
        await run.advance(60)
        assert "Nov 2026" in run.text()
        (november,) = [line for line in run.text().splitlines() if line.startswith(" Nov 2026")]
        assert november.rstrip().endswith("closed")
        middle = query_time_ms(NOVEMBER, midnight)
        assert not [one for one in run.asked() if one.query_time == middle]
        events = [event for event in await history.events() if event.kind == "month closed"]
        assert len([event for event in events if event.sync_task_id == scenario.IMAGES]) == 1


async def test_last_figures_that_one_run_did_not_come_to_ask_for_are_asked_for_by_the_next() -> None:
    """It was ended between the turn of the month and its question."""
    history = MemoryHistory()
    turned = datetime(2026, 10, 31, 16, 1, tzinfo=START.tzinfo)
    history.record(answer(IMAGES, turned, 0))
    history.note(PROD, f"turn {scenario.IMAGES}", f"2026-10 {turned.isoformat()}")
    async with running(history=history, start=turned + timedelta(hours=1), seconds=90) as run:
        october = query_time_ms(Month(2026, 10), turned)
        assert len([one for one in run.asked() if one.query_time == october]) == 2
        events = [event.words for event in await history.events() if event.kind == "month closed"]
        assert len(events) == 1
        assert events[0].startswith("October closed: ")


async def test_the_loop_goes_on_between_two_questions_that_are_answered_at_once() -> None:
    """The past of 20,000 tasks is a hundred questions: keys and the clock are not to wait for all of them."""
    turns: list[str] = []

    async def recall(refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        return dict.fromkeys(refs, Recalled())

    recalling = PastLookup(recall, lambda: Board().watching(WatchList((WatchedTask(IMAGES),))))
    asyncio.get_running_loop().call_soon(turns.append, "another's")
    await recalling.look_up(recalling.missing())
    assert turns
