import asyncio
from datetime import UTC, datetime, timedelta

from omstui.backend.runtime.clock import Clock
from omstui.demo.clock import SteppedClock

START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)


async def test_it_serves_wherever_a_clock_is_wanted(stepped_clock: SteppedClock) -> None:
    clock: Clock = stepped_clock
    assert clock.now() == START
    assert clock.monotonic() == 0


async def test_both_times_move_by_what_was_advanced_and_by_nothing_else(stepped_clock: SteppedClock) -> None:
    await stepped_clock.advance(61.5)
    await asyncio.sleep(0)
    assert stepped_clock.now() == START + timedelta(seconds=61.5)
    assert stepped_clock.monotonic() == 61.5


async def test_sleepers_wake_in_the_order_of_their_due_times_and_see_their_own_time(
    stepped_clock: SteppedClock,
) -> None:
    woken: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await stepped_clock.sleep(seconds)
        woken.append((name, stepped_clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("late", 30), ("early", 10), ("equal 1", 20), ("equal 2", 20)):
            group.create_task(sleep(name, seconds))
        await stepped_clock.advance(60)
    assert woken == [("early", 10), ("equal 1", 20), ("equal 2", 20), ("late", 30)]


async def test_a_woken_task_goes_on_before_the_next_one_wakes(stepped_clock: SteppedClock) -> None:
    """A loop that sleeps again is woken as often as its pauses fit, between the others."""
    seen: list[tuple[str, float]] = []

    async def tick(name: str, pause: float) -> None:
        while True:
            await stepped_clock.sleep(pause)
            await asyncio.sleep(0)
            seen.append((name, stepped_clock.monotonic()))

    tickers = [asyncio.create_task(tick("a", 20)), asyncio.create_task(tick("b", 30))]
    await stepped_clock.advance(70)
    assert seen == [("a", 20), ("b", 30), ("a", 40), ("b", 60), ("a", 60)]
    for ticker in tickers:
        ticker.cancel()
    await asyncio.gather(*tickers, return_exceptions=True)
    assert stepped_clock.sleepers == 0


async def test_nobody_wakes_early_or_is_forgotten(stepped_clock: SteppedClock) -> None:
    sleeper = asyncio.create_task(stepped_clock.sleep(60))
    await stepped_clock.advance(59.9)
    assert not sleeper.done()
    assert stepped_clock.sleepers == 1
    await stepped_clock.advance(0.2)
    assert sleeper.done()
    assert stepped_clock.sleepers == 0


async def test_a_cancelled_sleeper_leaves_the_others_asleep(stepped_clock: SteppedClock) -> None:
    first, second = (asyncio.create_task(stepped_clock.sleep(10)) for _ in range(2))
    await stepped_clock.advance(1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert stepped_clock.sleepers == 1
    await stepped_clock.advance(10)
    assert second.done()


async def test_a_task_cancelled_as_it_wakes_is_cancelled(stepped_clock: SteppedClock) -> None:
    """The waking and the cancelling meet in one turn of the loop; the clock stays whole."""
    victim = asyncio.create_task(stepped_clock.sleep(20))

    async def cancel() -> None:
        while stepped_clock.monotonic() < 20:  # noqa: ASYNC110 - an event would come a turn too late
            await asyncio.sleep(0)
        victim.cancel()

    async with asyncio.TaskGroup() as group:
        group.create_task(cancel())
        other = group.create_task(stepped_clock.sleep(30))
        await stepped_clock.advance(40)
        assert other.done()
    assert victim.cancelled()
    assert stepped_clock.sleepers == 0


async def test_sleeping_for_nothing_gives_others_a_turn(stepped_clock: SteppedClock) -> None:
    seen: list[str] = []
    task = asyncio.create_task(_append(seen, "other"))
    await stepped_clock.sleep(0)
    await stepped_clock.sleep(-1)
    assert seen == ["other"]
    assert task.done()


async def test_an_endless_sleep_is_never_woken(stepped_clock: SteppedClock) -> None:
    sleeper = asyncio.create_task(stepped_clock.sleep(float("inf")))
    await stepped_clock.advance(1e9)
    assert not sleeper.done()
    sleeper.cancel()


async def test_a_jump_moves_the_wall_clock_alone(stepped_clock: SteppedClock) -> None:
    sleeper = asyncio.create_task(stepped_clock.sleep(60))
    await stepped_clock.advance(10)
    stepped_clock.jump(-3600)
    assert stepped_clock.now() == START + timedelta(seconds=10 - 3600)
    assert stepped_clock.monotonic() == 10
    await stepped_clock.advance(49)
    assert not sleeper.done()
    await stepped_clock.advance(1)
    assert sleeper.done()


async def test_standing_still_wakes_nobody_before_it_is_over(stepped_clock: SteppedClock) -> None:
    """Whoever was due meanwhile wakes late, at the same moment, those due first before the others."""
    woken: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await stepped_clock.sleep(seconds)
        woken.append((name, stepped_clock.monotonic()))

    sleepers = [asyncio.create_task(sleep(*one)) for one in (("late", 9), ("soon", 1), ("never", 11))]
    await stepped_clock.advance(0)
    await stepped_clock.stand_still(10)
    assert woken == [("soon", 10), ("late", 10)]
    assert stepped_clock.now() == START + timedelta(seconds=10)
    sleepers[-1].cancel()


async def _append(seen: list[str], word: str) -> None:
    seen.append(word)
