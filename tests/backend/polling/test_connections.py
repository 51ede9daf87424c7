"""Connections of profiles: one set each, for the profile as it is now, and closed once whatever comes of it."""

import asyncio

import pytest
from msgspec.structs import replace

from omstui.backend.polling.channel import Channels
from omstui.core.task import TaskRef
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import PROFILES, FakeOms, channels_to, sign_ins, with_tokens

MOVED = {**PROFILES, "one": replace(PROFILES["one"], endpoint="https://other.example")}


@pytest.fixture
def oms(stepped_clock: SteppedClock) -> FakeOms:
    return FakeOms(stepped_clock)


def channels(oms: FakeOms) -> Channels:
    return channels_to(oms, with_tokens(sign_ins(oms.clock)))


async def ask(channels: Channels, *names: str) -> None:
    for name in names:
        await channels.of(name).ask_for_task(TaskRef(name, "task"), None)


async def test_a_profile_has_one_client_for_as_long_as_it_stays_as_it_is(oms: FakeOms) -> None:
    made = channels(oms)
    async with made.opened():
        await ask(made, "one", "two", "one")
        made.use_profiles({name: replace(profile) for name, profile in PROFILES.items()})
        async with made.opened():
            await ask(made, "one")
        assert (oms.opened, oms.closed) == (2, 0)
    assert oms.closed == 2
    async with made.opened():
        pass
    assert oms.closed == 2, "once each"


async def test_the_client_of_a_changed_profile_is_another_and_the_old_one_is_closed(oms: FakeOms) -> None:
    made = channels(oms)
    async with made.opened():
        await ask(made, "one")
        made.use_profiles(MOVED)
        assert oms.closed == 0, "in the background, so that nobody waits for it"
        await asyncio.sleep(0)
        assert oms.closed == 1
        await ask(made, "one")
        assert (oms.opened, oms.closed) == (2, 1)
        assert [asked.endpoint for asked in oms.asked] == [PROFILES["one"].endpoint, MOVED["one"].endpoint]


async def test_a_mistake_while_closing_is_told_in_the_log_alone(oms: FakeOms, caplog: pytest.LogCaptureFixture) -> None:
    oms.cannot_close = True
    made = channels(oms)
    async with made.opened():
        await ask(made, "one", "two")
        made.use_profiles(MOVED)
        await ask(made, "one")
    assert oms.closed == 3
    assert caplog.text.count("internal error while closing connections") == 3


async def test_one_that_never_closes_is_waited_for_no_longer_at_the_end(oms: FakeOms) -> None:
    oms.never_closes = True
    made = channels(oms)
    async with made.opened():
        await ask(made, "one")
        made.use_profiles(MOVED)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 2
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
