"""The poller to the second: when each task is asked, and what a key that asks is told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.http.credential import Credential
from omstui.backend.polling.backfill import PACE
from omstui.backend.polling.poller import JUST_NOW, Asking, Poller
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Sample
from omstui.core.watch.schedule import Hold, pause_after, regular_pause, slot
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import (
    BROKEN,
    NOT_THERE,
    PROFILES,
    REFUSED,
    THROTTLED,
    Asked,
    FakeOms,
    Run,
    channels_to,
    refs,
    running,
    sign_ins,
    with_tokens,
)
from tests.conftest import START

MARCH, APRIL = Month(2026, 3), Month(2026, 4)
(REF,) = refs(1)


def asked_at(run: Run, ref: TaskRef = REF) -> list[float]:
    return [asked.at for asked in run.oms.asked if asked.sync_task_id == ref.sync_task_id]


def past(run: Run) -> list[tuple[str, int]]:
    """Return for which tasks and months that are over questions were sent."""
    return [
        (asked.sync_task_id, asked.query_time.month)
        for asked in run.oms.asked
        if asked.query_time < datetime(2026, 11, 1, tzinfo=UTC)
    ]


def busy(seconds: float) -> Problem:
    return replace(BROKEN, retry_after=seconds)


# When each task is asked


async def test_the_first_round_takes_four_seconds(stepped_clock: SteppedClock) -> None:
    """A task that is on the list twice is asked once."""
    watched = refs(4)
    async with running(stepped_clock, [*watched, watched[0]]) as run:
        await stepped_clock.advance(10)
        assert [(asked.sync_task_id, asked.at) for asked in run.oms.asked] == [
            (ref.sync_task_id, float(number)) for number, ref in enumerate(watched)
        ]


async def test_a_task_that_is_added_later_has_a_place_of_its_own(stepped_clock: SteppedClock) -> None:
    first, second = refs(2)
    async with running(stepped_clock, [first]) as run:
        await stepped_clock.advance(10)
        run.poller.watch([first, second])
        await stepped_clock.advance(110)
        assert asked_at(run, first) == [0.0, 60.0, 120.0]
        assert asked_at(run, second) == [10.0, 10.0 + regular_pause(10.0, slot(1), 60.0)]


@pytest.mark.parametrize(("latency", "second"), [(2.0, 60.0), (30.0, 60.0), (45.0, 75.0)])
async def test_the_interval_is_counted_from_question_to_question(
    latency: float, second: float, stepped_clock: SteppedClock
) -> None:
    """After a slow answer half of it passes at least."""
    async with running(stepped_clock, [REF], latency=latency) as run:
        await stepped_clock.advance(100)
        assert asked_at(run)[:2] == [0.0, second]
        (first, *_) = run.samples()
        assert (first.asked_at, first.answered_at) == (START, START + timedelta(seconds=latency))
        assert first.next_at == START + timedelta(seconds=second)


async def test_each_failure_in_a_row_doubles_the_pause_and_a_good_answer_ends_that(
    stepped_clock: SteppedClock,
) -> None:
    outcomes = iter([BROKEN, BROKEN, BROKEN, None, BROKEN, BROKEN])
    async with running(stepped_clock, [REF], outcome=lambda _: next(outcomes, None)) as run:
        await stepped_clock.advance(66 + 132 + 264 + 75 + 66 + 1)
        assert [round(b - a) for a, b in zip(asked_at(run), asked_at(run)[1:], strict=False)] == [66, 132, 264, 75, 66]
        assert run.samples()[1].next_at == run.samples()[1].answered_at + timedelta(seconds=132)


async def test_throttling_makes_its_own_pause_and_counts_as_a_failure(stepped_clock: SteppedClock) -> None:
    outcomes = iter([BROKEN, THROTTLED])
    async with running(stepped_clock, [REF], outcome=lambda _: next(outcomes, None)) as run:
        await stepped_clock.advance(70)
        (_, throttled) = run.samples()
        pause = pause_after(THROTTLED, 2, 60.0, 0.5)
        assert throttled.next_at == throttled.answered_at + timedelta(seconds=pause)


async def test_after_a_refusal_the_next_question_has_no_time_of_its_own(stepped_clock: SteppedClock) -> None:
    """It comes with another credential or the next try, which the poller knows."""
    async with running(stepped_clock, [REF], outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(10)
        (sample,) = run.samples()
        assert sample.next_at is None
        assert run.poller.next_at(REF) == START + timedelta(seconds=300)
        run.channels.of("one").limiter.tries = None
        assert run.poller.next_at(REF) is None, "there is nothing to try"


async def test_after_throttling_the_tasks_come_back_spread_over_half_an_interval(stepped_clock: SteppedClock) -> None:
    watched = refs(4)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        run.channels.of("one").limiter.throttle(80.0, THROTTLED)
        before = len(run.oms.asked)
        assert run.poller.hold("one") == Hold(80.0, 120.0, is_ours=False)
        expected = {ref.sync_task_id: 100.0 + 30.0 * slot(number) for number, ref in enumerate(watched)}
        assert {
            ref.sync_task_id: 20.0 + (at - stepped_clock.now()).total_seconds()
            for ref in watched
            if (at := run.poller.next_at(ref)) is not None
        } == pytest.approx(expected)
        await stepped_clock.advance(115)
        assert {asked.sync_task_id: asked.at for asked in run.oms.asked[before:]} == pytest.approx(expected)


@pytest.mark.parametrize(("seconds", "kind"), [(59.3, ProblemKind.MISSING), (59.5, ProblemKind.GONE)])
async def test_a_second_answer_confirms_that_there_is_no_such_task_about_an_interval_after_the_first(
    seconds: float, kind: ProblemKind, stepped_clock: SteppedClock
) -> None:
    async with running(stepped_clock, [REF], outcome=lambda _: NOT_THERE) as run:
        await stepped_clock.advance(seconds)
        run.poller.ask_now([REF])
        await stepped_clock.advance(0)
        assert [sample.problem for sample in run.samples()] == [
            replace(NOT_THERE, kind=ProblemKind.MISSING),
            replace(NOT_THERE, kind=kind),
        ]


async def test_a_task_that_is_taken_off_and_put_back_is_missing_for_the_first_time_again(
    stepped_clock: SteppedClock,
) -> None:
    async with running(stepped_clock, refs(2), outcome=lambda _: NOT_THERE) as run:
        await stepped_clock.advance(10)
        run.poller.watch(refs(2)[1:])
        await stepped_clock.advance(90)
        run.poller.watch(refs(2))
        await stepped_clock.advance(5)
        kinds = [[sample.problem.kind for sample in run.samples(ref) if sample.problem] for ref in refs(2)]
        assert kinds == [[ProblemKind.MISSING] * 2, [ProblemKind.MISSING, ProblemKind.GONE]]


async def test_a_task_that_is_put_back_is_asked_five_seconds_after_it_was_asked_last(
    stepped_clock: SteppedClock,
) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(2)
        run.poller.watch([])
        await stepped_clock.advance(2)
        run.poller.watch([REF])
        await stepped_clock.advance(10)
        assert asked_at(run) == [0.0, JUST_NOW]


async def test_the_selected_task_is_the_first_of_the_round(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(stepped_clock, []) as run:
        run.poller.select(watched[1])
        run.poller.watch(watched)
        await stepped_clock.advance(5)
        assert [asked.sync_task_id[-1] for asked in run.oms.asked] == ["1", "0", "2"]


# What a key is told


async def test_a_key_asks_what_was_not_asked_within_five_seconds(stepped_clock: SteppedClock) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(6.5)
        assert asked_at(run, watched[1]) == [2.0]
        assert run.poller.ask_now([watched[1], *refs(1, "two")]) == Asking(recent=1)
        await stepped_clock.advance(0.5)
        asking = run.poller.ask_now([*watched, *refs(1, "two")])
        assert (asking, asking.held_for) == (Asking(asked=2), 0.0)
        await stepped_clock.advance(0)
        assert asked_at(run, watched[0]) == [0.0, 7.0]
        assert run.poller.ask_now(watched) == Asking(recent=2)


async def test_a_past_month_asked_for_just_now_keeps_no_key_from_the_current_one(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(10)
        run.poller.ask_month(REF, MARCH)
        await stepped_clock.advance(0)
        assert run.poller.ask_now([REF]) == Asking(asked=1)


async def test_of_tasks_that_are_held_back_the_longest_wait_and_the_last_time_are_told(
    stepped_clock: SteppedClock,
) -> None:
    watched = refs(3)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        for ref, seconds in zip(watched[:2], (900.0, 600.0), strict=True):
            run.channels.of("one").limiter.hold_back(ref, busy(seconds))
        asking = run.poller.ask_now(watched)
        at = stepped_clock.now() + timedelta(seconds=900)
        assert asking == Asking(asked=1, hold=Hold(900.0, is_ours=False), next_at=at)
        assert asking.held_for == 900.0
        before = len(run.oms.asked)
        await stepped_clock.advance(0)
        assert [asked.sync_task_id for asked in run.oms.asked[before:]] == [watched[2].sync_task_id]


async def test_of_refused_profiles_the_first_try_is_told_and_only_what_is_due_is_tried(
    stepped_clock: SteppedClock,
) -> None:
    watched = [*refs(2), *refs(1, "two")]

    def outcome(asked: Asked) -> Problem | None:
        return REFUSED if asked.profile == "one" or asked.at > 10 else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(100)
        second = asked_at(run, watched[2])[-1]
        refused_two = max(asked.at for asked in run.oms.asked if asked.profile == "two")
        assert second == refused_two
        assert run.poller.ask_now(watched) == Asking(refused=3, try_at=START + timedelta(seconds=300))
        assert run.poller.ask_now(watched[2:]) == Asking(refused=1, try_at=START + timedelta(seconds=refused_two + 300))
        await stepped_clock.advance(200)
        await stepped_clock.advance(290)
        one_at, two_at = (run.channels.of(name).limiter.tries for name in ("one", "two"))
        assert one_at is not None
        assert two_at is not None
        await stepped_clock.advance(one_at.allowed_at - stepped_clock.monotonic())
        said = run.poller.ask_now(watched)
        assert (said.tried, said.refused, said.asked) == (1, 1, 0)
        assert said.try_at == run.poller.next_at(watched[2])


async def test_while_a_task_is_asked_it_has_no_next_time(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF], latency=2.0) as run:
        await stepped_clock.advance(1)
        assert run.poller.next_at(REF) is None
        await stepped_clock.advance(2)
        for seconds in (0, 56.5):
            await stepped_clock.advance(seconds)
            assert run.poller.next_at(REF) == START + timedelta(seconds=60)
        assert run.poller.next_at(refs(1, "two")[0]) is None


# Past months


async def test_a_past_month_is_asked_for_once_at_a_time_and_not_again_within_five_seconds(
    stepped_clock: SteppedClock,
) -> None:
    async with running(stepped_clock, [REF], latency=2.0) as run:
        await stepped_clock.advance(10)
        assert run.poller.ask_month(REF, MARCH) == Asking(asked=1)
        assert run.poller.ask_month(REF, MARCH) == Asking(recent=1)
        await stepped_clock.advance(4.5)
        assert run.poller.ask_month(REF, MARCH) == Asking(recent=1)
        await stepped_clock.advance(0.5)
        assert run.poller.ask_month(REF, MARCH) == Asking(asked=1)
        assert run.poller.ask_month(REF, APRIL) == Asking(asked=1)
        await stepped_clock.advance(3)
        assert run.poller.ask_month(REF, MARCH) == Asking(asked=1), "April was asked for last"
        assert run.poller.ask_month(refs(2)[1], MARCH) == Asking(), "is not watched"
        await stepped_clock.advance(3)
        assert past(run) == [("task-000", 3), ("task-000", 3), ("task-000", 4), ("task-000", 3)]


async def test_a_past_month_of_a_task_that_is_held_back_is_not_asked_for(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(10)
        run.channels.of("one").limiter.hold_back(REF, busy(60.0))
        assert run.poller.ask_month(REF, MARCH) == Asking(hold=Hold(60.0, is_ours=False))
        await stepped_clock.advance(0)
        assert past(run) == []


async def test_a_past_month_waits_for_throttling_alone_and_goes_first(stepped_clock: SteppedClock) -> None:
    watched = refs(9)
    async with running(stepped_clock, watched, latency=3.0) as run:
        await stepped_clock.advance(50)
        run.poller.ask_now(watched)
        await stepped_clock.advance(1)
        run.poller.ask_month(watched[8], MARCH)
        await stepped_clock.advance(2.5)
        assert past(run) == [("task-008", 3)]


async def test_a_month_that_is_under_way_goes_with_its_task(stepped_clock: SteppedClock) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched, latency=2.0) as run:
        await stepped_clock.advance(20)
        for ref in watched:
            run.poller.ask_month(ref, MARCH)
        await stepped_clock.advance(1)
        run.poller.watch(watched[1:])
        await stepped_clock.advance(5)
        assert [sample.ref for sample in run.samples() if not sample.is_current] == watched[1:]


async def test_months_in_view_are_asked_for_one_at_a_time_in_each_profile(stepped_clock: SteppedClock) -> None:
    watched = [*refs(2), *refs(1, "two")]
    unwatched = TaskRef("one", "not-watched")
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        run.oms.latency = 4 * PACE
        run.poller.look_at([(unwatched, MARCH), (watched[0], MARCH), (watched[1], MARCH), (watched[2], MARCH)])
        await stepped_clock.advance(2 * PACE)
        assert [asked.profile for asked in run.oms.asked[-2:]] == ["one", "two"]
        assert len(past(run)) == 2
        await stepped_clock.advance(4 * PACE)
        assert past(run)[2:] == [("task-001", 3)]
        await stepped_clock.advance(60)


async def test_of_a_task_that_is_held_back_nothing_in_view_is_asked(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(10)
        run.channels.of("one").limiter.hold_back(REF, busy(600.0))
        for ref in (REF, TaskRef("one", "not-watched")):
            run.poller.look_at([(REF, MARCH)], (ref, timedelta(days=1)))
            await stepped_clock.advance(20)
            assert (past(run), run.oms.statistics) == ([], [])


async def test_a_month_that_was_answered_and_comes_into_view_again_is_asked_for_again(
    stepped_clock: SteppedClock,
) -> None:
    """One that brought no answer is left alone for ten minutes."""

    def outcome(asked: Asked) -> Problem | None:
        return BROKEN if asked.query_time.month == 4 else None

    async with running(stepped_clock, [REF], outcome=outcome) as run:
        await stepped_clock.advance(10)
        for _ in range(2):
            run.poller.look_at([(REF, MARCH), (REF, APRIL)])
            await stepped_clock.advance(20)
            run.poller.look_at([])
        assert [month for _, month in past(run)] == [3, 4, 3]


async def test_a_past_month_waits_for_another_credential(stepped_clock: SteppedClock) -> None:
    outcomes = iter([REFUSED, REFUSED, None])
    async with running(stepped_clock, [REF], outcome=lambda _: next(outcomes, None)) as run:
        await stepped_clock.advance(10)
        assert run.poller.ask_month(REF, MARCH) == Asking(asked=1)
        await stepped_clock.advance(10)
        assert len(run.oms.asked) == 1
        for token in ("second", "third"):
            run.credentials.replace("one", Credential(Secret(token), "memory"))
            await stepped_clock.advance(10)
        assert [sample.month for sample in run.samples() if not sample.is_current] == [MARCH]
        assert all(sample.is_good for sample in run.samples()[1:] if not sample.is_current)


async def test_what_is_in_view_does_not_queue_up_while_the_service_throttles(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(10)
        run.channels.of("one").limiter.throttle(60.0, THROTTLED)
        run.poller.look_at([(REF, MARCH)])
        await stepped_clock.advance(20)
        assert run.poller.ask_month(REF, MARCH) == Asking(asked=1), "it is not under way"


async def test_a_changed_profile_is_asked_at_once_for_what_is_in_view_and_others_are_left_alone(
    stepped_clock: SteppedClock,
) -> None:
    watched = [*refs(1), *refs(1, "two")]
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        run.poller.look_at([(ref, MARCH) for ref in watched])
        await stepped_clock.advance(20)
        assert len(past(run)) == 2
        before = len(run.oms.asked)
        run.channels.use_profiles({**PROFILES, "one": replace(PROFILES["one"], endpoint="https://other.example")})
        await stepped_clock.advance(5)
        assert [(asked.profile, asked.query_time.month) for asked in run.oms.asked[before:]] == [
            ("one", 11),
            ("one", 3),
        ]


async def test_the_tasks_of_a_profile_that_is_gone_are_told_so_in_their_own_time(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        await stepped_clock.advance(10)
        run.channels.use_profiles({"two": PROFILES["two"]})
        await stepped_clock.advance(10)
        assert len(run.samples()) == 1
        await stepped_clock.advance(45)
        assert not run.samples()[1].is_good


# Jumps, mistakes and the end


async def test_after_a_jump_all_are_asked_but_those_that_were_told_to_wait(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched = refs(3)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        run.channels.of("one").limiter.hold_back(watched[0], busy(600.0))
        before = len(run.oms.asked)
        stepped_clock.jump(3600)
        await stepped_clock.advance(2)
        assert {asked.sync_task_id for asked in run.oms.asked[before:]} == {"task-001", "task-002"}
        assert caplog.messages == ["time has jumped: asking for all tasks"]


@asynccontextmanager
async def every_ten_seconds(clock: SteppedClock, oms: FakeOms) -> AsyncIterator[list[Sample]]:
    """Poll one task at the shortest interval; give the samples."""
    channels = channels_to(oms, with_tokens(sign_ins(clock)))
    channels.interval = 10.0
    samples: list[Sample] = []
    poller = Poller(channels, deliver=lambda news: samples.append(news) if isinstance(news, Sample) else None)
    poller.watch([REF])
    task = asyncio.create_task(poller.run())
    yield samples
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_after_a_mistake_of_ours_half_a_minute_passes_at_least(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    oms = FakeOms(stepped_clock, outcome=lambda _: ZeroDivisionError())
    async with every_ten_seconds(stepped_clock, oms) as samples:
        await stepped_clock.advance(61)
        assert [asked.at for asked in oms.asked] == [0.0, 30.0, 60.0]
        assert samples[0].problem == Problem(ProblemKind.INTERNAL, "internal error")
        assert (samples[0].ref, samples[0].is_current) == (REF, True)
        assert samples[0].next_at == START + timedelta(seconds=30)
        assert caplog.messages == [f"internal error while asking for {REF}"] * 3


async def test_a_mistake_with_a_month_is_told_of_it_and_has_no_next_time(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def outcome(asked: Asked) -> Exception | None:
        return ZeroDivisionError() if asked.query_time.month == 3 else None

    async with running(stepped_clock, [REF], outcome=outcome) as run:
        await stepped_clock.advance(10)
        run.poller.ask_month(REF, MARCH)
        await stepped_clock.advance(1)
        (sample,) = [sample for sample in run.samples() if not sample.is_current]
        assert (sample.ref, sample.month, sample.next_at) == (REF, MARCH, None)
        assert sample.problem == Problem(ProblemKind.INTERNAL, "internal error")
        assert caplog.messages == [f"internal error while asking for {MARCH} of {REF}"]


async def test_before_and_after_its_run_the_poller_asks_for_nothing(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, [REF]) as run:
        assert run.poller.ask_month(REF, MARCH) == Asking()
        await stepped_clock.advance(10)
    assert run.poller.ask_now([REF]) == Asking()
    assert run.poller.ask_month(REF, MARCH) == Asking()
    assert run.poller.next_at(REF) is None
    run.poller.watch(refs(2))
    run.credentials.replace("one", Credential(Secret("other"), "memory"))
    again = asyncio.create_task(run.poller.run())
    await stepped_clock.advance(10)
    assert [asked.sync_task_id for asked in run.oms.asked] == ["task-000", "task-000", "task-001"]
    again.cancel()
    with pytest.raises(asyncio.CancelledError):
        await again
