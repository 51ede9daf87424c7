"""Clients of profiles: one each, of the profile as it is now, and closed once whatever comes of it."""

import asyncio

import pytest
from msgspec.structs import replace

from omstui.backend.oms.client import Clients
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import PROFILES, FakeOms

ONE, TWO = PROFILES["one"], PROFILES["two"]
MOVED = replace(ONE, endpoint="https://other.example")


@pytest.fixture
def oms(stepped_clock: SteppedClock) -> FakeOms:
    return FakeOms(stepped_clock)


async def test_a_profile_has_one_client_for_as_long_as_it_stays_as_it_is(oms: FakeOms) -> None:
    clients = Clients(oms.open_client)
    first = clients.of(ONE)
    assert clients.of(replace(ONE)) is first
    assert clients.of(TWO) is not first
    assert (oms.opened, oms.closed) == (2, 0)
    await clients.aclose()
    assert oms.closed == 2
    await clients.aclose()
    assert oms.closed == 2, "once each"


async def test_the_client_of_a_changed_profile_is_another_and_the_old_one_is_closed(oms: FakeOms) -> None:
    clients = Clients(oms.open_client)
    first = clients.of(ONE)
    assert clients.of(MOVED) is not first
    assert oms.closed == 0, "in the background, so that nobody waits for it"
    await asyncio.sleep(0)
    assert oms.closed == 1
    clients.let_go("nobody")
    await asyncio.sleep(0)
    assert (oms.opened, oms.closed) == (2, 1)


async def test_a_mistake_while_closing_is_told_in_the_log_alone(oms: FakeOms, caplog: pytest.LogCaptureFixture) -> None:
    oms.cannot_close = True
    clients = Clients(oms.open_client)
    clients.of(ONE)
    clients.let_go("one")
    clients.of(TWO)
    clients.of(ONE)
    await asyncio.sleep(0)
    await clients.aclose()
    assert oms.closed == 3
    assert caplog.text.count("internal error while closing connections") == 3


async def test_one_that_never_closes_is_waited_for_no_longer_at_the_end(oms: FakeOms) -> None:
    oms.never_closes = True
    clients = Clients(oms.open_client)
    clients.of(ONE)
    clients.let_go("one")
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 2
    await clients.aclose()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
