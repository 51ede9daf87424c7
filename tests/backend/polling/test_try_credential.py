"""A credential is tried before it is kept: by a task, and by the list where only that shows whether it is let in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.auth.methods import Authenticator, AuthMethod, TokenAuth, open_authenticator
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.http.signing import AccessKeys, KeyCredential
from omstui.backend.oms.client import Answer
from omstui.backend.polling.channel import ONCE, Channel, Exchange, RequestOptions
from omstui.backend.polling.try_credential import NO_TASK, channel_with, try_credential, with_end
from omstui.backend.secrets.secret import Secret
from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import Listing, TaskRef
from omstui.core.watch.sample import Sample
from omstui.demo.clock import SteppedClock
from tests.backend.polling.test_poller import (
    BROKEN,
    NOT_THERE,
    PROFILES,
    REFUSED,
    FakeOms,
    channels_to,
    sign_ins,
    with_tokens,
)

ENDS = datetime(2026, 11, 23, tzinfo=UTC)
GIVEN = Credential(Secret("given"), "memory")
UNCLEAR = Problem(ProblemKind.FORBIDDEN, "query failed or no permission", "OMS.0053", 403)
FOREIGN = Problem(ProblemKind.ENDPOINT, "not found", status=404, is_foreign=True)
FORBIDDEN = Problem(ProblemKind.FORBIDDEN, "no", "IAM.0002", 403)
IAM = "https://iam.example"


async def tried(oms: FakeOms, sync_task_id: str | None = None) -> Problem | None:
    opened = channel_with(
        GIVEN,
        PROFILES["one"],
        authenticator=open_authenticator(environ={}, home=Path(), clock=oms.clock),
        open_client=oms.open_client,
        clock=oms.clock,
    )
    async with opened as channel:
        return await try_credential(channel, sync_task_id)


async def test_the_channel_asks_with_the_given_credential_alone_and_is_closed(stepped_clock: SteppedClock) -> None:
    oms = FakeOms(stepped_clock)
    assert await tried(oms, "task") is None
    (asked,) = oms.asked
    assert (asked.profile, asked.sync_task_id, asked.token) == ("one", "task", "given")
    assert asked.query_time == stepped_clock.now()
    assert (oms.opened, oms.closed) == (1, 1)


async def test_without_any_task_it_is_asked_for_one_that_nobody_has(stepped_clock: SteppedClock) -> None:
    oms = FakeOms(stepped_clock, outcome=lambda _: NOT_THERE)
    assert await tried(oms) == NOT_THERE
    assert [asked.sync_task_id for asked in oms.asked] == [NO_TASK]


@pytest.mark.parametrize(
    ("said", "listing", "told"),
    [
        (UNCLEAR, Listing(), None),
        (FOREIGN, Listing(), None),
        (UNCLEAR, REFUSED, REFUSED),
        (UNCLEAR, BROKEN, BROKEN),
        (UNCLEAR, FORBIDDEN, UNCLEAR),
        (UNCLEAR, replace(BROKEN, kind=ProblemKind.REFUSED), UNCLEAR),
        (FOREIGN, replace(FOREIGN, text="listed"), replace(FOREIGN, text="listed")),
        (BROKEN, Listing(), BROKEN),
        (REFUSED, Listing(), REFUSED),
    ],
)
async def test_where_the_answer_leaves_it_open_the_list_is_asked_for(
    stepped_clock: SteppedClock, said: Problem, listing: Listing | Problem, told: Problem | None
) -> None:
    assert await tried(FakeOms(stepped_clock, outcome=lambda _: said, listing=listing)) == told


async def test_of_a_watched_task_the_services_own_answer_is_enough(stepped_clock: SteppedClock) -> None:
    """It says what is to be known of the task, though not of the credential; that of a proxy says neither."""
    assert await tried(FakeOms(stepped_clock, outcome=lambda _: UNCLEAR), "task") == UNCLEAR
    assert await tried(FakeOms(stepped_clock, outcome=lambda _: FOREIGN), "task") is None


async def test_the_task_is_asked_for_as_one_of_the_profile(stepped_clock: SteppedClock) -> None:
    noted: list[tuple[TaskRef, Month | None]] = []

    class Noting(Channel):
        async def ask_for_task(
            self, ref: TaskRef, month: Month | None, manner: RequestOptions = ONCE
        ) -> tuple[Sample, Exchange[Answer]]:
            noted.append((ref, month))
            return await super().ask_for_task(ref, month, manner)

    channel = Noting("one", channels_to(FakeOms(stepped_clock), with_tokens(sign_ins(stepped_clock))))
    channel.use(PROFILES["one"])
    assert await try_credential(channel, "task") is None
    assert noted == [(TaskRef("one", "task"), None)]


class Dating(Authenticator):
    """Knows when tokens end, or does not."""

    def __init__(self, answer: datetime | Exception | None) -> None:
        self._answer = answer

    async def dated(self, method: AuthMethod, credential: Credential) -> Credential | None:
        assert method == TokenAuth(IAM)
        if isinstance(self._answer, Exception):
            raise self._answer
        return replace(credential, expires_at=self._answer) if self._answer is not None else None


@pytest.mark.parametrize(
    ("answer", "credential", "expected"),
    [
        (ENDS, GIVEN, replace(GIVEN, expires_at=ENDS)),
        (None, GIVEN, GIVEN),
        (TimeoutError(), GIVEN, GIVEN),
        (AssertionError("is known"), replace(GIVEN, expires_at=ENDS), replace(GIVEN, expires_at=ENDS)),
    ],
)
async def test_iam_tells_when_a_token_ends_unless_that_is_known_or_takes_too_long(
    answer: datetime | Exception | None, credential: Credential, expected: Credential
) -> None:
    profile = replace(PROFILES["one"], iam_endpoint=IAM)
    assert await with_end(Dating(answer), profile, credential) == expected


async def test_keys_are_not_shown_to_iam(stepped_clock: SteppedClock) -> None:
    keys: AnyCredential = KeyCredential(AccessKeys(Secret("A"), Secret("s")), "memory", "p", stepped_clock)
    assert await with_end(Dating(AssertionError("is asked")), PROFILES["one"], keys) is keys
