"""One question to a profile's service: whether it is sent, what its answer teaches the channel, and what is told."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import open_authenticator
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.oms.client import Answer, Client
from omstui.backend.polling.channel import ONCE, Exchange, RequestOptions
from omstui.backend.runtime.clock_jump import Moment
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month, query_time_ms
from omstui.core.problem import Problem, no_profile
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import Listing, SyncTask
from omstui.core.watch.sample import Refusal, Sample, Statistic
from omstui.core.watch.schedule import pause_after
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_channel import Credentials
from tests.backend.polling.test_poller import (
    BROKEN,
    NOT_THERE,
    PROFILES,
    REFUSED,
    THROTTLED,
    Asked,
    FakeOms,
    Renewing,
    channels_to,
    refs,
    with_tokens,
)
from tests.conftest import START
from tests.making import BEIJING

(REF,) = refs(1)
MOVED = {**PROFILES, "one": replace(PROFILES["one"], endpoint="https://other.example")}
FOREIGN = Problem(ProblemKind.ENDPOINT, "a portal", status=403, is_foreign=True)
LOST = Problem(ProblemKind.NETWORK, "time ran out")
Outcome = Callable[[Asked], Answer | Problem | Exception | None]


class Lacking(Credentials):
    """Has no credential, for this reason, as soon as there is one."""

    reason: Problem | None = None

    def __init__(self, clock: SteppedClock) -> None:
        authenticator = open_authenticator(environ={}, home=Path(), clock=clock)
        super().__init__({}, authenticator=authenticator, read=lambda _: None, clock=clock)

    async def get(self, profile_name: str) -> AnyCredential | Problem:
        return self.reason or await super().get(profile_name)


class Probing(Lacking):
    """Notes each look for another credential, and finds one when it is told to."""

    def __init__(self, clock: SteppedClock) -> None:
        super().__init__(clock)
        self.looks: list[tuple[float, str]] = []
        self.mistake: Exception | None = None

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        return False

    async def probe(self, profile_name: str) -> bool:
        self.looks.append((self._clock.monotonic(), profile_name))
        if self.mistake is not None:
            raise self.mistake
        return False


class Scene:
    """The channel of profile `one`, with all that it depends on."""

    def __init__(
        self,
        clock: SteppedClock,
        *outcomes: Problem | None,
        credentials: CredentialCache | None = None,
        latency: float = 0.0,
    ) -> None:
        self.clock = clock
        self._outcomes = iter(outcomes)
        self.oms = FakeOms(clock, outcome=self._answer, latency=latency)
        self.credentials = with_tokens(credentials or Lacking(clock))
        self.channels = channels_to(self.oms, self.credentials)
        self.told: list[Refusal] = []
        self.channels.tell = self.told.append
        self.one = self.channels.of("one")

    def _answer(self, _: Asked) -> Problem | None:
        assert len(self.oms.asked) < 99, "asked again and again"
        return next(self._outcomes, None)

    async def ask(self, manner: RequestOptions = ONCE, topic: str = "t", name: str = "one") -> Exchange[Answer]:
        async def call(client: Client, credential: AnyCredential) -> Answer | Problem:
            return await client.show_sync_task(topic, 0, credential)

        return await self.channels.of(name).ask(call, topic, manner)

    def begin(self, manner: RequestOptions = ONCE, topic: str = "t") -> asyncio.Task[Exchange[Answer]]:
        return asyncio.create_task(self.ask(manner, topic))

    def moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.monotonic())


PATIENT = RequestOptions(is_patient=True)
EXTRA = RequestOptions(is_extra=True)


# What is told of an exchange


async def test_an_exchange_tells_when_it_was_sent_and_in_which_order(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, None, BROKEN, latency=2.0)
    await stepped_clock.advance(5)
    begun: list[Moment] = []
    first = made.begin(RequestOptions(begun=lambda at: begun.append(at) if not made.oms.asked else None))
    sent = made.moment()
    await stepped_clock.advance(10)
    exchange = first.result()
    assert isinstance(exchange.outcome, Answer)
    assert begun == [sent], "just before it is sent"
    assert (exchange.asked, exchange.number, exchange.is_sent, exchange.pause) == (sent, 1, True, None)
    second = made.begin()
    sent = made.moment()
    await stepped_clock.advance(10)
    assert second.result() == Exchange(BROKEN, sent, 2)


async def test_without_the_profile_nothing_is_sent(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock)
    await stepped_clock.advance(5)
    exchange = await made.ask(name="none")
    assert exchange == Exchange(no_profile("none"), made.moment(), 1, is_sent=False, pause=60.0)
    made.channels.interval = 10.0
    exchange = await made.ask(name="none")
    assert (exchange.number, exchange.pause) == (2, 30.0)
    made.channels.use_profiles({"two": PROFILES["two"]})
    assert (await made.ask()).outcome == no_profile("one")


async def test_what_throttling_says_is_said_again_instead_of_asking(stepped_clock: SteppedClock) -> None:
    told = replace(THROTTLED, request_id="r")
    made = Scene(stepped_clock, told)
    exchange = await made.ask(RequestOptions(failures=2))
    assert (exchange.outcome, exchange.is_sent, exchange.pause) == (told, True, pause_after(told, 3, 60.0, 0.5))
    assert made.one.limiter.told_to_wait("other") == 0.0
    assert made.one.interval == 90.0
    hold = made.one.limiter.hold("other")
    assert hold is not None
    assert hold.seconds == exchange.pause
    again = await made.ask(topic="other")
    assert again == Exchange(replace(told, request_id=None), made.moment(), 2, is_sent=False)
    assert len(made.oms.asked) == 1


async def test_what_a_refusal_says_is_said_again_instead_of_asking(stepped_clock: SteppedClock) -> None:
    told = replace(REFUSED, request_id="r")
    made = Scene(stepped_clock, told)
    assert (await made.ask()).outcome == told
    assert await made.ask() == Exchange(replace(told, request_id=None), made.moment(), 2, is_sent=False)
    assert made.told == [Refusal("one", told)]
    assert (await made.ask(name="two")).is_sent


async def test_a_wait_that_an_answer_tells_holds_back_its_topic(stepped_clock: SteppedClock) -> None:
    busy = Problem(ProblemKind.SERVER, "503", request_id="r", retry_after=60.0)
    made = Scene(stepped_clock, busy)
    assert (await made.ask()).pause is None
    assert (await made.ask()).outcome == replace(busy, request_id=None)
    assert isinstance((await made.ask(topic="other")).outcome, Answer)
    await stepped_clock.advance(60)
    assert isinstance((await made.ask()).outcome, Answer)


async def test_without_a_credential_nothing_is_sent_and_that_is_told_once(stepped_clock: SteppedClock) -> None:
    credentials = Lacking(stepped_clock)
    made = Scene(stepped_clock, credentials=credentials)
    credentials.reason = reason = Problem(ProblemKind.TOKEN, "There is no password")
    begun: list[Moment] = []
    exchange = await made.ask(RequestOptions(begun=begun.append))
    assert exchange == Exchange(reason, made.moment(), 1, is_sent=False)
    assert begun == [made.moment()]
    assert (made.one.is_refused, made.one.limiter.tries) == (True, None)
    assert made.told == [Refusal("one", reason)]
    assert (await made.ask()).number == 2
    assert made.oms.asked == []


async def test_a_passing_reason_for_no_credential_is_no_refusal(stepped_clock: SteppedClock) -> None:
    """IAM is out of order: the question waits as long as IAM says."""
    credentials = Lacking(stepped_clock)
    made = Scene(stepped_clock, credentials=credentials)
    credentials.reason = Problem(ProblemKind.SERVER, "503", retry_after=60.0)
    exchange = await made.ask()
    assert exchange == Exchange(credentials.reason, made.moment(), 1, is_sent=False)
    assert (made.one.is_refused, made.told) == (False, [])
    assert made.one.limiter.told_to_wait("t") == 60.0
    assert not made.one.is_free("other")


# What an answer teaches


@pytest.mark.parametrize("outcome", [None, NOT_THERE, BROKEN])
async def test_an_answer_of_the_service_proves_the_credential(
    outcome: Problem | None, stepped_clock: SteppedClock
) -> None:
    made = Scene(stepped_clock, outcome)
    assert not made.one.is_free("t")
    await made.ask()
    assert made.one.is_free("t")
    made.one.limiter.hold_back("t", replace(BROKEN, retry_after=9.0))
    assert (made.one.is_free("t"), made.one.is_free("other")) == (False, True)
    made.channels.use_profiles({})
    assert not made.one.is_free("other")


@pytest.mark.parametrize("manner", [ONCE, EXTRA])
async def test_what_somebody_else_answers_proves_nothing(manner: RequestOptions, stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, FOREIGN, replace(THROTTLED, is_foreign=True))
    for _ in range(2):
        assert (await made.ask(manner)).pause is None
        assert not made.one.is_free("t")


async def test_the_refusal_of_an_extra_says_nothing(stepped_clock: SteppedClock) -> None:
    credentials = Renewing(stepped_clock, "second")
    made = Scene(stepped_clock, REFUSED, credentials=credentials)
    exchange = await made.ask(EXTRA)
    assert (exchange.outcome, exchange.is_sent, exchange.pause) == (REFUSED, True, None)
    assert credentials.tokens == ["second"], "nothing is renewed"
    assert (made.one.is_refused, made.told, made.one.is_free("t")) == (False, [], False)


async def test_after_a_renewal_the_question_is_asked_again(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, credentials=Renewing(stepped_clock, "second"))
    assert isinstance((await made.ask()).outcome, Answer)
    assert [asked.token for asked in made.oms.asked] == ["token-of-one", "second"]
    assert made.told == []


async def test_a_refused_credential_is_tried_once_a_try_is_due_and_let_in(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, REFUSED, BROKEN, None)
    await made.ask()
    for seconds, outcome in ((300, REFUSED), (900, BROKEN), (3600, None)):
        await stepped_clock.advance(seconds)
        assert not (await made.ask()).is_sent, "not before it is called for"
        made.one.limiter.call_for_try()
        asking = made.begin(PATIENT)
        await stepped_clock.advance(1)
        if outcome is None:
            assert isinstance(asking.result().outcome, Answer)
        else:
            assert asking.result().outcome == outcome
    assert made.told == [Refusal("one", REFUSED), Refusal("one", None)]
    assert made.one.is_free("t")


async def test_a_try_that_is_let_in_is_told_to_those_who_renew(stepped_clock: SteppedClock) -> None:
    """They may renew the credential again when it ends."""
    accepted: list[str] = []

    class Hearing(Probing):
        def accepted(self, profile_name: str) -> None:
            accepted.append(profile_name)

    made = Scene(stepped_clock, None, REFUSED, BROKEN, None, credentials=Hearing(stepped_clock))
    await made.ask()
    assert accepted == ["one"], "the first answer lets it in"
    await made.ask()
    for seconds in (300, 900):
        assert accepted == ["one"]
        await stepped_clock.advance(seconds)
        made.one.limiter.call_for_try()
        made.begin(PATIENT)
        await stepped_clock.advance(1)
    assert accepted == ["one", "one"]


async def test_another_reason_for_the_refusal_is_told_and_the_same_one_is_not(stepped_clock: SteppedClock) -> None:
    other_text, other_code = replace(REFUSED, text="another"), replace(REFUSED, text="another", code="APIGW.0307")
    made = Scene(stepped_clock, REFUSED, replace(REFUSED, request_id="r"), other_text, other_code)
    for seconds in (0, 300, 900, 3600):
        await stepped_clock.advance(seconds)
        made.one.limiter.call_for_try()
        made.begin(PATIENT)
        await stepped_clock.advance(1)
    assert [refusal.problem for refusal in made.told] == [REFUSED, other_text, other_code]


async def test_a_late_refusal_of_what_has_been_replaced_says_nothing(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, latency=2.0, credentials=Probing(stepped_clock))
    asking = made.begin()
    await stepped_clock.advance(1)
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    await stepped_clock.advance(2)
    assert asking.result().outcome == REFUSED
    assert (made.one.is_refused, made.told) == (False, [])


async def test_a_late_answer_to_what_has_been_replaced_proves_only_that(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, latency=2.0)
    asking = made.begin()
    await stepped_clock.advance(1)
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    await stepped_clock.advance(2)
    assert isinstance(asking.result().outcome, Answer)
    assert not made.one.is_free("t")


# Who waits for whom


async def test_a_credential_of_which_nothing_is_known_is_tried_by_one_request_alone(
    stepped_clock: SteppedClock,
) -> None:
    made = Scene(stepped_clock, latency=2.0)
    asking = [made.begin() for _ in range(9)]
    await stepped_clock.advance(1)
    assert made.oms.in_flight == 1
    await stepped_clock.advance(2)
    assert made.oms.in_flight == 4
    await stepped_clock.advance(5)
    assert all(isinstance(one.result().outcome, Answer) for one in asking)
    assert (made.oms.most_in_flight, len(made.oms.asked)) == (4, 9)


async def test_who_waited_while_the_credential_was_refused_is_told_so(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, latency=2.0)
    asking = [made.begin() for _ in range(3)]
    await stepped_clock.advance(9)
    assert [(one.result().outcome, one.result().is_sent) for one in asking] == [
        (REFUSED, True),
        (REFUSED, False),
        (REFUSED, False),
    ]


async def test_who_waited_while_the_topic_was_told_to_wait_is_told_so(stepped_clock: SteppedClock) -> None:
    busy = Problem(ProblemKind.SERVER, "503", retry_after=60.0)
    made = Scene(stepped_clock, busy, latency=2.0)
    asking = [made.begin(), made.begin(), made.begin(topic="other")]
    await stepped_clock.advance(9)
    assert [one.result().is_sent for one in asking] == [True, False, True]
    assert asking[1].result().outcome == busy


async def test_who_waited_for_a_place_while_the_service_throttled_is_told_so(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, None, THROTTLED, latency=2.0)
    first = made.begin()
    await stepped_clock.advance(3)
    assert first.done()
    asking = [made.begin() for _ in range(6)]
    await stepped_clock.advance(9)
    assert [one.result().is_sent for one in asking] == [True] * 4 + [False] * 2
    assert asking[5].result().outcome == THROTTLED


async def test_an_urgent_question_goes_first(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, latency=2.0)
    made.begin()
    await stepped_clock.advance(3)
    asking = [made.begin(topic=topic) for topic in "abcdef"]
    asking.append(made.begin(RequestOptions(is_urgent=lambda: True), "urgent"))
    await stepped_clock.advance(9)
    assert [asked.sync_task_id for asked in made.oms.asked[5:]] == ["urgent", "e", "f"]
    assert all(one.done() for one in asking)


async def test_patience_waits_for_another_credential(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED)
    await made.ask()
    asking = made.begin(PATIENT)
    await stepped_clock.advance(1000)
    assert not asking.done()
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    await stepped_clock.advance(0)
    assert isinstance(asking.result().outcome, Answer)
    assert made.told == [Refusal("one", REFUSED), Refusal("one", None)]


async def test_patience_waits_for_throttling_and_its_own_spread_and_for_its_topic(
    stepped_clock: SteppedClock,
) -> None:
    made = Scene(stepped_clock)
    made.one.limiter.throttle(60.0, THROTTLED)
    made.one.limiter.hold_back("held", replace(BROKEN, retry_after=90.0))
    asking = [made.begin(RequestOptions(is_patient=True, spread=5.0), topic) for topic in ("t", "held")]
    await stepped_clock.advance(100)
    assert [(asked.sync_task_id, asked.at) for asked in made.oms.asked] == [("t", 65.0), ("held", 90.0)]
    assert all(one.done() for one in asking)


async def test_the_log_says_why_nothing_was_asked(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Who reads it in the morning finds why the service was not asked in the night."""
    caplog.set_level(logging.DEBUG, logger="omstui.backend.polling")
    made = Scene(stepped_clock, THROTTLED, replace(BROKEN, retry_after=90.0), None, REFUSED)
    await made.ask()
    await stepped_clock.advance(200)
    await made.ask()
    waiting = made.begin(PATIENT)
    await stepped_clock.advance(100)
    assert waiting.done()
    await made.ask()
    assert caplog.messages == [
        "one: all requests wait for 132 s, since the service throttles",
        "one: a request waits for 90 s, as the service asked",
        "one: no request is sent until the credential is replaced or tried again",
    ]


# A profile that changes meanwhile


async def test_the_answer_of_another_endpoint_is_dropped(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, latency=2.0)
    asking = made.begin()
    await stepped_clock.advance(1)
    made.channels.use_profiles(MOVED)
    await stepped_clock.advance(5)
    assert isinstance(asking.result().outcome, Answer)
    assert [asked.endpoint for asked in made.oms.asked] == [PROFILES["one"].endpoint, MOVED["one"].endpoint]
    assert made.told == [Refusal("one", None)], "of the change alone"


async def test_a_profile_that_changes_while_its_credential_is_had_is_asked_as_it_is_now(
    stepped_clock: SteppedClock,
) -> None:
    class Slow(Lacking):
        async def get(self, profile_name: str) -> AnyCredential | Problem:
            await stepped_clock.sleep(2.0)
            return await super().get(profile_name)

    made = Scene(stepped_clock, credentials=Slow(stepped_clock))
    asking = made.begin()
    await stepped_clock.advance(1)
    made.channels.use_profiles(MOVED)
    await stepped_clock.advance(5)
    assert asking.result().number == 1
    assert [asked.endpoint for asked in made.oms.asked] == [MOVED["one"].endpoint]


async def test_a_profile_that_changes_while_its_credential_is_renewed_is_not_refused(
    stepped_clock: SteppedClock,
) -> None:
    class Slow(Lacking):
        async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
            await stepped_clock.sleep(2.0)
            return False

    made = Scene(stepped_clock, REFUSED, credentials=Slow(stepped_clock))
    asking = made.begin()
    await stepped_clock.advance(1)
    made.channels.use_profiles(MOVED)
    await stepped_clock.advance(5)
    assert isinstance(asking.result().outcome, Answer)
    assert made.told == [Refusal("one", None)]


# When time jumps


@pytest.mark.parametrize("outcome", [None, LOST, NOT_THERE])
async def test_what_was_answered_while_time_jumped_is_asked_again(
    outcome: Problem | None, stepped_clock: SteppedClock
) -> None:
    made = Scene(stepped_clock, outcome, latency=2.0)
    asking = made.begin()
    await stepped_clock.advance(1)
    stepped_clock.jump(600)
    await stepped_clock.advance(9)
    assert isinstance(asking.result().outcome, Answer)
    assert len(made.oms.asked) == 2


@pytest.mark.parametrize("outcome", [REFUSED, THROTTLED])
async def test_a_refusal_and_throttling_count_whatever_time_did(outcome: Problem, stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, outcome, latency=2.0)
    asking = made.begin()
    await stepped_clock.advance(1)
    stepped_clock.jump(600)
    await stepped_clock.advance(9)
    assert (asking.result().outcome, len(made.oms.asked)) == (outcome, 1)


# When it is asked next


async def test_the_next_question_waits_for_what_holds_it_back(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED)
    assert made.one.next_at(7.0, "t", 5.0) == 7.0
    made.one.limiter.throttle(60.0, THROTTLED)
    made.one.limiter.hold_back("held", replace(BROKEN, retry_after=90.0))
    assert [made.one.next_at(7.0, topic, 5.0) for topic in ("t", "held")] == [65.0, 90.0]


async def test_with_a_refused_credential_the_next_question_is_the_next_try(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED)
    await made.ask()
    assert made.one.next_at(7.0, "t", 5.0) == 300.0
    made.one.limiter.throttle(600.0, THROTTLED)
    assert made.one.next_at(7.0, "t", 5.0) == 605.0
    made.one.limiter.tries = None
    assert made.one.next_at(7.0, "t", 5.0) is None


# The profile and its connections


async def test_a_changed_profile_begins_with_nothing_known(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, None)
    changed: list[set[str]] = []
    made.channels.on_profiles_changed = lambda names: changed.append(set(names))
    await made.ask()
    assert made.one.is_free("t")
    made.one.service_clock._told = (START, 0.0)
    made.channels.use_profiles({name: replace(profile, color="red") for name, profile in PROFILES.items()})
    assert (changed, made.one.is_free("t")) == ([], True), "its looks are no change"
    made.channels.use_profiles(MOVED)
    assert changed == [{"one"}]
    assert not made.one.is_free("t")
    assert made.one.service_clock._told is None
    assert made.one.profile == MOVED["one"]
    assert made.told == [Refusal("one", None)]


async def test_a_profile_that_comes_and_goes_is_a_change_each_time(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock)
    changed: list[set[str]] = []
    made.channels.on_profiles_changed = lambda names: changed.append(set(names))
    three = Profile("three", "https://oms.example", "p", zone=BEIJING)
    assert made.channels.of("three").zone == UTC
    made.channels.use_profiles({**PROFILES, "three": three})
    assert made.channels.of("three").zone == BEIJING
    made.channels.use_profiles(PROFILES)
    made.channels.use_profiles({})
    assert changed == [{"three"}, {"three"}, {"one", "two"}]
    assert made.told == [], "nothing was refused"


async def test_a_profile_that_comes_after_its_absence_was_a_refusal_tells_that_it_is_over(
    stepped_clock: SteppedClock,
) -> None:
    made = Scene(stepped_clock, REFUSED)
    await made.ask()
    made.channels.use_profiles({})
    assert made.told == [Refusal("one", REFUSED)]
    made.channels.use_profiles(PROFILES)
    assert made.told == [Refusal("one", REFUSED), Refusal("one", None)]


async def test_connections_are_closed_by_the_last_user_and_with_a_changed_profile(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    made = Scene(stepped_clock)
    async with made.channels.opened():
        async with made.channels.opened():
            await made.ask()
            await made.ask(name="two")
            await made.ask()
        assert (made.oms.opened, made.oms.closed) == (2, 0)
        made.channels.use_profiles({"two": PROFILES["two"]})
        await stepped_clock.advance(0)
        assert made.oms.closed == 1
    assert made.oms.closed == 2
    async with made.channels.opened():
        await made.ask(name="two")
    async with made.channels.opened():
        pass
    assert (made.oms.opened, made.oms.closed) == (3, 3)
    assert caplog.messages == []


async def test_a_mistake_while_closing_is_logged(stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture) -> None:
    made = Scene(stepped_clock)
    made.oms.cannot_close = True
    async with made.channels.opened():
        await made.ask()
    assert caplog.messages == ["internal error while closing connections"]


# What is asked


async def test_the_sample_of_a_question_has_all_that_was_answered(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, latency=2.0)
    served_at = START - timedelta(seconds=3)
    task = SyncTask(sync_task_id=REF.sync_task_id)
    made.oms.outcome = lambda _: Answer(task, "request", START, ("a remark",), served_at)
    asking = asyncio.create_task(made.one.ask_for_task(REF, None))
    await stepped_clock.advance(2)
    sample, exchange = asking.result()
    answered_at = START + timedelta(seconds=2)
    assert exchange.outcome == Answer(task, "request", START, ("a remark",), served_at)
    assert sample == Sample(
        REF, Month(2026, 11), True, START, answered_at, task=task, request_id="request", number=1,  # noqa: FBT003 - by place
        remarks=("a remark",), served_at=served_at,
    )  # fmt: skip


async def test_the_sample_of_a_problem_has_its_request(stepped_clock: SteppedClock) -> None:
    broken = replace(BROKEN, request_id="request")
    made = Scene(stepped_clock, broken, latency=2.0)
    begun: list[Moment] = []
    asking = asyncio.create_task(made.one.ask_for_task(REF, Month(2026, 3), RequestOptions(begun=begun.append)))
    await stepped_clock.advance(2)
    sample, _ = asking.result()
    assert begun == [Moment(START, 0.0)]
    answered_at = START + timedelta(seconds=2)
    assert sample == Sample(
        REF, Month(2026, 3), False, START, answered_at, problem=broken, request_id="request", number=1  # noqa: FBT003 - by place
    )  # fmt: skip
    assert made.oms.asked[0].query_time.month == 3


async def test_a_statistic_is_asked_for_up_to_now(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock)
    asked: list[tuple[str, int, int]] = []

    class Noting:
        async def list_sync_task_statistic(
            self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
        ) -> Statistic | Problem:
            asked.append((sync_task_id, begin_ms, end_ms))
            assert credential == made.credentials.known("one")
            return REFUSED

    made.one._client = Noting()  # type: ignore[assignment]  # no other question is asked
    await stepped_clock.advance(5)
    now = stepped_clock.now()
    exchange = await made.one.ask_for_statistic("task", timedelta(hours=6), EXTRA)
    assert (exchange.outcome, made.one.is_refused) == (REFUSED, False)
    assert asked == [("task", query_time_ms(None, now - timedelta(hours=6)), query_time_ms(None, now))]
    made.one.limiter.hold_back("statistic", replace(BROKEN, retry_after=9.0))
    assert not (await made.one.ask_for_statistic("task", timedelta(hours=6))).is_sent


async def test_the_list_is_asked_for_before_the_tasks(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, latency=2.0)
    made.begin()
    await stepped_clock.advance(3)
    asking = [made.begin() for _ in range(9)]
    listing = asyncio.create_task(made.one.list_tasks())
    await stepped_clock.advance(3)
    assert listing.result() == Listing()
    assert not asking[8].done()
    await stepped_clock.advance(9)


async def test_a_wait_that_the_list_tells_holds_back_the_list(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock)
    made.oms.listing = replace(BROKEN, retry_after=60.0, request_id="r")
    assert await made.one.list_tasks() == made.oms.listing
    assert await made.one.list_tasks() == replace(BROKEN, retry_after=60.0)
    assert (await made.ask()).is_sent


# The watch


async def watching(made: Scene, jumped: Callable[[], None] = lambda: None) -> "asyncio.Task[None]":
    """Begin to watch."""

    async def watch() -> None:
        async with asyncio.TaskGroup() as group:
            await made.channels.watch(group, jumped)

    task = asyncio.create_task(watch())
    await made.clock.advance(0)
    return task


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_while_a_credential_is_refused_the_watch_looks_for_another_every_quarter_of_a_minute(
    stepped_clock: SteppedClock,
) -> None:
    credentials = Probing(stepped_clock)
    made = Scene(stepped_clock, REFUSED, credentials=credentials)
    watch = await watching(made)
    await stepped_clock.advance(100)
    assert credentials.looks == []
    await made.ask()
    await stepped_clock.advance(50)
    assert credentials.looks == [(115.0, "one"), (130.0, "one"), (145.0, "one")]
    assert not made.one.limiter.is_try_due
    await stepped_clock.advance(250)
    assert made.one.limiter.is_try_due, "five minutes after the refusal"
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    looks = len(credentials.looks)
    await stepped_clock.advance(100)
    assert len(credentials.looks) <= looks + 1
    await ended(watch)


async def test_what_is_refused_again_is_looked_after_by_one_alone(stepped_clock: SteppedClock) -> None:
    credentials = Probing(stepped_clock)
    made = Scene(stepped_clock, REFUSED, REFUSED, credentials=credentials)
    watch = await watching(made)
    await made.ask()
    await stepped_clock.advance(5)
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    await made.ask()
    await stepped_clock.advance(60)
    assert [at for at, _ in credentials.looks] == [15.0, 30.0, 45.0, 60.0]
    made.credentials.replace("one", Credential(Secret("third"), "memory"))
    await stepped_clock.advance(60)
    credentials.looks.clear()
    made.one.limiter.refuse(made.credentials.revision("one"), REFUSED, Credential(Secret("third"), "memory"))
    made.channels.begin(made.one.probe())
    await stepped_clock.advance(20)
    assert len(credentials.looks) == 1, "and anew after the last look was over"
    await ended(watch)


async def test_what_was_refused_before_the_watch_is_looked_after_from_its_beginning(
    stepped_clock: SteppedClock,
) -> None:
    credentials = Probing(stepped_clock)
    made = Scene(stepped_clock, REFUSED, REFUSED, credentials=credentials)
    await made.ask()
    await stepped_clock.advance(100)
    assert credentials.looks == [], "nobody waits for it"
    watch = await watching(made)
    await stepped_clock.advance(20)
    assert credentials.looks == [(115.0, "one")]
    await ended(watch)
    made.credentials.replace("one", Credential(Secret("other"), "memory"))
    assert (await made.ask()).outcome == REFUSED
    await stepped_clock.advance(100)
    assert len(credentials.looks) == 1, "nobody waits for it any more"


async def test_a_mistake_while_looking_ends_no_watch(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = Probing(stepped_clock)
    credentials.mistake = ZeroDivisionError()
    made = Scene(stepped_clock, REFUSED, credentials=credentials)
    watch = await watching(made)
    await made.ask()
    await stepped_clock.advance(35)
    assert len(credentials.looks) == 2
    assert caplog.messages == ["internal error while looking for a credential of one"] * 2
    await ended(watch)


async def test_a_jump_of_time_is_told_and_what_depends_on_the_clock_is_forgotten(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, REFUSED, credentials=Probing(stepped_clock))
    jumps: list[float] = []
    watch = await watching(made, lambda: jumps.append(stepped_clock.monotonic()))
    await made.ask()
    assert made.one.limiter.tries is not None
    made.one.limiter.tries = replace(made.one.limiter.tries, gateway_zero=START.timestamp() + 600)
    made.one.service_clock._told = made.channels.of("two").service_clock._told = (START, 0.0)
    await stepped_clock.advance(5)
    assert (jumps, made.one.limiter.is_try_due) == ([], False)
    stepped_clock.jump(600)
    await stepped_clock.advance(1)
    assert jumps == [6.0]
    assert made.one.limiter.is_try_due, "the clock may be all that was wrong"
    assert made.one.service_clock._told is made.channels.of("two").service_clock._told is None
    await ended(watch)


async def test_the_watch_knows_of_jumps_while_a_question_is_under_way(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock, LOST, LOST, latency=2.0)
    watch = await watching(made)
    await stepped_clock.advance(10)
    asking = made.begin()
    await stepped_clock.advance(1)
    stepped_clock.jump(600)
    await stepped_clock.advance(2)
    assert len(made.oms.asked) == 2
    await stepped_clock.advance(5)
    assert asking.result().outcome == LOST, "the second time nothing jumped"
    await ended(watch)


async def test_each_task_is_asked_once_and_connections_are_closed(stepped_clock: SteppedClock) -> None:
    made = Scene(stepped_clock)
    found = await made.channels.ask_each([*refs(2), *refs(2)], Month(2026, 3))
    assert list(found) == refs(2)
    assert [asked.query_time.month for asked in made.oms.asked] == [3, 3]
    assert (made.oms.opened, made.oms.closed) == (1, 1)
