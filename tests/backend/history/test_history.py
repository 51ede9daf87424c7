"""What every history does: the one of memory and the one of a file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import KEPT_EVENTS, History, MemoryHistory
from omstui.backend.history.writer import HistoryFile
from omstui.core.alerts.event import Event, Severity
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import RECALLED_SPANS, Recalled, SeenHow
from omstui.core.watch.counters import CounterSpan
from tests.making import NOVEMBER, NOW, REF, TASK, counting, sample

AT = NOW.replace(microsecond=0)
OTHER = TaskRef("other", REF.sync_task_id)
LARGEST = 2**63 - 1


@pytest.fixture(params=["memory", "file"])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    made = MemoryHistory() if request.param == "memory" else HistoryFile(tmp_path / "history.db", lambda: AT)
    yield made
    assert made.error == ""
    await made.aclose()


def minutes(count: float) -> datetime:
    return AT + timedelta(minutes=count)


async def all_spans(history: History, ref: TaskRef = REF) -> list[tuple[int | None, float, float]]:
    return [
        (one.monthly_success_object, (one.answered_at - AT).total_seconds() / 60, (one.until - AT).total_seconds() / 60)
        for one in await history.spans(ref, datetime(1971, 1, 1, tzinfo=UTC))
    ]


class TestHistory:
    async def test_an_unknown_task_has_an_empty_past(self, history: History) -> None:
        assert await history.recall([REF, OTHER]) == {REF: Recalled(), OTHER: Recalled()}
        assert await history.spans(REF, AT) == ()
        assert await history.events() == ()
        assert await history.notes() == {}

    @pytest.mark.parametrize("agreed", [False, True])
    async def test_whether_a_months_figures_were_confirmed_is_kept_with_the_services_time(
        self, history: History, agreed: bool
    ) -> None:
        october = NOVEMBER.plus(-1)
        given = replace(sample(at=AT, month=october), served_at=AT - timedelta(days=3), agreed=agreed)
        history.record(given)
        assert (await history.recall([REF]))[REF].months == {october: given}

    async def test_one_answer_replaces_no_final_figures(self, history: History) -> None:
        """As `omstui report` asks for it: the same ones stay final, others wait for their confirmation."""
        october = NOVEMBER.plus(-1)
        told = replace(sample(at=AT, month=october), agreed=True)
        history.record(told)
        history.record(sample(at=minutes(10), month=october))
        again = replace(sample(at=minutes(10), month=october), agreed=True)
        assert (await history.recall([REF]))[REF].months == {october: again}
        history.record(sample(counting(accepted=0), at=minutes(20), month=october))
        assert (await history.recall([REF]))[REF].months == {october: again}
        other = replace(sample(counting(accepted=0), at=minutes(30), month=october), agreed=True)
        history.record(other)
        assert (await history.recall([REF]))[REF].months == {october: other}

    async def test_the_last_answer_is_recalled_whole(self, history: History) -> None:
        """With its times to the millisecond, and without what belongs to the run that asked."""
        given = replace(sample(at=AT + timedelta(microseconds=1_234)), asked_at=AT, request_id="f" * 32, number=7)
        history.record(given)
        recalled = (await history.recall([REF]))[REF]
        expected = replace(
            given, answered_at=AT + timedelta(milliseconds=1), next_at=None, request_id=None, number=None
        )
        assert recalled.last == expected
        assert recalled.spans == (CounterSpan.of(TASK, NOVEMBER, expected.answered_at),)
        assert (recalled.months, recalled.acknowledged) == ({}, None)

    @pytest.mark.parametrize(
        "task",
        [
            SyncTask(),
            counting(accepted=LARGEST, synced=LARGEST, failed=0, skipped=None, size=2**53 + 1),
            replace(TASK, create_time=LARGEST, last_start_time=None, status=None),
            replace(
                TASK, status="新状态\x00\x1b]0;x\x07[/red] \U0001f600", description="a\nb\u202e'\"; DROP TABLE reading"
            ),
        ],
    )
    async def test_every_value_comes_back_as_it_was(self, history: History, task: SyncTask) -> None:
        """Null stays null, numbers are exact, hostile text is only text."""
        history.record(sample(task, at=AT))
        history.record(sample(task, month=Month(2026, 2), at=AT))
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.task == task
        assert recalled.months[Month(2026, 2)].task == task
        assert recalled.spans == (CounterSpan.of(task, NOVEMBER, AT),)

    async def test_equal_answers_are_one_reading_and_a_gap_parts_them(self, history: History) -> None:
        for minute in (0, 1, 2, 4.5, 7.1, 8):
            history.record(sample(counting(synced=5), at=minutes(minute)))
        history.record(sample(counting(synced=6), at=minutes(9)))
        assert await all_spans(history) == [(5, 0, 4.5), (5, 7.1, 8), (6, 9, 9)]

    async def test_readings_are_those_that_reach_beyond_the_moment(self, history: History) -> None:
        for minute in range(6):
            history.record(sample(counting(synced=minute // 2), at=minutes(minute)))
        for since, expected in [(-1, [0, 1, 2]), (1, [0, 1, 2]), (1.5, [1, 2]), (2.5, [1, 2]), (5, [2]), (5.1, [])]:
            found = await history.spans(REF, minutes(since))
            assert [one.monthly_success_object for one in found] == expected
        assert await history.spans(OTHER, AT) == ()

    async def test_trouble_is_not_kept(self, history: History) -> None:
        history.record(sample(Problem(ProblemKind.NETWORK, "no route"), at=AT))
        assert await history.recall([REF]) == {REF: Recalled()}

    async def test_a_change_that_no_reading_holds_is_recalled_too(self, history: History) -> None:
        """A new description makes no new reading, but is a new answer."""
        history.record(sample(TASK, at=minutes(0)))
        history.record(sample(replace(TASK, description="another"), at=minutes(1)))
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.task == replace(TASK, description="another")
        assert [(one.answered_at, one.until) for one in recalled.spans] == [(minutes(0), minutes(1))]

    async def test_a_late_answer_replaces_nothing_later_but_is_no_less_a_reading(self, history: History) -> None:
        history.record(sample(counting(synced=9), at=minutes(2)))
        history.record(sample(counting(synced=8), at=minutes(0)))
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.task == counting(synced=9)
        assert await all_spans(history) == [(8, 0, 0), (9, 2, 2)]

    async def test_a_clock_that_is_set_back_far_does_not_freeze_the_past(self, history: History) -> None:
        history.record(sample(counting(synced=9), at=minutes(600)))
        history.record(sample(counting(synced=8), at=minutes(0)))
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.task == counting(synced=8)

    async def test_past_months_are_kept_each_by_its_latest_answer(self, history: History) -> None:
        march, april = Month(2026, 3), Month(2026, 4)
        history.record(sample(counting(synced=1), month=march, at=minutes(0)))
        history.record(sample(counting(synced=2), month=april, at=minutes(1)))
        history.record(sample(counting(synced=3), month=march, at=minutes(2)))
        history.record(sample(counting(synced=4), month=march, at=minutes(1)))
        recalled = (await history.recall([REF]))[REF]
        assert {month: one.task for month, one in recalled.months.items()} == {
            march: counting(synced=3),
            april: counting(synced=2),
        }
        assert not any(one.is_current for one in recalled.months.values())
        assert (recalled.last, recalled.spans) == (None, ())

    async def test_no_more_readings_are_recalled_than_said(self, history: History) -> None:
        for minute in range(RECALLED_SPANS + 5):
            history.record(sample(counting(synced=minute), at=minutes(minute)))
        recalled = (await history.recall([REF]))[REF].spans
        assert [one.monthly_success_object for one in recalled] == list(range(5, RECALLED_SPANS + 5))

    async def test_what_the_user_has_seen_is_kept_by_the_last_word(self, history: History) -> None:
        """Also when the clock was set back in between."""
        history.acknowledge(REF, NOVEMBER, 3, minutes(5))
        history.acknowledge(REF, NOVEMBER, 11, minutes(0))
        history.acknowledge(OTHER, Month(2026, 10), LARGEST, AT)
        recalled = await history.recall([REF, OTHER])
        assert recalled[REF] == Recalled(acknowledged=(NOVEMBER, 11))
        assert recalled[OTHER] == Recalled(acknowledged=(Month(2026, 10), LARGEST))

    async def test_what_a_person_marked_is_lowered_by_nothing_but_a_restart_of_the_counters(
        self, history: History
    ) -> None:
        """Two screens keep what they know, whichever comes later."""
        december = NOVEMBER.plus(1)
        steps = [
            (NOVEMBER, 5, SeenHow.FIRST, (NOVEMBER, 5)),
            (NOVEMBER, 7, SeenHow.FIRST, (NOVEMBER, 5)),
            (NOVEMBER, 9, SeenHow.MARKED, (NOVEMBER, 9)),
            (NOVEMBER, 7, SeenHow.MARKED, (NOVEMBER, 9)),
            (NOVEMBER, 0, SeenHow.RESTART, (NOVEMBER, 0)),
            (december, 0, SeenHow.FIRST, (december, 0)),
            (december, 3, SeenHow.MARKED, (december, 3)),
            (december, 0, SeenHow.FIRST, (december, 3)),
            (NOVEMBER, 9, SeenHow.MARKED, (december, 3)),
        ]
        for month, failures, how, kept in steps:
            history.acknowledge(REF, month, failures, AT, how)
            assert (await history.recall([REF]))[REF].acknowledged == kept

    async def test_events_come_back_latest_first(self, history: History) -> None:
        lines = [
            Event(minutes(1), "stopped", "was stopped", Severity.WARNING, REF.profile, REF.sync_task_id, "images"),
            Event(minutes(0), "month closed", "November closed", Severity.NOTE, "prod"),
            Event(
                minutes(2), "failures", "3 failed \ud800 [/x]", Severity.ALARM, REF.profile, REF.sync_task_id, "\x1b"
            ),
        ]
        for line in lines:
            history.add_event(line)
        found = await history.events()
        assert [one.kind for one in found] == ["failures", "stopped", "month closed"]
        assert found[1] == lines[0]
        assert found[2] == lines[1]
        assert len(await history.events(limit=2)) == 2
        assert await history.events(limit=0) == ()

    async def test_two_instances_that_say_the_same_make_one_line(self, history: History) -> None:
        event = Event(AT, "failures", "3 failed", Severity.ALARM, REF.profile, REF.sync_task_id)
        for one in (event, event, replace(event, at=minutes(1)), replace(event, at=minutes(-1))):
            history.add_event(one)
        for other in (replace(event, words="4 failed"), replace(event, profile="x"), replace(event, at=minutes(3))):
            history.add_event(other)
        assert len(await history.events()) == 4

    async def test_a_note_replaces_the_one_before(self, history: History) -> None:
        for value in ("UTC", "UTC+08:00"):
            history.note("prod", "zone", value)
        history.note("lab", "zone", "")
        history.note("prod", "statistic", "off: 403")
        assert await history.notes() == {
            ("prod", "zone"): "UTC+08:00",
            ("lab", "zone"): "",
            ("prod", "statistic"): "off: 403",
        }

    async def test_a_note_without_a_value_is_dropped(self, history: History) -> None:
        for key in ("zone", "statistic"):
            history.note("prod", key, "UTC")
        history.note("prod", "zone", None)
        history.note("prod", "never kept", None)
        assert await history.notes() == {("prod", "statistic"): "UTC"}

    async def test_once_closed_it_takes_nothing_and_holds_nothing_up(self, history: History) -> None:
        await history.aclose()
        await history.aclose()
        history.note("prod", "zone", "UTC")


async def test_memory_is_bounded() -> None:
    memory = MemoryHistory()
    for minute in range(4_500):
        memory.record(sample(counting(synced=minute), at=minutes(minute)))
    spans = await memory.spans(REF, AT)
    assert [spans[0].monthly_success_object, len(spans)] == [500, 4_000]


async def test_no_more_events_are_kept_in_memory_than_said() -> None:
    """The earliest go, also when a late one has come in between."""
    memory = MemoryHistory()
    for minute in range(KEPT_EVENTS + 2):
        memory.add_event(Event(minutes(minute), "failures", f"+{minute}"))
    memory.add_event(Event(minutes(5.5), "failures", "late"))
    events = await memory.events(2 * KEPT_EVENTS)
    assert len(events) == KEPT_EVENTS
    assert [event.words for event in events[-4:]] == ["late", "+5", "+4", "+3"]
