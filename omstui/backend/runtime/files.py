"""The user's files: written whole or not at all, safe from crashes, a full disk and a second instance."""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from msgspec import Struct

from omstui.core.text import tame

LOCK_LIMIT = 5.0
"""Seconds to wait for another instance that is changing the same file."""

_FOLDER_MODE = 0o700
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
LARGEST = 4 * 1024 * 1024
"""Bytes beyond which a file is none that omstui reads."""

_NEW = ".omstui-new"
_ABANDONED_AFTER = 3600.0
_LOCK_POLL = 0.01


class FileError(Exception):
    """A file cannot be read, understood or written; its text is a sentence for the user that names file and line."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = tame(reason)
        self.line = line
        where = tame(str(path)) if line is None else f"{tame(str(path))}, line {line}"
        super().__init__(f"{where}: {self.reason}")
        self.sentences: tuple[str, ...] = (str(self),)
        """One for each thing that is wrong."""

    @classmethod
    def of_all(cls, errors: Sequence[Self]) -> Self:
        """Return one for all that is wrong with a file, in the order of its lines."""
        ordered = sorted(errors, key=lambda one: one.line or 0)
        first, *others = ordered
        rest = "".join(f"; {one.reason}" if one.line is None else f"; line {one.line}: {one.reason}" for one in others)
        made = cls(first.path, f"{first.reason}{rest}", first.line)
        made.sentences = tuple(map(str, ordered))
        return made


class Folders(Struct, frozen=True):
    """Where the program keeps its files."""

    config: Path
    """`config.toml` and `watchlist.toml`: the user's."""

    state: Path
    """What the program remembers by itself."""

    @classmethod
    def of_user(cls) -> Self:
        """Return the folders that this system has for the present user; `XDG_*` variables move them."""
        from platformdirs import PlatformDirs  # the demo needs no folders

        folders = PlatformDirs("omstui", appauthor=False)
        return cls(config=folders.user_config_path, state=folders.user_state_path)

    @property
    def config_file(self) -> Path:
        """Profiles and settings."""
        return self.config / "config.toml"

    @property
    def watchlist_file(self) -> Path:
        """The watched tasks."""
        return self.config / "watchlist.toml"

    @property
    def history_file(self) -> Path:
        """Answers over time, past months, events, what the user has seen."""
        return self.state / "history.db"


def read_text(path: Path) -> str | None:
    """Return what a UTF-8 file holds, line ends as they are; ``None`` when there is no such file.

    Raises:
        FileError: it cannot be read, is no regular file, is not UTF-8, or is too large to have been written by hand
            (4 MiB).
    """
    try:
        _refuse_special(path, path.stat().st_mode)  # before it is opened, which does things to some devices
        with open(path, "rb", opener=lambda name, _: os.open(name, _READING)) as file:
            _refuse_special(path, os.fstat(file.fileno()).st_mode)
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(path, f"cannot be read: {_words(error)}") from error
    if len(data) > LARGEST:
        raise FileError(path, "is larger than 4 MiB, which is not a file of omstui's")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, "is not UTF-8 text: save it as UTF-8", line) from error


def _refuse_special(path: Path, mode: int) -> None:
    """Refuse what may never end, or wait for somebody who writes to it."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    kind = next((words for is_one, words in kinds if is_one(mode)), None)
    if kind is not None:
        raise FileError(path, f"is {kind}, and only a regular file is read: put one in its place")


Signature = tuple[int, ...]
"""What changes whenever a file is replaced or edited."""


def signature(path: Path) -> Signature:
    """Return a file's signature; it costs one look at the folder."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def write_atomically(path: Path, text: str, mode: int | None = None) -> Signature:
    """Replace a file as a whole: at every moment it holds the old text or the new one. Return the new one's signature.

    A link is followed, so that a file kept elsewhere stays linked. File and folders made here are for the user only,
    whatever the umask, unless a file's `mode` says otherwise.

    Raises:
        FileError: it cannot be written; the old file is as it was.
    """
    data = text.encode()
    target = resolved(path)
    try:
        make_folder(target.parent)
        new = _written_beside(target, data)
        try:
            if mode is not None:
                new.chmod(mode)
            written = signature(new)  # later it might be another's, who has replaced the file in turn
            new.replace(target)
        except OSError:
            _remove(new)
            raise
    except OSError as error:
        raise FileError(path, f"cannot be written: {_words(error)}; it is as it was") from error
    # From here on the new text stands. Whether it would survive a power cut as well is the file system's business,
    # and some cannot be asked.
    with suppress(OSError):
        _sync_folder(target.parent)
    return written


@contextmanager
def locked(path: Path, limit: float = LOCK_LIMIT) -> Iterator[None]:
    """Keep other instances from changing this file meanwhile, by a lock on a file beside it.

    Raises:
        FileError: another instance has held the lock for `limit` seconds, or no lock can be made there.
    """
    from filelock import FileLock, Timeout  # a screen that only watches needs no lock

    target = resolved(path)
    try:
        make_folder(target.parent)
        lock = FileLock(target.with_name(f"{target.name}.lock"), timeout=limit, mode=0o600, poll_interval=_LOCK_POLL)
        lock.acquire()
    except Timeout as error:
        raise FileError(path, f"another omstui has been changing it for {limit:g} s: try again") from error
    except OSError as error:
        raise FileError(path, f"cannot be written: {_words(error)}; it is as it was") from error
    try:
        yield
    finally:
        with suppress(OSError):  # what was to be protected is done; the end of the process frees the lock at the latest
            lock.release()


def resolved(path: Path) -> Path:
    """Return the file that a path stands for once links are followed, whether it exists or not."""
    return Path(os.path.realpath(path))


def make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, each for the user only.

    Raises:
        OSError: it cannot be made.
    """
    missing = [folder, *folder.parents]
    while missing and missing[-1].is_dir():
        missing.pop()
    for level in reversed(missing):
        with suppress(FileExistsError):  # another instance was quicker
            level.mkdir(mode=_FOLDER_MODE)


def sweep(folder: Path, now: datetime) -> None:
    """Remove what writers of any file in this folder left there that were killed more than an hour ago."""
    _sweep(folder, "", now.timestamp())


def _written_beside(target: Path, data: bytes) -> Path:
    """Write a new file in the same folder, safely on disk, and return its name."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=_NEW, dir=target.parent)
    new = Path(name)
    is_written = False
    try:
        try:
            _sweep(target.parent, f"{target.name}.", os.fstat(descriptor).st_mtime)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        is_written = True
    finally:
        if not is_written:
            _remove(new)
    return new


def _sweep(folder: Path, beginning: str, now: float) -> None:
    """Remove what writers left that were killed more than an hour ago; `now` is by the file system's own clock."""
    with suppress(OSError):  # a folder that cannot be read keeps what it has
        for old in folder.glob(f".{beginning}*{_NEW}"):
            with suppress(OSError):
                if now - old.stat().st_mtime > _ABANDONED_AFTER:
                    old.unlink()


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows syncs a rename by itself
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno is not None else type(error).__name__


_MOST_NAMES = 100


def write_new(folders: Sequence[Path], stem: str, suffix: str, text: str) -> Path:
    """Write a file into the first of some folders that takes it, and return where it is; none is ever overwritten.

    Args:
        folders: where to try, in order.
        stem: the name without its end; a number follows where the name is taken.
        suffix: the name's end, with its dot.
        text: what to write.

    Raises:
        FileError: no folder takes it; names the last one and why.
    """
    data = text.encode("utf-8", "replace")
    failure = FileError(Path(f"{stem}{suffix}"), "there is no folder to write to")
    for folder in folders:
        try:
            return _written(folder.resolve(), stem, suffix, data)
        except OSError as error:
            failure = FileError(folder, f"nothing can be written there: {error.strerror or error}")
    raise failure


def _written(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in range(1, _MOST_NAMES + 1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            file = path.open("xb")
        except FileExistsError:
            continue
        try:
            with file:
                file.write(data)
        except OSError:
            with suppress(OSError):  # what was begun here would mislead
                path.unlink()
            raise
        return path
    raise OSError(f"there are {_MOST_NAMES} files of that name")
