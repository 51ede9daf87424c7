"""The workspace: what the screen may ask of disk, keyring and service."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.alert_hook import AlertHook
from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_authenticator
from omstui.backend.files import config as config_file
from omstui.backend.files import watchlist as watchlist_file
from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.http.credential import AnyCredential, Credential
from omstui.backend.oms.client import Answer
from omstui.backend.polling.credential_check import NO_TASK
from omstui.backend.runtime.files import Folders, read_text
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore, SecretStore
from omstui.backend.workspace import Renewal, Workspace, WorkspaceError
from omstui.core.news.event import Event, Severity
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.settings import AlertSettings, Settings
from omstui.core.task import Listing, SyncTask, TaskRef, WatchedTask, WatchList
from omstui.core.watch.sample import Statistic
from omstui.demo.clock import SteppedClock

LAB = Profile("lab", "https://oms.example", "p" * 32)
TOKEN = Secret("MIIWorkspaceFakeToken" + "b4Qz" * 12)
DR = f"""[profiles.dr]
endpoint = "https://dr.example"
project_id = "{"d" * 32}"
"""
ENTRY = WatchedTask(TaskRef("lab", "0d146099-8cf4-437d-b6ef-88e043771c8b"), "one")


class NoKeyring:
    """A store that keeps nothing, as on a machine without a keyring."""

    place = "OS keyring"

    def get(self, account: str) -> Secret | None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account}")

    def set(self, account: str, secret: Secret) -> None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account} and {len(secret)} characters")

    def delete(self, account: str) -> None:
        raise StoreError(StoreErrorKind.NONE, f"no keyring for {account}")


class Asked:
    """A client that answers as told."""

    def __init__(self, clock: SteppedClock, outcome: Problem | None) -> None:
        self.clock = clock
        self.outcome = outcome
        self.of_list: Problem | Listing | None = None
        """What it answers about the list, where that is something else."""

        self.expected: tuple[Secret, ...] = (TOKEN,)
        self.ids: list[str] = []
        self.closed = self.lists = 0

    async def show_sync_task(
        self, sync_task_id: str, query_time_ms: int, credential: AnyCredential
    ) -> Answer | Problem:
        assert credential.secrets == self.expected
        self.ids.append(sync_task_id)
        return self.outcome or Answer(SyncTask(), None, self.clock.now())

    async def list_sync_task_statistic(
        self, sync_task_id: str, begin_ms: int, end_ms: int, credential: AnyCredential
    ) -> Statistic | Problem:
        raise AssertionError("nobody looks at a statistic here")

    async def list_sync_tasks(self, credential: AnyCredential) -> Listing | Problem:
        assert credential.secrets == (TOKEN,)
        self.lists += 1
        return self.of_list or self.outcome or Listing()

    async def aclose(self) -> None:
        self.closed += 1


def workspace(
    tmp_path: Path, clock: SteppedClock, outcome: Problem | None = None, store: SecretStore | None = None
) -> tuple[Workspace, Asked, CredentialCache]:
    client = Asked(clock, outcome)
    kept = store or MemoryStore()
    authenticator = open_authenticator(environ={}, home=tmp_path, clock=clock)
    sign_ins = CredentialCache({"lab": TokenAuth()}, authenticator=authenticator, read=kept.get, clock=clock)
    made = Workspace(
        settings=Settings(),
        profiles={"lab": LAB},
        sign_ins=sign_ins,
        authenticator=authenticator,
        stores=SecretStores(kept, Folders(tmp_path, tmp_path)),
        watchlist_store=WatchListFile(tmp_path / "watchlist.toml"),
        open_client=lambda _: client,
        clock=clock,
        config=ConfigFile(tmp_path / "config.toml"),
        crash_file=tmp_path / "state" / "crash.txt",
    )
    return made, client, sign_ins


async def test_the_list_is_edited_on_disk_and_reloaded_only_when_someone_else_changed_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    assert len(await made.load_watchlist()) == 0
    assert len(await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY]))) == 1
    assert await made.reload_watchlist() is None
    WatchListFile(tmp_path / "watchlist.toml").edit(lambda watchlist: watchlist.relabelled(ENTRY.ref, "another name"))
    reloaded = await made.reload_watchlist()
    assert reloaded is not None
    assert [task.label for task in reloaded] == ["another name"]


async def test_a_broken_list_is_told_once_and_never_overwritten(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY]))
    path = tmp_path / "watchlist.toml"
    path.write_text("[[task]]\nid = \n")
    with pytest.raises(WorkspaceError, match=r"watchlist\.toml, line 2"):
        await made.reload_watchlist()
    assert await made.reload_watchlist() is None
    with pytest.raises(WorkspaceError):
        await made.edit_watchlist(lambda watchlist: watchlist.removed([ENTRY.ref]))
    assert path.read_text() == "[[task]]\nid = \n"


async def stalled(
    read: Callable[[], Coroutine[object, object, object]], change: Callable[[], Coroutine[object, object, object]]
) -> None:
    """Have a file read by a thread that stalls with the old text in hand, and change the file meanwhile."""
    has_read, may_go_on = threading.Event(), threading.Event()

    def slowly(path: Path) -> str | None:
        text = read_text(path)
        if not has_read.is_set():
            has_read.set()
            assert may_go_on.wait(20)
        return text

    with pytest.MonkeyPatch.context() as patch:
        for module in (watchlist_file, config_file):
            patch.setattr(module, "read_text", slowly)
        reading = asyncio.create_task(read())
        assert await asyncio.to_thread(has_read.wait, 20)
        changing = asyncio.create_task(change())
        await asyncio.sleep(0.05)
        may_go_on.set()
        await asyncio.gather(reading, changing)


async def test_a_list_that_was_read_before_an_edit_does_not_come_back_after_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "watchlist.toml").write_text("# touched by somebody else\n")
    seen: list[WatchList | None] = []

    async def reload() -> None:
        seen.append(await made.reload_watchlist())

    async def edit() -> None:
        seen.append(await made.edit_watchlist(lambda watchlist: watchlist.added([ENTRY])))

    await stalled(reload, edit)
    assert [len(one) for one in seen if one is not None] == [0, 1], "the edit comes last"
    assert await made.reload_watchlist() is None


async def test_profiles_that_were_read_before_one_was_put_there_do_not_come_back_after_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "config.toml").write_text(
        f'[profiles.dr]\nendpoint = "https://dr.example"\nproject_id = "{"p" * 32}"\n'
    )
    await stalled(made.reload_profiles, lambda: made.set_up(LAB, TOKEN, ()))
    assert set(made.profiles) == {"lab", "dr"}
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "dr"}
    assert not await made.reload_profiles()


async def test_what_an_editor_wrote_before_a_profile_was_put_there_is_taken_over_with_it(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "config.toml").write_text(
        f'[profiles.dr]\nendpoint = "https://dr.example"\nproject_id = "{"p" * 32}"\n'
    )
    await made.set_up(LAB, TOKEN, ())
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "dr"}


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
    renewing = asyncio.create_task(made.renew("lab", TOKEN, lambda: told.append(is_storing.is_set())))
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


async def test_profiles_of_another_shell_are_taken_over(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    ConfigFile(tmp_path / "config.toml").put_profile(LAB)
    ConfigFile(tmp_path / "config.toml").put_profile(Profile("new", "https://oms.new.example", "q" * 32))
    assert await made.reload_profiles()
    assert set(made.profiles) == {"lab", "new"}
    assert not await made.reload_profiles()
    (tmp_path / "config.toml").write_text("[profiles.lab\n")
    with pytest.raises(WorkspaceError, match=r"config\.toml, line 1"):
        await made.reload_profiles()
    assert set(made.profiles) == {"lab", "new"}, "the last good profiles stay"


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
    renewal = await made.renew("lab", TOKEN)
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
    assert (await made.renew("lab", TOKEN)).is_accepted is accepted
    assert (client.lists, client.closed) == (1, 1)
    assert (store.get("lab") is not None) is accepted


async def test_a_new_credential_is_stored_and_used(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    store = MemoryStore()
    made, _, credentials = workspace(tmp_path, stepped_clock, store=store)
    assert await made.renew("lab", TOKEN) == Renewal(is_accepted=True)
    assert store.get("lab") == TOKEN
    assert credentials.revision("lab") == 1
    (state,) = made.credential_states()
    assert (state.profile, state.method, state.place, state.expires_at) == ("lab", "token", store.place, None)


async def test_without_a_keyring_it_stays_in_memory_and_says_so(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, credentials = workspace(tmp_path, stepped_clock, store=NoKeyring())
    renewal = await made.renew("lab", TOKEN)
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
    renewing = asyncio.create_task(made.renew("lab", TOKEN))
    async with asyncio.timeout(30):
        assert await in_daemon_thread(keyring.was_asked.wait, 30)
        assert not keyring.agreed.is_set()
        assert not renewing.done()
        keyring.agreed.set()
        assert await renewing == Renewal(is_accepted=True)
    assert keyring.get("lab") == TOKEN


async def test_a_profile_that_is_gone_cannot_be_renewed(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, client, _ = workspace(tmp_path, stepped_clock)
    assert "no profile 'other'" in (await made.renew("other", TOKEN)).words
    assert client.ids == []


async def test_known_ends_are_told(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, credentials = workspace(tmp_path, stepped_clock)
    assert made.expiries() == {}
    ends_at = stepped_clock.now() + timedelta(hours=3)
    credentials.replace("lab", Credential(TOKEN, "keyring", ends_at))
    assert made.expiries() == {"lab": ends_at}


def test_a_crash_is_kept_masked_and_private(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    said = made.record_crash(f"Traceback\nValueError: {TOKEN.reveal()}\n")
    path = tmp_path / "state" / "crash.txt"
    assert str(path) in said
    assert "ValueError" in path.read_text()
    assert "b4Qz" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_crash_that_cannot_be_kept_says_so(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    (tmp_path / "state").write_text("in the way")
    assert "could not be written" in made.record_crash("Traceback")


class Told(AlertHook):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__((), environ={})
        self.kinds: list[str] = []

    def tell(self, event: Event) -> None:
        self.kinds.append(event.kind)


@pytest.mark.parametrize(
    ("profile", "alerts", "told"),
    [
        (LAB, AlertSettings(), ["gone", "stopped", "recovered"]),
        (LAB, AlertSettings(quiet=True), []),
        (replace(LAB, alerts=False), AlertSettings(), []),
    ],
)
def test_alerts_reach_the_users_program_and_whoever_hears_the_terminal(
    tmp_path: Path,
    stepped_clock: SteppedClock,
    profile: Profile,
    alerts: AlertSettings,
    told: list[str],
) -> None:
    made, _, _ = workspace(tmp_path, stepped_clock)
    hook = Told()
    made.profiles["lab"], made._alert_hook = profile, hook
    made.settings = Settings(alerts=alerts)
    severities = {"gone": Severity.ALARM, "stopped": Severity.WARNING}
    kinds = ("gone", "stopped", "recovered", "month closed")
    events = [Event(stepped_clock.now(), kind, "", severities.get(kind, Severity.NOTE), "lab", "id") for kind in kinds]
    assert [event.kind for event in made.raise_alerts(events)] == told[:2]
    assert hook.kinds == told


async def test_a_project_is_asked_for_its_tasks_with_the_profiles_credential(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, client, sign_ins = workspace(tmp_path, stepped_clock)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    assert await made.list_tasks("lab") == Listing()
    assert (client.lists, client.closed) == (1, 1)


async def test_a_first_project_is_asked_before_anything_of_it_is_kept(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    made, client, sign_ins = workspace(tmp_path, stepped_clock)
    assert await made.list_before_keeping(replace(LAB, name="new"), TOKEN) == Listing()
    assert (client.lists, client.closed) == (1, 1)
    assert "new" not in made.profiles
    assert sign_ins.known("new") is None


@pytest.mark.parametrize("name", ["lab", "gone"])
async def test_nothing_is_asked_without_a_profile_or_a_credential(
    tmp_path: Path, stepped_clock: SteppedClock, name: str
) -> None:
    made, client, _ = workspace(tmp_path, stepped_clock)
    outcome = await made.list_tasks(name)
    assert isinstance(outcome, Problem)
    assert name in outcome.text
    assert client.lists == 0


async def test_a_refused_token_that_cannot_be_renewed_is_sent_once(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    refused = Problem(ProblemKind.TOKEN, "token expires", "APIGW.0301", 401)
    made, client, sign_ins = workspace(tmp_path, stepped_clock, refused)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    assert await made.list_tasks("lab") == refused
    assert client.lists == 1


async def test_a_listing_that_is_asked_for_patience_is_not_asked_for_again_before_that(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    busy = Problem(ProblemKind.SERVER, "busy", status=503, retry_after=120.0)
    made, client, sign_ins = workspace(tmp_path, stepped_clock, busy)
    sign_ins.replace("lab", Credential(TOKEN, "memory"))
    for _ in range(3):
        assert await made.list_tasks("lab") == busy
        await stepped_clock.advance(39)
    assert client.lists == 1
    client.outcome = None
    await stepped_clock.advance(3)
    assert await made.list_tasks("lab") == Listing()
    assert client.lists == 2


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
    (found,) = made.credential_states()
    assert (found.method, found.place, found.needs_secret) == state


async def test_a_key_command_is_run_again_when_a_person_asks(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    made, client, credentials = workspace(tmp_path, stepped_clock)
    made.profiles["lab"] = replace(LAB, auth="aksk", key_command=("printf", "%s", '{"access": "A", "secret": "S"}'))
    client.expected = (Secret("A"), Secret("S"))
    assert await made.renew("lab", None) == Renewal(is_accepted=True)
    known = credentials.known("lab")
    assert known is not None
    assert (known.source, known.secrets) == ("key command", (Secret("A"), Secret("S")))
