"""Each way to sign in, by the real poller and client, against a server that issues tokens and verifies signatures."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.iam import IamClient
from omstui.backend.auth.metadata import agency_keys
from omstui.backend.auth.methods import (
    AgencyAuth,
    Authenticator,
    AuthMethod,
    CommandAuth,
    KeyAuth,
    Obtained,
    PasswordAuth,
    TokenAuth,
)
from omstui.backend.auth.sdk_credentials import FoundKeys, find_keys
from omstui.backend.auth.token_command import TOKEN_COMMAND, CommandToken, run_command
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import AccessKeys, IssuedKeys
from omstui.backend.oms.client import Answer, OmsClient
from omstui.backend.polling.channel import Channels
from omstui.backend.polling.poller import Poller
from omstui.backend.secrets.redact import RedactingFilter
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import TaskRef
from omstui.core.watch.sample import Refusal, Sample
from omstui.demo.clock import SteppedClock
from tests.backend.iam_server import PROJECT_ID, IamServer, iam_serving
from tests.backend.metadata_server import MetadataServer

pytestmark = pytest.mark.slow

START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
USER, DOMAIN = "watcher", "ExampleAccount"
PASSWORD, NEW_PASSWORD = "Marked-password-of-old-1", "Marked-password-anew-2"
ACCESS_KEY, SECRET_KEY = "OMSTUIMARKEDAK000001", "marked-secret-key-that-nobody-may-read-1"
SECURITY_TOKEN = "MARKED/security+token=that==nobody/may+read"
OTHER = "other"
_LONGEST_GAP = 80.0
"""Seconds: an interval, a quarter more for a task that looks for its place in it, and what the steps of time cost."""

_TURNS = 20
"""Turns of the event loop in which a woken task gets as far as it can without time passing."""

_T = TypeVar("_T")
NO_KEYS = Problem(ProblemKind.TOKEN, "There are no access keys")
_WAIT = 30.0
"""Real seconds after which a test that waits for a socket gives up."""


class Traffic:
    """Counts what waits for a socket, a thread or a process, and not for the clock."""

    def __init__(self) -> None:
        self.under_way = 0

    async def through(self, call: Awaitable[_T]) -> _T:
        """Wait for a call."""
        self.under_way += 1
        try:
            return await call
        finally:
            self.under_way -= 1


class CountedSignIns(CredentialCache):
    traffic: Traffic

    async def get(self, profile_name: str) -> AnyCredential | Problem:
        return await self.traffic.through(super().get(profile_name))

    async def renew_after(self, profile_name: str, revision: int, problem: Problem) -> bool:
        return await self.traffic.through(super().renew_after(profile_name, revision, problem))

    async def probe(self, profile_name: str) -> bool:
        return await self.traffic.through(super().probe(profile_name))


class CountedDesk(Authenticator):
    traffic: Traffic

    async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
        return await self.traffic.through(super().dated(method, credential))


class CountedClient(OmsClient):
    traffic: Traffic

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        return await self.traffic.through(super().show_sync_task(sync_task_id, query_time_ms, credential))


@dataclass
class Stage:
    """A poller that asks a server, with time that moves when told to."""

    clock: SteppedClock
    server: IamServer
    sign_ins: CredentialCache
    authenticator: Authenticator
    stored: dict[str, Secret]
    refs: list[TaskRef]
    news: deque[Sample | Refusal]
    traffic: Traffic

    async def quiet(self) -> None:
        """Wait until everybody waits for the clock, or for a credential."""
        async with asyncio.timeout(_WAIT):
            calm = 0
            while calm < _TURNS:
                calm = calm + 1 if self.traffic.under_way == 0 else 0
                await asyncio.sleep(0)

    async def advance(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass in steps; each request is answered before it goes on."""
        for _ in range(round(seconds / step)):
            await self.clock.advance(step)
            await self.quiet()

    def samples(self, profile: str = "lab") -> list[Sample]:
        return [one for one in self.news if isinstance(one, Sample) and one.ref.profile == profile]

    def bad(self, profile: str = "lab") -> list[Sample]:
        return [sample for sample in self.samples(profile) if not sample.is_good]

    @property
    def longest_gap(self) -> float:
        """The longest time that any task of the profile went without an answer until now, seconds."""
        gaps = []
        for ref in {sample.ref for sample in self.samples()}:
            times = [sample.answered_at for sample in self.samples() if sample.ref == ref]
            gaps += [b - a for a, b in itertools.pairwise([START, *times, self.clock.now()])]
        return max(gaps).total_seconds()

    def refusals(self, profile: str = "lab") -> list[Problem | None]:
        return [one.problem for one in self.news if isinstance(one, Refusal) and one.profile == profile]


@asynccontextmanager
async def playing(
    method_at: Callable[[str], AuthMethod],
    *,
    stored: str | None = None,
    prepare: Callable[[IamServer], None] = lambda _: None,
    command: Callable[[IamServer], list[str]] = lambda server: ["printf", "%s", server.issue()],
    find_keys: Callable[[], FoundKeys | Problem] = lambda: NO_KEYS,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Stage]:
    """Watch three tasks of a profile that signs in so, and two of another one that is never touched."""
    clock = SteppedClock(START)
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(redaction := RedactingFilter())
    async with iam_serving(MetadataServer(clock)) as server:
        server.users = {(USER, DOMAIN): PASSWORD}
        prepare(server)

        async def run_token_command(argv: Sequence[str], _: Collection[str]) -> CommandToken | Problem:
            assert argv == ("token-command",)
            return await run_command(
                TOKEN_COMMAND, command(server), environ={"PATH": "/usr/bin:/bin"}, time_limit=_WAIT
            )

        async def run_key_command(argv: Sequence[str], _: Collection[str]) -> IssuedKeys | Problem:
            return Problem(ProblemKind.TOKEN, "There is no key command")

        secrets = {"lab": Secret(stored)} if stored is not None else {}
        traffic = CountedSignIns.traffic = CountedDesk.traffic = CountedClient.traffic = Traffic()
        authenticator = CountedDesk(
            clock=clock,
            open_iam=lambda endpoint: IamClient(endpoint, clock=clock),
            run_command=run_token_command,
            run_key_command=run_key_command,
            ask_agency=partial(agency_keys, server.url),
            find_keys=find_keys,
        )
        sign_ins = CountedSignIns(
            {"lab": method_at(server.url)}, authenticator=authenticator, read=secrets.get, clock=clock
        )
        sign_ins.replace(OTHER, Credential(Secret(server.issue(life=86_400.0)), "memory", START + timedelta(days=1)))
        refs = [TaskRef("lab", "a b/c%"), TaskRef("lab", "任务"), TaskRef("lab", "t3")]
        refs += [TaskRef(OTHER, "t4"), TaskRef(OTHER, "t5")]
        stage = Stage(clock, server, sign_ins, authenticator, secrets, refs, deque(), traffic)
        channels = Channels(
            profiles={name: Profile(name, server.url, PROJECT_ID) for name in ("lab", OTHER)},
            credentials=sign_ins,
            open_client=lambda profile: CountedClient(profile, clock=clock),
            clock=clock,
            interval=60.0,
            chance=lambda: 0.5,
        )
        poller = Poller(channels, deliver=stage.news.append)
        poller.watch(refs)
        running = asyncio.create_task(poller.run())
        try:
            await stage.quiet()
            yield stage
            assert stage.samples(OTHER)
            assert not stage.bad(OTHER)
        finally:
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            caplog.handler.removeFilter(redaction)
        assert caplog.records
        told = caplog.text + repr(stage.news) + repr(vars(sign_ins))
        marked = [PASSWORD, NEW_PASSWORD, ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN, *server.tokens]
        assert not [one for one in marked for place in range(len(one) - 11) if one[place : place + 12] in told]


def by_password(url: str) -> AuthMethod:
    return PasswordAuth(url, USER, DOMAIN, PROJECT_ID)


# Passwords


async def test_tokens_of_ninety_seconds_carry_a_screen_through_ten_minutes(caplog: pytest.LogCaptureFixture) -> None:
    """No row fails, and there is one renewal in each life."""
    async with playing(by_password, stored=PASSWORD, caplog=caplog) as stage:
        await stage.advance(600)
        assert stage.longest_gap <= _LONGEST_GAP
        assert not stage.bad()
        assert not stage.refusals()
        bought = [request.at for request in stage.server.sign_ins]
        assert 5 <= len(bought) <= 8
        assert min((b - a).total_seconds() for a, b in itertools.pairwise(bought)) >= 81
        assert set(stage.server.answers) == {200, 201}


@pytest.mark.parametrize("is_sudden", [True, False], ids=["tokens end at once", "tokens live on"])
async def test_a_password_changed_on_the_server_is_refused_once_and_then_asked_for(
    is_sudden: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def prepare(server: IamServer) -> None:
        server.life = 86_400.0 if is_sudden else 90.0

    async with playing(by_password, stored=PASSWORD, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(200)
        assert not stage.bad()
        stage.server.users[USER, DOMAIN] = NEW_PASSWORD
        if is_sudden:
            stage.server.revoke_all()
            stage.server.tokens[next(iter(stage.server.tokens))] = START + timedelta(days=1)  # the other profile's
        stage.server.answers.clear()
        before = len(stage.server.sign_ins)
        await stage.advance(200)
        await stage.advance(1800, step=30)
        refused = stage.server.sign_ins[before:]
        assert len(refused) == 1
        (problem,) = stage.refusals()
        assert problem is not None
        assert "refuses the user watcher of the account ExampleAccount, or the password: " in problem.text
        assert problem.text.endswith("The username or password is wrong: ***")
        assert stage.server.answers.count(401) == (2 if is_sudden else 1)
        asked = len(stage.samples())

        obtained = await stage.authenticator.obtain(by_password(stage.server.url), Secret(NEW_PASSWORD), "memory")
        assert isinstance(obtained, Obtained)
        stage.sign_ins.replace("lab", obtained.credential, Secret(NEW_PASSWORD), obtained.life)
        await stage.clock.advance(0)
        await stage.quiet()
        await stage.advance(200)
        assert stage.refusals()[1:] == [None]
        assert len(stage.samples()) >= asked + 6
        assert all(sample.is_good for sample in stage.samples()[asked:])


async def test_a_locked_user_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with playing(by_password, stored=PASSWORD, caplog=caplog) as stage:
        await stage.advance(60)
        stage.server.is_locked = True
        before = len(stage.server.sign_ins)
        await stage.advance(120)
        await stage.advance(1800, step=30)
        assert len(stage.server.sign_ins) == before + 1
        (problem,) = stage.refusals()
        assert problem is not None
        assert problem.text.startswith("The user watcher is locked after failed sign-ins: wait until")


async def test_tokens_that_end_early_are_renewed_without_a_failed_row(caplog: pytest.LogCaptureFixture) -> None:
    def prepare(server: IamServer) -> None:
        server.life = 86_400.0

    async with playing(by_password, stored=PASSWORD, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(100)
        before = len(stage.server.sign_ins)
        for token in list(stage.server.tokens)[1:]:
            stage.server.tokens[token] = START
        await stage.advance(300)
        assert len(stage.server.sign_ins) == before + 1
        assert not stage.bad()
        assert not stage.refusals()
        assert stage.server.answers.count(401) <= 3


async def test_iam_out_of_order_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """It says so on the rows once the token has ended, and goes on by itself."""
    async with playing(by_password, stored=PASSWORD, caplog=caplog) as stage:
        await stage.advance(60)
        stage.server.trouble = b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"
        await stage.advance(400)
        problems = [sample.problem for sample in stage.bad()]
        assert problems
        assert {problem.kind for problem in problems if problem is not None} == {ProblemKind.SERVER}
        assert not stage.refusals()
        assert len(stage.server.sign_ins) <= 1 + 3
        stage.server.trouble = None
        await stage.advance(700)
        assert all(sample.is_good for sample in stage.samples()[-3:])


# Commands


def by_command(_: str) -> AuthMethod:
    return CommandAuth(("token-command",))


async def test_a_command_carries_a_screen_through_ten_minutes(caplog: pytest.LogCaptureFixture) -> None:
    """It does not tell when its tokens end, so each of them is refused once; no row fails."""
    async with playing(by_command, caplog=caplog) as stage:
        await stage.advance(600)
        assert stage.longest_gap <= _LONGEST_GAP
        assert not stage.bad()
        assert not stage.refusals()
        assert 5 <= len(stage.server.tokens) - 1 <= 8


async def test_a_command_that_is_told_when_its_tokens_end_is_run_in_time(caplog: pytest.LogCaptureFixture) -> None:
    """IAM tells it; then no request is refused at all."""

    def by_command_and_iam(url: str) -> AuthMethod:
        return CommandAuth(("token-command",), url)

    async with playing(by_command_and_iam, caplog=caplog) as stage:
        await stage.advance(600)
        assert stage.longest_gap <= _LONGEST_GAP
        assert set(stage.server.answers) == {200}
        assert 5 <= len(stage.server.tokens) - 1 <= 8


async def test_a_command_that_always_prints_a_dead_token_is_run_seldom(caplog: pytest.LogCaptureFixture) -> None:
    runs = []

    def dead(_: IamServer) -> list[str]:
        runs.append(True)
        return ["printf", "%s", "Marked-token-that-is-dead"]

    async with playing(by_command, command=dead, caplog=caplog) as stage:
        await stage.advance(3600, step=30)
        assert 10 <= len(runs) <= 2 + 12
        assert stage.server.answers.count(401) <= len(runs)
        assert len(stage.refusals()) == 1


# Tokens


async def test_a_token_that_another_process_stores_is_taken_over_within_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with playing(TokenAuth, stored="marked-token-that-was-never-issued", caplog=caplog) as stage:
        await stage.advance(290)
        (problem,) = stage.refusals()
        assert problem is not None
        assert problem.text == "Incorrect IAM authentication information: decrypt token fail"
        assert stage.server.answers.count(401) == 2  # once by OMS, and once by IAM when asked for its end
        ends = stage.server.now() + timedelta(seconds=90)
        stage.stored["lab"] = Secret(stage.server.issue())
        await stage.advance(20)
        assert stage.refusals()[1:] == [None]
        assert sum(sample.is_good for sample in stage.samples()) >= 3
        known = stage.sign_ins.known("lab")
        assert known is not None
        assert known.expires_at == ends


# Access keys


def by_keys(_: str) -> AuthMethod:
    return KeyAuth(PROJECT_ID)


@pytest.mark.parametrize("is_temporary", [False, True], ids=["permanent", "temporary"])
async def test_signatures_are_accepted_for_ids_that_need_escaping(
    is_temporary: bool, caplog: pytest.LogCaptureFixture
) -> None:
    token = Secret(SECURITY_TOKEN) if is_temporary else None
    written = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY), token).written.reveal()

    def prepare(server: IamServer) -> None:
        server.keys = {ACCESS_KEY: SECRET_KEY}
        server.security_tokens = {ACCESS_KEY: SECURITY_TOKEN} if is_temporary else {}

    async with playing(by_keys, stored=written, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(300)
        assert stage.longest_gap <= _LONGEST_GAP
        assert not stage.bad()


async def test_a_refused_signature_is_tried_again_twice_in_half_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    """More than five in a row lock the key for everybody who uses it, so that the next try is eight hours later."""
    written = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY)).written.reveal()

    def prepare(server: IamServer) -> None:
        server.keys = {ACCESS_KEY: "another-secret-key"}

    async with playing(by_keys, stored=written, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(60)
        await stage.advance(1800, step=30)
        assert stage.server.answers.count(401) == 3
        (problem,) = stage.refusals()
        assert problem is not None
        assert problem.text.startswith("Incorrect IAM authentication information: verify aksk signature fail")
        stage.server.keys = {ACCESS_KEY: SECRET_KEY}
        stage.stored["lab"] = Secret(f"{ACCESS_KEY}\n{SECRET_KEY}\n")
        await stage.advance(60)
        assert stage.server.answers.count(401) == 3  # the same keys, written in another way


async def test_keys_are_tried_at_once_when_a_wrong_clock_is_put_right(caplog: pytest.LogCaptureFixture) -> None:
    written = AccessKeys(Secret(ACCESS_KEY), Secret(SECRET_KEY)).written.reveal()

    def prepare(server: IamServer) -> None:
        server.keys, server.date_ahead = {ACCESS_KEY: "another-secret-key"}, 1200.0

    async with playing(by_keys, stored=written, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(60)
        (problem,) = stage.refusals()
        assert problem is not None
        assert problem.text.startswith("This machine's clock is 20 minutes behind the gateway's")
        stage.server.keys, stage.server.date_ahead = {ACCESS_KEY: SECRET_KEY}, 0.0
        stage.clock.jump(1200)
        await stage.advance(5)
        assert stage.refusals()[1:] == [None]
        assert {sample.ref for sample in stage.samples() if sample.is_good} == set(stage.refs[:3])
        assert stage.server.answers.count(401) == 1


async def test_keys_that_change_in_the_sdks_file_are_taken_over_before_anything_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Old keys that are refused at once, and old ones that go on serving: the new ones sign from then on."""
    path = tmp_path / "credentials"
    keys = {f"ACCESSKEY{number}": f"marked-secret-{number}" for number in range(3)}

    def write(access_key: str) -> None:
        path.write_text(f"[basic]\nak = {access_key}\nsk = {keys[access_key]}\n")

    def prepare(server: IamServer) -> None:
        server.keys = dict(keys)
        write("ACCESSKEY0")

    async with playing(by_keys, prepare=prepare, find_keys=partial(find_keys, {}, path), caplog=caplog) as stage:
        await stage.advance(100)
        write("ACCESSKEY1")
        stage.server.keys.pop("ACCESSKEY0")
        await stage.advance(100)
        write("ACCESSKEY2")
        await stage.advance(120)
        assert "Access=ACCESSKEY2," in stage.server.questions[-1].headers["authorization"]
        assert not stage.refusals()
        assert not stage.bad()
        assert stage.server.answers.count(401) <= 1


# A server's agency


def by_agency(_: str) -> AuthMethod:
    return AgencyAuth(PROJECT_ID)


async def test_the_agency_of_a_server_carries_a_screen_through_keys_that_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two minutes each: all are replaced before they end, and no request is refused."""

    def prepare(server: IamServer) -> None:
        assert isinstance(server, MetadataServer)
        server.key_life = 120.0

    async with playing(by_agency, prepare=prepare, caplog=caplog) as stage:
        await stage.advance(600)
        assert stage.longest_gap <= _LONGEST_GAP
        assert not stage.bad()
        assert set(stage.server.answers) == {200}
        assert isinstance(stage.server, MetadataServer)
        assert 2 * 6 <= len(stage.server.metadata_requests) <= 2 * 11
