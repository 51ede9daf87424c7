"""A rest that can be cut short: it ends in time, at once when asked, and never swallows a cancellation."""

import asyncio
from datetime import UTC, datetime

import pytest

from omstui.backend.nap import Nap
from omstui.demo.clock import SteppedClock

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def nap(clock: SteppedClock) -> Nap:
    return Nap(clock)


async def resting(nap: Nap, seconds: float) -> asyncio.Task[None]:
    """Begin a rest."""
    rest = asyncio.create_task(nap.take(seconds))
    await asyncio.sleep(0)
    return rest


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_lasts_as_long_as_was_asked_for(nap: Nap, clock: SteppedClock) -> None:
    rest = await resting(nap, 10.0)
    await clock.advance(9.9)
    assert not rest.done()
    await clock.advance(0.1)
    await rest
    assert clock.monotonic() == 10.0


async def test_it_ends_when_asked_and_leaves_no_sleeper(nap: Nap, clock: SteppedClock) -> None:
    rest = await resting(nap, 10.0)
    nap.end()
    await rest
    assert clock.monotonic() == 0.0
    assert clock.sleepers == 0


async def test_an_end_between_two_rests_takes_the_next_one_alone(nap: Nap, clock: SteppedClock) -> None:
    nap.end()
    nap.end()
    await nap.take(10.0)
    assert clock.sleepers == 0
    rest = await resting(nap, 10.0)
    await turns()
    assert not rest.done()
    nap.end()
    await rest


async def test_no_rest_at_all_takes_the_end_that_came_before_it(nap: Nap, clock: SteppedClock) -> None:
    nap.end()
    await nap.take(0.0)
    rest = await resting(nap, 10.0)
    await turns()
    assert not rest.done()
    rest.cancel()


@pytest.mark.parametrize("turns_between", range(6))
async def test_asking_again_and_again_ends_one_rest(nap: Nap, clock: SteppedClock, turns_between: int) -> None:
    rest = await resting(nap, 10.0)
    nap.end()
    await turns(turns_between)
    is_late = rest.done()
    nap.end()
    await rest
    following = await resting(nap, 10.0)
    await turns()
    assert following.done() == is_late  # the second one counts for the rest that it came before
    following.cancel()


@pytest.mark.parametrize("turns_between", range(6))
async def test_an_end_in_the_moment_in_which_time_is_up_does_no_harm(
    nap: Nap, clock: SteppedClock, turns_between: int
) -> None:
    rest = await resting(nap, 1.0)
    advancing = asyncio.create_task(clock.advance(1.0))
    await turns(20 + turns_between)  # the clock lets tasks get as far as they can before it goes on
    nap.end()
    await advancing
    await rest
    assert not rest.cancelled()
    assert clock.sleepers == 0


async def test_cancelling_gets_through(nap: Nap, clock: SteppedClock) -> None:
    rest = await resting(nap, 10.0)
    nap.end()
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert clock.sleepers == 0


async def test_a_mistake_of_the_clock_is_not_taken_for_the_end(nap: Nap) -> None:
    class Broken(SteppedClock):
        async def sleep(self, seconds: float) -> None:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await Nap(Broken(START)).take(1.0)
