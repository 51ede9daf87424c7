"""Files of the user's are replaced as a whole, for the user only, and never harmed."""

import errno
import os
import shutil
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omstui.backend.runtime.files import (
    FileError,
    Folders,
    locked,
    make_folder,
    read_text,
    sweep,
    write_atomically,
    write_new,
)
from tests import proc

OLD, NEW = "old = 1\n", "new = 2\n" * 100
NOBODY = 65_534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def any_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def plain_folder() -> Iterator[Path]:
    """A folder, and a user to whom a folder's mode matters (root may write everywhere)."""
    folder = Path(tempfile.mkdtemp())
    with locked(folder / "first"):  # imports what such a user may not be able to read
        pass
    if os.geteuid():
        yield folder
    else:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        yield folder
        os.seteuid(0)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_writing_makes_the_file_and_its_folders_for_the_user_only(tmp_path: Path, any_umask: None) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    write_atomically(path, NEW)
    assert read_text(path) == NEW
    assert [mode(p) for p in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]
    assert [p.name for p in path.parent.iterdir()] == ["config.toml"]


def test_writing_over_a_file_open_to_others_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(OLD)
    path.chmod(0o666)
    write_atomically(path, NEW)
    assert mode(path) == 0o600


def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "list.toml", tmp_path / "watchlist.toml"
    real.parent.mkdir()
    real.write_text(OLD)
    link.symlink_to(real)
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert real.read_text() == NEW


def test_a_link_to_nothing_yet_is_filled_at_its_far_end(tmp_path: Path) -> None:
    link = tmp_path / "watchlist.toml"
    link.symlink_to(tmp_path / "elsewhere" / "list.toml")
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "list.toml").read_text() == NEW


class FailingDisk:
    """The operating system's calls, of which the n-th fails."""

    CALLS = ("mkdir", "open", "fstat", "write", "fsync", "close", "replace")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails_at: int, number: int) -> None:
        self.calls = 0
        self.failed: str | None = None
        for name in self.CALLS:
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name), fails_at, number))

    def _wrapped(self, name: str, real: Callable[..., object], fails_at: int, number: int) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls == fails_at:
                self.failed = name
                if name == "close":  # a failing close frees the descriptor all the same
                    real(*args, **kwargs)
                raise OSError(number, os.strerror(number))
            return real(*args, **kwargs)

        return call


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_whichever_disk_call_fails_the_old_file_stays_or_the_new_one_is_whole(tmp_path: Path, number: int) -> None:
    """Every call in turn, until one round needs no failing call any more."""
    failed: list[str] = []
    for fails_at in range(1, 100):
        path = tmp_path / str(fails_at) / "config.toml"
        path.parent.mkdir()
        path.write_text(OLD)
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = FailingDisk(monkeypatch, fails_at, number)
            trouble = None
            try:
                write_atomically(path, NEW)
            except FileError as error:
                trouble = str(error)
        if disk.failed is None:
            break
        failed.append(disk.failed)
        assert path.read_text() == (NEW if trouble is None else OLD)
        assert trouble is None or (str(path) in trouble and os.strerror(number) in trouble)
        assert [p.name for p in path.parent.iterdir()] == ["config.toml"]
    # The new file: made, looked at, written, synced, closed, renamed. Then only the folder's sync is left.
    assert failed[:6] == ["open", "fstat", "write", "fsync", "close", "replace"]
    assert set(failed[6:]) <= {"open", "fsync", "close"}


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:7]))
    write_atomically(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_text() == NEW


def test_a_folder_that_cannot_be_written_leaves_the_file_alone(plain_folder: Path) -> None:
    path = plain_folder / "config.toml"
    path.write_text(OLD)
    plain_folder.chmod(0o500)
    with pytest.raises(FileError, match=r"config\.toml: cannot be written: Permission denied; it is as it was"):
        write_atomically(path, NEW)
    with pytest.raises(FileError, match="Permission denied"), locked(path):
        pass
    assert path.read_text() == OLD


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "omstui").write_text("")
    with pytest.raises(FileError, match=r"omstui/config\.toml: cannot be written"):
        write_atomically(tmp_path / "omstui" / "config.toml", NEW)
    with pytest.raises(FileError, match=r"omstui/config\.toml: cannot be read"):
        read_text(tmp_path / "omstui" / "config.toml")


def test_what_killed_writers_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    old, young, foreign, other = (
        tmp_path / name
        for name in (
            ".config.toml.abcd1234.omstui-new",
            ".config.toml.efgh5678.omstui-new",
            ".config.toml.swp",
            ".watchlist.toml.abcd1234.omstui-new",
        )
    )
    for path in (old, young, foreign, other):
        path.write_text("")
    for path in (old, foreign, other):
        os.utime(path, (path.stat().st_mtime - 3700,) * 2)
    write_atomically(tmp_path / "config.toml", NEW)
    assert [path.exists() for path in (old, young, foreign, other)] == [False, True, True, True]
    sweep(tmp_path, datetime.now(UTC))
    assert [path.exists() for path in (old, young, foreign, other)] == [False, True, True, False]


def test_a_folder_that_is_not_there_is_swept_by_leaving_it_alone(tmp_path: Path) -> None:
    sweep(tmp_path / "no", datetime.now(UTC))


def test_a_missing_file_reads_as_none(tmp_path: Path) -> None:
    assert read_text(tmp_path / "no" / "config.toml") is None


def test_line_ends_are_read_as_they_are_and_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\n")
    assert read_text(tmp_path / "a") == "a = 1\r\nb = 2\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a = 1\nb = '\xff'\n", r"config\.toml, line 2: is not UTF-8"),
        (b"#" * (4 * 1024 * 1024 + 1), r"config\.toml: is larger than 4 MiB"),
    ],
)
def test_a_file_that_is_not_text_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "config.toml").write_bytes(data)
    with pytest.raises(FileError, match=words):
        read_text(tmp_path / "config.toml")


def test_hostile_names_are_tamed_in_the_message(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b]0;x\x07\nb"
    folder.mkdir()
    with pytest.raises(FileError) as caught:
        read_text(folder)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lock_that_another_holds_is_waited_for_no_longer_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.toml"
    with locked(path):
        busy = pytest.raises(FileError, match=r"watchlist\.toml: another omstui has been changing it for 0 s")
        with busy, locked(path, limit=0):
            pass
        assert mode(tmp_path / "watchlist.toml.lock") == 0o600
    with locked(path, limit=0):
        pass


def test_a_lock_is_freed_when_the_work_fails(tmp_path: Path) -> None:
    with suppress(KeyError), locked(tmp_path / "a"):
        raise KeyError
    with locked(tmp_path / "a", limit=0):
        pass


def test_two_links_to_one_file_share_its_lock(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with locked(tmp_path / "a"), pytest.raises(FileError), locked(tmp_path / "b", limit=0):
        pass


def test_folders_that_exist_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o755, 0o700]


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="XDG variables are Linux's")
def test_xdg_variables_move_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    folders = Folders.of_user()
    assert folders == Folders(config=tmp_path / "c" / "omstui", state=tmp_path / "s" / "omstui")
    assert folders.config_file == tmp_path / "c" / "omstui" / "config.toml"
    assert folders.watchlist_file == tmp_path / "c" / "omstui" / "watchlist.toml"


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files in folders")
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (Path.mkdir, "a folder"),
        (os.mkfifo, "a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to("/dev/tty"), "a device"),
        (socket_at, "a socket"),
    ],
    ids=["folder", "pipe", "endless device", "terminal", "socket"],
)
def test_what_is_no_regular_file_is_named_and_never_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    path = Path("config.toml")
    make(path)
    troubles: list[str] = []

    def read() -> None:
        with pytest.raises(FileError) as caught:
            read_text(path)
        troubles.append(str(caught.value))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(30)
    assert troubles == [f"config.toml: is {kind}, and only a regular file is read: put one in its place"]


@pytest.mark.skipif(not proc.IS_THERE, reason="counts descriptors")
@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text(OLD)], ids=["folder", "file"])
def test_reading_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object]
) -> None:
    """A file that is refused, and one that has become a folder between the look at it and the opening."""
    path = tmp_path / "config.toml"
    make(path)
    other = tmp_path / "other"
    other.write_text("")
    regular = other.stat()
    before = proc.descriptors(os.getpid())
    for _ in range(20):
        with suppress(FileError):
            read_text(path)
    monkeypatch.setattr(Path, "stat", lambda _: regular)
    for _ in range(20):
        with suppress(FileError):
            read_text(path)
    assert proc.descriptors(os.getpid()) == before


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    paths = [write_new([tmp_path], "list", ".csv", f"{number}\r\n") for number in range(3)]
    assert [path.name for path in paths] == ["list.csv", "list-2.csv", "list-3.csv"]
    assert [path.read_bytes() for path in paths] == [b"0\r\n", b"1\r\n", b"2\r\n"]


def test_what_one_folder_does_not_take_goes_into_the_next(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_new([tmp_path / "file", tmp_path / "gone", tmp_path], "a", ".csv", "x") == tmp_path / "a.csv"


def test_without_a_folder_that_takes_it_the_last_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="gone: nothing can be written there: No such file"):
        write_new([tmp_path / "gone"], "a", ".csv", "x")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links that anybody may make")
def test_a_link_that_has_the_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere")
    assert write_new([tmp_path], "a", ".csv", "x").name == "a-2.csv"
    assert not (tmp_path / "elsewhere").exists()
