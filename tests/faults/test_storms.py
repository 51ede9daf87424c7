"""Row 20: a service that wants patience, again and again."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import pytest

from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.backend import chaos
from tests.backend.chaos import ChaosServer, Exchange, serving
from tests.faults.asking import Asking, asking, profile, refs, task_id_of

pytestmark = pytest.mark.fault("R20")

TASKS = 20
MINUTES = 120


@dataclass(frozen=True, slots=True)
class Wait:
    """What one answer has told: in steady seconds from when on it is known, and until when nothing may be asked."""

    told_at: float
    until: float
    request_id: str


@dataclass
class Storm:
    """A service that answers with 429 and 503 in bad hours, and remembers when it may be asked again."""

    clock: SteppedClock
    dice: random.Random
    run: Asking | None = None
    asked: list[tuple[float, str]] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    waits: dict[str, list[Wait]] = field(default_factory=lambda: defaultdict(list))
    """By task id, or for all of them under ""."""

    @property
    def is_bad_hour(self) -> bool:
        """Whether the storm blows: 20 of 30 minutes."""
        return self.clock.monotonic() % 1800 < 1200

    async def answer(self, exchange: Exchange) -> None:
        """Take some time, then answer, more or less patiently."""
        now, task = self.clock.monotonic(), task_id_of(exchange.head)
        self.asked.append((now, task))
        assert self.run is not None
        self.too_early += [
            f"{task} at {now:.1f}: {wait}"
            for wait in self.waits[""] + self.waits[task]
            if wait.told_at < now < wait.until and wait.request_id in self.run.arrived
        ]
        await self.run.hold(self.dice.choice([0.2, 1.0, 4.0]))
        chance = self.dice.random()
        if self.is_bad_hour and chance < 0.6:
            await self._refuse(exchange, task, 429 if chance < 0.15 else 503)
        else:
            await exchange.send(chaos.good_bytes())

    async def _refuse(self, exchange: Exchange, task: str, status: int) -> None:
        seconds = self.dice.choice([0, 1, 7, 30, 60, 90, 240, 600])
        at = self.clock.now() + timedelta(seconds=seconds)
        name = f"request-{len(self.asked)}-{self.dice.randrange(10**9)}"
        form = self.dice.choice(["seconds", "date", "none", "rubbish"])
        header = {
            "seconds": f"Retry-After: {seconds}",
            "date": f"Retry-After: {format_datetime(at, usegmt=True)}",
            "none": "X: y",
            "rubbish": f"Retry-After: -{seconds} or so",
        }[form]
        if form in {"seconds", "date"}:
            # A date is in whole seconds, so that it may mean up to one less.
            until = self.clock.monotonic() + max(seconds, 1) - (1.0 if form == "date" else 0.0)
            self.waits["" if status == 429 else task].append(Wait(self.clock.monotonic(), until, name))
            self.told[f"{status} {form}"] += 1
        await exchange.send(chaos.response(status, b"{}", header, f"X-Request-Id: {name}"))


def lab(server: ChaosServer) -> dict[str, Profile]:
    return {"lab": profile("lab", server.url)}


async def test_in_a_storm_nothing_is_asked_before_the_time_told(
    stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """Two hours of 429 and 503 in both forms: keys, months, removal and adding again change nothing about the wait."""
    dice = random.Random(20)
    storm = Storm(stepped_clock, dice)
    watched = refs(TASKS, "lab")
    async with serving(storm.answer) as server, asking(stepped_clock, lab(server), watched) as run:
        storm.run = run
        for _ in range(MINUTES * 6):
            for ref in dice.sample(watched, 3):
                match dice.randrange(4):
                    case 0:
                        run.poller.ask_now([ref])
                    case 1:
                        run.poller.ask_month(ref, Month(2026, dice.randint(1, 10)))
                    case 2:
                        run.poller.watch([other for other in watched if other != ref])
                        run.poller.watch(watched)
                    case 3:
                        run.poller.look_at([(ref, Month(2026, dice.randint(1, 10)))], (ref, timedelta(hours=1)))
            await run.advance(10)
    assert storm.too_early == []
    assert len(storm.told) == 4, "both statuses in both forms"
    assert {task for at, task in storm.asked if at > MINUTES * 60 - 1000} >= {ref.sync_task_id for ref in watched}
    minutes = Counter(int(at // 60) for at, _ in storm.asked)
    most = max(minutes.values())
    assert most <= 4 * TASKS, "one a minute for each task by itself, and what the keys ask for"
    figure(f"{sum(storm.told.values())} waits told, 0 asked early; {most} requests a minute at most")


async def test_after_a_throttling_they_come_back_one_by_one(
    stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """Two minutes of patience for all: then twenty tasks, spread over half the interval, and slower than before."""
    asked: list[float] = []

    async def answer(exchange: Exchange) -> None:
        asked.append(stepped_clock.monotonic())
        throttled = chaos.response(429, b"{}", "Retry-After: 120")
        await exchange.send(throttled if stepped_clock.monotonic() < 60 else chaos.good_bytes())

    watched = refs(TASKS, "lab")
    async with serving(answer) as server, asking(stepped_clock, lab(server), watched) as run:
        await run.advance(60)
        (first,) = asked
        asked.clear()
        await run.advance(220)
        seconds = Counter(int(at) for at in asked)
        assert min(asked) >= first + 120
        assert max(seconds.values()) <= 2, seconds
        assert max(asked[:TASKS]) - min(asked) >= 20
        asked.clear()
        await run.advance(600)
    assert len(asked) <= TASKS * 600 / 90 + TASKS
    figure(f"then {max(seconds.values())} a second at most")
