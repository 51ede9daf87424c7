"""How many requests the service sees, and when: never more than promised, and well spread."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby, pairwise
from math import ceil, inf

import pytest

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import (
    AgencyAuth,
    Authenticator,
    AuthMethod,
    CommandAuth,
    KeyAuth,
    KeyCommandAuth,
    Obtained,
    PasswordAuth,
    TokenAuth,
)
from omstui.backend.http.credential import Credential
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.polling.channel import Channels
from omstui.backend.polling.poller import Poller
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Refusal, Sample
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import REFUSED, FakeOms
from tests.crowd import Crowd, crowd_workspace
from tests.ui.running import running

pytestmark = pytest.mark.slow


START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
INTERVAL = 60
SETTLED, WATCHED = 8, 5
"""Rounds until every task has found its place in the interval, and rounds that are looked at."""


@pytest.mark.parametrize("crowd", [Crowd(20), Crowd(240, 8)], ids=["20 tasks", "240 tasks on 8 profiles"])
async def test_requests_are_one_a_task_and_interval_and_spread_over_it(crowd: Crowd) -> None:
    """Once all have found their places, no second has more than twice the average."""
    clock = SteppedClock(START)
    workspace, oms = crowd_workspace(crowd, clock, Settings(), chance=lambda: 0.5)
    poller = workspace.open_poller(lambda _: None, lambda _: None)
    poller.watch(task.ref for task in crowd.watchlist)
    runner = asyncio.create_task(poller.run())
    try:
        await clock.advance(SETTLED * INTERVAL - 1)
        assert len(oms.seen) <= crowd.tasks * SETTLED
        in_second = []
        oms.seen.clear()
        asked: Counter[str] = Counter()
        for _ in range(WATCHED * INTERVAL):
            await clock.advance(1)
            in_second.append(len(oms.seen))
            asked.update(request.path for request in oms.seen)
            oms.seen.clear()
    finally:
        runner.cancel()
        with suppress(asyncio.CancelledError):
            await runner
    assert set(asked.values()) == {WATCHED}
    assert len(asked) == crowd.tasks
    assert max(in_second) <= ceil(2 * crowd.tasks / INTERVAL)


async def test_keys_that_do_not_ask_cost_no_request() -> None:
    """Moving, filtering, sorting and looking at the list: as many requests as without a key."""
    async with running(seconds=300) as run:
        before = len(run.asked())
        await run.press(
            "j", "k", "s", "S", "slash", "l", "o", "enter", "escape", "p", "p", "z", "question_mark", "escape"
        )
        assert len(run.asked()) == before


# A refused credential

TASKS = 8
LIFE = 86_400.0
WEEK = 7 * 86_400
TOKEN = "token"
PASSWORD = "password"
WRONG = "wrong password"
METHODS: dict[str, AuthMethod] = {
    TOKEN: TokenAuth(),
    PASSWORD: PasswordAuth("https://iam.example", "watcher", "ExampleAccount", "p"),
    WRONG: PasswordAuth("https://iam.example", WRONG, "ExampleAccount", "p"),
    "aksk": KeyAuth("p"),
    "command": CommandAuth(("vault", "read")),
    "aksk by command": KeyCommandAuth(("vault", "keys"), "p"),
    "ecs": AgencyAuth("p"),
}
KEYS = {"aksk", "aksk by command", "ecs"}


class IssuingDesk(Authenticator):
    """Buys another token each time; a command and an agency have the same credential each time."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.bought: list[float] = []
        """When a password was sent."""

        self.refused = 0
        """How many times a wrong one was."""

        self.looks = 0
        """How many times IAM was asked when a token ends."""

    async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained | Problem:
        match method:
            case PasswordAuth(user="wrong password"):
                self.refused += 1
                return Problem(ProblemKind.TOKEN, "The username or password is wrong.", status=401)
            case PasswordAuth():
                self.bought.append(self._clock.monotonic())
                ends = self._clock.now() + timedelta(seconds=LIFE)
                return Obtained(Credential(Secret(f"bought-{len(self.bought)}"), source, ends), LIFE)
            case TokenAuth() | CommandAuth():
                return Obtained(Credential(Secret("a-token"), source))
        keys = AccessKeys(Secret("ACCESSKEY"), Secret("secret-key"))
        return Obtained(KeyCredential(keys, source, "p", self._clock))

    async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
        self.looks += 1
        return None


class SeldomLooking(CredentialCache):
    """Looks for another credential every quarter of an hour: each look into the store takes a thread."""

    async def probe(self, profile_name: str) -> bool:
        return self._clock.monotonic() % 900 < 15 and await super().probe(profile_name)


@dataclass
class Refusing:
    """One profile for each way to sign in, with eight tasks each, and a service that refuses them all."""

    clock: SteppedClock
    oms: FakeOms
    authenticator: IssuingDesk
    poller: Poller
    news: list[Sample | Refusal]

    async def live(self, seconds: float) -> None:
        """Let time pass in strides of three seconds."""
        await self.clock.advance(0)
        for _ in range(round(seconds / 3)):
            await self.clock.stand_still(3.0)

    def times(self, method: str) -> list[float]:
        return [asked.at for asked in self.oms.asked if asked.profile == method]

    def told(self, method: str) -> list[bool]:
        """Return for each news of the credential whether it was refused."""
        return [one.problem is not None for one in self.news if isinstance(one, Refusal) and one.profile == method]


@asynccontextmanager
async def refusing(clock: SteppedClock, lets_in_after: float = inf) -> AsyncIterator[Refusing]:
    oms = FakeOms(clock, lambda asked: REFUSED if asked.at < lets_in_after else None)
    authenticator = IssuingDesk(clock)
    profiles = {name: Profile(name, "https://oms.example", "p" * 32, zone=UTC) for name in METHODS}
    news: list[Sample | Refusal] = []
    channels = Channels(
        profiles=profiles,
        credentials=SeldomLooking(METHODS, authenticator=authenticator, read=lambda _: Secret("stored"), clock=clock),
        open_client=oms.open_client,
        clock=clock,
        interval=INTERVAL,
        chance=lambda: 0.5,
    )
    poller = Poller(channels, deliver=news.append)
    poller.watch(TaskRef(name, f"{name}-{number}") for name in METHODS for number in range(TASKS))
    runner = asyncio.create_task(poller.run())
    try:
        yield Refusing(clock, oms, authenticator, poller, news)
    finally:
        runner.cancel()
        with suppress(asyncio.CancelledError):
            await runner


def after(first: float, *pauses: float) -> list[float]:
    """Return the times of requests with these pauses between them."""
    return list(accumulate(pauses, initial=first))


@pytest.mark.fault("R32")
async def test_a_week_of_refusals_costs_one_request_an_hour_and_three_a_day_with_keys(
    figure: Callable[[str], None],
) -> None:
    """Eight tasks of each profile; the first refusal is the only one that is told.

    A password buys a token twice in the beginning, and then once in a token's life, as when all is well: each of these
    is another token, which is asked with once and then tried like any other. One that IAM has refused is never sent
    again, whatever keys are pressed.
    """
    async with refusing(SteppedClock(START)) as run:
        for _ in range(7 * 4):
            await run.live(WEEK / 7 / 4)
            run.poller.ask_now([TaskRef(WRONG, f"{WRONG}-0")])
        assert (run.authenticator.refused, run.times(WRONG)) == (1, [])
        assert run.authenticator.looks == 2, "one for each token that does not tell, before it was refused"
        times = {method: run.times(method) for method in METHODS}
        for method in (TOKEN, "command"):
            hourly = [3600] * ((WEEK - 1200 - 4) // 3600)
            assert times[method] == after(times[method][0], 300, 900, *hourly), method
        for method in KEYS:
            seldom = [28_800] * ((WEEK - 1200 - 4) // 28_800)
            assert times[method] == after(times[method][0], 300, 900, *seldom), method
        assert all(run.told(method) == [True] for method in METHODS if method != PASSWORD)
        assert len(run.authenticator.bought) == 2 + 7
        assert min(b - a for a, b in pairwise(run.authenticator.bought[1:])) > LIFE - 2 * 3600
        tokens = [asked.token for asked in run.oms.asked if asked.profile == PASSWORD]
        assert list(dict.fromkeys(tokens)) == [
            f"bought-{number + 1}" for number in range(len(run.authenticator.bought))
        ]
        for token, asked in groupby((one for one in run.oms.asked if one.profile == PASSWORD), lambda one: one.token):
            at = [one.at for one in asked]
            assert at == after(at[0], *[300, 900, *[3600] * WEEK][: len(at) - 1]), token
        figure(f"a week of 401: {len(times[TOKEN])} requests with a token, {len(times[min(KEYS)])} with keys")


@pytest.mark.fault("R32")
async def test_one_wrong_401_costs_minutes_whatever_the_way_to_sign_in() -> None:
    """A service that lets in again after 700 s is asked a third time, and all tasks go on."""
    async with refusing(SteppedClock(START), lets_in_after=700) as run:
        await run.live(1190)
        methods = [method for method in METHODS if method != WRONG]
        for method in methods:
            assert len(run.times(method)) == (3 if method == PASSWORD else 2), method
        await run.live(300)
        for method in methods:
            assert run.told(method) == [True, False], method
            good = {sample.ref for sample in run.news if isinstance(sample, Sample) and sample.is_good}
            assert len({ref for ref in good if ref.profile == method}) == TASKS
