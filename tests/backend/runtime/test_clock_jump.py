"""Jumps of time: noticed while somebody waits, whichever of the clocks they show on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from omstui.backend.runtime.clock_jump import ClockJumpDetector, without_a_jump
from omstui.demo.clock import SteppedClock


@asynccontextmanager
async def running(clock: SteppedClock, told: list[float]) -> AsyncIterator[ClockJumpDetector]:
    jump_detector = ClockJumpDetector(clock)
    task = asyncio.create_task(jump_detector.run(lambda: told.append(clock.monotonic())))
    await clock.advance(0)
    yield jump_detector
    task.cancel()


@pytest.mark.parametrize(("seconds", "count"), [(600, 1), (4, 1), (3.5, 1), (2.5, 0), (-2.5, 0), (-4, 1), (-600, 1)])
async def test_a_clock_that_is_set_is_noticed_at_the_next_beat_and_once(
    stepped_clock: SteppedClock, seconds: float, count: int
) -> None:
    told: list[float] = []
    async with running(stepped_clock, told):
        await stepped_clock.advance(10.5)
        stepped_clock.jump(seconds)
        await stepped_clock.advance(0.6)
        assert told == [11.0] * count
        await stepped_clock.advance(30)
        assert len(told) == count


@pytest.mark.parametrize(("seconds", "count"), [(2.0, 0), (5.0, 1), (600.0, 1)])
async def test_a_standstill_is_noticed_when_it_ends(stepped_clock: SteppedClock, seconds: float, count: int) -> None:
    told: list[float] = []
    async with running(stepped_clock, told):
        await stepped_clock.advance(10.5)
        await stepped_clock.stand_still(seconds)
        assert len(told) == count
        await stepped_clock.advance(30)
        assert len(told) == count


async def test_what_began_before_a_jump_is_known_and_what_began_after_it_too(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, []) as jump_detector:
        await stepped_clock.advance(10.2)
        before = jump_detector.moment()
        stepped_clock.jump(60)
        assert jump_detector.has_jumped_since(before), "the next check is still to come"
        await stepped_clock.advance(1)
        after = jump_detector.moment()
        stepped_clock.jump(-60)
        await stepped_clock.advance(1)
        stepped_clock.jump(0)
        assert jump_detector.has_jumped_since(before), "forth and back again are two jumps"
        assert jump_detector.has_jumped_since(after)
        assert not jump_detector.has_jumped_since(jump_detector.moment())


async def test_a_task_that_wakes_before_the_next_check_learns_of_the_suspension(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, []) as jump_detector:
        await stepped_clock.advance(10.2)
        heard: list[bool] = []

        async def work() -> None:
            before = jump_detector.moment()
            await stepped_clock.sleep(0.5)  # due before the next check
            heard.append(jump_detector.has_jumped_since(before))

        working = asyncio.create_task(work())
        await stepped_clock.advance(0)
        await stepped_clock.stand_still(30)
        await working
        assert heard == [True]


@pytest.mark.parametrize(
    ("jump", "still", "is_timely"), [(0.0, 0.0, True), (60.0, 0.0, False), (-60.0, 0.0, False), (0.0, 30.0, False)]
)
async def test_work_is_waited_for_and_told_whether_time_was_steady(
    stepped_clock: SteppedClock, jump: float, still: float, *, is_timely: bool
) -> None:
    async def work() -> str:
        await stepped_clock.sleep(8)
        return "done"

    working = asyncio.create_task(without_a_jump(stepped_clock, work()))
    await stepped_clock.advance(3.5)
    stepped_clock.jump(jump)
    if still:
        await stepped_clock.stand_still(still)
    await stepped_clock.advance(10)
    assert await working == ("done", is_timely)
    await stepped_clock.advance(10)
    assert stepped_clock.sleepers == 0, "no check goes on"


async def test_a_suspension_before_the_first_check_is_noticed(stepped_clock: SteppedClock) -> None:
    async def work() -> None:
        await stepped_clock.stand_still(30)  # no other task has run yet

    assert await without_a_jump(stepped_clock, work()) == (None, False)


async def test_what_goes_wrong_with_the_work_is_handed_on(stepped_clock: SteppedClock) -> None:
    async def work() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await without_a_jump(stepped_clock, work())
    await stepped_clock.advance(5)
    assert stepped_clock.sleepers == 0
