"""The machine's clock: longer waits end together, none ends early, and short ones take what they take."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.runtime.clock import SystemClock, moment_of, until_common_moment
from omstui.backend.runtime.sleep import InterruptibleSleep
from omstui.demo.clock import SteppedClock

NOW = 1_774_000_000.0
MOMENTS = st.floats(0.0, 2.0e9)


@pytest.mark.parametrize(
    ("into_the_second", "asked", "ends_at"),
    [
        (0.0000, 1.01, 1.0625),
        (0.0525, 1.01, 1.0625),
        (0.0526, 1.01, 1.1875),
        (0.1000, 1.05, 1.1875),
        (0.1000, 1.10, 1.3125),
        (0.9000, 1.01, 1.9375),
        (0.9500, 1.01, 2.0625),
        (0.1000, 60.0, 60.1875),
    ],
)
def test_longer_waits_end_at_eight_moments_of_the_second_and_never_at_the_full_one(
    into_the_second: float, asked: float, ends_at: float
) -> None:
    assert into_the_second + until_common_moment(NOW + into_the_second, asked) == pytest.approx(ends_at, abs=1e-6)


@pytest.mark.parametrize("asked", [0.0, -1.0, 0.001, 0.25, 1.0, float("inf")])
def test_short_ones_and_one_without_an_end_take_what_they_take(asked: float) -> None:
    assert until_common_moment(NOW + 0.05, asked) == asked


@given(MOMENTS, st.floats(0.0, 1.0e6))
def test_none_is_shorter_or_longer_by_more_than_an_eighth(now: float, asked: float) -> None:
    assert asked - 1e-6 <= until_common_moment(now, asked) <= asked + 0.125 + 1e-6


@pytest.mark.parametrize(
    ("seconds", "at"),
    [
        (NOW, datetime(2026, 3, 20, 9, 46, 40, tzinfo=UTC)),
        (0.0, datetime(1970, 1, 1, tzinfo=UTC)),
        (253_402_300_800.0, datetime(9999, 1, 1, tzinfo=UTC)),
        (1e30, datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_clock_beyond_the_calendar_tells_a_time_in_its_last_year(seconds: float, at: datetime) -> None:
    assert moment_of(seconds) == at


async def test_the_clock_waits_so(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr("time.time", lambda: NOW + 0.1)
    for asked in (0.1, 0.9, 60.0):
        await SystemClock().sleep(asked)
    assert waits == pytest.approx([0.1, 0.9, 60.0875], abs=1e-6)


START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def sleep(clock: SteppedClock) -> InterruptibleSleep:
    return InterruptibleSleep(clock)


async def resting(sleep: InterruptibleSleep, seconds: float) -> asyncio.Task[None]:
    """Begin a rest."""
    rest = asyncio.create_task(sleep.take(seconds))
    await asyncio.sleep(0)
    return rest


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_lasts_as_long_as_was_asked_for(sleep: InterruptibleSleep, clock: SteppedClock) -> None:
    rest = await resting(sleep, 10.0)
    await clock.advance(9.9)
    assert not rest.done()
    await clock.advance(0.1)
    await rest
    assert clock.monotonic() == 10.0


async def test_it_ends_when_asked_and_leaves_no_sleeper(sleep: InterruptibleSleep, clock: SteppedClock) -> None:
    rest = await resting(sleep, 10.0)
    sleep.end()
    await rest
    assert clock.monotonic() == 0.0
    assert clock.sleepers == 0


async def test_an_end_between_two_rests_takes_the_next_one_alone(
    sleep: InterruptibleSleep, clock: SteppedClock
) -> None:
    sleep.end()
    sleep.end()
    await sleep.take(10.0)
    assert clock.sleepers == 0
    rest = await resting(sleep, 10.0)
    await turns()
    assert not rest.done()
    sleep.end()
    await rest


async def test_no_rest_at_all_takes_the_end_that_came_before_it(sleep: InterruptibleSleep, clock: SteppedClock) -> None:
    sleep.end()
    await sleep.take(0.0)
    rest = await resting(sleep, 10.0)
    await turns()
    assert not rest.done()
    rest.cancel()


@pytest.mark.parametrize("turns_between", range(6))
async def test_asking_again_and_again_ends_one_rest(
    sleep: InterruptibleSleep, clock: SteppedClock, turns_between: int
) -> None:
    rest = await resting(sleep, 10.0)
    sleep.end()
    await turns(turns_between)
    is_late = rest.done()
    sleep.end()
    await rest
    following = await resting(sleep, 10.0)
    await turns()
    assert following.done() == is_late  # the second one counts for the rest that it came before
    following.cancel()


@pytest.mark.parametrize("turns_between", range(6))
async def test_an_end_in_the_moment_in_which_time_is_up_does_no_harm(
    sleep: InterruptibleSleep, clock: SteppedClock, turns_between: int
) -> None:
    rest = await resting(sleep, 1.0)
    advancing = asyncio.create_task(clock.advance(1.0))
    await turns(20 + turns_between)  # the clock lets tasks get as far as they can before it goes on
    sleep.end()
    await advancing
    await rest
    assert not rest.cancelled()
    assert clock.sleepers == 0


async def test_cancelling_gets_through(sleep: InterruptibleSleep, clock: SteppedClock) -> None:
    rest = await resting(sleep, 10.0)
    sleep.end()
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert clock.sleepers == 0


async def test_a_mistake_of_the_clock_is_not_taken_for_the_end(sleep: InterruptibleSleep) -> None:
    class Broken(SteppedClock):
        async def sleep(self, seconds: float) -> None:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await InterruptibleSleep(Broken(START)).take(1.0)
