"""A program in a terminal, with the time and the processor's time that it takes to show something."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyte.screens import Char

from tests.proc import resident_bytes
from tests.terminal import KEYS, Terminal

TOKEN = "MIIBenchToken" + "qW5e" * 30
SIZE = (120, 34)

_PIECES_APART = 0.001
"""Seconds between two pieces of one write at most: a terminal hands on four kilobytes at a time."""


def cpu_seconds(pid: int) -> float:
    """Return the time that all threads of a process have run, ended ones too, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) returns


def resident_mib(pid: int) -> float:
    """Return the memory that a process holds."""
    return resident_bytes(pid) / 2**20


def environ(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the person's who measures is seen.

    Bytecode is kept there, as that of an installed program is: to compile all modules takes as long as the rest.
    """
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "HOME": str(folder), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
        "OMSTUI_TOKEN": TOKEN,
    }  # fmt: skip


class Watched(Terminal):
    """Runs a module, with the folder as its home."""

    def __init__(self, folder: Path, *argv: str) -> None:
        self.started_at = time.perf_counter()
        super().__init__([sys.executable, "-m", *argv], columns=SIZE[0], rows=SIZE[1], environ=environ(folder))

    def leave_alone(self, seconds: float) -> None:
        """Take over what comes in this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.pump(left)

    def cpu_until(self, is_so: Callable[[str], bool], what: str) -> float:
        """Wait for a picture, and return the processor's time that the program had taken by then, in seconds."""
        while True:
            select.select([self.fd], [], [], 1.0)
            cpu = cpu_seconds(self.pid)
            self.pump(0.0)
            if is_so(self.text):
                return cpu
            assert time.perf_counter() - self.started_at < 60, f"waited in vain for {what}:\n{self.text}"

    def latency(self, key: str, is_so: Callable[[], bool], what: str) -> float:
        """Press a key, and return the seconds until the picture is so."""
        begun = time.perf_counter()
        os.write(self.fd, KEYS.get(key, key).encode())
        shown_at = None
        while shown_at is None:
            assert time.perf_counter() - begun < 10, f"waited in vain for {what}:\n{self.text}"
            for came_at, data in self._written():
                self.take_over(data)
                if shown_at is None and is_so():
                    shown_at = came_at
        return shown_at - begun

    def _written(self) -> list[tuple[float, bytes]]:
        """Return what the program writes in one go, a piece at a time, with the time at which each came.

        All pieces are read before the first is drawn, which takes longer than the program takes for the next one.
        """
        pieces, wait = [], 1.0
        while select.select([self.fd], [], [], wait)[0]:
            came_at = time.perf_counter()
            pieces.append((came_at, os.read(self.fd, 65536)))
            wait = _PIECES_APART
        return pieces

    def looks(self, rows: range, columns: range) -> list[tuple[str, str, bool]]:
        """Return the colours of a part of the picture."""
        cells: list[Char] = [self.screen.buffer[y][x] for y in rows for x in columns]
        return [(cell.fg, cell.bg, cell.bold) for cell in cells]

    def end(self) -> None:
        """End the program, by ctrl+q."""
        os.write(self.fd, b"\x11")
        self.wait(20)


@contextmanager
def ahead_of_others() -> Iterator[None]:
    """Let this program and those that it starts run before all others, where the system allows it: Linux, as root.

    Else a busy machine delays a key's many milliseconds of work more often than the smallest app's few, and the ratio
    of both grows with the load.
    """
    try:
        with suppress(AttributeError, PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        yield
    finally:
        with suppress(AttributeError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextmanager
def serving(dead: str = "") -> Iterator[str]:
    """Run the service, and give its address."""
    argv = [sys.executable, "-m", "tests.bench.oms", *([dead] if dead else [])]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def project_id(profile: int) -> str:
    """Return a profile's project."""
    return f"{profile:032x}"


def configure(folder: Path, url: str, tasks: int, profiles: int = 1) -> Path:
    """Make a home in which so many tasks on so many profiles are watched; return it."""
    config = folder / ".config" / "omstui"
    config.mkdir(mode=0o700, parents=True)
    (config / "config.toml").write_text(
        "".join(
            f'[profiles.p{number}]\nendpoint = "{url}"\nproject_id = "{project_id(number)}"\n'
            for number in range(profiles)
        )
    )
    (config / "watchlist.toml").write_text(
        "\n".join(
            f'[[task]]\nid = "0d146099-8cf4-437d-b6ef-{number:012x}"\nprofile = "p{number % profiles}"\n'
            f'label = "task-{number:04}"\n'
            for number in range(tasks)
        )
    )
    return folder
