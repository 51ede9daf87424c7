"""Weeks of use in minutes: the real program in a real terminal, over sockets and files, by a clock that hurries."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from omstui.backend.files.watchlist import WatchListFile
from tests.proc import cpu_seconds, descriptors, resident_mb, threads
from tests.soak.fidgeter import TASKS, Fidgeter, config
from tests.soak.rest import Count
from tests.terminal import Terminal

MONTH_OF_ANSWERS = 5 * 43_200
"""Five tasks, one answer a minute, thirty days."""

_WARM_UP = 0.25
"""The share of the run after which the program is counted first; the second time is at the end."""

_PATIENCE = 30.0
"""Seconds within which it says what it is made of."""

_STARTED_AT = "2026-11-22T09:30:00+00:00"


@dataclass(frozen=True, slots=True)
class Reading:
    """How large the program is, after how many answers."""

    answers: int
    memory: float
    """Resident, in MB."""

    descriptors: int
    threads: int
    told: dict[str, int]
    """What the program says of itself: asyncio tasks, waiters for the clock, and what it keeps."""


@dataclass(slots=True)
class Weeks:
    """What was seen."""

    readings: list[Reading] = field(default_factory=list)
    counts: list[tuple[int, Count]] = field(default_factory=list)
    """After how many answers the program was at rest, and what it was made of then."""

    answers: Counter[str] = field(default_factory=Counter)
    """By what they were."""

    ends_at: str = ""
    """The clock's time at the end."""

    keys: int = 0
    drawn: int = 0
    """Bytes on the terminal."""

    stored: int = 0
    """Bytes in the state folder."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    is_well: bool = False
    """Whether all tasks were on the screen at the end, with their figures."""

    exit_code: int | None = None

    def __str__(self) -> str:
        return (
            f"{self.answers.total():,} answers, {self.answers.total() - self.answers['OK']:,} of them trouble, until "
            f"{self.ends_at[:10]}; {self.keys:,} keys; {self.seconds:.0f} s, {self.cpu_seconds:.0f} s of CPU"
        )


def live_weeks(folder: Path, *, answers: int, limit: float, seed: int = 1) -> Weeks:
    """Let the program live until it has had this many answers, or for `limit` seconds.

    Args:
        folder: empty; gets the program's files.
        answers: good ones and others.
        limit: seconds of real time.
        seed: decides what goes wrong and what is typed.
    """
    weeks, began = Weeks(), time.monotonic()
    for name in ("config", "state"):
        (folder / name).mkdir(mode=0o700)
    WatchListFile(folder / "config" / "watchlist.toml").edit(lambda watchlist: watchlist.added(TASKS))
    ours, theirs = os.pipe()
    with _serving(folder, seed) as server, os.fdopen(ours, "rb", buffering=0) as readings:
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        os.set_blocking(server.stdout.fileno(), False)
        (folder / "config" / "config.toml").write_text(config(folder, url, "UTC"))
        os.set_inheritable(theirs, True)  # noqa: FBT003 - as Python has it
        os.set_blocking(ours, False)
        argv = [sys.executable, "-m", "tests.soak.app", str(folder), _STARTED_AT, str(theirs)]
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        with Terminal(argv, environ=environ) as terminal:
            os.close(theirs)
            terminal.until(_shows_all, "the first figures")
            fidgeter = Fidgeter(terminal, folder, url, random.Random(seed))
            fidgeter.try_everything()
            while weeks.answers.total() < answers and time.monotonic() - began < limit:
                fidgeter.fidget()
                for line in _lines(server.stdout):
                    weeks.answers = Counter(json.loads(line))
                _take_down(weeks, terminal.pid, _lines(readings))
                done = max(weeks.answers.total() / answers, (time.monotonic() - began) / limit)
                if not weeks.counts and done > _WARM_UP:
                    _count_at_rest(weeks, terminal.pid, fidgeter, readings)
            weeks.cpu_seconds = cpu_seconds(terminal.pid)
            weeks.keys, weeks.drawn = fidgeter.keys, fidgeter.drawn
            _count_at_rest(weeks, terminal.pid, fidgeter, readings)
            terminal.until(_shows_all, "all tasks at the end")
            weeks.is_well = True
            os.write(terminal.fd, b"\x11")  # ctrl+q, whatever is open
            weeks.exit_code = terminal.wait()
    weeks.seconds = time.monotonic() - began
    weeks.stored = sum(path.stat().st_size for path in (folder / "state").rglob("*") if path.is_file())
    return weeks


def _shows_all(text: str) -> bool:
    rows = [
        line
        for line in text.splitlines()
        if any(f" {word} " in line[:60] for word in ("syncing", "stopped", "failing"))
    ]
    return len(rows) >= len(TASKS)


@contextmanager
def _serving(folder: Path, seed: int) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "tests.soak.server", str(folder), _STARTED_AT, str(seed)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, bufsize=0) as server:
        try:
            yield server
        finally:
            server.kill()


def _lines(pipe: IO[bytes]) -> list[bytes]:
    """Return the whole lines that have come by now."""
    data = b""
    while more := pipe.read(65536):
        data += more
    return data.splitlines()


def _count_at_rest(weeks: Weeks, pid: int, fidgeter: Fidgeter, readings: IO[bytes]) -> None:
    """Close what is open, and have the program count what it is made of."""
    counted, end = len(weeks.counts), time.monotonic() + _PATIENCE
    fidgeter.rest()
    os.kill(pid, signal.SIGUSR1)
    while len(weeks.counts) == counted:
        assert time.monotonic() < end, "the program does not say what it is made of"
        fidgeter.wait(0.1)
        _take_down(weeks, pid, _lines(readings))


def _take_down(weeks: Weeks, pid: int, lines: list[bytes]) -> None:
    """Keep what the program has told of itself."""
    for line in lines:
        told = json.loads(line)
        if "blocks" in told:
            weeks.counts.append((weeks.answers.total(), Count(**told)))
        else:
            weeks.ends_at = told.pop("at")
            weeks.readings.append(_read(pid, weeks.answers.total(), told))


def _read(pid: int, answers: int, told: dict[str, int]) -> Reading:
    return Reading(answers, resident_mb(pid), descriptors(pid), threads(pid), told)
