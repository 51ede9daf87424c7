"""A workspace over one profile and a client that answers as told."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from omstui.backend.auth.cache import CredentialCache
from omstui.backend.auth.methods import TokenAuth, open_authenticator
from omstui.backend.files import config as config_file
from omstui.backend.files import watchlist as watchlist_file
from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.http.credential import AnyCredential
from omstui.backend.oms.client import Answer
from omstui.backend.profiles import Profiles
from omstui.backend.runtime.files import Folders, read_text
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore, SecretStore
from omstui.backend.workspace import Workspace
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import Listing, SyncTask, TaskRef, WatchedTask
from omstui.core.watch.sample import Statistic
from omstui.demo.clock import SteppedClock

LAB = Profile("lab", "https://oms.example", "p" * 32)
TOKEN = Secret("MIIWorkspaceFakeToken" + "b4Qz" * 12)
ENTRY = WatchedTask(TaskRef("lab", "0d146099-8cf4-437d-b6ef-88e043771c8b"), "one")


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
        profiles=Profiles({"lab": LAB}, ConfigFile(tmp_path / "config.toml")),
        cache=sign_ins,
        authenticator=authenticator,
        stores=SecretStores(kept, Folders(tmp_path, tmp_path)),
        watchlist_store=WatchListFile(tmp_path / "watchlist.toml"),
        open_client=lambda _: client,
        clock=clock,
        crash_file=tmp_path / "state" / "crash.txt",
    )
    return made, client, sign_ins


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
