"""What is asked because somebody looks at the past: how slowly, how rarely, and when not at all."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from omstui.backend.polling.backfill import MONTH_AGAIN, PACE, STATISTIC_AGAIN
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import BROKEN, REFUSED, THROTTLED, Asked, Run, refs, running

pytestmark = pytest.mark.slow

DAY, WEEK = timedelta(days=1), timedelta(days=7)
YEAR = [Month(2026, number) for number in range(10, 0, -1)]


def is_past(asked: Asked) -> bool:
    """Whether a question is for a month that is over, and not for the present moment."""
    return (asked.query_time.day, asked.query_time.hour, asked.query_time.minute) == (15, 12, 0)


def past(run: Run) -> list[Asked]:
    return [asked for asked in run.oms.asked if is_past(asked)]


def looking(ref: TaskRef, months: list[Month]) -> list[tuple[TaskRef, Month]]:
    return [(ref, month) for month in months]


async def test_months_are_asked_for_in_order_one_every_two_seconds(stepped_clock: SteppedClock) -> None:
    """From the present backwards, as they are wanted; the watch over the tasks goes on beside it."""
    watched = [*refs(3), *refs(1, "two")]
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        run.poller.look_at(looking(watched[0], YEAR) + looking(watched[3], YEAR))
        await stepped_clock.advance(120)
        asked = past(run)
        assert [(one.profile, one.query_time.month) for one in asked] == [
            (profile, month.number) for profile in ("one", "two") for month in YEAR
        ]
        assert min(b.at - a.at for a, b in itertools.pairwise(asked)) >= PACE
        await stepped_clock.advance(MONTH_AGAIN - 200)
        assert len(past(run)) == 20, "each once"


async def test_nothing_is_asked_for_what_nobody_looks_at(stepped_clock: SteppedClock) -> None:
    """Looking away ends it after the request at hand."""
    watched = refs(1)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(600)
        assert past(run) == []
        run.poller.look_at(looking(watched[0], YEAR))
        await stepped_clock.advance(2 * PACE)
        run.poller.look_at([])
        await stepped_clock.advance(3600)
        assert 1 <= len(past(run)) <= 2


async def test_a_month_in_flight_holds_back_the_next_one_of_its_profile(stepped_clock: SteppedClock) -> None:
    """A slow service gets no second question on top."""
    watched = refs(1)
    async with running(stepped_clock, watched, latency=9.0) as run:
        await stepped_clock.advance(30)
        run.poller.look_at(looking(watched[0], YEAR))
        await stepped_clock.advance(60)
        asked = past(run)
        assert len(asked) > 2
        assert min(b.at - a.at for a, b in itertools.pairwise(asked)) >= 9


async def test_a_month_without_answer_is_asked_again_after_ten_minutes(stepped_clock: SteppedClock) -> None:
    watched = refs(1)
    async with running(stepped_clock, watched, outcome=lambda asked: BROKEN if is_past(asked) else None) as run:
        await stepped_clock.advance(10)
        run.poller.look_at(looking(watched[0], YEAR[:1]))
        await stepped_clock.advance(MONTH_AGAIN)
        assert len(past(run)) == 1
        await stepped_clock.advance(MONTH_AGAIN)
        assert len(past(run)) == 2


@pytest.mark.parametrize("problem", [REFUSED, THROTTLED])
async def test_nothing_is_asked_while_the_profile_is_refused_or_held(
    stepped_clock: SteppedClock, problem: Problem
) -> None:
    """Neither months nor statistics; another profile's go on."""
    watched = [*refs(1), *refs(1, "two")]
    months = looking(watched[0], YEAR) + looking(watched[1], YEAR[:2])

    def outcome(asked: Asked) -> Problem | None:
        return problem if asked.profile == "one" else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(10)
        run.poller.look_at(months, (watched[0], DAY))
        await stepped_clock.advance(60)
        assert [one.profile for one in past(run)] == ["two", "two"]
        assert run.oms.statistics == []


async def test_before_the_first_answer_nothing_of_the_past_is_asked(stepped_clock: SteppedClock) -> None:
    """A credential of which nothing is known is tried by one request alone."""
    watched = refs(1)
    async with running(stepped_clock, watched, latency=8.0) as run:
        run.poller.look_at(looking(watched[0], YEAR), (watched[0], DAY))
        await stepped_clock.advance(7)
        assert len(run.oms.asked) == 1
        assert run.oms.statistics == []
        await stepped_clock.advance(7)
        assert run.oms.statistics


async def test_a_statistic_is_asked_every_five_minutes_and_reaches_back_as_far_as_wanted(
    stepped_clock: SteppedClock,
) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        run.poller.look_at([], (watched[0], DAY))
        await stepped_clock.advance(3600)
        times = [asked.at for asked, _ in run.oms.statistics]
        assert {asked.sync_task_id for asked, _ in run.oms.statistics} == {watched[0].sync_task_id}
        assert {span for _, span in run.oms.statistics} == {DAY}
        assert min(b - a for a, b in itertools.pairwise(times)) >= STATISTIC_AGAIN
        assert 11 <= len(times) <= 12
        assert [sample.ref for sample in run.statistics] == [watched[0]] * len(times)
        first, _ = run.oms.statistics[0]
        assert first.query_time == datetime.fromtimestamp(
            stepped_clock.now().timestamp() - 3610 + first.at - DAY.total_seconds(), UTC
        )


async def test_another_span_is_asked_for_at_once(stepped_clock: SteppedClock) -> None:
    watched = refs(1)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        for span in (DAY, WEEK, DAY, WEEK):
            run.poller.look_at([], (watched[0], span))
            await stepped_clock.advance(2 * PACE)
        assert [span for _, span in run.oms.statistics] == [DAY, WEEK]


@pytest.mark.parametrize("kind", [ProblemKind.ENDPOINT, ProblemKind.FORBIDDEN, ProblemKind.GONE, ProblemKind.REFUSED])
async def test_where_it_is_not_offered_a_profile_is_asked_once_in_a_run(
    stepped_clock: SteppedClock, kind: ProblemKind
) -> None:
    """And only that profile; the watch over the task goes on undisturbed."""
    watched = [*refs(2), *refs(1, "two")]
    problem = Problem(kind, "no such API", "APIGW.0101", 404)

    def outcome(asked: Asked) -> Problem | None:
        return problem if asked.profile == "one" else None

    async with running(stepped_clock, watched, statistic=outcome) as run:
        await stepped_clock.advance(10)
        for ref in watched:
            run.poller.look_at([], (ref, DAY))
            await stepped_clock.advance(3600)
        assert [asked.profile for asked, _ in run.oms.statistics].count("one") == 1
        assert [asked.profile for asked, _ in run.oms.statistics].count("two") > 5
        assert run.statistics[0].problem == problem
        assert all(sample.is_good for sample in run.samples())
        assert not run.refusals()


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (BROKEN, STATISTIC_AGAIN),
        (REFUSED, STATISTIC_AGAIN),
        (THROTTLED, STATISTIC_AGAIN),
        (Problem(ProblemKind.SERVER, "503", status=503, retry_after=1800.0), 1800.0),
        (RuntimeError("a mistake"), STATISTIC_AGAIN),
    ],
)
async def test_trouble_that_passes_is_waited_for(
    stepped_clock: SteppedClock, problem: Problem | Exception, again: float
) -> None:
    """As long as told, and five minutes at least; no credential counts as refused for it."""
    watched = refs(1)
    async with running(stepped_clock, watched, statistic=lambda _: problem) as run:
        await stepped_clock.advance(10)
        run.poller.look_at([], (watched[0], DAY))
        await stepped_clock.advance(3 * again)
        times = [asked.at for asked, _ in run.oms.statistics]
        assert len(times) in {2, 3}
        assert min(b - a for a, b in itertools.pairwise(times)) >= again
        assert not run.refusals()


async def test_throttling_of_a_statistic_holds_the_whole_profile(stepped_clock: SteppedClock) -> None:
    """The limit may be the account's: nothing is asked for as long as the service wants."""
    watched = refs(3)
    async with running(stepped_clock, watched, statistic=lambda _: THROTTLED) as run:
        await stepped_clock.advance(20)
        run.poller.look_at(looking(watched[0], YEAR), (watched[0], DAY))
        await stepped_clock.advance(2 * PACE)
        asked = len(run.oms.asked)
        await stepped_clock.advance(110)
        assert len(run.oms.asked) == asked


async def test_a_statistic_that_waits_for_a_place_is_given_up_when_patience_is_wanted(
    stepped_clock: SteppedClock,
) -> None:
    """Four tasks answer slowly, the first of them with 429: what waited behind them is not sent meanwhile."""
    watched = refs(4)

    def outcome(asked: Asked) -> Problem | None:
        return THROTTLED if asked.at > 100 else None

    async with running(stepped_clock, watched, outcome=outcome, latency=4.0) as run:
        await stepped_clock.advance(100.5)
        run.poller.ask_now(watched)
        await stepped_clock.advance(0.1)
        assert run.oms.in_flight == 4
        run.poller.look_at([], (watched[0], DAY))
        await stepped_clock.advance(60)
        assert run.oms.statistics == []


async def test_what_was_asked_for_a_removed_task_is_forgotten(stepped_clock: SteppedClock) -> None:
    """Watched again, it is asked for again."""
    watched = refs(2)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        run.poller.look_at(looking(watched[0], YEAR[:1]))
        await stepped_clock.advance(10)
        run.poller.watch(watched[1:])
        run.poller.watch(watched)
        await stepped_clock.advance(20)
        assert len(past(run)) == 2


async def test_a_month_that_was_answered_and_is_wanted_again_later_does_not_wait(stepped_clock: SteppedClock) -> None:
    """A second answer is to confirm the first one; as long as the wish stays, the month was just asked for."""
    watched = refs(1)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(10)
        months = looking(watched[0], YEAR[:1])
        run.poller.look_at(months)
        await stepped_clock.advance(60)
        assert len(past(run)) == 1
        run.poller.look_at([])
        run.poller.look_at(months)
        await stepped_clock.advance(60)
        assert len(past(run)) == 2
