"""Somebody who types without end, while another shell edits the same files."""

import os
import random
import select
import time
from pathlib import Path

from omstui.backend.files.watchlist import WatchListFile
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.demo.scenario import BACKUP, IMAGES, INVOICES, LAB, LOGS, OLD_PHOTOS, PROD, READINGS, demo_profiles
from tests.terminal import Terminal

TASKS = tuple(
    WatchedTask(TaskRef(profile, sync_task_id))
    for profile, sync_task_id in (
        (PROD, IMAGES),
        (PROD, LOGS),
        (PROD, BACKUP),
        (PROD, INVOICES),
        (LAB, READINGS),
    )
)
STRANGER = WatchedTask(TaskRef(LAB, OLD_PHOTOS), "nobody knows it")

_EDIT = "exy\r"
_WAYS = (
    *("j", "k", "G", "g", "s", "S", "z", "y", "A", "r", "t", "pp", "[", "[", "[[[[", "]", "]]]", "R", "R"),
    *("m\x1b", "?\x1b", "T\x1b", "a\x1b", "e\x1b", "/log\x1b\x1b", "\r\x1b", "Du", "DDuu"),
    *("m[[]\r", _EDIT, "l\x1b", "h\x1b", "P\x1b", f"a{STRANGER.ref.sync_task_id}\r\x1b"),
)
"""What is typed; an escape ends a dialog, and is waited for."""

_CLOSE = "\x1b\x1b\x1b"
_SIZES = ((120, 34), (80, 24), (100, 40), (50, 20), (30, 8), (200, 50))
_KEY_PAUSE = 0.03
_ESCAPE_PAUSE = 0.2
_PAUSE = 1.0
"""Seconds between two ways to fidget."""

_ELSEWHERE = 10
"""After so many ways to fidget comes an edit by another shell, and another size."""


class Fidgeter:
    """Types and edits by chance, and drops what the program draws, unread."""

    def __init__(self, terminal: Terminal, folder: Path, url: str, chance: random.Random) -> None:
        self.keys = 0
        self.drawn = 0
        """Bytes that the program has written meanwhile."""

        self._latest = b""
        self._terminal = terminal
        self._folder = folder
        self._config = folder / "config" / "config.toml"
        self._watchlist = WatchListFile(folder / "config" / "watchlist.toml")
        self._url = url
        self._chance = chance
        self._turns = 0

    def try_everything(self) -> None:
        """Do all there is to do once, in every size, so that whatever is loaded or made once has been."""
        for number, keys in enumerate(dict.fromkeys(_WAYS)):
            self._type(keys)
            self._terminal.resize(*_SIZES[number % len(_SIZES)])
        self._terminal.resize(*_SIZES[0])
        self.wait(_PAUSE)
        self._type(_EDIT)

    def fidget(self) -> None:
        """Do one thing, and let it be for a while; it takes about a second."""
        self._type(self._chance.choice(_WAYS))
        self.wait(_PAUSE)
        self._turns += 1
        if self._turns % _ELSEWHERE == 0:
            self._type(_CLOSE)
            self.wait(_PAUSE)
            self._terminal.resize(*self._chance.choice(_SIZES))
            self._watchlist.edit(self._chance.choice((_with_stranger, _without_stranger)))
            self._config.write_text(config(self._folder, self._url, self._chance.choice(("UTC+08:00", "UTC"))))

    def rest(self) -> None:
        """Close whatever is open, and look at the list."""
        self._watchlist.edit(_without_stranger)
        self._type(f"{_CLOSE}tgR")
        self._terminal.resize(119, 34)
        self.wait(0.5)
        self._terminal.resize(120, 34)
        self.wait(0.5)

    def _type(self, keys: str) -> None:
        for key in keys:
            os.write(self._terminal.fd, key.encode())
            self.keys += 1
            self.wait(_ESCAPE_PAUSE if key == "\x1b" else _KEY_PAUSE)

    def wait(self, seconds: float) -> None:
        """Let the program draw meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._terminal.fd], [], [], left)[0]:
                try:
                    self._latest = os.read(self._terminal.fd, 65536)
                except OSError:  # the program has gone
                    raise AssertionError(self._last_words()) from None
                self.drawn += len(self._latest)

    def _last_words(self) -> str:
        """Say how the program has ended."""
        crash = self._folder / "state" / "crash.txt"
        details = crash.read_text(encoding="utf-8") if crash.exists() else ""
        return f"after {self.keys} keys it wrote {self._latest[-400:]!r} and ended\n{details}"


def config(folder: Path, url: str, zone: str) -> str:
    """Return a config.toml with two profiles: one runs a command for its token, the other's is stored in a file."""
    ways = {
        PROD: f'auth = "command"\ntoken_command = ["cat", "{folder / "token"}"]',
        LAB: f'auth = "token"\nsecret_store = "file"\nzone = "{zone}"',
    }
    profiles = demo_profiles()
    return "\n".join(
        f'[profiles.{name}]\nendpoint = "{url}"\nproject_id = "{profiles[name].project_id}"\n{way}\n'
        for name, way in ways.items()
    )


def _with_stranger(watchlist: WatchList) -> WatchList:
    return watchlist.added((*TASKS, STRANGER))


def _without_stranger(watchlist: WatchList) -> WatchList:
    return watchlist.added(TASKS).removed([STRANGER.ref])
