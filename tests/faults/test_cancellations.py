"""Row 19: requests that are cancelled at every moment of their lives, and a pool that has no place left."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from omstui.backend.http.credential import Credential
from omstui.backend.http.errors import Timeouts
from omstui.backend.oms.client import Answer, OmsClient
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.demo.clock import SteppedClock
from tests.backend import chaos
from tests.backend.chaos import Exchange, serving
from tests.faults.asking import TOKEN, asking, profile, refs

CANCELLATIONS = 5_000
GOOD = (chaos.good,) * 4
BAD = (chaos.stall, chaos.reset, chaos.hang_up, chaos.short_body)
_TCP = Path("/proc/net/tcp")
_OPEN = {"01", "08"}  # established, and closed by the other side alone

pytestmark = pytest.mark.fault("R19")


def sockets_to(url: str) -> int:
    """Count this machine's open connections to a loopback server, from the client's side."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in _TCP.read_text().splitlines()[1:]]
    return sum(row[2].endswith(port) and row[3] in _OPEN for row in rows)


@pytest.mark.skipif(not _TCP.exists(), reason="counts sockets by /proc")
async def test_after_5_000_random_cancellations_every_task_answers(
    stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """Refresh, change of month, removal and adding again, at any moment, on a server that misbehaves half the time."""
    dice = random.Random(19)
    is_over = False

    async def misbehave(exchange: Exchange) -> None:
        if not is_over:
            for _ in range(dice.randrange(4)):
                await asyncio.sleep(0)
        await (chaos.good if is_over else dice.choice(GOOD + BAD))(exchange)

    watched = refs(5, "lab")
    limits = Timeouts(read=0.5, total=1.5, pool=0.5)  # as always, a place is waited for less long than all
    async with serving(misbehave) as server:
        profiles = {"lab": profile("lab", server.url)}
        async with asking(stepped_clock, profiles, watched, timeouts=limits) as run:
            async with asyncio.timeout(120):
                while run.cancelled < CANCELLATIONS:
                    if not dice.randrange(5):
                        run.poller.ask_now(watched)
                        await stepped_clock.advance(dice.choice([0.1, 5.1]))
                    for ref in watched:
                        run.poller.ask_month(ref, Month(2026, dice.randint(1, 10)))
                    for _ in range(dice.randrange(30)):
                        await asyncio.sleep(0)
                    run.poller.watch(dice.sample(watched, dice.randrange(3)))
                    run.poller.watch(watched)
            is_over = True
            await run.advance(400)
            run.news.clear()
            await run.advance(150)
            answered = {sample.ref for sample in run.samples() if sample.is_good}
            failures = [sample for sample in run.samples() if not sample.is_good]
            sockets = sockets_to(server.url)
    assert answered == set(watched)
    assert failures == []
    assert 1 <= sockets <= len(watched)
    figure(f"{run.cancelled:,} cancelled, 0 of {len(watched)} tasks silent, {sockets} sockets open")


@pytest.mark.skipif(not _TCP.exists(), reason="counts sockets by /proc")
async def test_a_pool_without_a_free_place_is_left_behind(
    stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """All connections are taken by answers that do not come: the next request but one is answered."""
    go_on = asyncio.Event()
    stuck = 8

    async def answer(exchange: Exchange) -> None:
        if len(server.heads) <= stuck:
            await go_on.wait()
        await chaos.good(exchange)

    async with serving(answer) as server:
        asked = OmsClient(profile("lab", server.url), clock=stepped_clock, timeouts=Timeouts(pool=0.1))

        async def ask() -> Answer | Problem:
            return await asked.show_sync_task("t", 1, Credential(Secret(TOKEN), "memory"))

        waiting = [asyncio.create_task(ask()) for _ in range(stuck)]
        async with asyncio.timeout(20):
            while len(server.heads) < stuck:  # noqa: ASYNC110 - the server is told apart from the test by sockets
                await asyncio.sleep(0.005)
        refused, answered = await ask(), await ask()
        go_on.set()
        late = await asyncio.gather(*waiting)
        sockets = sockets_to(server.url)
        await asked.aclose()
    assert isinstance(refused, Problem)
    assert "they are opened again" in refused.text
    assert isinstance(answered, Answer)
    assert all(isinstance(one, Answer) for one in late), "what was on its way still ends"
    assert sockets == 1, "the old client's connections are closed with the last of its answers"
    figure("a full pool is replaced, none of its answers lost")
