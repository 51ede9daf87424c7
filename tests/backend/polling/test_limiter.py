"""The limits of one profile: its places, its waits, and the tries of a credential that was refused."""

import asyncio

import pytest

from omstui.backend.http.credential import Credential
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.polling.limiter import AT_ONCE, PrioritySemaphore, ProfileLimiter
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.watch.schedule import Hold, Tries
from omstui.demo.clock import SteppedClock
from tests.conftest import START

REFUSED = Problem(ProblemKind.TOKEN, "decrypt token fail", "APIGW.0301", 401)
TOKEN = Credential(Secret("token"), "memory")


def throttled(told: float | None = None) -> Problem:
    return Problem(ProblemKind.THROTTLED, "limit", retry_after=told)


def busy(told: float | None) -> Problem:
    return Problem(ProblemKind.SERVER, "503", retry_after=told)


@pytest.fixture
def limiter(stepped_clock: SteppedClock) -> ProfileLimiter:
    return ProfileLimiter(stepped_clock)


def keys(clock: SteppedClock) -> KeyCredential:
    return KeyCredential(AccessKeys(Secret("ACCESSKEY"), Secret("secret-key")), "memory", "p" * 32, clock)


async def turns() -> None:
    """Let all tasks run as far as they can."""
    for _ in range(9):
        await asyncio.sleep(0)


def blank(limiter: ProfileLimiter) -> bool:
    """Whether nothing is known of the credential."""
    known = (limiter.refused_revision, limiter.proven_revision, limiter.refusal, limiter.tries)
    return known == (None,) * 4 and (limiter.is_try_due, limiter.is_tried) == (False, False)


class Users:
    """Tasks that hold a place until they are told to leave it."""

    def __init__(self, places: PrioritySemaphore) -> None:
        self._places = places
        self.inside: list[str] = []
        self._leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str, urgent: bool = False) -> None:
        for name in names:
            self._leave[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._use(name, urgent=urgent))
        await turns()

    async def leave(self, name: str) -> None:
        self._leave[name].set()
        await turns()

    async def _use(self, name: str, *, urgent: bool) -> None:
        async with self._places.taken(urgent=urgent):
            self.inside.append(name)
            await self._leave[name].wait()
            self.inside.remove(name)


# Places


async def test_a_place_that_becomes_free_goes_to_the_urgent_and_then_to_who_came_first() -> None:
    users = Users(PrioritySemaphore(2))
    await users.come("a", "b", "c", "d", "e")
    await users.come("f", "g", urgent=True)
    for leaving, inside in (("a", "bf"), ("b", "fg"), ("f", "gc"), ("c", "gd"), ("d", "ge"), ("e", "g"), ("g", "")):
        await users.leave(leaving)
        assert "".join(users.inside) == inside


async def test_places_that_nobody_waits_for_are_free_again() -> None:
    users = Users(PrioritySemaphore(2))
    for _ in range(3):
        await users.come("a", "b", "c")
        assert users.inside == ["a", "b"]
        for name in "abc":
            await users.leave(name)
        assert users.inside == []


async def test_a_place_is_given_back_after_an_error() -> None:
    places = PrioritySemaphore(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(10), places.taken(urgent=False):
                raise ZeroDivisionError
    users = Users(places)
    await users.come("a")
    assert users.inside == ["a"]


async def test_who_leaves_the_line_is_passed_over() -> None:
    users = Users(PrioritySemaphore(1))
    await users.come("a", "b", "c")
    users.tasks["b"].cancel()
    await users.leave("a")
    assert users.inside == ["c"]
    await users.come("d")
    assert users.inside == ["c"]


async def test_who_is_cancelled_with_the_place_in_hand_gives_it_to_the_next() -> None:
    """It was given the place in the same turn, and has not run since."""
    places = PrioritySemaphore(1)
    users = Users(places)
    async with asyncio.timeout(10), places.taken(urgent=False):
        await users.come("b", "c")
    users.tasks["b"].cancel()
    await turns()
    assert users.tasks["b"].cancelled()
    assert users.inside == ["c"]
    await users.leave("c")
    await users.come("d", "e")
    assert users.inside == ["d"]


async def test_a_profile_has_four_places(limiter: ProfileLimiter) -> None:
    users = Users(limiter.slots)
    await users.come(*"abcdef")
    assert len(users.inside) == AT_ONCE == 4


# Waits


async def test_at_first_nothing_is_held_back(limiter: ProfileLimiter) -> None:
    assert (limiter.told_to_wait("t"), limiter.hold("t"), limiter.hold(), limiter.obstacle("t")) == (
        0,
        None,
        None,
        None,
    )
    assert (limiter.opens_at(0.0, "t", 9.0), limiter.opens_at(0.5, "t", 9.0), limiter.pace) == (0.0, 0.5, 1.0)
    assert blank(limiter)
    waiting = asyncio.create_task(limiter.patience(9.0))
    await turns()
    assert waiting.done()
    assert limiter.begin()
    assert not limiter.proof.locked()


async def test_what_an_answer_tells_holds_back_its_topic_alone(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    await stepped_clock.advance(100)
    limiter.hold_back("t", busy(60.0))
    limiter.hold_back("u", busy(None))
    assert (limiter.told_to_wait("t"), limiter.told_to_wait("u")) == (60.0, 0.0)
    assert (limiter.hold("t"), limiter.hold("u")) == (Hold(60.0, is_ours=False), None)
    assert (limiter.obstacle("t"), limiter.obstacle("u")) == (busy(60.0), None)
    assert (limiter.opens_at(120.0, "t", 5.0), limiter.opens_at(170.0, "t", 5.0)) == (160.0, 170.0)
    assert limiter.opens_at(120.0, "u", 5.0) == 120.0
    await stepped_clock.advance(59.5)
    assert limiter.told_to_wait("t") == 0.5
    assert limiter.obstacle("t") == busy(60.0)
    await stepped_clock.advance(0.5)
    assert (limiter.told_to_wait("t"), limiter.hold("t"), limiter.obstacle("t")) == (0.0, None, None)


async def test_of_several_waits_of_a_topic_the_longest_counts_and_is_quoted(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.hold_back("t", busy(60.0))
    limiter.hold_back("t", busy(20.0))
    limiter.hold_back("t", throttled(60.0))
    limiter.hold_back("u", busy(30.0))
    assert (limiter.told_to_wait("t"), limiter.obstacle("t")) == (60.0, busy(60.0))
    assert limiter.told_to_wait("u") == 30.0
    await stepped_clock.advance(30)
    limiter.hold_back("u", busy(31.0))
    assert (limiter.told_to_wait("t"), limiter.told_to_wait("u")) == (30.0, 31.0)


async def test_waits_that_are_over_are_forgotten(limiter: ProfileLimiter, stepped_clock: SteppedClock) -> None:
    """A screen runs for weeks, and each task is a topic."""
    limiter.hold_back("t", busy(60.0))
    await stepped_clock.advance(60)
    limiter.hold_back("u", busy(60.0))
    assert limiter._held.keys() == {"u"}


async def test_throttling_holds_back_all_and_is_quoted(limiter: ProfileLimiter, stepped_clock: SteppedClock) -> None:
    await stepped_clock.advance(10)
    limiter.throttle(72.0, throttled(60.0))
    assert limiter.hold("t") == limiter.hold() == Hold(72.0, 60.0, is_ours=False)
    assert limiter.obstacle("t") == throttled(60.0)
    assert (limiter.opens_at(20.0, "t", 5.0), limiter.opens_at(82.0, "t", 5.0)) == (87.0, 82.0)
    await stepped_clock.advance(71.5)
    assert limiter.hold() == Hold(0.5, 60.0, is_ours=False)
    await stepped_clock.advance(0.5)
    assert (limiter.hold(), limiter.hold("t"), limiter.obstacle("t")) == (None, None, None)


async def test_a_longer_wait_than_the_service_told_is_said_to_be_ours(limiter: ProfileLimiter) -> None:
    limiter.throttle(240.0, throttled(60.0))
    assert limiter.hold() == Hold(240.0, 60.0, is_ours=True)
    assert limiter.pace == 1.5


async def test_a_shorter_throttling_later_ends_no_longer_one(limiter: ProfileLimiter) -> None:
    limiter.throttle(240.0, throttled())
    limiter.throttle(60.0, throttled(60.0))
    limiter.throttle(240.0, throttled(240.0))
    assert limiter.hold() == Hold(240.0, None, is_ours=True)
    assert limiter.obstacle("t") == throttled()
    limiter.throttle(241.0, throttled(241.0))
    assert limiter.hold() == Hold(241.0, 241.0, is_ours=False)


async def test_the_longer_of_a_topics_wait_and_the_throttling_is_told(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.throttle(60.0, throttled())
    limiter.hold_back("t", busy(90.0))
    limiter.hold_back("u", busy(60.0))
    assert limiter.hold("t") == Hold(90.0, is_ours=False)
    assert limiter.hold("u") == Hold(60.0, None, is_ours=True)
    assert limiter.opens_at(0.0, "t", 5.0) == 90.0
    assert limiter.opens_at(0.0, "u", 5.0) == 65.0
    await stepped_clock.advance(70)
    assert limiter.hold("t") == Hold(20.0, is_ours=False)
    assert limiter.obstacle("t") == busy(90.0)
    await stepped_clock.advance(20)
    assert limiter.hold("t") is None


async def test_patience_lasts_until_throttling_is_over_and_a_little_longer(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    """A wait that becomes longer meanwhile is waited for too."""
    limiter.throttle(60.0, throttled())
    waiting = asyncio.create_task(limiter.patience(5.0))
    await stepped_clock.advance(30)
    limiter.throttle(60.0, throttled())
    await stepped_clock.advance(64.5)
    assert not waiting.done()
    await stepped_clock.advance(0.5)
    assert waiting.done()
    await limiter.patience(5.0)
    assert stepped_clock.sleepers == 0


async def test_patience_waits_for_the_last_second_too(limiter: ProfileLimiter, stepped_clock: SteppedClock) -> None:
    limiter.throttle(0.5, throttled())
    waiting = asyncio.create_task(limiter.patience(0.25))
    await stepped_clock.advance(0.7)
    assert not waiting.done()
    await stepped_clock.advance(0.1)
    assert waiting.done()


async def test_patience_does_not_wait_once_throttling_has_just_ended(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.throttle(60.0, throttled())
    await stepped_clock.advance(60)
    waiting = asyncio.create_task(limiter.patience(5.0))
    await turns()
    assert waiting.done()


# A refused credential


async def test_with_a_refused_credential_nothing_is_sent_but_a_try_that_is_due(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    await stepped_clock.advance(10)
    limiter.proven_revision = 3
    limiter.refuse(3, REFUSED, TOKEN)
    assert (limiter.refused_revision, limiter.refusal, limiter.tries) == (3, REFUSED, Tries(10.0))
    assert limiter.proven_revision is None
    assert not limiter.begin()
    await stepped_clock.advance(299.5)
    assert not limiter.call_for_try()
    assert not limiter.begin()
    await stepped_clock.advance(0.5)
    assert limiter.call_for_try()
    assert limiter.is_try_due
    assert not limiter.is_tried
    assert limiter.begin()
    assert (limiter.is_try_due, limiter.is_tried) == (False, True)
    assert limiter.tries == Tries(310.0, number=1, lately=(310.0,))
    assert not limiter.begin(), "one request alone"


async def test_a_try_that_is_refused_keeps_the_schedule_and_another_credential_has_its_own(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.refuse(3, REFUSED, TOKEN)
    await stepped_clock.advance(300)
    limiter.call_for_try()
    limiter.begin()
    tried = limiter.tries
    limiter.refuse(3, REFUSED, TOKEN)
    assert limiter.tries == tried
    assert (limiter.is_try_due, limiter.is_tried) == (False, False)
    limiter.refuse(4, REFUSED, TOKEN)
    assert limiter.tries == Tries(300.0)


async def test_a_refusal_of_nothing_is_not_tried_until_there_is_something(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.refuse(3, REFUSED, None)
    assert (limiter.refused_revision, limiter.tries) == (3, None)
    await stepped_clock.advance(86_400)
    assert not limiter.call_for_try()
    assert not limiter.call_for_try(is_wish=True)
    limiter.is_try_due = True
    assert not limiter.begin()
    limiter.refuse(3, REFUSED, TOKEN)
    assert limiter.tries == Tries(86_400.0)


async def test_a_person_may_have_the_next_try_five_minutes_after_the_last(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.refuse(3, REFUSED, TOKEN)
    await stepped_clock.advance(300)
    limiter.call_for_try()
    limiter.begin()
    await stepped_clock.advance(299.5)
    assert not limiter.call_for_try(is_wish=True)
    await stepped_clock.advance(0.5)
    assert not limiter.call_for_try()
    assert limiter.call_for_try(is_wish=True)


async def test_keys_whose_clock_was_wrong_are_tried_once_it_is_right(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    """The gateway's time is known from the refusal, whenever that was."""
    await stepped_clock.advance(50)
    stepped_clock.jump(1200)
    limiter.refuse(3, Problem(ProblemKind.TOKEN, "clock", "APIGW.0301", 401, clock_ahead=1200.0), keys(stepped_clock))
    assert limiter.tries == Tries(50.0, is_key=True, gateway_zero=START.timestamp())
    await stepped_clock.advance(10)
    assert not limiter.call_for_try()
    stepped_clock.jump(-1200)
    assert limiter.call_for_try()


async def test_nothing_to_send_has_no_clock_that_could_be_wrong(limiter: ProfileLimiter) -> None:
    limiter.refuse(3, Problem(ProblemKind.TOKEN, "clock", clock_ahead=1200.0), None)
    assert limiter.tries is None


async def test_those_who_wait_for_the_credential_go_on_with_a_try_and_with_another_credential(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    limiter.refuse(3, REFUSED, TOKEN)
    waiting = asyncio.create_task(limiter.reopened())
    await turns()
    assert not limiter.call_for_try()
    await turns()
    assert not waiting.done()
    await stepped_clock.advance(300)
    limiter.call_for_try()
    await turns()
    assert waiting.done()
    limiter.begin()
    waiting = asyncio.create_task(limiter.reopened())
    await turns()
    assert not waiting.done(), "the try is under way"
    limiter.reopen()
    await turns()
    assert waiting.done()
    limiter.refuse(4, REFUSED, TOKEN)
    waiting = asyncio.create_task(limiter.reopened())
    await turns()
    assert not waiting.done(), "refused once more"
    waiting.cancel()


async def test_another_credential_begins_with_nothing_known(limiter: ProfileLimiter) -> None:
    limiter.refuse(3, REFUSED, TOKEN)
    limiter.proven_revision, limiter.is_try_due, limiter.is_tried = 2, True, True
    limiter.reopen()
    assert blank(limiter)
    assert limiter.begin()


async def test_a_refused_credential_that_is_let_in_is_proven(limiter: ProfileLimiter) -> None:
    limiter.refuse(3, REFUSED, TOKEN)
    limiter.accept(3)
    assert (limiter.refused_revision, limiter.proven_revision) == (None, 3)
    assert limiter.begin()
    await limiter.reopened()


async def test_the_next_look_comes_no_later_than_the_next_try(
    limiter: ProfileLimiter, stepped_clock: SteppedClock
) -> None:
    assert limiter.pause_before_try(15.0) == 15.0
    limiter.refuse(3, REFUSED, TOKEN)
    assert limiter.pause_before_try(15.0) == 15.0
    await stepped_clock.advance(285)
    assert limiter.pause_before_try(15.0) == 15.0
    await stepped_clock.advance(14.5)
    assert limiter.pause_before_try(15.0) == 0.5
    await stepped_clock.advance(0.5)
    assert limiter.pause_before_try(15.0) == 15.0, "the try is under way"
