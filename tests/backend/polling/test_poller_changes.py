"""The poller, when something changes while requests wait or are under way: nothing old is asked, or told as new."""

from collections import Counter
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, AuthMethod, CommandAuth, Obtained
from omstui.backend.http.credential import Credential
from omstui.backend.polling.poller import JUST_NOW
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem, no_profile
from omstui.core.task import TaskRef
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import BROKEN, PROFILES, REFUSED, THROTTLED, Asked, Renewing, Run, refs, running

MOVED = replace(PROFILES["one"], endpoint="https://other.example")


def refused_before_the_move(asked: Asked) -> Problem | None:
    """Answer as a service whose old endpoint knows nothing of the credential."""
    return None if asked.endpoint == MOVED.endpoint else REFUSED


async def ask_for_a_statistic(run: Run, ref: TaskRef) -> None:
    """Look at a task that was answered, until its statistic is under way."""
    await run.clock.advance(20)
    run.poller.look_at([], (ref, timedelta(hours=1)))
    await run.clock.advance(3)
    assert len(run.oms.statistics) == 1


class Slow(Authenticator):
    """Takes some seconds to sign in."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock

    async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained:
        await self._clock.sleep(3.9)
        return Obtained(Credential(Secret("bought"), "memory", self._clock.now() + timedelta(days=1)))


def signing_in(clock: SteppedClock) -> CredentialCache:
    methods = {"one": CommandAuth(("print-token",))}
    return CredentialCache(methods, authenticator=Slow(clock), read=lambda _: None, clock=clock)


async def test_what_was_asked_of_a_profile_before_it_changed_is_asked_again_of_the_new_one(
    stepped_clock: SteppedClock,
) -> None:
    """Many are under way or wait for a place: none of them opens the old connections again."""
    watched = refs(30)
    async with running(stepped_clock, watched, latency=8) as run:
        await stepped_clock.advance(9)  # the credential is proven
        before = len(run.samples())
        assert run.oms.in_flight == run.oms.most_in_flight < len(watched), "some wait"
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        begun = len(run.oms.asked)
        await stepped_clock.advance(7.5)
        assert len(run.samples()) == before, "answers of the old one, and whatever became of its connections"
        await stepped_clock.advance(120)
        assert (run.oms.opened, run.oms.closed) == (2, 1)
        assert {asked.sync_task_id for asked in run.oms.asked[begun:]} == {ref.sync_task_id for ref in watched}
        assert all(sample.is_good for sample in run.samples())


async def test_a_request_under_way_for_a_profile_that_is_gone_says_that_it_is_gone(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=8) as run:
        await stepped_clock.advance(2)
        assert run.oms.in_flight == 1
        run.channels.use_profiles({"two": PROFILES["two"]})
        await stepped_clock.advance(120)
        assert [sample.problem for sample in run.samples()][:1] == [no_profile("one")]
        assert (run.oms.opened, run.oms.closed) == (1, 1)


async def test_another_colour_changes_nothing_about_what_is_asked(stepped_clock: SteppedClock) -> None:
    """Answers under way count, and a refused credential stays one."""
    (ref,) = refs(1)
    painted = {name: replace(profile, color="red", alerts=False) for name, profile in PROFILES.items()}
    async with running(stepped_clock, [ref, *refs(1, "two")], latency=5) as run:
        run.oms.outcome = lambda asked: REFUSED if asked.profile == "two" else None
        await stepped_clock.advance(2)
        run.channels.use_profiles(painted)
        await stepped_clock.advance(20)
        assert (run.oms.opened, run.oms.closed) == (2, 0)
        assert len(run.oms.asked) == 2
        assert [sample.is_good for sample in run.samples(ref)] == [True]
        run.channels.use_profiles(PROFILES)
        await stepped_clock.advance(20)
        assert len(run.oms.asked) == 2


async def test_a_statistic_of_a_profile_that_is_gone_is_not_told(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=5) as run:
        await ask_for_a_statistic(run, ref)
        run.channels.use_profiles({"two": PROFILES["two"]})
        await stepped_clock.advance(20)
        assert run.statistics == []


async def test_a_refused_profile_that_was_corrected_is_asked_where_it_leads_now(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(stepped_clock, watched, outcome=refused_before_the_move) as run:
        await stepped_clock.advance(100)
        assert [news.problem for news in run.refusals()] == [REFUSED]
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(100)
        assert [news.problem for news in run.refusals()] == [REFUSED, None]
        assert all(run.samples(ref)[-1].is_good for ref in watched)


async def test_a_late_refusal_by_the_old_endpoint_is_not_held_against_the_new_one(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=refused_before_the_move, latency=5) as run:
        await stepped_clock.advance(2)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(100)
        assert REFUSED not in [news.problem for news in run.refusals()]
        assert len(run.samples(ref)) >= 2
        assert all(sample.is_good for sample in run.samples(ref))


async def test_a_refusal_whose_renewal_outlasts_the_change_is_not_either(stepped_clock: SteppedClock) -> None:
    class Slow(Renewing):
        async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
            await stepped_clock.sleep(5)
            return False

    (ref,) = refs(1)
    async with running(stepped_clock, [ref], Slow(stepped_clock), outcome=refused_before_the_move) as run:
        await stepped_clock.advance(2)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(100)
        assert REFUSED not in [news.problem for news in run.refusals()]
        assert run.samples(ref)[-1].is_good


async def test_a_patience_of_the_old_endpoint_ends_in_questions_to_the_new_one(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(
        stepped_clock, watched, outcome=lambda asked: THROTTLED if asked.endpoint != MOVED.endpoint else None
    ) as run:
        await stepped_clock.advance(30)
        before = len(run.oms.asked)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(400)
        assert {asked.endpoint for asked in run.oms.asked[before:]} == {MOVED.endpoint}
        assert {asked.sync_task_id for asked in run.oms.asked[before:]} == {ref.sync_task_id for ref in watched}


async def test_who_signs_in_while_the_profile_changes_asks_the_new_endpoint_alone(stepped_clock: SteppedClock) -> None:
    sign_in = signing_in(stepped_clock)
    async with running(stepped_clock, refs(2), sign_in) as run:
        sign_in.forget("one")
        await stepped_clock.advance(2)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(30)
        assert {asked.endpoint for asked in run.oms.asked} == {MOVED.endpoint}


async def test_what_the_old_endpoint_says_of_patience_and_credential_is_not_heeded(stepped_clock: SteppedClock) -> None:
    renewing = Renewing(stepped_clock, "another")
    refused, held = refs(1)[0], refs(1, "two")[0]
    async with running(
        stepped_clock,
        [refused, held],
        renewing,
        outcome=lambda asked: None if asked.at > 2 else REFUSED if asked.profile == "one" else THROTTLED,
        latency=5,
    ) as run:
        await stepped_clock.advance(2)
        run.channels.use_profiles({name: replace(profile, project_id="q" * 32) for name, profile in PROFILES.items()})
        await stepped_clock.advance(20)
        assert renewing.tokens == ["another"], "kept for a refusal that counts"
        assert run.samples(refused)[-1].is_good
        assert run.samples(held)[-1].is_good


async def test_a_past_month_of_the_old_endpoint_is_asked_anew(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    august = Month(2026, 8)
    async with running(stepped_clock, [ref], latency=5) as run:
        await stepped_clock.advance(20)
        assert run.poller.ask_month(ref, august).asked
        await stepped_clock.advance(1)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(30)
        asked = [one.endpoint for one in run.oms.asked if one.query_time.month == 8]
        assert asked == [PROFILES["one"].endpoint, MOVED.endpoint]
        assert [sample.month for sample in run.samples(ref) if not sample.is_current] == [august]


async def test_a_statistic_of_the_old_endpoint_is_asked_anew(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=5) as run:
        await ask_for_a_statistic(run, ref)
        run.channels.use_profiles({**PROFILES, "one": MOVED})
        await stepped_clock.advance(40)
        assert [asked.endpoint for asked, _ in run.oms.statistics] == [PROFILES["one"].endpoint, MOVED.endpoint]
        assert len(run.statistics) == 1


@pytest.mark.parametrize("outcome", [REFUSED, THROTTLED])
async def test_one_request_finds_out_what_the_service_says_to_a_credential_that_took_its_time(
    stepped_clock: SteppedClock, outcome: Problem
) -> None:
    """Many wait while it is had, and what they wait with is not what there is then."""
    sign_in = signing_in(stepped_clock)
    async with running(stepped_clock, refs(8), sign_in, outcome=lambda _: outcome) as run:
        sign_in.forget("one")
        await stepped_clock.advance(30)
        assert len(run.oms.asked) == 1


async def test_a_statistic_during_which_all_stood_still_has_not_failed(stepped_clock: SteppedClock) -> None:
    """Its time limit passes with the standstill; it is asked again at once, for the time up to now."""
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=5) as run:
        run.oms.statistic = lambda asked: BROKEN if asked.at < 60 else None
        await ask_for_a_statistic(run, ref)
        await stepped_clock.stand_still(90)
        await stepped_clock.advance(20)
        assert [sample.problem for sample in run.statistics] == [None]
        assert len(run.oms.statistics) == 2


@pytest.mark.parametrize("said", [replace(THROTTLED, status=429), REFUSED])
async def test_what_the_service_says_to_a_statistic_counts_although_all_stood_still(
    stepped_clock: SteppedClock, said: Problem
) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=5) as run:
        run.oms.statistic = lambda _: said
        await ask_for_a_statistic(run, ref)
        await stepped_clock.stand_still(90)
        await stepped_clock.advance(20)
        assert [sample.problem for sample in run.statistics] == [said]
        assert len(run.oms.statistics) == 1


async def test_a_statistic_is_not_asked_for_anew_with_what_was_refused_meanwhile(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], latency=5) as run:
        run.oms.statistic = lambda _: BROKEN
        await stepped_clock.advance(50)
        run.oms.outcome = lambda _: REFUSED
        run.poller.ask_now([ref])
        run.poller.look_at([], (ref, timedelta(hours=1)))
        await stepped_clock.advance(3)
        assert run.oms.in_flight == len(run.oms.statistics) == 1
        await stepped_clock.stand_still(90)
        await stepped_clock.advance(20)
        assert [news.problem for news in run.refusals()] == [REFUSED]
        assert len(run.oms.statistics) == 1


@pytest.mark.parametrize(("said", "count"), [(REFUSED, 4), (THROTTLED, 4), (BROKEN, 12)])
async def test_what_the_service_says_while_all_stands_still_holds_for_all(
    stepped_clock: SteppedClock, said: Problem, count: int
) -> None:
    """A refused credential is refused, and patience is wanted, whenever that was said."""
    watched = refs(8)
    async with running(stepped_clock, watched, latency=1) as run:
        await stepped_clock.advance(50)
        begun = len(run.oms.asked)
        run.oms.outcome = lambda _: said
        run.poller.ask_now(watched[:4])
        await stepped_clock.advance(0.5)
        assert run.oms.in_flight == 4
        await stepped_clock.stand_still(90)
        await stepped_clock.advance(10)
        assert len(run.oms.asked) - begun == count


async def test_a_standstill_during_requests_costs_each_task_one_more(stepped_clock: SteppedClock) -> None:
    watched = refs(4)
    async with running(stepped_clock, watched, latency=1) as run:
        await stepped_clock.advance(50)
        run.poller.ask_now(watched)
        await stepped_clock.advance(0.5)
        assert run.oms.in_flight == 4
        begun = len(run.oms.asked)
        await stepped_clock.stand_still(90)
        await stepped_clock.advance(20)
        assert Counter(asked.sync_task_id for asked in run.oms.asked[begun:]) == Counter(
            ref.sync_task_id for ref in watched
        )


async def test_who_waits_for_a_place_is_asked_once_for_all_who_wish_for_it(stepped_clock: SteppedClock) -> None:
    watched = refs(40)
    async with running(stepped_clock, watched, latency=2) as run:
        await stepped_clock.advance(120)
        begun = len(run.oms.asked)
        run.poller.ask_now(watched)
        await stepped_clock.advance(JUST_NOW + 0.5)
        waiting = [ref for ref in watched if run.oms.times(ref)[-1] < 120]
        assert len(waiting) > 20
        run.poller.ask_now(waiting)
        await stepped_clock.advance(20)
        again = Counter(asked.sync_task_id for asked in run.oms.asked[begun:])
        assert {again[ref.sync_task_id] for ref in waiting} == {1}


async def test_who_waits_for_a_place_while_patience_is_wanted_has_it(stepped_clock: SteppedClock) -> None:
    watched = refs(12)
    async with running(stepped_clock, watched, latency=2) as run:
        await stepped_clock.advance(120)
        run.oms.outcome = lambda _: THROTTLED
        begun = len(run.oms.asked)
        run.poller.ask_now(watched)
        await stepped_clock.advance(100)
        assert 0 < len(run.oms.asked) - begun <= 4, "those in flight"
