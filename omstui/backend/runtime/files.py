"""Reads and writes the user's files: whole or not at all, despite crashes, a full disk or a second instance."""

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
"""Bytes of the largest file that omstui reads."""

_NEW = ".omstui-new"
_ABANDONED_AFTER = 3600.0
_LOCK_POLL = 0.01


class FileError(Exception):
    """A file cannot be read, parsed or written; the text is a sentence for the user that names file and line."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = tame(reason)
        self.line = line
        where = tame(str(path)) if line is None else f"{tame(str(path))}, line {line}"
        super().__init__(f"{where}: {self.reason}")
        self.sentences: tuple[str, ...] = (str(self),)
        """One sentence for each error."""

    @classmethod
    def of_all(cls, errors: Sequence[Self]) -> Self:
        """Return one error for all errors of a file, in the order of its lines."""
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
    """Files that omstui writes for itself."""

    @classmethod
    def of_user(cls) -> Self:
        """Return this system's folders for the current user; `XDG_*` variables change them."""
        from platformdirs import PlatformDirs  # the demo does not need it

        folders = PlatformDirs("omstui", appauthor=False)
        return cls(config=folders.user_config_path, state=folders.user_state_path)

    @property
    def config_file(self) -> Path:
        """The file of profiles and settings."""
        return self.config / "config.toml"

    @property
    def watchlist_file(self) -> Path:
        """The file of the watched tasks."""
        return self.config / "watchlist.toml"

    @property
    def history_file(self) -> Path:
        """The file of answers over time, past months, events, and what the user has seen."""
        return self.state / "history.db"


def read_text(path: Path) -> str | None:
    """Return the text of a UTF-8 file with its line ends unchanged; ``None`` when there is no such file.

    Raises:
        FileError: it cannot be read, is not a regular file, is not UTF-8, or is larger than 4 MiB.
    """
    try:
        _refuse_special(path, path.stat().st_mode)  # before it is opened, since opening has effects on some devices
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
    """Refuse a file that may never end, or wait for a writer.

    Raises:
        FileError: it is a folder, a pipe, a socket or a device.
    """
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
"""Values that change when a file is replaced or edited."""


def signature(path: Path) -> Signature:
    """Return a file's signature: modification time, size and inode, or the error number; it costs one `stat` call."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def write_atomically(path: Path, text: str, mode: int | None = None) -> Signature:
    """Replace a whole file; it always holds either the old text or the new one. Return the new file's signature.

    Links are followed, so that a linked file stays linked. Only the user can read files and folders made here, whatever
    the umask is, unless `mode` differs.

    Raises:
        FileError: it cannot be written; the old file is unchanged.
    """
    data = text.encode()
    target = resolved(path)
    try:
        make_folder(target.parent)
        new = _written_beside(target, data)
        try:
            if mode is not None:
                new.chmod(mode)
            written = signature(new)  # later another instance may have replaced the file
            new.replace(target)
        except OSError:
            _remove(new)
            raise
    except OSError as error:
        raise FileError(path, f"cannot be written: {_words(error)}; it is as it was") from error
    # The new text is written. Some file systems cannot sync a folder; there it may not survive a power cut.
    with suppress(OSError):
        _sync_folder(target.parent)
    return written


@contextmanager
def locked(path: Path, limit: float = LOCK_LIMIT) -> Iterator[None]:
    """Keep other instances from changing this file within the block, by a lock on a file beside it.

    Raises:
        FileError: another instance has held the lock for `limit` seconds, or no lock can be made there.
    """
    from filelock import FileLock, Timeout  # a screen that only watches does not need it

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
        with suppress(OSError):  # the work is done; the end of the process releases the lock at the latest
            lock.release()


def resolved(path: Path) -> Path:
    """Return the path with all links followed, whether the file exists or not."""
    return Path(os.path.realpath(path))


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each accessible to the user only.

    Raises:
        OSError: it cannot be created.
    """
    missing = [folder, *folder.parents]
    while missing and missing[-1].is_dir():
        missing.pop()
    for level in reversed(missing):
        with suppress(FileExistsError):  # another instance has just created it
            level.mkdir(mode=_FOLDER_MODE)


def sweep(folder: Path, now: datetime) -> None:
    """Delete temporary files in this folder whose writers were killed more than an hour ago."""
    _sweep(folder, "", now.timestamp())


def _written_beside(target: Path, data: bytes) -> Path:
    """Write and sync a new file in the same folder, and return its path."""
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
    """Delete temporary files whose writers were killed more than an hour ago; `now` is the file system's time."""
    with suppress(OSError):  # in a folder that cannot be read nothing is deleted
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
    """Write a new file into the first folder where that works, and return its path; no file is overwritten.

    Args:
        folders: the folders to try, in order.
        stem: the name without its suffix; a number follows if the name is taken.
        suffix: the end of the name, with its dot.
        text: the content.

    Raises:
        FileError: no folder works; it names the last one and the reason.
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
            with suppress(OSError):  # an incomplete file would mislead
                path.unlink()
            raise
        return path
    raise OSError(f"there are {_MOST_NAMES} files of that name")
