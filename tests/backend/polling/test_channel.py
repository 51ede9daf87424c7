"""Asking once: each task one request, politely, and none with a credential that was refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import Authenticator, AuthMethod, CommandAuth, Obtained, TokenAuth, open_authenticator
from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.polling.channel import Channels
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import SyncTask, TaskRef
from omstui.demo.clock import SteppedClock
from tests.making import BEIJING, NOVEMBER

PROFILES = {name: Profile(name, f"https://oms.{name}.example", "p" * 32, zone=BEIJING) for name in ("one", "two")}
Answers = Callable[[httpx.Request], httpx.Response]


class Credentials(CredentialCache):
    """Ends a question that would be looked after for ever."""

    _times = 0

    def revision(self, profile_name: str) -> int:
        self._times += 1
        assert self._times < 9999, "looked at again and again"
        return super().revision(profile_name)


class Service:
    """Answers as told, and counts."""

    def __init__(self, clock: SteppedClock, answer: Answers) -> None:
        self.clock, self._answer = clock, answer
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        assert len(self.asked) < 99, "asked again and again"
        self.asked.append(f"{request.url.host.split('.')[1]}/{request.url.path.rpartition('/')[2]}")
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        for _ in range(9):
            await self.clock.sleep(0)
        self.in_flight -= 1
        return self._answer(request)

    def open_client(self, profile: Profile) -> OmsClient:
        return OmsClient(profile, clock=self.clock, transport=httpx.MockTransport(self.handle))

    def channels(self, **more: str) -> Channels:
        authenticator = open_authenticator(
            environ={}, home=Path(), clock=self.clock, transport=httpx.MockTransport(self.handle)
        )
        sign_ins = Credentials(
            {name: TokenAuth() for name in PROFILES}, authenticator=authenticator, read=lambda _: None, clock=self.clock
        )
        for name in PROFILES:
            sign_ins.replace(name, Credential(Secret(more.get(name, "token")), "test"))
        return Channels(
            profiles=PROFILES,
            credentials=sign_ins,
            open_client=self.open_client,
            clock=self.clock,
        )


def well(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=json.dumps({"status": "STOPPED", "monthly_failure_object": 2**60}))


def refs(count: int, profile: str = "one") -> list[TaskRef]:
    return [TaskRef(profile, f"t{number}") for number in range(count)]


async def test_each_task_is_asked_once_and_a_few_at_a_time(stepped_clock: SteppedClock) -> None:
    service = Service(stepped_clock, well)
    samples = await service.channels().ask_each([*refs(9), *refs(3)], None)
    assert sorted(service.asked) == sorted(f"one/t{number}" for number in range(9))
    assert service.most_in_flight == 4
    assert service.asked[0] == "one/t0"
    assert {sample.month for sample in samples.values()} == {NOVEMBER}
    assert all(sample.is_current and sample.task is not None for sample in samples.values())


async def test_a_past_month_is_asked_for_in_its_middle(stepped_clock: SteppedClock) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["query_time"])
        return well(request)

    (sample,) = (await Service(stepped_clock, answer).channels().ask_each(refs(1), Month(2026, 3))).values()
    assert asked == ["1773576000000"]
    assert (sample.month, sample.is_current) == (Month(2026, 3), False)


async def test_a_setting_that_does_not_fit_is_remarked_upon_beside_the_figures(stepped_clock: SteppedClock) -> None:
    body = {"status": "STOPPED", "monthly_failure_object": 3, "enable_kms": "false"}
    service = Service(stepped_clock, lambda _: httpx.Response(200, json=body))
    (sample,) = (await service.channels().ask_each(refs(1), None)).values()
    assert sample.task == SyncTask(status="STOPPED", monthly_failure_object=3)
    assert sample.remarks == ("enable_kms is text, not true or false",)


@pytest.mark.parametrize(("status", "kind"), [(401, ProblemKind.TOKEN), (429, ProblemKind.THROTTLED)])
async def test_after_a_refusal_or_throttling_nothing_more_is_asked_of_the_profile(
    stepped_clock: SteppedClock, status: int, kind: ProblemKind
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={}) if ".one." in request.url.host else well(request)

    service = Service(stepped_clock, answer)
    samples = await service.channels().ask_each([*refs(5), *refs(2, "two")], None)
    assert sorted(service.asked) == ["one/t0", "two/t0", "two/t1"]
    assert [samples[ref].problem.kind for ref in refs(5) if samples[ref].problem is not None] == [kind] * 5  # type: ignore[union-attr]  # looked at before
    assert all(samples[ref].is_good for ref in refs(2, "two"))


async def test_trouble_with_one_task_keeps_none_of_the_others(stepped_clock: SteppedClock) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if request.url.path.endswith("t0") else well(request)

    service = Service(stepped_clock, answer)
    samples = await service.channels().ask_each(refs(3), None)
    assert [samples[ref].is_good for ref in refs(3)] == [False, True, True]
    assert len(service.asked) == 3


async def test_a_profile_that_is_not_there_is_said_and_not_asked(stepped_clock: SteppedClock) -> None:
    service = Service(stepped_clock, well)
    (sample,) = (await service.channels().ask_each(refs(1, "none"), None)).values()
    assert sample.problem is not None
    assert "no profile 'none'" in sample.problem.text
    assert service.asked == []


async def test_a_clock_in_another_month_than_the_services_costs_one_more_request(stepped_clock: SteppedClock) -> None:
    """The answer is named by the service's own month."""
    there = stepped_clock.now() - timedelta(days=40)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"monthly_size": 5}, headers={"Date": format_datetime(there, usegmt=True)})

    service = Service(stepped_clock, answer)
    samples = await service.channels().ask_each(refs(3), None)
    assert len(service.asked) == 4, "the others are asked by the service's time at once"
    assert {one.month for one in samples.values()} == {Month.containing(there, BEIJING)}
    assert {one.served_at for one in samples.values()} == {there.replace(microsecond=0)}


@pytest.mark.parametrize(("month", "named"), [(None, Month(2026, 12)), (Month(2026, 10), Month(2026, 10))])
async def test_a_problem_before_anything_was_sent_is_dated_and_of_the_month_of_the_profiles_zone(
    stepped_clock: SteppedClock, month: Month | None, named: Month
) -> None:
    now = datetime(2026, 11, 30, 20, tzinfo=UTC)
    stepped_clock.jump((now - stepped_clock.now()).total_seconds())
    service = Service(stepped_clock, well)
    channels = service.channels()
    channels.credentials.forget("one")
    (sample,) = (await channels.ask_each(refs(1), month)).values()
    assert sample.problem is not None
    assert "No token is stored" in sample.problem.text
    assert (sample.month, sample.is_current) == (named, month is None)
    assert sample.asked_at == sample.answered_at == now
    assert service.asked == []


async def test_what_a_task_is_told_while_all_stood_still_is_asked_again(stepped_clock: SteppedClock) -> None:
    """Its time limit ran out while nobody could answer: neither a failure nor an end."""
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 1:
            stepped_clock.jump(600)
            raise httpx.ReadTimeout("time ran out")
        return well(request)

    (sample,) = (await Service(stepped_clock, answer).channels().ask_each(refs(1), None)).values()
    assert (sample.is_good, asked) == (True, 2)


async def test_a_listing_that_is_refused_holds_back_the_profiles_tasks(stepped_clock: SteppedClock) -> None:
    """The same credential would be refused again."""
    service = Service(stepped_clock, lambda _: httpx.Response(401, json={"error_code": "APIGW.0301"}))
    channels = service.channels()
    listing = await channels.of("one").list_tasks()
    assert isinstance(listing, Problem)
    (sample,) = (await channels.ask_each(refs(1), None)).values()
    assert sample.problem == replace(listing, request_id=None)
    assert service.asked == ["one/sync-tasks"]


async def test_a_wish_for_patience_that_answers_one_task_holds_back_that_task_alone(
    stepped_clock: SteppedClock,
) -> None:
    """Until the time that was told; its answer is given again."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("t0") and stepped_clock.monotonic() < 60:
            return httpx.Response(503, headers={"Retry-After": "60"})
        return well(request)

    service = Service(stepped_clock, answer)
    channels = service.channels()
    for _ in range(2):
        samples = await channels.ask_each(refs(2), None)
        assert [samples[ref].is_good for ref in refs(2)] == [False, True]
    assert service.asked.count("one/t0") == 1
    await stepped_clock.advance(61)
    assert (await channels.ask_each(refs(1), None))[refs(1)[0]].is_good


class Printing(Authenticator):
    """Prints another token each time."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = iter(tokens)

    async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained | Problem:
        return Obtained(Credential(Secret(next(self._tokens)), "command"))

    async def dated(self, method: AuthMethod, credential: Credential) -> None:
        return None


async def test_a_refused_credential_that_another_endpoint_lets_in_is_renewed_again_later(
    stepped_clock: SteppedClock,
) -> None:
    sent: list[str] = []
    statuses = iter([401, 401, 200, 401, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["X-Auth-Token"])
        status = next(statuses)
        return well(request) if status == 200 else httpx.Response(status, json={"error_code": "APIGW.0301"})

    service = Service(stepped_clock, answer)
    sign_ins = Credentials(
        {"one": CommandAuth(("print",))},
        authenticator=Printing("first", "second", "third"),
        read=lambda _: None,
        clock=stepped_clock,
    )
    channels = Channels(profiles=PROFILES, credentials=sign_ins, open_client=service.open_client, clock=stepped_clock)
    assert not (await channels.ask_each(refs(1), None))[refs(1)[0]].is_good
    channels.use_profiles({"one": replace(PROFILES["one"], endpoint="https://oms.one.other.example")})
    assert (await channels.ask_each(refs(1), None))[refs(1)[0]].is_good
    await stepped_clock.advance(600)
    assert (await channels.ask_each(refs(1), None))[refs(1)[0]].is_good
    assert sent == ["first", "second", "second", "second", "third"]
