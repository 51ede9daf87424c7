"""The poller: how often it asks, whom first, and what stops it."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import open_authenticator
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.oms.client import Answer, Client
from omstui.backend.polling.channel import Channels
from omstui.backend.polling.poller import Asking, Poller
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import Listing, SyncTask, TaskRef
from omstui.core.watch.sample import Refusal, Sample, Statistic, StatisticSample
from omstui.demo.clock import SteppedClock
from tests.making import BEIJING

PROFILES = {name: Profile(name, "https://oms.example", "p" * 32, zone=BEIJING) for name in ("one", "two")}
THROTTLED = Problem(ProblemKind.THROTTLED, "limit", retry_after=120.0)
BROKEN = Problem(ProblemKind.SERVER, "503")
NOT_THERE = Problem(ProblemKind.GONE, "No resources found.", "OMS.1009", 404)
REFUSED = Problem(ProblemKind.TOKEN, "decrypt token fail", "APIGW.0301", 401)


def refs(count: int, profile: str = "one") -> list[TaskRef]:
    return [TaskRef(profile, f"task-{number:03}") for number in range(count)]


@dataclass(frozen=True)
class Asked:
    at: float
    profile: str
    sync_task_id: str
    query_time: datetime
    token: str
    endpoint: str


@dataclass
class FakeOms:
    """Answers as told, and remembers what it was asked."""

    clock: SteppedClock
    outcome: Callable[[Asked], Answer | Problem | Exception | None] = lambda _: None
    statistic: Callable[[Asked], Problem | Exception | None] = lambda _: None
    listing: Listing | Problem = field(default_factory=Listing)
    latency: float = 0.0
    statistics: list[tuple[Asked, timedelta]] = field(default_factory=list)
    """Questions for statistics, and how much time each covers."""

    asked: list[Asked] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    opened: int = 0
    closed: int = 0
    cannot_close: bool = False
    never_closes: bool = False

    def open_client(self, profile: Profile) -> Client:
        self.opened += 1
        return _FakeClient(self, profile.name, profile.endpoint)

    def times(self, ref: TaskRef) -> list[float]:
        return [asked.at for asked in self.asked if asked.sync_task_id == ref.sync_task_id]


@dataclass
class _FakeClient:
    oms: FakeOms
    profile: str
    endpoint: str

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        oms = self.oms
        asked_for = datetime.fromtimestamp(query_time_ms / 1000, UTC)
        token = credential.secrets[0].reveal()
        asked = Asked(oms.clock.monotonic(), self.profile, sync_task_id, asked_for, token, self.endpoint)
        if [(one.at, one.sync_task_id) for one in oms.asked[-5:]] == [(asked.at, sync_task_id)] * 5:
            pytest.fail("asked again and again")
        oms.asked.append(asked)
        oms.in_flight += 1
        oms.most_in_flight = max(oms.most_in_flight, oms.in_flight)
        try:
            await oms.clock.sleep(oms.latency)
        finally:
            oms.in_flight -= 1
        outcome = oms.outcome(asked)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or Answer(SyncTask(sync_task_id=sync_task_id), "request", oms.clock.now())

    async def list_sync_task_statistic(
        self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
    ) -> Statistic | Problem:
        oms = self.oms
        begin = datetime.fromtimestamp(begin_ms / 1000, UTC)
        token = credential.secrets[0].reveal()
        asked = Asked(oms.clock.monotonic(), self.profile, sync_task_id, begin, token, self.endpoint)
        oms.statistics.append((asked, timedelta(milliseconds=end_ms - begin_ms)))
        await oms.clock.sleep(oms.latency)
        outcome = oms.statistic(asked)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or Statistic(timedelta(minutes=5))

    async def list_sync_tasks(self, credential: AnyCredential) -> Listing | Problem:
        return self.oms.listing

    async def aclose(self) -> None:
        self.oms.closed += 1
        if self.oms.cannot_close:
            raise ZeroDivisionError
        if self.oms.never_closes:
            await asyncio.Event().wait()


@dataclass
class Run:
    clock: SteppedClock
    oms: FakeOms
    channels: Channels
    poller: Poller
    credentials: CredentialCache
    news: deque[Sample | Refusal]
    statistics: list[StatisticSample] = field(default_factory=list)

    def samples(self, ref: TaskRef | None = None) -> list[Sample]:
        return [one for one in self.news if isinstance(one, Sample) and ref in {None, one.ref}]

    def refusals(self) -> list[Refusal]:
        return [one for one in self.news if isinstance(one, Refusal)]


def sign_ins(clock: SteppedClock) -> CredentialCache:
    """Make the sign-ins of profiles with tokens that are given by hand."""
    return CredentialCache(
        {}, authenticator=open_authenticator(environ={}, home=Path(), clock=clock), read=lambda _: None, clock=clock
    )


def with_tokens(credentials: CredentialCache) -> CredentialCache:
    """Give each profile a token."""
    for name in PROFILES:
        credentials.replace(name, Credential(Secret(f"token-of-{name}"), "memory"))
    return credentials


def channels_to(oms: FakeOms, credentials: CredentialCache) -> Channels:
    return Channels(
        profiles=PROFILES,
        credentials=credentials,
        open_client=oms.open_client,
        clock=oms.clock,
        interval=60.0,
        chance=lambda: 0.5,
    )


class Renewing(CredentialCache):
    """Has another token for the one that is refused, as a password profile has."""

    def __init__(self, clock: SteppedClock, *tokens: str) -> None:
        authenticator = open_authenticator(environ={}, home=Path(), clock=clock)
        super().__init__({}, authenticator=authenticator, read=lambda _: None, clock=clock)
        self.tokens = list(tokens)
        self.probes: list[str] = []

    def _next(self, profile_name: str) -> bool:
        if self.tokens:
            self.replace(profile_name, Credential(Secret(self.tokens.pop(0)), "memory"))
            return True
        return False

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        assert problem is REFUSED
        return revision != self.revision(profile_name) or self._next(profile_name)


class Probed(Renewing):
    """Finds another token in the store, the third time it looks."""

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        return False

    async def probe(self, profile_name: str) -> bool:
        self.probes.append(profile_name)
        return len(self.probes) == 3 and self._next(profile_name)


@asynccontextmanager
async def running(
    clock: SteppedClock,
    watched: list[TaskRef],
    sign_in: CredentialCache | None = None,
    news: deque[Sample | Refusal] | None = None,
    **oms_options: object,
) -> AsyncIterator[Run]:
    oms = FakeOms(clock, **oms_options)  # type: ignore[arg-type]  # keyword options of the fake
    credentials = with_tokens(sign_in or sign_ins(clock))
    news = deque() if news is None else news
    statistics: list[StatisticSample] = []
    channels = channels_to(oms, credentials)
    poller = Poller(channels, deliver=news.append, deliver_statistic=statistics.append)
    poller.watch(watched)
    running = asyncio.create_task(poller.run())
    try:
        yield Run(clock, oms, channels, poller, credentials, news, statistics)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_every_task_is_asked_about_once_a_minute_and_never_more_often(stepped_clock: SteppedClock) -> None:
    watched = refs(20)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(3600)
        for ref in watched:
            times = run.oms.times(ref)
            gaps = [b - a for a, b in itertools.pairwise(times)]
            assert min(gaps) >= 59.999
            assert max(gaps) <= 75.001
            assert len(times) >= 57


async def test_what_is_remarked_of_an_answer_is_told_with_it(stepped_clock: SteppedClock) -> None:
    answer = Answer(SyncTask(monthly_size=7), "request", stepped_clock.now(), ("app_id is a list, not text",))
    async with running(stepped_clock, refs(1), outcome=lambda _: answer) as run:
        await stepped_clock.advance(5)
        assert [sample.remarks for sample in run.samples()] == [("app_id is a list, not text",)]


async def test_the_first_round_is_done_within_seconds_with_the_selected_task_first(stepped_clock: SteppedClock) -> None:
    watched = refs(6)
    async with running(stepped_clock, []) as run:
        run.poller.select(watched[4])
        run.poller.watch(watched)
        await stepped_clock.advance(5)
        assert len(run.oms.asked) == 6
        assert run.oms.asked[0].sync_task_id == watched[4].sync_task_id
        assert len({asked.at for asked in run.oms.asked}) == 6


async def test_requests_spread_over_the_interval(stepped_clock: SteppedClock) -> None:
    """After a few rounds no tenth of the interval has more than twice its share."""
    async with running(stepped_clock, refs(50)) as run:
        await stepped_clock.advance(600)
        run.oms.asked.clear()
        await stepped_clock.advance(60)
        tenths = [int(asked.at % 60 // 6) for asked in run.oms.asked]
        assert max(tenths.count(tenth) for tenth in range(10)) <= 2 * len(tenths) / 10


async def test_at_most_four_requests_of_a_profile_are_in_flight(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(30), latency=15.0) as run:
        await stepped_clock.advance(600)
        assert run.oms.most_in_flight == 4


async def test_the_selected_task_does_not_queue_behind_the_others(stepped_clock: SteppedClock) -> None:
    watched = refs(30)
    async with running(stepped_clock, watched, latency=30.0) as run:
        await stepped_clock.advance(40)
        run.poller.select(watched[29])
        run.poller.ask_month(watched[29], Month(2026, 3))
        await stepped_clock.advance(31)
        assert any(asked.query_time == datetime(2026, 3, 15, 12, tzinfo=UTC) for asked in run.oms.asked)


async def test_the_current_month_is_asked_for_with_the_present_moment(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(1)) as run:
        await stepped_clock.advance(200)
        for asked in run.oms.asked:
            assert asked.query_time == run.clock.now() - timedelta(seconds=200 - asked.at)
        assert all(sample.is_current and sample.month == Month(2026, 11) for sample in run.samples())


async def test_a_past_month_is_asked_once_at_its_middle(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref]) as run:
        await stepped_clock.advance(1)
        run.poller.ask_month(ref, Month(2026, 3))
        run.poller.ask_month(ref, Month(2026, 3))
        await stepped_clock.advance(600)
        past = [asked for asked in run.oms.asked if asked.query_time == datetime(2026, 3, 15, 12, tzinfo=UTC)]
        assert len(past) == 1
        (sample,) = [sample for sample in run.samples() if not sample.is_current]
        assert (sample.month, sample.next_at) == (Month(2026, 3), None)
        run.poller.ask_month(ref, Month(2026, 3))
        await stepped_clock.advance(1)
        assert sum(not sample.is_current for sample in run.samples()) == 2


async def test_a_refused_credential_stops_its_profile_at_once_and_no_other(stepped_clock: SteppedClock) -> None:
    """Eight tasks, one 401: what was in flight may end, nothing more is sent until there is a new credential.

    But for one request from time to time, see `test_poller_tries.py`.
    """
    watched = [*refs(8), *refs(2, "two")]

    def outcome(asked: Asked) -> Problem | None:
        return REFUSED if asked.token == "token-of-one" else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(3600)
        assert [asked.at for asked in run.oms.asked if asked.profile == "one"] == [0, 300, 1200]
        assert sum(asked.profile == "two" for asked in run.oms.asked) >= 100
        assert [(one.profile, one.problem) for one in run.refusals()] == [("one", REFUSED)]
        for _ in range(2):
            run.poller.ask_now(watched)
            await stepped_clock.advance(60)
        assert sum(asked.profile == "one" for asked in run.oms.asked) == 4, "the first key makes the next try"

        run.credentials.replace("one", Credential(Secret("new"), "memory"))
        await stepped_clock.advance(5)
        assert [(one.profile, one.problem) for one in run.refusals()][1:] == [("one", None)]
        assert {asked.sync_task_id for asked in run.oms.asked if asked.token == "new"} == {
            ref.sync_task_id for ref in watched if ref.profile == "one"
        }


async def test_a_token_that_dies_in_the_middle_is_tried_by_few(stepped_clock: SteppedClock) -> None:
    dead = False

    def outcome(_: Asked) -> Problem | None:
        return REFUSED if dead else None

    async with running(stepped_clock, refs(40), outcome=outcome, latency=2.0) as run:
        await stepped_clock.advance(300)
        before, dead = len(run.oms.asked), True
        await stepped_clock.advance(600)
        assert len(run.oms.asked) - before <= 4
        assert len(run.refusals()) == 1


async def test_a_second_wrong_credential_is_asked_with_once(stepped_clock: SteppedClock) -> None:
    """Before its first try, which comes after five minutes."""
    async with running(stepped_clock, refs(8), outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(60)
        run.credentials.replace("one", Credential(Secret("wrong-too"), "memory"))
        await stepped_clock.advance(290)
        assert [asked.token for asked in run.oms.asked] == ["token-of-one", "wrong-too"]


async def test_a_past_month_waits_for_the_new_credential_and_is_then_asked(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)

    def outcome(asked: Asked) -> Problem | None:
        return REFUSED if asked.token == "token-of-one" else None

    async with running(stepped_clock, [ref], outcome=outcome) as run:
        await stepped_clock.advance(10)
        run.poller.ask_month(ref, Month(2026, 3))
        await stepped_clock.advance(100)
        assert len(run.oms.asked) == 1
        run.credentials.replace("one", Credential(Secret("new"), "memory"))
        await stepped_clock.advance(5)
        assert [sample.month for sample in run.samples() if not sample.is_current] == [Month(2026, 3)]


async def test_throttling_holds_back_the_whole_profile_as_long_as_told(stepped_clock: SteppedClock) -> None:
    """One 429 with Retry-After of two minutes: nobody of the profile asks earlier, whatever keys are pressed."""
    watched = [*refs(6), *refs(1, "two")]
    state = {"throttle_from": 300.0, "done": False}

    def outcome(asked: Asked) -> Problem | None:
        if asked.profile == "one" and asked.at >= state["throttle_from"] and not state["done"]:
            state["done"] = True
            return THROTTLED
        return None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(300)
        await stepped_clock.advance(30)
        (throttled,) = [sample for sample in run.samples() if sample.problem is THROTTLED]
        told_at = (throttled.answered_at - run.clock.now()).total_seconds() + run.clock.monotonic()
        run.poller.ask_now(watched)
        await stepped_clock.advance(300)
        later = [asked.at for asked in run.oms.asked if asked.profile == "one" and asked.at > told_at]
        assert min(later) >= told_at + 120
        assert len({int(at) for at in later if at < told_at + 180}) >= 4, "they come back spread out"
        assert any(told_at < asked.at < told_at + 120 for asked in run.oms.asked if asked.profile == "two")


async def test_while_a_profile_is_held_each_of_its_tasks_names_the_time_at_which_it_is_asked(
    stepped_clock: SteppedClock,
) -> None:
    """Also those that were answered before another one was throttled."""
    watched = refs(6)
    throttled = iter([THROTTLED])

    def outcome(asked: Asked) -> Problem | None:
        return next(throttled, None) if asked.at >= 300 else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(330)
        now, steady, before = run.clock.now(), run.clock.monotonic(), len(run.oms.asked)
        promised = {}
        for ref in watched:
            at = run.poller.next_at(ref)
            assert at is not None
            promised[ref.sync_task_id] = steady + (at - now).total_seconds()
        assert run.poller.ask_now(watched[:1]).next_at == run.poller.next_at(watched[0])
        await stepped_clock.advance(300)
        asked: dict[str, float] = {}
        for one in run.oms.asked[before:]:
            asked.setdefault(one.sync_task_id, one.at)
        assert asked == pytest.approx(promised, abs=0.1)


@pytest.mark.parametrize("told", [1.0, None])
async def test_a_wait_is_parted_into_what_the_service_asked_for_and_what_is_ours(
    told: float | None, stepped_clock: SteppedClock
) -> None:
    busy = replace(THROTTLED, retry_after=told)
    async with running(stepped_clock, refs(1), outcome=lambda _: busy) as run:
        await stepped_clock.advance(80)
        said = run.poller.ask_now(refs(1)).hold
        assert said is not None
        assert (said.told, said.is_ours) == (told, True)
        assert said.seconds > 30


async def test_what_only_spreads_the_requests_of_many_is_no_wish_of_ours(stepped_clock: SteppedClock) -> None:
    """The first time the pause is as told, up to a fifth longer."""
    busy = replace(THROTTLED, retry_after=20.0)
    async with running(stepped_clock, refs(2), outcome=lambda _: busy) as run:
        await stepped_clock.advance(1)
        for ref in refs(2):
            said = run.poller.ask_now([ref]).hold
            assert said is not None
            assert not said.is_ours
            assert 15 < said.seconds <= 24


async def test_throttling_lasts_by_the_steady_clock(stepped_clock: SteppedClock) -> None:
    """A wall clock that is set an hour ahead does not end it, nor does one that is set back prolong it."""
    throttled = Problem(ProblemKind.THROTTLED, "limit")
    for jump in (3600, -3600):
        async with running(stepped_clock, refs(3), outcome=lambda asked: throttled) as run:
            await stepped_clock.advance(10)
            before = len(run.oms.asked)
            stepped_clock.jump(jump)
            await stepped_clock.advance(20)
            assert len(run.oms.asked) == before
            await stepped_clock.advance(600)
            assert len(run.oms.asked) > before


async def test_after_throttling_the_profile_stays_slower(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    first = [True]

    def outcome(_: Asked) -> Problem | None:
        return THROTTLED if first and first.pop() else None

    async with running(stepped_clock, [ref], outcome=outcome) as run:
        await stepped_clock.advance(1200)
        times = run.oms.times(ref)[1:]
        assert all(b - a >= 90 for a, b in itertools.pairwise(times))


async def test_trouble_of_the_server_is_asked_about_ever_more_slowly_and_for_ever(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=lambda _: BROKEN) as run:
        await stepped_clock.advance(7200)
        times = run.oms.times(ref)
        gaps = [b - a for a, b in itertools.pairwise(times)]
        assert gaps[0] >= 60
        assert gaps[1] > gaps[0]
        assert max(gaps) <= 360
        assert len(times) > 20
        assert all(sample.problem is BROKEN for sample in run.samples())


async def test_that_there_is_no_such_task_counts_when_an_answer_an_interval_later_says_it_again(
    stepped_clock: SteppedClock,
) -> None:
    """A key in between asks, and does not make it two; after that it is asked slowly."""
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=lambda _: NOT_THERE) as run:
        await stepped_clock.advance(20)
        assert run.poller.ask_now([ref]).asked == 1
        await stepped_clock.advance(1100)
        kinds = [sample.problem.kind for sample in run.samples() if sample.problem is not None]
        assert kinds == [ProblemKind.MISSING, ProblemKind.MISSING, ProblemKind.GONE, ProblemKind.GONE]
        first, pressed, second, third = run.oms.times(ref)
        assert pressed - first < 30
        assert 60 <= second - pressed <= 73
        assert third - second >= 900


async def test_a_good_answer_or_another_project_in_between_makes_it_the_first_again(
    stepped_clock: SteppedClock,
) -> None:
    (ref,) = refs(1)
    answers = iter([NOT_THERE, None, NOT_THERE, NOT_THERE, None, NOT_THERE])
    async with running(stepped_clock, [ref], outcome=lambda _: next(answers, NOT_THERE)) as run:
        await stepped_clock.advance(300)
        kinds = [sample.problem.kind if sample.problem is not None else None for sample in run.samples()]
        assert kinds == [ProblemKind.MISSING, None, ProblemKind.MISSING, ProblemKind.GONE]
        run.channels.use_profiles({**PROFILES, "one": replace(PROFILES["one"], project_id="q" * 32)})
        await stepped_clock.advance(5)
        run.channels.use_profiles(PROFILES)
        await stepped_clock.advance(5)
        last = run.samples()[-1].problem
        assert last is not None
        assert last.kind is ProblemKind.MISSING


async def test_what_somebody_else_answers_proves_no_credential_and_is_asked_again_soon(
    stepped_clock: SteppedClock,
) -> None:
    """As long as nothing is known of a credential, one request at a time tries it."""
    portal = Problem(ProblemKind.ENDPOINT, "a portal", status=403, is_foreign=True)

    def outcome(asked: Asked) -> Problem | None:
        return portal if asked.at < 150 else None

    async with running(stepped_clock, refs(6), outcome=outcome, latency=2.0) as run:
        await stepped_clock.advance(100)
        assert run.oms.most_in_flight == 1
        await stepped_clock.advance(250)
        assert all(run.samples(ref)[-1].is_good for ref in refs(6))


async def test_a_past_month_is_asked_once_and_what_is_said_of_it_counts_at_once(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)

    def outcome(asked: Asked) -> Problem | None:
        return NOT_THERE if asked.query_time < stepped_clock.now() - timedelta(days=60) else None

    async with running(stepped_clock, [ref], outcome=outcome) as run:
        await stepped_clock.advance(10)
        assert run.poller.ask_month(ref, Month(2026, 3)).asked == 1
        await stepped_clock.advance(1)
        (past,) = [sample for sample in run.samples() if not sample.is_current]
        assert past.problem == NOT_THERE


async def test_a_good_answer_ends_the_back_off(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=lambda asked: BROKEN if asked.at < 1000 else None) as run:
        await stepped_clock.advance(3600)
        times = [at for at in run.oms.times(ref) if at > 1400]
        assert all(b - a <= 75 for a, b in itertools.pairwise(times))


async def test_a_mistake_in_the_program_becomes_a_word_on_the_row_and_ends_nothing(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = refs(2)

    def outcome(asked: Asked) -> Exception | None:
        return ZeroDivisionError() if asked.sync_task_id == "task-000" and asked.at < 100 else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(300)
        kinds = [sample.problem.kind for sample in run.samples(watched[0]) if sample.problem is not None]
        assert set(kinds) == {ProblemKind.INTERNAL}
        assert run.samples(watched[0])[-1].is_good
        assert all(sample.is_good for sample in run.samples(watched[1]))
    assert "ZeroDivisionError" in caplog.text


async def test_a_mistake_that_stays_is_asked_about_ever_more_slowly(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref], outcome=lambda _: ZeroDivisionError()) as run:
        await stepped_clock.advance(4 * 3600)
        gaps = [round(b - a) for a, b in itertools.pairwise(run.oms.times(ref))]
        assert gaps[:4] == [66, 132, 264, 330]
        assert set(gaps[4:]) == {330}


async def test_a_mistake_while_asking_for_a_month_is_told_of_that_month(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    (ref,) = refs(1)
    october = Month(2026, 10)

    def outcome(asked: Asked) -> Exception | None:
        return ZeroDivisionError() if asked.query_time.month == october.number else None

    async with running(stepped_clock, [ref], outcome=outcome) as run:
        await stepped_clock.advance(10)
        assert run.poller.ask_month(ref, october).asked == 1
        await stepped_clock.advance(300)
        (told,) = [sample for sample in run.samples() if sample.month == october]
        assert told.problem is not None
        assert told.problem.kind is ProblemKind.INTERNAL
        assert len(run.oms.times(ref)) >= 5
    assert "ZeroDivisionError" in caplog.text


class Picky(deque[Sample | Refusal]):
    """Does not take the good answers of one task, as a screen with a mistake in it."""

    def append(self, news: Sample | Refusal) -> None:
        """Take news."""
        if isinstance(news, Sample) and news.is_good and news.ref.sync_task_id == "task-000":
            raise ZeroDivisionError
        super().append(news)


async def test_a_mistake_while_an_answer_is_filed_ends_nothing(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched, news=Picky()) as run:
        await stepped_clock.advance(300)
        run.poller.ask_month(watched[0], Month(2026, 10))
        await stepped_clock.advance(60)
        assert {sample.problem.kind for sample in run.samples(watched[0]) if sample.problem} == {ProblemKind.INTERNAL}
        assert {sample.month.number for sample in run.samples(watched[0])} == {10, 11}
        assert len(run.samples(watched[1])) >= 5
    assert "ZeroDivisionError" in caplog.text


async def test_a_mistake_in_what_fills_the_past_ends_nothing(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref]) as run:
        await stepped_clock.advance(10)
        run.poller.look_at([(ref,)])  # type: ignore[list-item]  # the mistake
        await stepped_clock.advance(300)
        assert len(run.oms.times(ref)) >= 5
        run.poller.look_at([(ref, Month(2026, 10))])
        await stepped_clock.advance(10)
        assert Month(2026, 10) in {sample.month for sample in run.samples()}
    assert "internal error while asking for what is looked at" in caplog.text


async def test_connections_of_a_profile_that_has_gone_are_closed_whatever_comes_of_it(
    stepped_clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = [*refs(1), *refs(1, "two")]
    async with running(stepped_clock, watched, cannot_close=True) as run:
        await stepped_clock.advance(10)
        assert (run.oms.opened, run.oms.closed) == (2, 0)
        run.channels.use_profiles({"two": PROFILES["two"]})
        await stepped_clock.advance(300)
        assert run.oms.closed == 1
        assert run.samples(watched[0])[-1].problem is not None
        assert len(run.oms.times(watched[1])) >= 5
    assert run.oms.closed == 2
    assert "internal error while closing connections" in caplog.text


async def test_what_a_listing_is_told_of_patience_holds_back_the_whole_profile(
    stepped_clock: SteppedClock,
) -> None:
    watched = [*refs(2), *refs(2, "two")]
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(100)
        assert run.poller.hold("one") is None
        run.oms.listing = BROKEN
        assert await run.channels.of("one").list_tasks() == BROKEN
        assert run.poller.hold("one") is None, "only what asks for patience does"
        run.oms.listing = replace(THROTTLED, retry_after=600.0)
        assert await run.channels.of("one").list_tasks() == run.oms.listing
        assert (hold := run.poller.hold("one")) is not None
        assert hold.seconds >= 600.0
        assert run.poller.hold("two") is None
        before = len(run.oms.asked)
        await stepped_clock.advance(590)
        assert {asked.profile for asked in run.oms.asked[before:]} == {"two"}
        await stepped_clock.advance(300)
        assert {asked.profile for asked in run.oms.asked[before:]} == {"one", "two"}


async def test_asking_now_does_not_wait_for_the_interval(stepped_clock: SteppedClock) -> None:
    watched = refs(2)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        before = len(run.oms.asked)
        run.poller.ask_now([watched[1]])
        await stepped_clock.advance(1)
        assert [asked.sync_task_id for asked in run.oms.asked[before:]] == [watched[1].sync_task_id]


async def test_a_held_key_does_not_hammer(stepped_clock: SteppedClock) -> None:
    """Fifty presses within five seconds ask once for each task, and say so; later presses ask again."""
    watched = refs(3)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        before = len(run.oms.asked)
        said = []
        for _ in range(50):
            said.append(run.poller.ask_now(watched))
            run.poller.ask_month(watched[0], Month(2026, 3))
            await stepped_clock.advance(0.08)
        assert len(run.oms.asked) - before <= 5
        assert said[0] == Asking(asked=3)
        assert said[-1].recent >= 2
        await stepped_clock.advance(6)
        assert run.poller.ask_now(watched).asked == 3


async def test_what_cannot_be_asked_now_is_said(stepped_clock: SteppedClock) -> None:
    watched = [*refs(2), *refs(1, "two")]

    def outcome(asked: Asked) -> Problem | None:
        if asked.at < 100:
            return None
        return REFUSED if asked.profile == "two" else THROTTLED

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(160)
        before = len(run.oms.asked)
        said = run.poller.ask_now(watched)
        assert (said.asked, said.refused) == (0, 1)
        assert 0 < said.held_for <= 144
        await stepped_clock.advance(1)
        assert len(run.oms.asked) == before


async def test_nothing_asks_earlier_than_a_503_says_not_even_a_key_or_a_jump_of_time(
    stepped_clock: SteppedClock,
) -> None:
    """Retry-After of ten minutes for one task: keys and jumps leave it alone, and its neighbour goes on."""
    watched = refs(2)
    busy = Problem(ProblemKind.SERVER, "503", status=503, retry_after=600.0)

    def outcome(asked: Asked) -> Problem | None:
        return busy if asked.sync_task_id == watched[0].sync_task_id and asked.at < 500 else None

    async with running(stepped_clock, watched, outcome=outcome) as run:
        await stepped_clock.advance(20)
        (told_at,) = run.oms.times(watched[0])
        said = run.poller.ask_now(watched)
        assert (said.asked, said.held_for > 500) == (1, True)
        assert run.poller.ask_month(watched[0], Month(2026, 3)).held_for > 500
        stepped_clock.jump(3600)
        await stepped_clock.advance(500)
        assert run.oms.times(watched[0]) == [told_at]
        assert len(run.oms.times(watched[1])) > 5
        await stepped_clock.advance(400)
        assert run.oms.times(watched[0])[1] >= told_at + 600


async def test_the_longest_wait_that_a_task_was_told_of_counts(stepped_clock: SteppedClock) -> None:
    """Two of its months are under way at once, and the second answer asks for less patience than the first."""
    (ref,) = refs(1)
    march = Month(2026, 3)

    def outcome(asked: Asked) -> Problem | None:
        if asked.at < 10:
            return None
        is_past = asked.query_time < stepped_clock.now() - timedelta(days=60)
        return Problem(ProblemKind.SERVER, "503", status=503, retry_after=7.0 if is_past else 600.0)

    async with running(stepped_clock, [ref], outcome=outcome, latency=4.0) as run:
        await stepped_clock.advance(10)
        assert run.poller.ask_now([ref]).asked == 1
        await stepped_clock.advance(1)
        assert run.poller.ask_month(ref, march).asked == 1
        await stepped_clock.advance(19)
        assert len(run.oms.asked) == 3
        assert run.poller.ask_now([ref]).held_for > 500
        assert run.poller.ask_month(ref, march).held_for > 500


async def test_a_corrected_profile_is_asked_again_with_the_same_credential(stepped_clock: SteppedClock) -> None:
    """A token may have been refused for a wrong project: mending that must not need a new token."""
    (ref,) = refs(1)
    mended: list[bool] = []

    async with running(stepped_clock, [ref], outcome=lambda _: None if mended else REFUSED) as run:
        await stepped_clock.advance(100)
        assert len(run.oms.asked) == 1
        mended.append(True)
        run.channels.use_profiles({**PROFILES, "one": Profile("one", "https://oms.example", "q" * 32, zone=BEIJING)})
        await stepped_clock.advance(1)
        assert run.samples()[-1].is_good
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None]


async def test_removed_tasks_are_asked_no_more_and_added_ones_at_once(stepped_clock: SteppedClock) -> None:
    watched = refs(3)
    async with running(stepped_clock, watched[:2]) as run:
        await stepped_clock.advance(100)
        run.poller.watch(watched[1:])
        run.oms.asked.clear()
        await stepped_clock.advance(200)
        assert {asked.sync_task_id for asked in run.oms.asked} == {"task-001", "task-002"}
        assert run.oms.times(watched[2])[0] <= 105


async def test_taking_a_task_off_and_putting_it_back_does_not_hammer(stepped_clock: SteppedClock) -> None:
    """Ten removals with their undo within five seconds ask once more at most."""
    watched = refs(2)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(20)
        run.poller.ask_now([watched[0]])
        await stepped_clock.advance(0.1)
        before = len(run.oms.asked)
        for _ in range(10):
            run.poller.watch(watched[1:])
            await stepped_clock.advance(0.2)
            run.poller.watch(watched)
            await stepped_clock.advance(0.2)
        assert len(run.oms.asked) == before
        await stepped_clock.advance(5)
        assert len(run.oms.times(watched[0])) == 3


async def test_a_wait_told_about_a_past_month_holds_back_the_current_one(stepped_clock: SteppedClock) -> None:
    """What a 503 says about a task is said about the task, also when it is taken off the list and put back."""
    (ref,) = refs(1)
    busy = Problem(ProblemKind.SERVER, "503", status=503, retry_after=600.0)
    november = datetime(2026, 11, 1, tzinfo=UTC)

    async with running(stepped_clock, [ref], outcome=lambda one: busy if one.query_time < november else None) as run:
        await stepped_clock.advance(20)
        run.poller.ask_month(ref, Month(2026, 3))
        await stepped_clock.advance(100)
        run.poller.watch([])
        await stepped_clock.advance(10)
        run.poller.watch([ref])
        await stepped_clock.advance(400)
        assert len(run.oms.asked) == 2
        await stepped_clock.advance(200)
        assert run.oms.times(ref)[2] >= 620


async def test_nothing_stays_of_tasks_that_are_not_watched_any_more(stepped_clock: SteppedClock) -> None:
    """Neither when they were asked for, nor what was told about them, once neither would hold them back."""
    told = Problem(ProblemKind.SERVER, "503", retry_after=90.0)
    watched = refs(20)
    async with running(stepped_clock, watched, outcome=lambda _: told) as run:
        await stepped_clock.advance(60)
        run.poller.ask_month(watched[0], Month(2026, 3))
        await stepped_clock.advance(60)
        assert set(run.channels.of("one").limiter._held) == set(watched)
        assert {ref for ref, _ in run.poller._latest} == set(watched)
        run.poller.watch(watched[:2])
        await stepped_clock.advance(3600)
        run.poller.watch(watched[:2])
        assert set(run.channels.of("one").limiter._held) <= set(watched[:2])
        assert {ref for ref, _ in run.poller._latest} == set(watched[:2])


async def test_a_task_whose_profile_is_missing_says_so_until_there_is_one(stepped_clock: SteppedClock) -> None:
    ref = TaskRef("three", "task-000")
    async with running(stepped_clock, [ref]) as run:
        await stepped_clock.advance(1)
        (sample,) = run.samples()
        assert sample.problem is not None
        assert "'three'" in sample.problem.text
        run.credentials.replace("three", Credential(Secret("t"), "memory"))
        run.channels.use_profiles({**PROFILES, "three": Profile("three", "https://oms.example", "p")})
        await stepped_clock.advance(1)
        assert run.samples()[-1].is_good


async def test_a_changed_profile_gets_a_client_of_its_own(stepped_clock: SteppedClock) -> None:
    (ref,) = refs(1)
    async with running(stepped_clock, [ref]) as run:
        await stepped_clock.advance(1)
        run.channels.use_profiles({**PROFILES, "one": Profile("one", "https://other.example", "p")})
        await stepped_clock.advance(1)
        assert (run.oms.opened, run.oms.closed) == (2, 1)
    assert run.oms.closed == 2


async def test_a_thousand_removals_and_refreshes_leave_every_task_answering(stepped_clock: SteppedClock) -> None:
    """No place of the gate is lost when requests are cancelled while they wait for one."""
    watched = refs(12)
    async with running(stepped_clock, watched, latency=3.0) as run:
        for step in range(1000):
            run.poller.watch([ref for number, ref in enumerate(watched) if (step * 7 + number) % 3])
            run.poller.ask_now(watched)
            run.poller.ask_month(watched[step % 12], Month(2026, 1 + step % 10))
            await stepped_clock.advance(0.7)
        run.poller.watch(watched)
        await stepped_clock.advance(60)
        run.news.clear()
        await stepped_clock.advance(120)
        assert {sample.ref for sample in run.samples() if sample.is_good} == set(watched)
        assert run.oms.most_in_flight <= 4


async def test_months_are_named_in_the_profiles_zone(stepped_clock: SteppedClock) -> None:
    """17:00 UTC on 30 November is December in Beijing."""
    clock = SteppedClock(datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
    async with running(clock, refs(1)) as run:
        await clock.advance(1)
        assert run.samples()[0].month == Month(2026, 12)


async def test_a_token_that_can_be_renewed_leaves_no_failed_sample(stepped_clock: SteppedClock) -> None:
    """All of the profile's requests in flight hear the 401, one renewal follows, and every one is asked again."""
    dead: set[str] = set()

    def outcome(asked: Asked) -> Problem | None:
        return REFUSED if asked.token in dead else None

    sign_in = Renewing(stepped_clock, "second", "third")
    async with running(stepped_clock, refs(12), sign_in=sign_in, outcome=outcome, latency=2.0) as run:
        await stepped_clock.advance(300)
        dead.add("token-of-one")
        await stepped_clock.advance(300)
        assert sign_in.tokens == ["third"], "one renewal is enough"
        assert all(sample.is_good for sample in run.samples())
        assert run.refusals() == []
        assert run.oms.asked[-1].token == "second"


async def test_when_the_renewed_token_is_refused_too_it_stops(stepped_clock: SteppedClock) -> None:
    sign_in = Renewing(stepped_clock, "second")
    async with running(stepped_clock, refs(6), sign_in=sign_in, outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(290)
        assert [asked.token for asked in run.oms.asked] == ["token-of-one", "second"]
        await stepped_clock.advance(900)
        assert [asked.token for asked in run.oms.asked] == ["token-of-one", "second", "second"]
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED]


async def test_a_refused_profile_looks_for_another_credential_and_goes_on_with_it(stepped_clock: SteppedClock) -> None:
    """Another instance stores a new token: the third look, 45 seconds later, finds it."""

    def outcome(asked: Asked) -> Problem | None:
        return REFUSED if asked.token == "token-of-one" else None

    sign_in = Probed(stepped_clock, "found")
    async with running(stepped_clock, refs(6), sign_in=sign_in, outcome=outcome) as run:
        await stepped_clock.advance(44)
        assert sign_in.probes == ["one", "one"]
        assert len(run.oms.asked) == 1
        await stepped_clock.advance(10)
        assert {asked.sync_task_id for asked in run.oms.asked if asked.token == "found"} == {
            ref.sync_task_id for ref in refs(6)
        }
        await stepped_clock.advance(300)
        assert sign_in.probes == ["one"] * 3
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None]


async def test_a_profile_that_is_edited_while_refused_is_not_looked_after_twice(stepped_clock: SteppedClock) -> None:
    """It is asked once more with the same credential, and refused once more."""
    sign_in = Probed(stepped_clock)
    async with running(stepped_clock, refs(3), sign_in=sign_in, outcome=lambda _: REFUSED) as run:
        await stepped_clock.advance(5)
        for host in ("other", "third"):
            run.channels.use_profiles({**PROFILES, "one": Profile("one", f"https://{host}.example", "p" * 32)})
            await stepped_clock.advance(3)
        assert [refusal.problem for refusal in run.refusals()] == [REFUSED, None, REFUSED, None, REFUSED]
        await stepped_clock.advance(5 * 15)
        assert len(sign_in.probes) == 5


@pytest.mark.parametrize("hours", [3, -3])
async def test_after_a_jump_of_the_clock_everything_is_asked_at_once_and_nothing_failed(
    hours: int, stepped_clock: SteppedClock
) -> None:
    """A machine that slept, or whose clock was set back: the wall clock has moved, the steady one has not."""
    watched = refs(5)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(100)
        before = len(run.oms.asked)
        stepped_clock.jump(hours * 3600)
        await stepped_clock.advance(3)
        assert {asked.sync_task_id for asked in run.oms.asked[before:]} == {ref.sync_task_id for ref in watched}
        assert all(sample.is_good for sample in run.samples())


@pytest.mark.parametrize("seconds", [600, -600])
async def test_what_ended_inside_a_jump_is_dropped_and_asked_again(seconds: int, stepped_clock: SteppedClock) -> None:
    """A request in flight when the machine went to sleep: its time-out is no trouble, its answer has no date."""
    (ref,) = refs(1)
    timeout = Problem(ProblemKind.NETWORK, "not complete within 20 s")

    def outcome(asked: Asked) -> Problem | None:
        return timeout if asked.at < 1 else None

    async with running(stepped_clock, [ref], outcome=outcome, latency=4.0) as run:
        await stepped_clock.advance(2)
        stepped_clock.jump(seconds)
        await stepped_clock.advance(20)
        assert [sample.is_good for sample in run.samples()][:1] == [True]
        assert timedelta(0) <= stepped_clock.now() - run.samples()[0].asked_at <= timedelta(seconds=20)


@pytest.mark.parametrize("seconds", [25.0, 600.0])
@pytest.mark.parametrize("is_failure", [True, False])
async def test_what_was_in_flight_while_the_program_stood_still_is_dropped_and_asked_again(
    seconds: float, is_failure: bool, stepped_clock: SteppedClock
) -> None:
    """Stopped, or held up by a terminal that does not read, for longer than a request may take: nothing has failed."""
    watched = refs(5)
    timeout = Problem(ProblemKind.NETWORK, "not complete within 20 s")

    def outcome(asked: Asked) -> Problem | None:
        return timeout if is_failure and asked.at < 5 else None

    async with running(stepped_clock, watched, outcome=outcome, latency=8.0) as run:
        await stepped_clock.advance(6)
        assert run.oms.in_flight
        await stepped_clock.stand_still(seconds)
        thawed_at = stepped_clock.now()
        await stepped_clock.advance(30)
        assert {sample.ref for sample in run.samples()} == set(watched)
        assert all(sample.is_good and sample.asked_at >= thawed_at for sample in run.samples())


async def test_after_standing_still_everything_is_asked_at_once(stepped_clock: SteppedClock) -> None:
    watched = refs(5)
    async with running(stepped_clock, watched) as run:
        await stepped_clock.advance(100)
        before = len(run.oms.asked)
        await stepped_clock.stand_still(8)
        await stepped_clock.advance(3)
        assert {asked.sync_task_id for asked in run.oms.asked[before:]} == {ref.sync_task_id for ref in watched}


async def test_a_clock_that_is_corrected_by_a_second_is_no_jump(stepped_clock: SteppedClock) -> None:
    async with running(stepped_clock, refs(3)) as run:
        await stepped_clock.advance(100)
        before = len(run.oms.asked)
        stepped_clock.jump(1.5)
        await stepped_clock.advance(2)
        assert len(run.oms.asked) - before <= 1


def by_its_clock(clock: SteppedClock, ahead: float) -> Callable[[Asked], Answer]:
    """Answer with the service's own time, which is so many seconds before this machine's."""

    def outcome(asked: Asked) -> Answer:
        served_at = clock.now() - timedelta(seconds=ahead)
        return Answer(SyncTask(sync_task_id=asked.sync_task_id), "request", clock.now(), served_at=served_at)

    return outcome


async def test_a_clock_in_another_month_than_the_services_costs_one_more_question_and_no_month(
    stepped_clock: SteppedClock,
) -> None:
    """After the first answer the service's time is known: the next questions are asked by it at once."""
    watched, ahead = refs(1), 40 * 86_400
    async with running(stepped_clock, watched, outcome=by_its_clock(stepped_clock, ahead)) as run:
        await stepped_clock.advance(1)
        here = stepped_clock.now()
        there = here - timedelta(seconds=ahead)
        assert [
            abs(one.query_time - time) < timedelta(seconds=3)
            for one, time in zip(run.oms.asked, (here, there), strict=True)
        ] == [True, True]
        await stepped_clock.advance(600)
        assert 11 <= len(run.oms.asked) <= 12
        times = [stepped_clock.now() - timedelta(seconds=ahead + 601 - one.at) for one in run.oms.asked[2:]]
        assert all(
            abs(one.query_time - at) < timedelta(seconds=3) for one, at in zip(run.oms.asked[2:], times, strict=True)
        )
        samples = run.samples()
        assert {one.month for one in samples} == {Month.containing(there, BEIJING)}
        assert all(
            one.served_at is not None and one.answered_at - one.served_at == timedelta(seconds=ahead) for one in samples
        )


@pytest.mark.parametrize("ahead", [0.0, 299.0, -299.0, 86_400.0])
async def test_a_clock_that_names_the_same_month_is_asked_by_and_once(
    ahead: float, stepped_clock: SteppedClock
) -> None:
    async with running(stepped_clock, refs(1), outcome=by_its_clock(stepped_clock, ahead)) as run:
        await stepped_clock.advance(130)
        assert len(run.oms.asked) == 3
        assert [one.at for one in run.oms.asked] == [
            (one.query_time - run.oms.asked[0].query_time).total_seconds() for one in run.oms.asked
        ]


async def test_a_service_whose_clock_tells_several_times_gives_no_figures(stepped_clock: SteppedClock) -> None:
    """Each question is followed by one more at most."""
    months = itertools.cycle((40, 80))

    def outcome(asked: Asked) -> Answer:
        return by_its_clock(stepped_clock, next(months) * 86_400)(asked)

    async with running(stepped_clock, refs(1), outcome=outcome) as run:
        await stepped_clock.advance(1)
        assert len(run.oms.asked) == 2
        (sample,) = run.samples()
        assert sample.problem is not None
        assert (sample.problem.kind, sample.task) == (ProblemKind.BAD_ANSWER, None)
