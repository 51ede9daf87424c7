"""Credentials: what a person gives is tried once, and kept and used when it is accepted."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.credentials import Renewal
from omstui.backend.http.credential import Credential
from omstui.backend.polling.try_credential import NO_TASK
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.task import Listing
from omstui.demo.clock import SteppedClock
from tests.backend.lab import ENTRY, LAB, TOKEN, workspace


class NoKeyring:
    """A store that keeps nothing, as on a machine without a keyring."""

    place = "OS keyring"

    def get(self, account: str) -> Secret | None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account}")

    def set(self, account: str, secret: Secret) -> None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account} and {len(secret)} characters")

    def delete(self, account: str) -> None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account}")


async def test_an_accepted_credential_is_stored_and_used_although_nobody_waits_any_more(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    is_storing, may_store = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def set(self, account: str, secret: Secret) -> None:
            is_storing.set()
            assert may_store.wait(20)
            super().set(account, secret)

    store = Slow()
    made, _, sign_ins = workspace(tmp_path, stepped_clock, store=store)
    changed = asyncio.Event()
    sign_ins.on_change = lambda _: changed.set()
    told: list[bool] = []
    renewing = asyncio.create_task(made.credentials.renew("lab", TOKEN, lambda: told.append(is_storing.is_set())))
    assert await asyncio.to_thread(is_storing.wait, 20)
    assert told == [False], "before it is stored"
    renewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await renewing
    may_store.set()
    async with asyncio.timeout(20):
        await changed.wait()
    used = sign_ins.known("lab")
    assert used is not None
    assert (used.secrets, store.get("lab")) == ((TOKEN,), TOKEN)


@pytest.mark.parametrize(
    ("outcome", "accepted"),
    [
        (None, True),
        (Problem(ProblemKind.GONE, "No resources found.", "OMS.1009", 404), True),
        (Problem(ProblemKind.REFUSED, "bad id", "OMS.0001", 400), True),
        (Problem(ProblemKind.REFUSED, "bad request", "APIGW.0602", 400), False),
        (Problem(ProblemKind.TOKEN, "decrypt token fail", "APIGW.0301", 401), False),
        (Problem(ProblemKind.FORBIDDEN, "no permission", "OMS.0206", 403), True),
        (Problem(ProblemKind.NETWORK, "no route"), False),
    ],
)
async def test_a_credential_is_tried_with_one_request(
    outcome: Problem | None, accepted: bool, tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, client, credentials = workspace(tmp_path, stepped_clock, outcome)
    renewal = await made.credentials.renew("lab", TOKEN)
    assert client.ids == [NO_TASK]
    assert client.closed == 1
    assert renewal.is_accepted == accepted
    if outcome is not None and not accepted:
        assert outcome.text.rstrip(".") in renewal.words
        assert "T, or omstui login" not in renewal.words, "it is said where T has led"
    assert (credentials.known("lab") is not None) == accepted, "what was refused is not used"


@pytest.mark.parametrize(
    ("of_list", "accepted"),
    [
        (Listing(), True),
        (Problem(ProblemKind.FORBIDDEN, "no permission", "OMS.0206", 403), True),
        (Problem(ProblemKind.ENDPOINT, "unsure", status=404, is_foreign=True), False),
        (Problem(ProblemKind.NETWORK, "no route"), False),
    ],
)
async def test_where_it_cannot_be_told_who_knows_no_such_task_the_list_decides(
    of_list: Problem | Listing, accepted: bool, tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    """A stranger's word stores no credential, and OMS without a code keeps nobody from signing in."""
    store, unsure = MemoryStore(), Problem(ProblemKind.ENDPOINT, "unsure", status=404, is_foreign=True)
    made, client, _ = workspace(tmp_path, stepped_clock, unsure, store)
    client.of_list = of_list
    assert (await made.credentials.renew("lab", TOKEN)).is_accepted is accepted
    assert (client.lists, client.closed) == (1, 1)
    assert (store.get("lab") is not None) is accepted


async def test_a_new_credential_is_stored_and_used(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    store = MemoryStore()
    made, _, credentials = workspace(tmp_path, stepped_clock, store=store)
    assert await made.credentials.renew("lab", TOKEN) == Renewal(is_accepted=True)
    assert store.get("lab") == TOKEN
    assert credentials.revision("lab") == 1
    (state,) = made.credentials.states()
    assert (state.profile, state.method, state.place, state.expires_at) == ("lab", "token", store.place, None)


async def test_without_a_keyring_it_stays_in_memory_and_says_so(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, credentials = workspace(tmp_path, stepped_clock, store=NoKeyring())
    renewal = await made.credentials.renew("lab", TOKEN)
    assert renewal.is_accepted
    assert "kept in memory" in renewal.words
    warning = await made.set_up(LAB, TOKEN, (ENTRY,))
    assert warning is not None
    assert "kept in memory" in warning
    assert "no keyring" in warning
    known = credentials.known("lab")
    assert known is not None
    assert (known.secrets, known.source) == ((TOKEN,), "memory")
    assert len(await made.load_watchlist()) == 1
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"WorkspaceFakeToken" not in path.read_bytes()


class SlowKeyring(MemoryStore):
    """A keyring that keeps a secret once somebody has agreed to it."""

    def __init__(self) -> None:
        super().__init__()
        self.was_asked, self.agreed = threading.Event(), threading.Event()

    def set(self, account: str, secret: Secret) -> None:
        self.was_asked.set()
        assert self.agreed.wait(30)
        super().set(account, secret)


async def test_a_store_that_takes_its_time_holds_up_nothing(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    """The screen goes on, and the new credential is used when it is known where it is kept."""
    keyring = SlowKeyring()
    made, _, _ = workspace(tmp_path, stepped_clock, store=keyring)
    renewing = asyncio.create_task(made.credentials.renew("lab", TOKEN))
    async with asyncio.timeout(30):
        assert await in_daemon_thread(keyring.was_asked.wait, 30)
        assert not keyring.agreed.is_set()
        assert not renewing.done()
        keyring.agreed.set()
        assert await renewing == Renewal(is_accepted=True)
    assert keyring.get("lab") == TOKEN


async def test_a_profile_that_is_gone_cannot_be_renewed(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, client, _ = workspace(tmp_path, stepped_clock)
    assert "no profile 'other'" in (await made.credentials.renew("other", TOKEN)).words
    assert client.ids == []


async def test_known_ends_are_told(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, credentials = workspace(tmp_path, stepped_clock)
    assert made.credentials.expiries() == {}
    ends_at = stepped_clock.now() + timedelta(hours=3)
    credentials.replace("lab", Credential(TOKEN, "keyring", ends_at))
    assert made.credentials.expiries() == {"lab": ends_at}


async def test_a_first_project_is_asked_before_anything_of_it_is_kept(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, client, sign_ins = workspace(tmp_path, stepped_clock)
    assert await made.credentials.list_tasks(replace(LAB, name="new"), TOKEN) == Listing()
    assert (client.lists, client.closed) == (1, 1)
    assert "new" not in made.profiles
    assert sign_ins.known("new") is None


@pytest.mark.parametrize(
    ("profile", "state"),
    [
        (replace(LAB, auth="command", token_command=("a",)), ("command", "token command", False)),
        (replace(LAB, auth="aksk", key_command=("a",)), ("aksk", "key command", False)),
        (replace(LAB, auth="ecs"), ("ecs", "this server's agency", False)),
        (replace(LAB, auth="aksk"), ("aksk", "memory, until omstui ends", True)),
    ],
)
async def test_where_a_credential_will_come_from_is_known_before_it_is_there(
    profile: Profile, state: tuple[str, str, bool], tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    made.profiles["lab"] = profile
    (found,) = made.credentials.states()
    assert (found.method, found.place, found.needs_secret) == state


async def test_a_key_command_is_run_again_when_a_person_asks(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, client, credentials = workspace(tmp_path, stepped_clock)
    made.profiles["lab"] = replace(LAB, auth="aksk", key_command=("printf", "%s", '{"access": "A", "secret": "S"}'))
    client.expected = (Secret("A"), Secret("S"))
    assert await made.credentials.renew("lab", None) == Renewal(is_accepted=True)
    known = credentials.known("lab")
    assert known is not None
    assert (known.source, known.secrets) == ("key command", (Secret("A"), Secret("S")))
