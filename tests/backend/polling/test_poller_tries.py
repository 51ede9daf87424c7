"""The poller and a credential that was refused: it is tried again slowly, by one request a profile."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.polling.poller import Asking, Poller
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.watch.sample import Refusal
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import (
    BROKEN,
    PROFILES,
    REFUSED,
    THROTTLED,
    Asked,
    FakeOms,
    Renewing,
    Run,
    channels_to,
    refs,
    running,
    sign_ins,
    with_tokens,
)
from tests.conftest import START

pytestmark = pytest.mark.slow

GONE = Problem(ProblemKind.GONE, "no such task", "OMS.1009", 404)
NO_PASSWORD = Problem(ProblemKind.TOKEN, "IAM refuses the password", status=401)
CLOCK_WRONG = Problem(ProblemKind.TOKEN, "clock", "APIGW.0301", 401, clock_ahead=1200.0)
TRIES = [0, 300, 1200, 4800, 8400, 12_000]
KEY_TRIES = [0, 300, 1200, 30_000, 58_800, 87_600]


def until(seconds: float) -> Callable[[Asked], Problem | None]:
    """Refuse for so many seconds."""
    return lambda asked: REFUSED if asked.at < seconds else None


def give_keys(run: Run, name: str = "one") -> None:
    keys = AccessKeys(Secret("ACCESSKEY"), Secret("secret-key"))
    run.credentials.replace(name, KeyCredential(keys, "memory", "p" * 32, run.clock))


def times(run: Run) -> list[float]:
    return [asked.at for asked in run.oms.asked]


def ahead(clock: SteppedClock) -> float:
    """Return how far the wall clock was set ahead."""
    return (clock.now() - START).total_seconds() - clock.monotonic()


async def hours(clock: SteppedClock, count: float) -> None:
    """Let hours pass in strides of three seconds."""
    await clock.advance(0)
    for _ in range(round(count * 1200)):
        await clock.stand_still(3.0)


@pytest.mark.promise(2)
async def test_a_refused_token_is_tried_by_one_request_after_5_and_15_minutes_and_then_every_hour(
    stepped_clock: SteppedClock,
) -> None:
    """Eight tasks, and no second refusal is told."""
    async with running(stepped_clock, refs(8), outcome=lambda _: REFUSED) as run:
        await hours(stepped_clock, 3.4)
        assert times(run) == TRIES
        assert run.refusals() == [Refusal("one", REFUSED)]


async def test_refused_keys_are_tried_four_times_a_day_at_most(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(8), outcome=lambda _: REFUSED) as run:
        give_keys(run)
        await hours(stepped_clock, 25)
        assert times(run) == KEY_TRIES
        assert run.refusals() == [Refusal("one", REFUSED)]


async def test_a_try_that_is_let_in_ends_the_refusal_and_all_tasks_are_asked(stepped_clock: SteppedClock) -> None:
    """The task that made the try is not asked a second time for it, and a later refusal is told again."""
    watched = refs(8)
    async with running(stepped_clock, watched, outcome=until(700)) as run:
        await stepped_clock.advance(1199)
        assert times(run) == TRIES[:2]
        await stepped_clock.advance(20)
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None]
        assert sorted(asked.sync_task_id for asked in run.oms.asked[2:]) == [ref.sync_task_id for ref in watched]
        run.oms.outcome = lambda _: REFUSED
        await stepped_clock.advance(120)
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None, REFUSED]


@pytest.mark.parametrize("outcome", [GONE, None], ids=["gone", "answered"])
async def test_what_the_service_itself_says_of_a_task_shows_that_the_credential_is_let_in(
    outcome: Problem | None, stepped_clock: SteppedClock
) -> None:
    async with running(stepped_clock, refs(2), outcome=lambda asked: REFUSED if asked.at < 10 else outcome) as run:
        await stepped_clock.advance(310)
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None]


@pytest.mark.parametrize(
    "outcome",
    [BROKEN, THROTTLED, Problem(ProblemKind.NETWORK, "lost"), replace(GONE, kind=ProblemKind.ENDPOINT)],
    ids=["server", "throttled", "network", "elsewhere"],
)
async def test_a_try_that_reaches_nobody_ends_no_refusal_and_the_next_one_comes_in_its_time(
    outcome: Problem, stepped_clock: SteppedClock
) -> None:
    async with running(stepped_clock, refs(8), outcome=lambda asked: REFUSED if asked.at < 10 else outcome) as run:
        await stepped_clock.advance(4000)
        assert times(run) == TRIES[:3]
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED]


async def test_a_try_in_which_time_jumps_ends_the_refusal_all_the_same(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(3), outcome=until(10), latency=4.0) as run:
        await stepped_clock.advance(305)
        assert run.oms.in_flight == 1
        stepped_clock.jump(7200)
        await stepped_clock.advance(10)
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None]
        assert {sample.ref for sample in run.samples() if sample.is_good} == set(refs(3))


async def test_another_reason_is_told_and_the_same_one_is_not(stepped_clock: SteppedClock) -> None:
    reasons = iter([CLOCK_WRONG, replace(CLOCK_WRONG, request_id="second"), REFUSED, REFUSED])
    async with running(stepped_clock, refs(2), outcome=lambda _: next(reasons)) as run:
        await stepped_clock.advance(4900)
        assert len(run.oms.asked) == 4
        assert [refusal.problem for refusal in run.refusals()] == [CLOCK_WRONG, REFUSED]


async def test_a_key_makes_the_next_try_at_once_when_the_last_is_five_minutes_old(stepped_clock: SteppedClock) -> None:
    """It counts as that try, so that the next one comes a pause later; until then the key says when."""
    watched = refs(8)
    async with running(stepped_clock, watched, outcome=lambda _: REFUSED) as run:
        began = stepped_clock.now()
        await stepped_clock.advance(200)
        assert run.poller.ask_now(watched) == Asking(refused=8, try_at=began + timedelta(seconds=300))
        await stepped_clock.advance(400)
        assert times(run) == [0, 300]
        assert run.poller.next_at(watched[0]) == began + timedelta(seconds=1200)
        assert run.poller.ask_now(watched) == Asking(tried=1)
        await stepped_clock.advance(10)
        assert times(run) == [0, 300, 600]
        assert run.poller.next_at(watched[0]) == began + timedelta(seconds=600 + 3600)
        assert run.poller.ask_now(watched) == Asking(refused=8, try_at=began + timedelta(seconds=600 + 3600))
        await stepped_clock.advance(3590)
        assert times(run) == [0, 300, 600, 4200]


async def test_a_held_key_makes_no_more_tries_of_keys_than_four_a_day(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(stepped_clock, watched, outcome=lambda _: REFUSED) as run:
        give_keys(run)
        for _ in range(3 * 25):
            await hours(stepped_clock, 1 / 3)
            run.poller.ask_now(watched)
        assert times(run) == [0, 300, 1200, 2400, 3600, 86_700, 87_600, 88_800]


async def test_keys_are_tried_at_once_when_the_wrong_clock_is_put_right(stepped_clock: SteppedClock) -> None:
    def outcome(_: Asked) -> Problem | None:
        return replace(CLOCK_WRONG, clock_ahead=ahead(stepped_clock)) if abs(ahead(stepped_clock)) > 900 else None

    stepped_clock.jump(1200)
    async with running(stepped_clock, refs(8), outcome=outcome) as run:
        give_keys(run)
        await stepped_clock.advance(100)
        stepped_clock.jump(-600)
        await stepped_clock.advance(20)
        assert times(run) == [0], "still ten minutes off"
        stepped_clock.jump(-590)
        await stepped_clock.advance(1)
        assert len(run.oms.asked) > 1
        await stepped_clock.advance(20)
        assert [refusal.problem is None for refusal in run.refusals()] == [False, True]
        assert {sample.ref for sample in run.samples() if sample.is_good} == set(refs(8))


async def test_a_clock_that_is_put_right_is_no_reason_to_try_a_token_or_to_try_twice(
    stepped_clock: SteppedClock,
) -> None:
    """Neither is one that was right at the refusal; keys that are refused with a right clock wait their time."""
    async with running(stepped_clock, refs(2), outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(100)
        stepped_clock.jump(3600)
        await stepped_clock.advance(100)
        assert times(run) == [0]
        run.oms.outcome = lambda _: CLOCK_WRONG
        give_keys(run)
        await stepped_clock.advance(10)
        run.oms.outcome = lambda _: REFUSED
        stepped_clock.jump(-1200)
        await stepped_clock.advance(10)
        assert len(run.oms.asked) == 3
        for seconds in (7200, -7200, 7200, -7200):
            stepped_clock.jump(seconds)
            await stepped_clock.advance(20)
        assert len(run.oms.asked) == 3


async def test_a_clock_that_swings_costs_four_tries_of_keys_a_day_and_no_more(stepped_clock: SteppedClock) -> None:
    def outcome(_: Asked) -> Problem:
        return replace(CLOCK_WRONG, clock_ahead=1200.0) if ahead(stepped_clock) > 900 else REFUSED

    stepped_clock.jump(1200)
    async with running(stepped_clock, refs(2), outcome=outcome) as run:
        give_keys(run)
        for _ in range(24 * 6):
            await hours(stepped_clock, 1 / 12)
            stepped_clock.jump(-1200)
            await hours(stepped_clock, 1 / 12)
            stepped_clock.jump(1200)
        assert len(times(run)[1:]) == 4


class WithoutCredential(CredentialCache):
    """Has no credential, for a reason that only a person can change, once the first one is refused."""

    reason: Problem | None = None

    async def get(self, profile_name: str) -> AnyCredential | Problem:
        return self.reason or await super().get(profile_name)


async def test_without_anything_to_send_nothing_is_tried(stepped_clock: SteppedClock) -> None:
    """A try that finds the password refused says so and is the last one: nothing is sent again by itself."""
    sign_in = WithoutCredential(
        {}, authenticator=Renewing(stepped_clock)._authenticator, read=lambda _: None, clock=stepped_clock
    )
    async with running(stepped_clock, refs(3), sign_in=sign_in, outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(100)
        sign_in.reason = NO_PASSWORD
        await stepped_clock.advance(20_000)
        assert times(run) == [0]
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, NO_PASSWORD]
        assert run.poller.next_at(refs(3)[0]) is None
        assert run.poller.ask_now(refs(3)).refused == 3


async def test_a_task_that_is_taken_off_takes_no_try_along(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(stepped_clock, watched, outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(200)
        run.poller.watch(watched[2:])
        await stepped_clock.advance(200)
        assert [asked.sync_task_id for asked in run.oms.asked] == ["task-000", "task-002"]


async def test_a_month_that_waits_for_the_credential_may_be_the_try(stepped_clock: SteppedClock) -> None:
    """Whatever is asked first: it is one request, and the month is answered in the end."""
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=until(700)) as run:
        await stepped_clock.advance(10)
        run.poller.ask_month(ref, Month(2026, 3))
        await stepped_clock.advance(1189)
        assert len(run.oms.asked) == 2
        await stepped_clock.advance(10)
        assert [sample.month for sample in run.samples() if not sample.is_current] == [Month(2026, 3)]
        assert len(run.oms.asked) == 4


async def test_a_throttled_profile_makes_its_try_after_the_wait(stepped_clock: SteppedClock) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched, outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(290)
        run.channels.of("one")._throttle(THROTTLED, 0)
        await stepped_clock.advance(100)
        assert times(run) == [0]
        told = run.poller.next_at(watched[0])
        assert told is not None
        await stepped_clock.advance((told - stepped_clock.now()).total_seconds() + 40)
        assert len(run.oms.asked) == 2


async def test_another_credential_ends_the_schedule_of_the_refused_one(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(4), outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(5000)
        run.credentials.replace("one", Credential(Secret("wrong-too"), "memory"))
        await stepped_clock.advance(1300)
        assert [asked.at for asked in run.oms.asked if asked.token == "wrong-too"] == [5000, 5300, 6200]
        run.channels.use_profiles({**PROFILES, "one": replace(PROFILES["one"], endpoint="https://other.example")})
        await stepped_clock.advance(400)
        tries = [asked.at for asked in run.oms.asked if asked.endpoint == "https://other.example"]
        assert [later - tries[0] for later in tries] == [0, 300]


async def test_a_credential_that_was_refused_before_the_watch_began_is_tried_too(stepped_clock: SteppedClock) -> None:
    """A listing found it refused: the first try comes five minutes later, as after any refusal."""
    oms = FakeOms(stepped_clock, listing=REFUSED)
    channels = channels_to(oms, with_tokens(sign_ins(stepped_clock)))
    assert await channels.of("one").list_tasks() == REFUSED
    poller = Poller(channels, deliver=lambda _: None)
    poller.watch(refs(1))
    runner = asyncio.create_task(poller.run())
    await stepped_clock.advance(290)
    assert oms.asked == []
    await stepped_clock.advance(20)
    assert [asked.at for asked in oms.asked] == [300]
    runner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await runner
