"""Credentials are had in time, renewed in time, and never by force."""

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    open_authenticator,
)
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.demo.clock import SteppedClock

DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
NAME = "lab"
PASSWORD = PasswordAuth("https://iam.example", "watcher", "ExampleAccount", "p")
COMMAND = CommandAuth(("vault", "read"))
KEYS = KeyAuth("p")
TOKEN = TokenAuth("https://iam.example")
KEY_COMMAND, AGENCY = KeyCommandAuth(("vault", "keys"), "p"), AgencyAuth("p")
METHODS: list[AuthMethod] = [TOKEN, PASSWORD, KEYS, COMMAND, KEY_COMMAND, AGENCY]
UNATTENDED = (COMMAND, KEY_COMMAND, AGENCY)
"""The methods that need no person and no store."""

EXPIRED = Problem(ProblemKind.TOKEN, "token expires", "APIGW.0301", 401)
FORBIDDEN_AK = Problem(ProblemKind.TOKEN, "no", "APIGW.0305", 401)
WRONG = Problem(ProblemKind.TOKEN, "The username or password is wrong.", status=401)
DOWN = Problem(ProblemKind.NETWORK, "iam.example refuses the connection")
ENVIRONMENT = Secret("from-environment")
WRITTEN_KEYS = "MARKEDACCESSKEY00001\nmarked-secret-key"


class Store:
    """A secret store that remembers who was asked for, and answers when it is let."""

    def __init__(self, text: str | None = "stored") -> None:
        self.secret = Secret(text) if text is not None else None
        self.trouble: StoreError | None = None
        self.reads = 0
        self.open = threading.Event()
        self.open.set()

    def read(self, profile_name: str) -> Secret | None:
        assert profile_name in {NAME, "other"}
        self.reads += 1
        self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.secret


@dataclass
class Desk(Authenticator):
    """Signs in as told: a new token each time, or what is next in line."""

    clock: SteppedClock
    life: float | None = DAY
    """Seconds that a bought token lasts; ``None`` for not told."""

    ahead: float = 0.0
    """Seconds by which the issuer's clock is ahead."""

    next: deque[Obtained | Problem | Exception] = field(default_factory=deque)
    always: Obtained | Problem | None = None
    ends: datetime | None = None
    """What IAM tells about a token."""

    asked: list[tuple[float, str | None]] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    limiter: asyncio.Event | None = None
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained | Problem:
        self.asked.append((self.clock.monotonic(), secret.reveal() if secret is not None else None))
        self.was_asked.set()
        if self.limiter is not None:
            await self.limiter.wait()
        outcome = self.next.popleft() if self.next else self.always
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            return outcome
        match method:
            case PasswordAuth() | CommandAuth():
                return self.token(f"token-{len(self.asked)}", source or "token command")
            case KeyCommandAuth() | AgencyAuth():
                return self.keys(f"ACCESSKEY{len(self.asked)}", method)
            case KeyAuth():
                keys = AccessKeys.read(secret.reveal() if secret is not None else "SDKACCESSKEY\nsdk-secret-key")
                return Obtained(KeyCredential(keys, source if secret is not None else "the SDK", "p", self.clock))
        assert isinstance(method, TokenAuth)
        assert secret is not None
        return Obtained(Credential(secret, source))

    def token(self, text: str, source: str = "keyring") -> Obtained:
        """Make a token that ends after the life from now on."""
        if self.life is None:
            return Obtained(Credential(Secret(text), source))
        ends = self.clock.now() + timedelta(seconds=self.life + self.ahead)
        return Obtained(Credential(Secret(text), source, ends), self.life)

    def keys(self, access_key: str, method: AuthMethod) -> Obtained:
        """Make access keys that end after the life from now on."""
        ends = self.clock.now() + timedelta(seconds=self.life + self.ahead) if self.life is not None else None
        source = "key command" if isinstance(method, KeyCommandAuth) else "this server's agency"
        keys = AccessKeys(Secret(access_key), Secret("secret-key"), Secret("security-token"))
        return Obtained(KeyCredential(keys, source, "p", self.clock, ends))

    async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
        assert isinstance(method, TokenAuth | PasswordAuth | CommandAuth)
        self.looks.append(self.clock.monotonic())
        if self.limiter is not None:
            await self.limiter.wait()
        return Credential(credential.secret, credential.source, self.ends) if self.ends is not None else None

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.asked]


@dataclass
class Scene:
    """A profile that signs in, with all that it depends on."""

    clock: SteppedClock
    authenticator: Desk
    store: Store
    sign_ins: CredentialCache

    async def get(self) -> AnyCredential | Problem:
        return await self.sign_ins.get(NAME)

    async def token(self) -> str:
        credential = await self.get()
        assert isinstance(credential, Credential), credential
        return credential.secret.reveal()

    async def refused(self, problem: Problem = EXPIRED) -> bool:
        return await self.sign_ins.renew_after(NAME, self.sign_ins.revision(NAME), problem)

    async def probe(self) -> bool:
        return await self.sign_ins.probe(NAME)


def scene(method: AuthMethod = PASSWORD, stored: str | None = "stored", environment: Secret | None = None) -> Scene:
    clock = SteppedClock(datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC))
    authenticator, store = Desk(clock), Store(WRITTEN_KEYS if method is KEYS and stored is not None else stored)
    sign_ins = CredentialCache(
        {NAME: method}, authenticator=authenticator, read=store.read, clock=clock, environment=environment
    )
    return Scene(clock, authenticator, store, sign_ins)


# When time jumps


TOO_LONG = Problem(ProblemKind.TOKEN, "The token command did not end within 10 s")
LOST = Problem(ProblemKind.NETWORK, "iam.example did not answer within 20 s")


async def stopped_meanwhile(made: Scene, seconds: float) -> AnyCredential | Problem:
    """Sign in; all stands still for so long while that is under way."""
    made.authenticator.limiter = asyncio.Event()
    getting = asyncio.create_task(made.get())
    await made.authenticator.was_asked.wait()
    await made.clock.advance(2.5)
    await made.clock.stand_still(seconds)
    made.authenticator.limiter.set()
    return await getting


@pytest.mark.parametrize(("method", "trouble"), [(COMMAND, TOO_LONG), (PASSWORD, LOST)], ids=["command", "password"])
async def test_what_failed_while_all_stood_still_has_not_failed(method: AuthMethod, trouble: Problem) -> None:
    made = scene(method)
    made.authenticator.next.append(trouble)
    outcome = await stopped_meanwhile(made, 30)
    assert isinstance(outcome, Credential)
    assert outcome.secret.reveal() == "token-2"
    assert made.sign_ins.problem(NAME) is None
    assert len(made.authenticator.asked) == 2, "once more, and at once"


@pytest.mark.parametrize(("method", "trouble"), [(COMMAND, TOO_LONG), (PASSWORD, LOST)], ids=["command", "password"])
async def test_the_second_failure_in_a_row_counts_whatever_time_did(method: AuthMethod, trouble: Problem) -> None:
    made = scene(method)
    made.authenticator.always = trouble
    assert await stopped_meanwhile(made, 30) == trouble
    assert await made.get() == trouble
    assert len(made.authenticator.asked) == 2


async def test_what_iam_itself_has_said_holds_whatever_time_did() -> None:
    made = scene(PASSWORD)
    made.authenticator.always = WRONG
    assert await stopped_meanwhile(made, 30) == WRONG
    await made.clock.advance(DAY)
    assert await made.get() == WRONG
    assert len(made.authenticator.asked) == 1, "a wrong password is sent once"


async def test_what_failed_in_steady_time_is_not_tried_again_at_once() -> None:
    made = scene(COMMAND)
    made.authenticator.always = TOO_LONG
    assert await stopped_meanwhile(made, 1) == TOO_LONG
    assert len(made.authenticator.asked) == 1


# Where credentials come from


@pytest.mark.parametrize(
    ("method", "source", "asked_with"),
    [
        (TOKEN, "keyring", "stored"),
        (PASSWORD, "keyring", "stored"),
        (KEYS, "keyring", WRITTEN_KEYS),
        (COMMAND, "token command", None),
        (KEY_COMMAND, "key command", None),
        (AGENCY, "this server's agency", None),
    ],
)
async def test_each_way_has_its_credential_once(method: AuthMethod, source: str, asked_with: str | None) -> None:
    one = scene(method)
    credentials = [await one.get() for _ in range(3)]
    assert isinstance(credentials[0], Credential | KeyCredential)
    assert credentials[0].source == source
    assert credentials[1] == credentials[2] == credentials[0] == one.sign_ins.known(NAME)
    assert one.authenticator.asked == [(0.0, asked_with)]
    assert one.store.reads == (0 if method in UNATTENDED else 1)


@pytest.mark.parametrize("method", METHODS)
async def test_what_a_person_gave_goes_before_the_environment_and_that_before_the_way(method: AuthMethod) -> None:
    one = scene(method, environment=ENVIRONMENT)
    assert await one.get() == Credential(ENVIRONMENT, "environment")
    one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
    assert await one.token() == "given"
    one.sign_ins.forget(NAME)
    assert await one.token() == "from-environment"
    assert one.authenticator.asked == []
    assert one.store.reads == 0


async def test_a_profile_of_no_known_way_has_a_stored_token() -> None:
    one = scene()
    assert await one.sign_ins.get("other") == Credential(Secret("stored"), "keyring")


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (TOKEN, "No token is stored for profile lab: run omstui login lab"),
        (PASSWORD, "No password is stored for profile lab: run omstui login lab"),
    ],
)
async def test_a_profile_without_a_secret_is_told_what_to_run(method: AuthMethod, text: str) -> None:
    one = scene(method, stored=None)
    for _ in range(3):
        assert await one.get() == Problem(ProblemKind.TOKEN, text)
    assert one.authenticator.asked == []
    assert one.store.reads == 1


async def test_without_stored_keys_those_of_the_sdk_serve_also_when_the_store_does_not_work() -> None:
    for trouble in (None, StoreError(StoreErrorKind.NONE, "This machine has no keyring")):
        one = scene(KEYS, stored=None)
        one.store.trouble = trouble
        credential = await one.get()
        assert isinstance(credential, KeyCredential)
        assert credential.source == "the SDK"


async def test_without_any_keys_both_places_are_named() -> None:
    one = scene(KEYS, stored=None)
    one.authenticator.always = Problem(ProblemKind.TOKEN, "There are no access keys: HUAWEICLOUD_SDK_AK is not set")
    problem = await one.get()
    assert isinstance(problem, Problem)
    assert problem.text == (
        "No access keys are stored for profile lab: run omstui login lab. "
        "There are no access keys: HUAWEICLOUD_SDK_AK is not set"
    )


@pytest.mark.parametrize("method", [TOKEN, PASSWORD])
async def test_a_store_that_fails_is_quoted_and_not_asked_again_by_itself(method: AuthMethod) -> None:
    """Each further look might ask somebody for a password in a window."""
    one = scene(method)
    one.store.trouble = StoreError(StoreErrorKind.LOCKED, "The keyring is locked.\x1b[31m password: s3cr3t")
    for _ in range(3):
        assert await one.get() == Problem(ProblemKind.TOKEN, "The keyring is locked.�[31m password: ***")
        await one.clock.advance(HOUR)
        assert not await one.probe()
    assert one.store.reads == 1
    one.store.trouble = None
    one.sign_ins.forget(NAME)
    assert isinstance(await one.get(), Credential)


@pytest.mark.parametrize("method", METHODS)
async def test_those_who_come_together_wait_for_the_same_attempt(method: AuthMethod) -> None:
    one = scene(method)
    one.authenticator.limiter = asyncio.Event()
    waiting = [asyncio.create_task(one.get()) for _ in range(5)]
    await one.authenticator.was_asked.wait()
    waiting[0].cancel()
    await asyncio.sleep(0)
    one.authenticator.limiter.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert isinstance(outcomes[1], Credential | KeyCredential)
    assert outcomes[1:] == [outcomes[1]] * 4
    assert len(one.authenticator.asked) == 1


@pytest.mark.parametrize("change", ["replace", "forget", "use_methods"])
async def test_a_change_meanwhile_counts(change: str) -> None:
    """What comes of the attempt that was under way is nobody's any more."""
    one = scene()
    limiter = one.authenticator.limiter = asyncio.Event()
    waiting = asyncio.create_task(one.get())
    await one.authenticator.was_asked.wait()
    one.authenticator.limiter = None
    match change:
        case "replace":
            one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
        case "forget":
            one.sign_ins.forget(NAME)
        case "use_methods":
            one.sign_ins.use_methods({NAME: TOKEN})
    revision = one.sign_ins.revision(NAME)
    limiter.set()
    outcome = await waiting
    assert isinstance(outcome, Credential)
    expected = {"replace": "given", "forget": "token-2", "use_methods": "stored"}[change]
    assert (outcome.secret.reveal(), await one.token()) == (expected, expected)
    assert one.sign_ins.revision(NAME) - revision == (0 if change == "replace" else 1)


async def test_a_change_while_the_token_is_renewed_counts() -> None:
    one = scene()
    await one.get()
    await one.clock.advance(DAY)
    limiter = one.authenticator.limiter = asyncio.Event()
    waiting = asyncio.create_task(one.get())
    await one.clock.advance(0)
    assert len(one.authenticator.asked) == 2
    one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
    limiter.set()
    assert await waiting == Credential(Secret("given"), "memory")


async def test_a_mistake_of_ours_raises_and_does_not_stay() -> None:
    one = scene()
    one.authenticator.next.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await one.get()
    assert await one.token() == "token-2"


async def test_changed_ways_are_taken_over_and_others_left_alone() -> None:
    one = scene()
    one.sign_ins.use_methods({NAME: PASSWORD, "other": TOKEN})
    assert await one.token() == "token-1"
    one.sign_ins.use_methods({NAME: PASSWORD, "other": COMMAND})
    assert await one.token() == "token-1"
    one.sign_ins.use_methods({NAME: COMMAND, "other": COMMAND})
    assert await one.token() == "token-2"


async def test_each_new_credential_is_told() -> None:
    one = scene()
    told: list[str] = []
    one.sign_ins.on_change = told.append
    for act in (one.get, one.refused):
        told.clear()
        await act()
        assert told == [NAME]
    assert await one.token() == "token-2"


# Renewal in time


@pytest.mark.parametrize(
    ("life", "margin"), [(DAY, 40 * MINUTE), (HOUR, 6 * MINUTE), (90.0, 9.0), (6 * HOUR, 36 * MINUTE)]
)
@pytest.mark.parametrize("method", [PASSWORD, COMMAND])
async def test_a_token_is_renewed_forty_minutes_or_a_tenth_of_its_life_before_its_end(
    method: AuthMethod, life: float, margin: float
) -> None:
    one = scene(method)
    one.authenticator.life = life
    assert await one.token() == "token-1"
    await one.clock.advance(life - margin - 1)
    assert await one.token() == "token-1"
    await one.clock.advance(1)
    assert await one.token() == "token-2"
    assert len(one.authenticator.asked) == 2


async def test_there_is_one_renewal_in_each_life() -> None:
    """A month, asked once a minute."""
    one = scene()
    for _ in range(30 * 24 * 6):
        await one.get()
        await one.clock.advance(600)
    assert 30 <= len(one.authenticator.asked) <= 32
    assert min(b - a for a, b in itertools.pairwise(one.authenticator.times)) >= DAY - 40 * MINUTE


@pytest.mark.parametrize("ahead", [-25 * HOUR, -HOUR, HOUR, 25 * HOUR])
async def test_a_clock_that_is_off_does_not_change_that(ahead: float) -> None:
    """The life is the issuer's own account; an end that has passed by our clock renews nothing by itself."""
    one = scene()
    one.authenticator.ahead = ahead
    for _ in range(3 * 24 * 60):
        await one.get()
        await one.clock.advance(60)
    assert len(one.authenticator.asked) == 4


@pytest.mark.parametrize("ends", [timedelta(hours=-25), timedelta(0)])
async def test_an_end_in_the_past_without_a_life_is_not_believed(ends: timedelta) -> None:
    one = scene(COMMAND)
    one.authenticator.always = Obtained(Credential(Secret("t"), "token command", one.clock.now() + ends))
    for _ in range(60):
        assert await one.token() == "t"
        await one.clock.advance(60)
    assert len(one.authenticator.asked) == 1


async def test_a_password_that_was_read_is_not_read_again() -> None:
    """A store that locks or dies weeks later changes nothing."""
    one = scene()
    await one.get()
    one.store.trouble = StoreError(StoreErrorKind.LOCKED, "locked")
    await one.clock.advance(DAY)
    assert await one.token() == "token-2"
    assert [secret for _, secret in one.authenticator.asked] == ["stored", "stored"]


async def test_a_password_that_a_person_gave_buys_the_next_token_too() -> None:
    one = scene(stored=None)
    one.authenticator.ahead = 25 * HOUR
    one.sign_ins.replace(NAME, one.authenticator.token("first", "typed").credential, Secret("typed"), life=DAY)
    await one.clock.advance(DAY - 40 * MINUTE - 1)
    assert await one.token() == "first"
    await one.clock.advance(1)
    assert await one.token() == "token-1"
    credential = await one.get()
    assert isinstance(credential, Credential)
    assert credential.source == "typed"
    assert [secret for _, secret in one.authenticator.asked] == ["typed"]
    assert one.store.reads == 0


async def test_a_token_that_a_person_gave_alone_is_followed_by_one_that_the_stored_password_buys() -> None:
    one = scene()
    one.sign_ins.replace(NAME, one.authenticator.token("first", "typed").credential)
    assert await one.token() == "first"
    await one.clock.advance(DAY)
    credential = await one.get()
    assert isinstance(credential, Credential)
    assert (credential.secret.reveal(), credential.source) == ("token-1", "keyring")


async def test_while_it_cannot_be_renewed_a_token_serves_until_its_end() -> None:
    one = scene()
    await one.get()
    one.authenticator.always = DOWN
    await one.clock.advance(DAY - 30 * MINUTE)
    assert await one.token() == "token-1"
    assert one.sign_ins.problem(NAME) == DOWN
    await one.clock.advance(30 * MINUTE - 1)
    assert await one.token() == "token-1"
    await one.clock.advance(1)
    assert await one.get() == DOWN
    one.authenticator.always = None
    await one.clock.advance(5 * MINUTE)
    assert (await one.token()).startswith("token-")
    assert one.sign_ins.problem(NAME) is None


async def test_trouble_on_the_way_is_tried_again_by_itself_and_too_slowly_to_lock_the_user() -> None:
    """Five wrong passwords within fifteen minutes lock; an answer that got lost may have said that it was wrong."""
    one = scene()
    one.authenticator.always = DOWN
    for _ in range(3 * 360):
        assert await one.get() == DOWN
        await one.clock.advance(10)
    times = one.authenticator.times
    assert len(times) > 20
    assert all(sum(start <= at < start + 15 * MINUTE for at in times) <= 4 for start in times)
    one.authenticator.always = None
    await one.clock.advance(301)
    assert isinstance(await one.get(), Credential)


async def test_as_long_as_the_service_says_is_waited() -> None:
    one = scene()
    one.authenticator.next.append(Problem(ProblemKind.THROTTLED, "slowly", retry_after=1200.0))
    await one.get()
    await one.clock.advance(1199)
    assert isinstance(await one.get(), Problem)
    await one.clock.advance(1)
    assert isinstance(await one.get(), Credential)


# Refused passwords


async def test_a_refused_password_is_never_sent_again_by_itself() -> None:
    """Whatever anybody asks for in a month."""
    one = scene()
    one.authenticator.always = WRONG
    for _ in range(30 * 24):
        assert await one.get() == WRONG
        assert not await one.refused()
        assert not await one.probe()
        await one.clock.advance(HOUR)
    assert len(one.authenticator.asked) == 1

    one.authenticator.always = None
    one.sign_ins.replace(NAME, Credential(Secret("new"), "memory"), Secret("typed"))
    assert await one.token() == "new"


async def test_a_password_that_is_refused_before_the_end_leaves_the_token_its_time() -> None:
    one = scene()
    await one.get()
    one.authenticator.always = WRONG
    await one.clock.advance(DAY - 30 * MINUTE)
    for _ in range(29):
        assert await one.token() == "token-1"
        await one.clock.advance(MINUTE)
    assert one.sign_ins.problem(NAME) == WRONG
    await one.clock.advance(MINUTE)
    assert await one.get() == WRONG
    assert len(one.authenticator.asked) == 2


async def test_when_both_are_refused_it_is_the_password_s_refusal_that_is_told() -> None:
    """The old token's would hide what to do."""
    one = scene()
    await one.get()
    one.authenticator.always = WRONG
    assert await one.refused()
    assert await one.get() == WRONG
    assert not await one.refused(WRONG)
    assert len(one.authenticator.asked) == 2


async def test_a_password_that_was_refused_before_the_end_is_told_when_the_token_is_refused() -> None:
    one = scene()
    await one.get()
    one.authenticator.always = WRONG
    await one.clock.advance(DAY - 30 * MINUTE)
    await one.get()
    assert await one.refused()
    assert await one.get() == WRONG
    assert len(one.authenticator.asked) == 2


# Refused tokens


@pytest.mark.parametrize(
    ("method", "problem", "is_renewed"),
    [
        (PASSWORD, EXPIRED, True),
        (PASSWORD, Problem(ProblemKind.TOKEN, "x", "APIGW.0307", 401), True),
        (PASSWORD, Problem(ProblemKind.TOKEN, "x", "IAM.0066", 401), True),
        (PASSWORD, Problem(ProblemKind.TOKEN, "x", "OMS.1005", 400), True),
        (PASSWORD, FORBIDDEN_AK, False),
        (PASSWORD, Problem(ProblemKind.TOKEN, "x", None, 401), False),
        (COMMAND, EXPIRED, True),
        (COMMAND, FORBIDDEN_AK, False),
        (KEY_COMMAND, EXPIRED, True),
        (KEY_COMMAND, Problem(ProblemKind.TOKEN, "x", "IAM.1108", 400), True),
        (KEY_COMMAND, FORBIDDEN_AK, False),
        (AGENCY, EXPIRED, True),
        (AGENCY, FORBIDDEN_AK, False),
        (TOKEN, EXPIRED, False),
        (KEYS, EXPIRED, False),
    ],
)
async def test_a_refused_token_is_renewed_once_where_that_may_help(
    method: AuthMethod, problem: Problem, is_renewed: bool
) -> None:
    one = scene(method)
    before = await one.get()
    assert await one.refused(problem) is is_renewed
    assert (await one.get() != before) is is_renewed
    assert len(one.authenticator.asked) == 1 + is_renewed


@pytest.mark.parametrize("method", [PASSWORD, *UNATTENDED])
async def test_a_token_of_the_environment_is_not_renewed(method: AuthMethod) -> None:
    one = scene(method, environment=ENVIRONMENT)
    await one.get()
    assert not await one.refused()
    assert one.authenticator.asked == []


@pytest.mark.parametrize("method", [PASSWORD, *UNATTENDED])
async def test_a_new_token_that_is_refused_too_is_the_end_of_it(method: AuthMethod) -> None:
    """One renewal, then a person or, for a command, five minutes."""
    one = scene(method)
    await one.get()
    assert await one.refused()
    await one.get()
    for _ in range(4):
        await one.clock.advance(10)
        assert not await one.refused()
    assert len(one.authenticator.asked) == 2


async def test_a_token_that_has_served_a_minute_is_renewed_again() -> None:
    one = scene()
    await one.get()
    assert await one.refused()
    await one.get()
    await one.clock.advance(60)
    assert await one.refused()
    assert await one.token() == "token-3"


async def test_a_token_that_is_refused_just_when_the_pause_ends_is_renewed() -> None:
    """The command printed the same token again five minutes ago."""
    one = scene(COMMAND)
    one.authenticator.life = HOUR
    kept = one.authenticator.token("kept")
    one.authenticator.next.extend([kept, kept, DOWN])
    await one.get()
    await one.clock.advance(HOUR - 6 * MINUTE)
    await one.get()
    await one.clock.advance(5 * MINUTE)
    await one.get()
    await one.clock.advance(5 * MINUTE)
    assert await one.refused()
    assert await one.token() == "token-4"


async def test_a_token_that_has_served_a_while_is_renewed_again() -> None:
    """Ninety seconds each, by a clock that does not foresee it."""
    one = scene()
    one.authenticator.life = None
    for number in range(1, 20):
        assert await one.token() == f"token-{number}"
        await one.clock.advance(90)
        assert await one.refused()
    assert len(one.authenticator.asked) == 20


@pytest.mark.parametrize("method", [PASSWORD, COMMAND])
async def test_a_refused_token_that_is_let_in_after_all_is_renewed_as_before(method: AuthMethod) -> None:
    """In time before its end, and when it is refused later."""
    made = scene(method)
    await made.token()
    assert await made.refused()
    assert await made.token() == "token-2"
    assert not await made.refused(), "the next one is refused too"
    made.sign_ins.accepted(NAME)
    assert not await made.probe(), "nothing is looked for"
    await made.clock.advance(HOUR)
    assert await made.token() == "token-2"
    assert await made.refused()
    assert await made.token() == "token-3"


async def test_a_token_that_is_renewed_at_its_end_while_it_is_refused_is_no_reason_to_buy_two() -> None:
    """A try finds that the token ends: the password is sent once, whatever the service makes of the new token."""
    made = scene(PASSWORD)
    await made.token()
    assert await made.refused()
    assert not await made.refused()
    for bought in (2, 3, 4):
        assert len(made.authenticator.asked) == bought
        await made.clock.advance(DAY)
        assert await made.token() == f"token-{bought + 1}"
        for _ in range(3):
            assert not await made.refused()


async def test_those_whose_token_was_refused_together_share_the_renewal() -> None:
    one = scene()
    await one.get()
    revision = one.sign_ins.revision(NAME)
    outcomes = await asyncio.gather(*(one.sign_ins.renew_after(NAME, revision, EXPIRED) for _ in range(4)))
    assert outcomes == [True] * 4
    assert await one.sign_ins.renew_after(NAME, revision, EXPIRED)
    assert len(one.authenticator.asked) == 2


async def test_a_token_that_a_person_has_replaced_meanwhile_needs_no_renewal() -> None:
    one = scene()
    await one.get()
    revision = one.sign_ins.revision(NAME)
    one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
    assert await one.sign_ins.renew_after(NAME, revision, EXPIRED)
    assert (await one.token(), len(one.authenticator.asked)) == ("given", 1)


async def test_with_iam_out_of_reach_the_refused_token_gives_way_to_that_trouble() -> None:
    """Which is tried again by itself, as a refusal would not be."""
    one = scene()
    await one.get()
    one.authenticator.always = DOWN
    told: list[str] = []
    one.sign_ins.on_change = told.append
    assert await one.refused()
    assert told == [NAME]
    assert await one.get() == DOWN
    assert not await one.probe()
    assert one.store.reads == 1, "no other password is looked for"
    one.authenticator.always = None
    await one.clock.advance(72)
    assert await one.token() == "token-3"


async def test_a_pause_after_trouble_holds_when_the_token_is_refused_meanwhile() -> None:
    one = scene()
    await one.get()
    one.authenticator.always = DOWN
    await one.clock.advance(DAY - 30 * MINUTE)
    await one.get()
    assert await one.refused()
    assert await one.get() == DOWN
    assert len(one.authenticator.asked) == 2


# Commands


async def test_a_command_that_always_prints_the_same_dead_token_is_run_every_five_minutes_at_most() -> None:
    one = scene(COMMAND)
    one.authenticator.always = Obtained(Credential(Secret("dead"), "token command"))
    await one.get()
    assert not await one.refused()
    for _ in range(4 * 60):
        assert not await one.probe()
        assert not await one.refused()
        await one.clock.advance(15)
    times = one.authenticator.times
    assert len(times) == 2 + 11
    assert all(b - a >= 300 for a, b in itertools.pairwise(times[1:]))

    one.authenticator.always = None
    await one.clock.advance(300)
    assert await one.probe()
    assert (await one.token()).startswith("token-")


@pytest.mark.parametrize("method", UNATTENDED, ids=lambda method: type(method).__name__)
@pytest.mark.parametrize("problem", [EXPIRED, FORBIDDEN_AK, WRONG], ids=["renewable", "its code", "no code"])
async def test_what_gives_another_dead_credential_each_time_is_no_busier(method: AuthMethod, problem: Problem) -> None:
    """Asked again whenever there is a new one, as the poller does."""
    one = scene(method)
    one.authenticator.life = None
    await one.get()
    while await one.refused(problem):
        await one.get()
    for _ in range(4 * 60):
        if await one.probe():
            await one.get()
            while await one.refused(problem):
                await one.get()
        await one.clock.advance(15)
    assert len(one.authenticator.asked) <= 2 + 12


async def test_a_command_that_fails_is_run_again_after_five_minutes() -> None:
    one = scene(COMMAND)
    failed = Problem(ProblemKind.TOKEN, "The token command vault failed with exit code 2")
    one.authenticator.next.append(failed)
    for _ in range(20):
        assert await one.get() == failed
        assert not await one.probe()
        await one.clock.advance(15)
    assert await one.probe()
    assert await one.token() == "token-2"


async def test_a_command_that_keeps_its_token_until_the_end_is_asked_once_more_when_it_is_refused() -> None:
    """It prints the same token shortly before the end, which is no reason to wait after the end."""
    one = scene(COMMAND)
    one.authenticator.life = HOUR
    kept = one.authenticator.token("kept")
    one.authenticator.next.extend([kept, kept])
    await one.get()
    await one.clock.advance(HOUR - 30)
    assert await one.token() == "kept"
    assert await one.token() == "kept"
    assert len(one.authenticator.asked) == 2
    await one.clock.advance(30)
    assert await one.token() == "kept"
    assert await one.refused()
    assert await one.token() == "token-3"


async def test_a_command_that_fails_before_the_end_leaves_the_token_its_time() -> None:
    one = scene(COMMAND)
    one.authenticator.life = HOUR
    await one.get()
    one.authenticator.always = Problem(ProblemKind.TOKEN, "failed")
    await one.clock.advance(HOUR - 5 * MINUTE)
    assert await one.token() == "token-1"
    await one.clock.advance(5 * MINUTE)
    problem = await one.get()
    assert problem == one.sign_ins.problem(NAME) == one.authenticator.always


# Access keys of the SDK's file


def with_file(tmp_path: Path, access_key: str = "FIRST") -> tuple[CredentialCache, SteppedClock, Path]:
    """Return what signs in with the keys of a file, the clock and the file."""
    clock = SteppedClock(datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC))
    path = tmp_path / ".huaweicloud" / "credentials"
    path.parent.mkdir()
    write_keys(path, access_key)
    authenticator = open_authenticator(environ={}, home=tmp_path, clock=clock)
    return CredentialCache({NAME: KEYS}, authenticator=authenticator, read=lambda _: None, clock=clock), clock, path


def write_keys(path: Path, access_key: str) -> None:
    path.write_text(f"[basic]\nak = {access_key}\nsk = marked-secret-{access_key}\n")


async def access_key(sign_ins: CredentialCache) -> str:
    credential = await sign_ins.get(NAME)
    assert isinstance(credential, KeyCredential)
    return credential.keys.access_key.reveal()


async def test_a_refusal_reads_the_sdks_file_again_before_it_counts(tmp_path: Path) -> None:
    sign_ins, _, path = with_file(tmp_path)
    assert await access_key(sign_ins) == "FIRST"
    write_keys(path, "SECOND")
    revision = sign_ins.revision(NAME)
    outcomes = await asyncio.gather(*(sign_ins.renew_after(NAME, revision, FORBIDDEN_AK) for _ in range(3)))
    assert outcomes == [True] * 3
    assert await access_key(sign_ins) == "SECOND"
    assert not await sign_ins.renew_after(NAME, sign_ins.revision(NAME), EXPIRED), "the same keys are not asked with"


@pytest.mark.parametrize("text", ["", "[basic]\nak = half\n", None])
async def test_a_broken_sdk_file_takes_no_keys_away(tmp_path: Path, text: str | None) -> None:
    sign_ins, clock, path = with_file(tmp_path)
    await sign_ins.get(NAME)
    path.unlink() if text is None else path.write_text(text)
    assert not await sign_ins.renew_after(NAME, sign_ins.revision(NAME), EXPIRED)
    assert await access_key(sign_ins) == "FIRST"
    write_keys(path, "SECOND")
    await clock.advance(15)
    assert await sign_ins.probe(NAME)
    assert await access_key(sign_ins) == "SECOND"


async def test_a_change_of_the_sdks_file_is_taken_over_while_all_is_well(tmp_path: Path) -> None:
    sign_ins, clock, path = with_file(tmp_path)
    await sign_ins.get(NAME)
    write_keys(path, "SECOND")
    await clock.advance(14.5)
    await access_key(sign_ins)
    await sign_ins.looked_up(10.0)
    assert await access_key(sign_ins) == "FIRST", "it is looked at every fifteen seconds"
    await clock.advance(0.5)
    assert await access_key(sign_ins) == "FIRST", "no request waits for the look"
    await sign_ins.looked_up(10.0)
    assert await access_key(sign_ins) == "SECOND"


async def test_a_change_of_the_sdks_file_that_leaves_the_keys_alone_is_none_and_the_next_one_is_seen(
    tmp_path: Path,
) -> None:
    sign_ins, clock, path = with_file(tmp_path)
    await sign_ins.get(NAME)
    revision = sign_ins.revision(NAME)
    path.write_text(f"; words\n{path.read_text()}")
    await clock.advance(15)
    await sign_ins.get(NAME)
    await sign_ins.looked_up(10.0)
    assert sign_ins.revision(NAME) == revision
    write_keys(path, "SECOND")
    await clock.advance(15)
    await sign_ins.get(NAME)
    await sign_ins.looked_up(10.0)
    assert await access_key(sign_ins) == "SECOND"


async def test_keys_that_a_person_took_from_the_sdks_file_are_followed_too(tmp_path: Path) -> None:
    sign_ins, _, path = with_file(tmp_path)
    obtained = await sign_ins._authenticator.obtain(KEYS, None, "")
    assert isinstance(obtained, Obtained)
    sign_ins.replace(NAME, obtained.credential, file=obtained.file)
    write_keys(path, "SECOND")
    assert await sign_ins.renew_after(NAME, sign_ins.revision(NAME), FORBIDDEN_AK)
    assert await access_key(sign_ins) == "SECOND"


async def test_a_mistake_while_looking_at_the_sdks_file_is_logged_and_hurts_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Desk):
        async def obtain(self, method: AuthMethod, secret: Secret | None, source: str) -> Obtained | Problem:
            raise ZeroDivisionError

    sign_ins, clock, path = with_file(tmp_path)
    await sign_ins.get(NAME)
    sign_ins._authenticator = Broken(clock)
    await clock.advance(15)
    await sign_ins.get(NAME)
    await sign_ins.looked_up(10.0)
    assert caplog.messages == [], "a file that is the same is not read"
    write_keys(path, "SECOND")
    await clock.advance(15)
    await sign_ins.get(NAME)
    await sign_ins.looked_up(10.0)
    assert caplog.messages == ["internal error while looking at the access keys of lab"]
    assert await access_key(sign_ins) == "FIRST"


# Access keys that a command or an agency gives


@pytest.mark.parametrize(
    ("method", "life", "margin"),
    [
        (KEY_COMMAND, DAY, 40 * MINUTE),
        (KEY_COMMAND, 15 * MINUTE, 90.0),
        (AGENCY, DAY, 40 * MINUTE),
        (AGENCY, 2 * HOUR, 40 * MINUTE),
        (AGENCY, HOUR, 30 * MINUTE),
        (AGENCY, 15 * MINUTE, 7.5 * MINUTE),
    ],
)
async def test_keys_are_renewed_before_their_end(method: AuthMethod, life: float, margin: float) -> None:
    """Forty minutes before it; sooner or later where they live shorter."""
    one = scene(method)
    one.authenticator.life = life
    before = await one.get()
    await one.clock.advance(life - margin - 1)
    assert await one.get() == before
    await one.clock.advance(1)
    after = await one.get()
    assert isinstance(after, KeyCredential)
    assert after != before
    assert len(one.authenticator.asked) == 2


@pytest.mark.parametrize("life", [None, 0.0, 0.1, 5.0, 59.0])
@pytest.mark.parametrize("method", [KEY_COMMAND, AGENCY])
async def test_keys_that_end_at_once_are_asked_for_once_a_minute_at_most(
    method: AuthMethod, life: float | None
) -> None:
    one = scene(method)
    one.authenticator.life = life
    for _ in range(600):
        assert isinstance(await one.get(), KeyCredential)
        await one.clock.advance(1)
    assert len(one.authenticator.asked) <= 10


@pytest.mark.parametrize("method", [KEY_COMMAND, AGENCY])
async def test_the_same_keys_again_before_their_end_are_asked_for_every_five_minutes(method: AuthMethod) -> None:
    """A metadata service changes its keys in its own time; then the new ones are used."""
    one = scene(method)
    one.authenticator.life = 15 * MINUTE
    before = one.authenticator.always = one.authenticator.keys("KEPT", method)
    for _ in range(14 * 60):
        assert await one.get() == before.credential
        await one.clock.advance(1)
    assert len(one.authenticator.asked) <= 3
    one.authenticator.always = None
    await one.clock.advance(5 * MINUTE)
    assert await one.get() != before.credential


@pytest.mark.parametrize("method", UNATTENDED)
async def test_what_cannot_be_renewed_serves_until_its_end_and_is_looked_for_after_it(method: AuthMethod) -> None:
    """A screen that waits for another credential probes, and asks for nothing else."""
    one = scene(method)
    one.authenticator.life = HOUR
    before = await one.get()
    failed = one.authenticator.always = Problem(ProblemKind.TOKEN, "This server has no agency")
    await one.clock.advance(HOUR - 1)
    assert await one.get() == before
    assert one.sign_ins.problem(NAME) == failed
    await one.clock.advance(1)
    assert await one.get() == failed
    one.authenticator.always = None
    await one.clock.advance(300)
    assert await one.probe()
    after = await one.get()
    assert isinstance(after, Credential | KeyCredential)
    assert after != before


# Another process


@pytest.mark.parametrize(
    ("method", "stored", "new"),
    [
        (TOKEN, "renewed-elsewhere", Credential(Secret("renewed-elsewhere"), "keyring")),
        (PASSWORD, "other-password", None),
        (KEYS, "OTHERACCESSKEY\nother-secret-key", None),
    ],
)
@pytest.mark.parametrize("environment", [None, ENVIRONMENT])
async def test_what_another_process_has_stored_is_taken_over_after_a_refusal(
    method: AuthMethod, stored: str, new: Credential | None, environment: Secret | None
) -> None:
    one = scene(method, environment=environment)
    before = await one.get()
    assert not await one.refused(FORBIDDEN_AK)
    if environment is None:
        assert not await one.probe()
    one.store.secret = Secret(stored)
    await one.clock.advance(15)
    revision = one.sign_ins.revision(NAME)
    assert await one.probe()
    assert one.sign_ins.revision(NAME) > revision
    after = await one.get()
    assert isinstance(after, Credential | KeyCredential)
    assert after != before
    assert new is None or after == new
    await one.clock.advance(15)
    assert not await one.probe()


@pytest.mark.parametrize("method", [TOKEN, PASSWORD, KEYS])
async def test_what_was_missing_is_taken_over_once_it_is_there(method: AuthMethod) -> None:
    one = scene(method, stored=None)
    if method is KEYS:
        one.authenticator.next.append(Problem(ProblemKind.TOKEN, "There are no access keys"))
        one.authenticator.next.append(Problem(ProblemKind.TOKEN, "There are no access keys"))
    assert isinstance(await one.get(), Problem)
    assert not await one.probe()
    one.store.secret = Secret(WRITTEN_KEYS if method is KEYS else "at-last")
    await one.clock.advance(15)
    assert await one.probe()
    assert isinstance(await one.get(), Credential | KeyCredential)


async def test_keys_of_the_sdk_are_looked_for_again_although_there_is_no_store() -> None:
    one = scene(KEYS, stored=None)
    one.store.trouble = StoreError(StoreErrorKind.NONE, "This machine has no keyring")
    await one.get()
    assert not await one.refused()
    assert not await one.probe()
    other = KeyCredential(AccessKeys(Secret("OTHER"), Secret("other")), "the SDK", "p", one.clock)
    one.authenticator.always = Obtained(other)
    await one.clock.advance(15)
    assert await one.probe()
    assert await one.get() == other
    assert one.store.reads == 1


@pytest.mark.parametrize("method", [TOKEN, PASSWORD, KEYS])
async def test_the_store_is_looked_into_every_fifteen_seconds_at_most(method: AuthMethod) -> None:
    one = scene(method)
    await one.get()
    await one.refused(FORBIDDEN_AK)
    for _ in range(600):
        await one.probe()
        await one.clock.advance(1)
    assert 1 + 39 <= one.store.reads <= 1 + 41


@pytest.mark.parametrize("method", METHODS)
async def test_without_a_refusal_nobody_looks(method: AuthMethod) -> None:
    one = scene(method)
    assert not await one.probe()
    await one.get()
    one.store.secret = Secret("other")
    await one.clock.advance(HOUR)
    assert not await one.probe()
    assert (one.store.reads, len(one.authenticator.asked)) == (0 if method in UNATTENDED else 1, 1)


async def test_a_password_that_another_process_stored_is_tried_once() -> None:
    one = scene()
    one.authenticator.always = WRONG
    await one.get()
    one.store.secret = Secret("wrong-too")
    assert await one.probe()
    assert await one.get() == WRONG
    assert one.store.reads == 2
    for _ in range(100):
        await one.clock.advance(15)
        assert not await one.probe()
        assert await one.get() == WRONG
    assert [secret for _, secret in one.authenticator.asked] == ["stored", "wrong-too"]


async def test_a_person_s_change_while_the_store_is_read_counts() -> None:
    one = scene(TOKEN)
    await one.get()
    await one.refused()
    one.store.secret = Secret("renewed-elsewhere")
    one.store.open.clear()
    probing = asyncio.create_task(one.probe())
    await asyncio.sleep(0)
    one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
    one.store.open.set()
    await probing
    assert await one.token() == "given"


# When a token ends


@pytest.mark.parametrize("method", [TOKEN, COMMAND])
async def test_when_a_token_ends_that_does_not_tell_is_asked_in_the_background(method: AuthMethod) -> None:
    one = scene(method)
    one.authenticator.life = None
    one.authenticator.ends = one.clock.now() + timedelta(seconds=HOUR)
    before = await one.get()
    revision = one.sign_ins.revision(NAME)
    assert isinstance(before, Credential)
    assert before.expires_at is None
    await one.clock.advance(0)
    known = one.sign_ins.known(NAME)
    assert known == Credential(before.secret, before.source, one.authenticator.ends)
    assert (one.sign_ins.revision(NAME), len(one.authenticator.looks)) == (revision, 1)
    await one.clock.advance(HOUR - 6 * MINUTE)
    assert (await one.token() == "token-2") is (method is COMMAND)


async def test_whoever_asks_once_can_wait_until_it_is_known_when_tokens_end() -> None:
    one = scene(TOKEN)
    one.authenticator.limiter, one.authenticator.ends = asyncio.Event(), one.clock.now()
    one.sign_ins.replace(NAME, Credential(Secret("first"), "memory"))
    await one.get()
    async with asyncio.timeout(10):
        await one.sign_ins.looked_up(0.01)
    assert one.sign_ins.known(NAME) == Credential(Secret("first"), "memory"), "not longer than it may take"
    asyncio.get_running_loop().call_later(0.01, one.authenticator.limiter.set)
    await one.sign_ins.looked_up(60.0)
    assert one.sign_ins.known(NAME) == Credential(Secret("first"), "memory", one.authenticator.ends)
    await one.sign_ins.looked_up(60.0)


async def test_an_end_that_cannot_be_learned_is_asked_for_ever_more_seldom() -> None:
    one = scene(TOKEN)
    for _ in range(24 * 60):
        await one.get()
        await one.clock.advance(60)
    assert one.authenticator.looks == [0.0, 900.0, 2700.0, 6300.0, 13500.0, 27900.0, 56700.0]


async def test_a_given_token_and_the_environment_s_are_asked_about_too_and_keys_are_not() -> None:
    one = scene(TOKEN, environment=ENVIRONMENT)
    await one.get()
    one.sign_ins.replace(NAME, Credential(Secret("given"), "memory"))
    await one.get()
    await one.clock.advance(0)
    assert len(one.authenticator.looks) == 2
    keys = scene(KEYS)
    await keys.get()
    await keys.clock.advance(0)
    assert keys.authenticator.looks == []


async def test_what_is_learned_about_a_replaced_token_is_dropped() -> None:
    one = scene(TOKEN)
    one.authenticator.limiter, one.authenticator.ends = asyncio.Event(), one.clock.now()
    one.sign_ins.replace(NAME, Credential(Secret("first"), "memory"))
    await one.get()
    await one.clock.advance(0)
    one.sign_ins.replace(NAME, Credential(Secret("second"), "memory", one.clock.now() + timedelta(days=1)))
    one.authenticator.limiter.set()
    await one.clock.advance(0)
    assert one.sign_ins.known(NAME) == Credential(Secret("second"), "memory", one.clock.now() + timedelta(days=1))


async def test_what_is_learned_about_a_renewed_token_is_dropped() -> None:
    one = scene(COMMAND)
    one.authenticator.life = None
    await one.get()
    one.authenticator.limiter, one.authenticator.ends = asyncio.Event(), one.clock.now()
    await one.clock.advance(0)
    limiter, one.authenticator.limiter, one.authenticator.life = one.authenticator.limiter, None, DAY
    assert await one.refused()
    limiter.set()
    await one.clock.advance(0)
    assert await one.token() == "token-2"


async def test_a_mistake_while_asking_when_a_token_ends_is_logged_and_hurts_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Desk):
        async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
            raise ZeroDivisionError

    clock = SteppedClock(datetime(2026, 11, 22, tzinfo=UTC))
    sign_ins = CredentialCache({NAME: TOKEN}, authenticator=Broken(clock), read=Store().read, clock=clock)
    assert isinstance(await sign_ins.get(NAME), Credential)
    await clock.advance(0)
    assert caplog.messages == ["internal error while asking when the token of lab ends"]
    assert isinstance(await sign_ins.get(NAME), Credential)


# Secrets


@pytest.mark.parametrize("act", [Scene.get, Scene.refused, Scene.probe])
async def test_nothing_that_is_remembered_shows_a_secret(act: Callable[[Scene], object]) -> None:
    for method in METHODS:
        one = scene(method, stored="marked-secret" if method is not KEYS else "stored")
        await one.get()
        outcome = act(one)
        assert asyncio.iscoroutine(outcome)
        remembered = {name: value for name, value in vars(one.sign_ins).items() if value is not one.authenticator}
        shown = f"{await outcome!r}{remembered!r}{one.sign_ins.problem(NAME)!r}"
        assert "_Entry" in shown
        assert "marked" not in shown.lower()
