"""Checks folders and files: access rights, free space, and whether the history is sound."""

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from omstui.backend.history.schema import history_error
from omstui.backend.runtime.files import Folders
from omstui.core.reports.finding import Finding, error, ok, warning
from omstui.core.text import tame

_FOR_OTHERS, _WRITABLE_BY_OTHERS = 0o077, 0o022
_LITTLE, _NONE = 100 * 1024 * 1024, 1024 * 1024


def look_at_files(folders: Folders) -> Iterator[Finding]:
    """Yield the findings about the folders and the files in them, except their contents."""
    yield from _folder("config", folders.config)
    yield from _folder("state", folders.state)
    yield from _file("config", folders.config_file, _WRITABLE_BY_OTHERS)
    yield from _file("watchlist", folders.watchlist_file, _WRITABLE_BY_OTHERS)
    yield from _file("secrets", folders.state / "secrets.json", _FOR_OTHERS)
    yield from _file("history-mode", folders.history_file, _FOR_OTHERS)
    yield _history(folders.history_file)


def _folder(name: str, folder: Path) -> Iterator[Finding]:
    check, shown = f"files.{name}-folder", tame(str(folder))
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        yield from _missing(check, folder)
        return
    except OSError as failure:
        yield error(check, f"{shown} cannot be looked into: {failure.strerror}", f"ls -ld {_quoted(folder)}")
        return
    if not stat.S_ISDIR(mode):
        yield error(check, f"{shown} is not a folder", f"mv {_quoted(folder)} {_quoted(folder)}.old")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield error(check, f"{shown} cannot be written to", f"chmod u+rwx {_quoted(folder)}")
    elif os.name == "posix" and stat.S_IMODE(mode) & _FOR_OTHERS:
        words = f"{shown} is open to others ({stat.S_IMODE(mode):04o})"
        yield warning(check, words, f"chmod 700 {_quoted(folder)}")
    else:
        yield ok(check, f"{shown} is yours, and can be written to")
    yield from _space(name, folder)


def _missing(check: str, folder: Path) -> Iterator[Finding]:
    above = next(parent for parent in folder.parents if parent.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        yield ok(check, f"{tame(str(folder))} will be made when it is needed")
    else:
        yield error(
            check,
            f"{tame(str(folder))} is not there and cannot be made: {tame(str(above))} cannot be written to",
            "set XDG_CONFIG_HOME and XDG_STATE_HOME to folders of yours",
        )


def _space(name: str, folder: Path) -> Iterator[Finding]:
    check = f"files.{name}-space"
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    words = f"{free // _NONE:,} MB are free at {tame(str(folder))}"
    advice = f"df -h {_quoted(folder)}   and make room"
    if free < _NONE:
        yield error(check, words, advice)
    elif free < _LITTLE:
        yield warning(check, words, advice)
    else:
        yield ok(check, words)


def _file(name: str, path: Path, unwanted: int) -> Iterator[Finding]:
    """Report whether an existing file is accessible to its owner only."""
    check, shown = f"files.{name}", tame(str(path))
    try:
        status = path.stat()
    except OSError:  # missing, or in a folder with a finding of its own
        return
    mode = stat.S_IMODE(status.st_mode)
    if not os.access(path, os.R_OK):
        yield error(check, f"{shown} cannot be read", f"chmod 600 {_quoted(path)}")
    elif os.name == "posix" and mode & unwanted:
        verb = "changed" if mode & _WRITABLE_BY_OTHERS else "read"
        yield warning(check, f"{shown} can be {verb} by others ({mode:04o})", f"chmod 600 {_quoted(path)}")
    else:
        yield ok(check, f"{shown} is there, {mode:04o}")


def _history(path: Path) -> Finding:
    check, shown = "files.history", tame(str(path))
    sentence = history_error(path)
    if sentence is None:
        words = "is in order" if path.exists() else "will be made when it is needed"
        return ok(check, f"{shown} {words}")
    if "newer" in sentence:
        return error(check, f"{shown} {sentence}", "update this omstui: pip install --upgrade omstui")
    if "locked" in sentence:
        return warning(check, f"{shown} {sentence}", f"fuser {_quoted(path)}   and end what holds it")
    advice = f"mv {_quoted(path)} {_quoted(path)}.damaged   and start omstui again"
    return error(check, f"{shown} {sentence}; runs go on without a memory", advice)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
