"""Whichever operation on whichever file fails, the old state stays, and trouble is one sentence about that file."""

import errno
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.logs import logging_to
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.runtime.files import FileError, write_atomically
from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.core.profile import Profile
from omstui.core.task import TaskRef, WatchedTask
from tests.faults.failing_disk import FailingDisk

NUMBERS = [errno.ENOSPC, errno.EACCES, errno.EIO]
ADDED = WatchedTask(TaskRef("lab", "task-2"), "two")
CHANGED = Profile("lab", "https://oms.cn-north-4.myhuaweicloud.com", "p2", region="cn-north-4")
MARKED = Secret("MIIMarkedSecret" * 3)


def fill(folder: Path) -> None:
    """Write what the person has had for long, and have everything loaded that is loaded on the way."""
    WatchListFile(folder / "watchlist.toml").edit(lambda one: one.added([WatchedTask(TaskRef("lab", "task-1"))]))
    WatchListFile(folder / "watchlist.toml").edit(lambda one: one.relabelled(TaskRef("lab", "task-1"), "one"))
    config = ConfigFile(folder / "config.toml")
    config.put_profile(Profile("lab", "https://oms.cn-north-4.myhuaweicloud.com", "p1", region="cn-north-4"))
    store = FileStore(folder / "secrets.json")
    store.set("lab", Secret("old"))
    store.set("other", Secret("kept"))


CHANGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "add": ("watchlist.toml", lambda path: WatchListFile(path).edit(lambda one: one.added([ADDED]))),
    "label": ("watchlist.toml", lambda path: WatchListFile(path).edit(lambda one: one.relabelled(ADDED.ref, "x"))),
    "remove": ("watchlist.toml", lambda path: WatchListFile(path).edit(lambda one: one.removed([one.tasks[0].ref]))),
    "profile": ("config.toml", lambda path: ConfigFile(path).put_profile(CHANGED)),
    "secret": ("secrets.json", lambda path: FileStore(path).set("lab", MARKED)),
    "no secret": ("secrets.json", lambda path: FileStore(path).delete("lab")),
    "crash": ("crash.txt", lambda path: write_atomically(path, "what happened\n")),
}


@pytest.mark.fault("R24")
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("change", CHANGES)
def test_whichever_operation_of_a_change_fails_the_old_state_or_the_new_one_stays(
    change: str, number: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Every n until none fails any more; what failed can be done again once the disk is well."""
    name, act = CHANGES[change]
    old, whole = tmp_path / "old", tmp_path / "whole"
    fill(old)
    before = held(old)
    shutil.copytree(old, whole)
    act(whole / name)
    new = {**before, name: (whole / name).read_bytes()}
    tested = troubles = 0
    while True:
        folder = tmp_path / str(tested)
        shutil.copytree(old, folder)
        disk, trouble = FailingDisk(tested + 1, number), None
        with disk.in_place():
            try:
                act(folder / name)
            except (FileError, StoreError) as error:
                trouble = str(error)
        if disk.failed is None:
            break
        tested += 1
        # A secret is read back: when that fails it is said not to be kept, although it may be there.
        allowed = [new] if trouble is None else [before, new] if name == "secrets.json" else [before]
        assert held(folder) in allowed, f"call {tested}, {disk.failed}"
        if trouble is not None:
            troubles += 1
            assert name in trouble
            assert len(trouble.splitlines()) == 1
            assert MARKED.reveal()[:12] not in trouble
        if held(folder) == before:
            act(folder / name)
        assert held(folder) == new
    assert troubles > 3
    figure(f"{change}: n = 1 to {tested}")


def held(folder: Path) -> dict[str, bytes]:
    """Return what a folder's files hold, but for the locks beside them."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


READS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "list": ("watchlist.toml", lambda path: WatchListFile(path).load()),
    "news of the list": ("watchlist.toml", lambda path: WatchListFile(path).has_changed()),
    "profiles": ("config.toml", lambda path: ConfigFile(path).load()),
    "news of the profiles": ("config.toml", lambda path: ConfigFile(path).has_changed()),
    "secret": ("secrets.json", lambda path: FileStore(path).get("lab")),
}


@pytest.mark.fault("R24")
@pytest.mark.parametrize("number", [*NUMBERS, errno.ESTALE], ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("read", READS)
def test_whichever_operation_of_a_read_fails_it_is_a_sentence(read: str, number: int, tmp_path: Path) -> None:
    fill(tmp_path)
    name, act = READS[read]
    for fails_at in range(1, 100):
        disk, trouble = FailingDisk(fails_at, number), name
        with disk.in_place():
            try:
                act(tmp_path / name)
            except (FileError, StoreError) as error:
                trouble = str(error)
        assert name in trouble
        if disk.failed is None:
            break
    assert 1 < fails_at < 99


@pytest.mark.fault("R24")
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
def test_a_log_that_fails_loses_lines_and_says_nothing(
    number: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("omstui.test")
    for fails_at in range(1, 100):
        path = tmp_path / str(fails_at) / "omstui.log"
        disk = FailingDisk(fails_at, number)
        with logging_to(path), disk.in_place():
            log.warning("first")
            log.warning("second")
        if disk.failed is None:
            break
    assert 1 < fails_at < 99
    assert path.read_text().count("\n") == 2
    assert capfd.readouterr() == ("", "")
