"""Asking once: each task one request, politely, and none with a credential that was refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_desk
from omstui.backend.http.credential import Credential
from omstui.backend.oms.client import OmsClient
from omstui.backend.polling.channel import Channels
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import SyncTask, TaskRef
from omstui.demo.clock import SteppedClock
from tests.making import BEIJING, NOVEMBER

PROFILES = {name: Profile(name, f"https://oms.{name}.example", "p" * 32, zone=BEIJING) for name in ("one", "two")}
Answers = Callable[[httpx.Request], httpx.Response]


class Service:
    """Answers as told, and counts."""

    def __init__(self, clock: SteppedClock, answer: Answers) -> None:
        self.clock, self._answer = clock, answer
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.url.host.split('.')[1]}/{request.url.path.rpartition('/')[2]}")
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        for _ in range(9):
            await self.clock.sleep(0)
        self.in_flight -= 1
        return self._answer(request)

    def channels(self, **more: str) -> Channels:
        transport = httpx.MockTransport(self.handle)
        from pathlib import Path

        authenticator = open_desk(environ={}, home=Path(), clock=self.clock, transport=transport)
        sign_ins = CredentialCache(
            {name: TokenAuth() for name in PROFILES}, authenticator=authenticator, read=lambda _: None, clock=self.clock
        )
        for name in PROFILES:
            sign_ins.replace(name, Credential(Secret(more.get(name, "token")), "test"))
        return Channels(
            profiles=PROFILES,
            sign_in=sign_ins,
            open_client=lambda profile: OmsClient(profile, clock=self.clock, transport=transport),
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
