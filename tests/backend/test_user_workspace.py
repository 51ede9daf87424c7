"""The workspace over the user's own files: what it opens, and where things are kept."""

import os
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.files.config import ConfigFile
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.places import SecretStores
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.backend.user_workspace import user_workspace
from omstui.core.problem import Problem
from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from tests.backend.lab import LAB, TOKEN

NOBODY = httpx.MockTransport(lambda _: httpx.Response(503))


async def test_the_users_workspace_opens_nothing_but_its_configuration(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    folders = Folders(config=tmp_path / "config", state=tmp_path / "state")
    options = ScreenOptions(Settings(), folders, token=TOKEN)
    made = user_workspace(options, stepped_clock, environ={}, home=tmp_path)
    assert made.profiles == {}
    assert list(tmp_path.iterdir()) == []


class LearntKeyring(MemoryStore):
    """A keyring that is known by its name once it has been asked."""

    place = "OS keyring"

    def get(self, account: str) -> Secret | None:
        self.place = "OS keyring (Pretend)"
        return super().get(account)


@pytest.mark.parametrize("auth", ["token", "aksk"])
@pytest.mark.parametrize(("kept_in", "place"), [("file", "plain file "), ("keyring", "OS keyring (Pretend)")])
async def test_the_place_of_a_secret_is_the_same_before_and_after_signing_in(
    kept_in: str, place: str, auth: str, tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    """A plain file is called one as long as the secret is in it."""
    folders = Folders(tmp_path / "config", tmp_path / "state")
    lab = replace(LAB, secret_store=kept_in, auth=auth)
    ConfigFile(folders.config_file).put_profile(lab)
    keyring = LearntKeyring()
    SecretStores(keyring, folders).of(lab).set("lab", Secret("EXAMPLEACCESSKEY0001\nexample-secret-key"))
    made = user_workspace(
        ScreenOptions(Settings(), folders), stepped_clock, environ={}, home=tmp_path, keyring=keyring, transport=NOBODY
    )
    assert made.credentials.states()[0].place.startswith(place.partition(" (")[0])
    assert not isinstance(await made._cache.get("lab"), Problem)
    assert made.credentials.states()[0].place.startswith(place)


async def test_what_a_killed_writer_left_of_a_secret_is_swept(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    folders = Folders(config=tmp_path / "config", state=tmp_path / "state")
    made = user_workspace(ScreenOptions(Settings(), folders), stepped_clock, environ={}, home=tmp_path)
    await made.sweep()
    assert list(tmp_path.iterdir()) == []
    folders.state.mkdir()
    left, fresh = (folders.state / f".secrets.json.{name}.omstui-new" for name in ("abcd1234", "efgh5678"))
    for path, age in ((left, 3700), (fresh, 3500)):
        path.write_text(TOKEN.reveal())
        os.utime(path, (stepped_clock.now().timestamp() - age,) * 2)
    await made.sweep()
    assert [path.exists() for path in (left, fresh)] == [False, True]


async def test_the_users_history_is_a_file_unless_it_is_off(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    """In the state folder; switched off, it is remembered for this run only."""
    folders = Folders(tmp_path / "config", tmp_path / "state")
    for settings, is_kept in ((Settings(history=None), False), (Settings(), True)):
        options = ScreenOptions(settings, folders)
        made = user_workspace(options, stepped_clock, environ={}, home=tmp_path)
        made.history.note("lab", "zone", "UTC")
        assert await made.history.notes() == {("lab", "zone"): "UTC"}
        await made.history.aclose()
        assert (tmp_path / "state" / "history.db").exists() is is_kept
