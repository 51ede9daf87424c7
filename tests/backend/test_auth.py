import asyncio
import threading
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import httpx
import pytest

from omstui.backend.auth import AnyCredential, Credential, Credentials, SignIn, token_auth
from omstui.backend.secret import Secret
from omstui.backend.store_error import StoreError, StoreFault
from omstui.core.problem import Problem, ProblemKind

STORED, GIVEN, FROM_ENVIRONMENT = Secret("stored"), Secret("given"), Secret("from-environment")


class Store:
    """A secret store that remembers who was asked for, and answers when it is let."""

    def __init__(self, **secrets: Secret) -> None:
        self.secrets = secrets
        self.trouble: Exception | None = None
        self.reads: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.open = threading.Event()
        self.open.set()

    def read(self, profile_name: str) -> Secret | None:
        self.threads.add(threading.current_thread())
        self.reads.append(profile_name)
        self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.secrets.get(profile_name)


# The header


def headers_of(credential: Credential) -> httpx.Headers:
    request = httpx.Request("GET", "https://oms.example/v2")
    return next(credential.auth().auth_flow(request)).headers


def test_the_token_becomes_one_header() -> None:
    headers = headers_of(Credential(Secret("abc"), "memory"))
    assert headers.get_list("X-Auth-Token") == ["abc"]


@pytest.mark.parametrize("value", ["", "é", "a\x00b", "x" * 16_385])
def test_what_cannot_be_a_header_makes_no_auth(value: str) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        token_auth({"X-Auth-Token": Secret(value)})
    assert not value or value not in str(caught.value)


def test_one_auth_can_fill_several_headers() -> None:
    request = httpx.Request("GET", "https://iam.example/v3")
    headers = next(
        token_auth({"X-Auth-Token": Secret("abc"), "X-Subject-Token": Secret("def")}).auth_flow(request)
    ).headers
    assert (headers["X-Auth-Token"], headers["X-Subject-Token"]) == ("abc", "def")


def test_a_token_fits_where_any_credential_does() -> None:
    used: AnyCredential = Credential(Secret("abc"), "memory")
    assert (used.secrets, used.is_dated) == ((Secret("abc"),), False)


def test_a_credential_shows_its_secret_to_nobody_and_does_not_change() -> None:
    credential = Credential(Secret("abc"), "memory", datetime(2026, 11, 23, tzinfo=UTC))
    assert "abc" not in repr(credential) + str(credential) + repr(credential.auth()) + repr(vars(credential.auth()))
    with pytest.raises(FrozenInstanceError):
        credential.source = "keyring"  # type: ignore[misc]  # that it is frozen is what is tried


# Where credentials come from


def test_it_is_a_way_to_sign_in() -> None:
    way: SignIn = Credentials(Store().read)
    assert way.revision("lab") == 0


@pytest.mark.parametrize(
    ("environment", "given", "credential"),
    [
        (None, None, Credential(STORED, "keyring")),
        (FROM_ENVIRONMENT, None, Credential(FROM_ENVIRONMENT, "environment")),
        (None, GIVEN, Credential(GIVEN, "memory")),
        (FROM_ENVIRONMENT, GIVEN, Credential(GIVEN, "memory")),
    ],
)
async def test_what_was_given_goes_before_the_environment_and_that_before_the_store(
    environment: Secret | None, given: Secret | None, credential: Credential
) -> None:
    store = Store(lab=STORED)
    credentials = Credentials(store.read, environment)
    if given is not None:
        credentials.replace("lab", Credential(given, "memory"))
    assert await credentials.get("lab") == credential
    assert store.reads == ([] if environment or given else ["lab"])


async def test_the_environment_s_token_serves_every_profile() -> None:
    credentials = Credentials(Store(lab=STORED).read, FROM_ENVIRONMENT)
    for name in ("lab", "other"):
        assert await credentials.get(name) == Credential(FROM_ENVIRONMENT, "environment")


async def test_the_store_is_read_once_for_each_profile_and_away_from_the_loop() -> None:
    store = Store(lab=STORED)
    credentials = Credentials(store.read, store_name="kernel keyring")
    for _ in range(3):
        assert await credentials.get("lab") == Credential(STORED, "kernel keyring")
        assert isinstance(await credentials.get("other"), Problem)
    assert store.reads == ["lab", "other"]
    assert all(thread.daemon for thread in store.threads)


async def test_requests_that_come_together_wait_for_the_same_reading() -> None:
    store = Store(lab=STORED)
    store.open.clear()
    credentials = Credentials(store.read)
    waiting = [asyncio.create_task(credentials.get("lab")) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    store.open.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == [Credential(STORED, "keyring")] * 4
    assert store.reads == ["lab"]


async def test_a_profile_without_a_token_is_told_what_to_run() -> None:
    problem = await Credentials(Store().read).get("lab")
    assert problem == Problem(ProblemKind.TOKEN, "No token is stored for profile lab: run omstui login lab")


async def test_a_store_that_fails_is_quoted_and_not_asked_again_by_itself() -> None:
    store = Store(lab=STORED)
    store.trouble = StoreError(StoreFault.LOCKED, "The keyring is locked.\x1b[31m Unlock it; password: s3cr3t")
    credentials = Credentials(store.read)
    for _ in range(2):
        problem = await credentials.get("lab")
        assert problem == Problem(ProblemKind.TOKEN, "The keyring is locked.�[31m Unlock it; password: ***")
    assert store.reads == ["lab"]

    store.trouble = None
    credentials.forget("lab")
    assert await credentials.get("lab") == Credential(STORED, "keyring")


async def test_a_mistake_in_a_store_is_no_expected_trouble() -> None:
    store = Store()
    store.trouble = KeyError("a bug")
    with pytest.raises(KeyError):
        await Credentials(store.read).get("lab")


async def test_forgetting_leads_back_to_the_environment_or_the_store() -> None:
    with_store, with_environment = Credentials(Store(lab=STORED).read), Credentials(Store().read, FROM_ENVIRONMENT)
    for credentials, known in (
        (with_store, Credential(STORED, "keyring")),
        (with_environment, Credential(FROM_ENVIRONMENT, "environment")),
    ):
        credentials.replace("lab", Credential(GIVEN, "memory"))
        credentials.forget("lab")
        assert await credentials.get("lab") == known


@pytest.mark.parametrize("change", ["replace", "forget"])
async def test_a_change_while_the_store_is_read_counts(change: str) -> None:
    store = Store(lab=STORED)
    store.open.clear()
    credentials = Credentials(store.read)
    waiting = asyncio.create_task(credentials.get("lab"))
    await asyncio.sleep(0)
    if change == "replace":
        credentials.replace("lab", Credential(GIVEN, "memory"))
    else:
        store.secrets = {}
        credentials.forget("lab")
    store.open.set()
    outcome = await waiting
    assert outcome == Credential(GIVEN, "memory") if change == "replace" else isinstance(outcome, Problem)


# Changes


async def test_the_revision_rises_with_each_change_of_that_profile_only() -> None:
    credentials = Credentials(Store(lab=STORED).read)
    await credentials.get("lab")
    assert credentials.revision("lab") == 0
    credentials.replace("lab", Credential(GIVEN, "memory"))
    credentials.replace("lab", Credential(GIVEN, "memory"))
    credentials.forget("lab")
    assert (credentials.revision("lab"), credentials.revision("other")) == (3, 0)


async def test_changed_returns_with_the_next_change_and_wakes_everybody() -> None:
    credentials = Credentials(Store().read)
    waiting = [asyncio.create_task(credentials.changed("lab", 0)) for _ in range(3)]
    await asyncio.sleep(0)
    credentials.replace("other", Credential(GIVEN, "memory"))
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    credentials.replace("lab", Credential(GIVEN, "memory"))
    await asyncio.gather(*waiting)


async def test_changed_returns_at_once_when_the_revision_is_another_already() -> None:
    credentials = Credentials(Store().read)
    credentials.forget("lab")
    await credentials.changed("lab", 0)


async def test_a_refused_token_is_not_renewed_from_here() -> None:
    """Whoever heard of the refusal asks again only if a person has given another one meanwhile."""
    credentials = Credentials(Store(lab=STORED).read)
    refused = Problem(ProblemKind.TOKEN, "token expires", "APIGW.0301", 401)
    await credentials.get("lab")
    assert not await credentials.renew_after("lab", 0, refused)
    assert not await credentials.probe("lab")
    credentials.replace("lab", Credential(GIVEN, "memory"))
    assert await credentials.renew_after("lab", 0, refused)
