"""The queue of what is looked at: one question every two seconds, each seldom, and none twice for one wish."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from omstui.backend.polling.backfill import MONTH_AGAIN, PACE, STATISTIC_AGAIN, BackfillQueue
from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import refs

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MAY, JUNE, JULY = Month(2026, 5), Month(2026, 6), Month(2026, 7)
REF, OTHER = refs(2)


class Asker:
    """Notes what it is told to ask, and when; refuses what is not possible now."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.asked: list[tuple[float, TaskRef, Month | timedelta]] = []
        self.impossible: set[Month | timedelta] = set()
        self.queue = BackfillQueue(clock=clock, ask_month=self._ask, ask_statistic=self._ask)

    def _ask(self, ref: TaskRef, what: Month | timedelta) -> bool:
        if isinstance(what, Month) and what.year == 1:
            raise ZeroDivisionError
        if what in self.impossible:
            return False
        self.asked.append((self._clock.monotonic(), ref, what))
        return True

    def take(self) -> list[tuple[float, TaskRef, Month | timedelta]]:
        """Return what was asked since the last time."""
        asked, self.asked = self.asked, []
        return asked


@asynccontextmanager
async def running(clock: SteppedClock) -> AsyncIterator[Asker]:
    asker = Asker(clock)
    task = asyncio.create_task(asker.queue.run())
    try:
        yield asker
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_what_is_wanted_is_asked_for_in_order_one_every_two_seconds(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, JULY), (OTHER, JULY), (REF, JUNE)], (REF, DAY))
        await stepped_clock.advance(100)
        assert asker.asked == [
            (PACE, REF, DAY),
            (2 * PACE, REF, JULY),
            (3 * PACE, OTHER, JULY),
            (4 * PACE, REF, JUNE),
        ]


async def test_before_anything_is_looked_at_nothing_is_asked_for(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(stepped_clock) as asker:
        await stepped_clock.advance(100)
        assert (asker.asked, caplog.messages) == ([], [])


async def test_each_is_asked_again_in_its_own_time(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, JULY)], (REF, DAY))
        await stepped_clock.advance(2 * PACE + MONTH_AGAIN)
        statistics = [PACE + STATISTIC_AGAIN * number for number in range(3)]
        assert [at for at, _, what in asker.asked if what == DAY] == statistics
        assert [at for at, _, what in asker.asked if what == JULY] == [2 * PACE, 2 * PACE + MONTH_AGAIN]


async def test_what_is_not_possible_now_is_tried_at_the_next_turn_and_holds_up_nothing(
    stepped_clock: SteppedClock,
) -> None:
    async with running(stepped_clock) as asker:
        asker.impossible = {DAY, JULY}
        asker.queue.look_at([(REF, JULY), (REF, JUNE)], (REF, DAY))
        await stepped_clock.advance(3 * PACE)
        assert asker.take() == [(PACE, REF, JUNE)]
        asker.impossible = set()
        await stepped_clock.advance(3 * PACE)
        assert asker.take() == [(4 * PACE, REF, DAY), (5 * PACE, REF, JULY)]


async def test_what_is_looked_at_no_more_is_not_asked_for(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, JULY), (REF, JUNE)], (REF, DAY))
        asker.queue.look_at([(REF, MAY)])
        await stepped_clock.advance(100)
        assert asker.asked == [(PACE, REF, MAY)]


async def test_looking_away_and_back_is_no_reason_to_ask_again_for_what_was_not_answered(
    stepped_clock: SteppedClock,
) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, JULY), (REF, JUNE)])
        await stepped_clock.advance(100)
        asker.take()
        asker.queue.answered(REF, JULY)
        asker.queue.look_at([(REF, JULY)])
        asker.queue.look_at([(REF, JULY), (REF, JUNE)])
        await stepped_clock.advance(100)
        assert asker.take() == [], "the answered one is still wanted"
        asker.queue.look_at([])
        asker.queue.look_at([(REF, JULY), (REF, JUNE)])
        await stepped_clock.advance(100)
        assert [what for _, _, what in asker.take()] == [JULY]
        asker.queue.look_at([])
        asker.queue.look_at([(REF, JULY)])
        await stepped_clock.advance(100)
        assert asker.take() == [], "not answered this time"


async def test_an_answer_to_what_this_did_not_ask_for_is_no_reason_either(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.answered(REF, JULY)
        asker.queue.look_at([(REF, JUNE)])
        await stepped_clock.advance(PACE)
        assert asker.take() == [(PACE, REF, JUNE)]


async def test_of_a_removed_task_nothing_is_remembered(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, JULY), (OTHER, JULY)], (REF, DAY))
        await stepped_clock.advance(100)
        asker.take()
        asker.queue.forget(REF)
        await stepped_clock.advance(100)
        assert [(ref, what) for _, ref, what in asker.take()] == [(REF, DAY), (REF, JULY)]


async def test_a_mistake_is_told_in_the_log_and_ends_nothing(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(stepped_clock) as asker:
        asker.queue.look_at([(REF, Month(1, 1))])
        await stepped_clock.advance(2 * PACE)
        assert caplog.messages == ["internal error while asking for what is looked at"] * 2
        asker.queue.look_at([(REF, JULY)])
        await stepped_clock.advance(PACE)
        assert asker.asked == [(3 * PACE, REF, JULY)]
