import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import SecretStore
from tests.backend.secrets import test_store as test_secret_store

TOKEN = Secret("MIIFmarked+token/of=a-file" * 100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "secrets.json"


@pytest.fixture
def store(path: Path) -> SecretStore:
    return FileStore(path)


@pytest.fixture
def hanging(path: Path) -> Iterator[test_secret_store.Hanging]:
    """A file that does not answer, as one on a network drive whose server has gone."""
    path.parent.mkdir()
    answered = threading.Event()

    class Remote(type(path)):  # type: ignore[misc]  # the system's own kind of path
        def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
            answered.wait()
            return super().stat(follow_symlinks=follow_symlinks)  # type: ignore[no-any-return]

    store = FileStore(Remote(path), deadline=0.05, lock_limit=0.05)
    yield test_secret_store.Hanging(store, answered.set, path.exists)
    answered.set()


class TestFileStore(test_secret_store.TestStores):
    """It does what every store of secrets does."""

    def test_the_place_is_said_in_words(self, store: SecretStore) -> None:
        """And they say that it is plain."""
        assert store.place.startswith("plain file /")
        assert store.place.endswith("/state/secrets.json (0600)")

    @pytest.mark.parametrize("value", ["\x00\x01\n", "\ud800", "", '{"version": 1}'])
    def test_what_is_hard_to_write_comes_back_exactly(self, store: SecretStore, value: str) -> None:
        store.set("lab", Secret(value))
        assert store.get("lab") == Secret(value)


def test_nobody_else_can_read_it_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        FileStore(path).set("lab", TOKEN)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()] == [0o600] * 2  # and its lock


def test_it_goes_with_its_last_secret(path: Path) -> None:
    store = FileStore(path)
    store.set("lab", TOKEN)
    store.set("prod", Secret("x"))
    store.delete("lab")
    assert json.loads(path.read_text()) == {"version": 1, "secrets": {"prod": "x"}}
    store.delete("prod")
    assert not path.exists()


def test_looking_and_deleting_make_no_file(path: Path) -> None:
    store = FileStore(path)
    assert store.get("lab") is None
    store.delete("lab")
    assert not path.parent.exists()


def test_a_linked_file_stays_linked(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.json")
    FileStore(path).set("lab", TOKEN)
    assert path.is_symlink()
    assert FileStore(tmp_path / "elsewhere.json").get("lab") == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    """A copy or a backup may have opened it; using it in silence would hide that."""
    store = FileStore(path)
    store.set("lab", TOKEN)
    path.chmod(mode)
    calls: list[Callable[[], object]] = [lambda: store.get("lab"), lambda: store.set("lab", Secret("new"))]
    for call in calls:
        with pytest.raises(StoreError, match=r"others can read it, so its secrets may be known: chmod 600") as caught:
            call()
        assert caught.value.kind is StoreErrorKind.REFUSED
    path.chmod(0o600)
    assert store.get("lab") == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "secrets": {}}',
        '{"version": 1}',
        '{"version": 1, "secrets": {"lab": 7}}',
        "[" * 9999,
    ],
)
def test_a_file_that_is_none_of_ours_is_left_as_it_is(path: Path, text: str) -> None:
    store = FileStore(path)
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    calls: list[Callable[[], object]] = [
        lambda: store.get("lab"),
        lambda: store.set("lab", TOKEN),
        lambda: store.delete("lab"),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="it is not as omstui writes it: move it away") as caught:
            call()
        assert caught.value.kind is StoreErrorKind.INCOMPLETE
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert path.read_text() == text


def test_what_cannot_be_written_is_said_and_told_without_the_secret(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileStore(tmp_path / "file" / "secrets.json")
    with pytest.raises(StoreError) as caught:
        store.set("lab", TOKEN)
    assert caught.value.kind is StoreErrorKind.FAILED
    assert "secrets.json" in str(caught.value)
    assert TOKEN.reveal()[:12] not in str(caught.getrepr(chain=True))


class LosingFile(FileStore):
    """On a disk that takes what is written, and keeps the first of it only."""

    def _write(self, texts: Mapping[str, str]) -> None:
        if not self._path.exists():
            super()._write(texts)


def test_a_disk_that_does_not_keep_what_it_took_is_found_out(path: Path) -> None:
    store = LosingFile(path)
    store.set("lab", TOKEN)
    with pytest.raises(StoreError, match="it does not hold what was written") as caught:
        store.set("lab", Secret("hunter2"))
    assert caught.value.kind is StoreErrorKind.NOT_STORED
    assert "hunter2" not in str(caught.value)
    assert store.get("lab") == TOKEN


def test_two_writers_keep_both_secrets(path: Path) -> None:
    """Twenty each, at the same time."""

    def write(name: str) -> None:
        for number in range(20):
            FileStore(path).set(f"{name}-{number}", Secret(name * 300))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(path.read_text())["secrets"]) == 40


WRITER = """
import sys
from pathlib import Path
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret

store = FileStore(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    store.set("lab", Secret(f"{number}:" + "x" * 9000))
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_had_kept(path: Path) -> None:
    store = FileStore(path)
    store.set("other", TOKEN)
    for after in range(1, 6):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            kept = [int(writer.stdout.readline()) for _ in range(after)]
            writer.kill()
        found = store.get("lab")
        assert found is not None
        number, rest = found.reveal().split(":")
        assert int(number) >= kept[-1]
        assert rest == "x" * 9000
        assert store.get("other") == TOKEN
