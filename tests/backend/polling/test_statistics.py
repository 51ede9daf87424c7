"""A statistic is an extra: one question at a time, none where it is not offered, and no harm from any of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.polling.channel import Channels
from omstui.backend.polling.statistics import Statistics
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Statistic, StatisticSample
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import (
    BROKEN,
    REFUSED,
    THROTTLED,
    FakeOms,
    channels_to,
    refs,
    sign_ins,
    with_tokens,
)

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NOT_OFFERED = Problem(ProblemKind.GONE, "no such API", "APIGW.0101", 404)
(REF,), (OTHER,) = refs(1), refs(1, "two")


@dataclass
class Scene:
    clock: SteppedClock
    oms: FakeOms
    channels: Channels
    group: asyncio.TaskGroup
    statistics: Statistics = field(init=False)
    delivered: list[StatisticSample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statistics = Statistics(self.channels, self.delivered.append)

    def begin(self, ref: TaskRef = REF, span: timedelta = DAY) -> bool:
        return self.statistics.begin(ref, span, self.group)


@asynccontextmanager
async def scene(clock: SteppedClock, statistic: Problem | Exception | None = None) -> AsyncIterator[Scene]:
    """Open the channels of two profiles whose credentials are proven; a statistic takes three seconds."""
    oms = FakeOms(clock, statistic=lambda _: statistic)
    channels = channels_to(oms, with_tokens(sign_ins(clock)))
    async with channels.opened(), asyncio.TaskGroup() as group:
        for ref in (REF, OTHER):
            await channels.of(ref.profile).ask_for_task(ref, None)
        oms.latency = 3.0
        yield Scene(clock, oms, channels, group)


async def test_what_was_counted_is_delivered_when_it_is_answered(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        assert made.begin(REF, WEEK)
        await stepped_clock.advance(5)
        now = stepped_clock.now()
        (asked,) = made.oms.statistics
        assert (asked[0].profile, asked[0].sync_task_id, asked[1]) == ("one", REF.sync_task_id, WEEK)
        counted = Statistic(timedelta(minutes=5))
        assert made.delivered == [StatisticSample(REF, WEEK, now - timedelta(seconds=2), counted)]


async def test_one_question_is_asked_at_a_time(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        assert made.begin()
        assert not made.begin()
        assert not made.begin(OTHER)
        await stepped_clock.advance(2)
        assert not made.begin(OTHER)
        await stepped_clock.advance(1)
        assert made.begin(OTHER)
        await stepped_clock.advance(5)
        assert [sample.ref for sample in made.delivered] == [REF, OTHER]


async def test_nothing_is_asked_before_the_credential_is_proven(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        made.channels.credentials.forget("one")
        assert not made.begin()
        assert made.begin(OTHER)
        await stepped_clock.advance(5)
        assert len(made.oms.statistics) == 1


async def test_a_wait_that_a_statistic_was_told_of_is_kept(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock, replace(BROKEN, retry_after=60.0)) as made:
        made.begin()
        await stepped_clock.advance(5)
        assert not made.begin()
        await stepped_clock.advance(60)
        assert made.begin()
        await stepped_clock.advance(5)


async def test_a_profile_that_does_not_offer_it_is_left_alone_until_it_changes(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock, NOT_OFFERED) as made:
        made.begin()
        await stepped_clock.advance(5)
        assert [sample.problem for sample in made.delivered] == [NOT_OFFERED]
        assert not made.begin()
        made.statistics.forget({"two"})
        assert not made.begin()
        assert made.begin(OTHER)
        await stepped_clock.advance(5)
        made.statistics.forget({"one"})
        assert made.begin()
        await stepped_clock.advance(5)


@pytest.mark.parametrize("problem", [BROKEN, REFUSED])
async def test_a_problem_is_delivered_and_asked_about_again(problem: Problem, stepped_clock: SteppedClock) -> None:
    """A refusal says nothing of the credential: the watch finds that out by itself."""
    async with scene(stepped_clock, problem) as made:
        made.begin()
        await stepped_clock.advance(5)
        at = stepped_clock.now() - timedelta(seconds=2)
        assert made.delivered == [StatisticSample(REF, DAY, at, problem=problem)]
        assert not made.channels.of("one").is_refused
        assert made.begin()
        await stepped_clock.advance(5)


async def test_what_could_not_be_sent_is_not_delivered(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        assert made.begin()
        made.channels.of("one").limiter.throttle(60.0, THROTTLED)
        await stepped_clock.advance(5)
        assert (made.oms.statistics, made.delivered) == ([], [])


async def test_a_question_to_a_profile_that_has_changed_is_given_up(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        made.begin()
        await stepped_clock.advance(1)
        made.statistics.forget({"two"})
        await stepped_clock.advance(5)
        assert len(made.delivered) == 1
        made.statistics.forget({"one"})
        made.begin()
        await stepped_clock.advance(1)
        made.statistics.forget({"one", "two"})
        await stepped_clock.advance(5)
        assert len(made.delivered) == 1
        assert made.begin()
        await stepped_clock.advance(5)


async def test_before_anything_was_asked_there_is_nothing_to_give_up(stepped_clock: SteppedClock) -> None:
    async with scene(stepped_clock) as made:
        made.statistics.forget({"one"})
        assert made.begin()
        await stepped_clock.advance(5)


async def test_a_mistake_is_told_in_the_log_alone(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(stepped_clock, ZeroDivisionError()) as made:
        made.begin()
        await stepped_clock.advance(5)
        assert caplog.messages == [f"internal error while asking for a statistic of {REF}"]
        assert made.delivered == []
        assert made.begin()
        await stepped_clock.advance(5)
