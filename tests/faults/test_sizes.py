"""The terminal is resized wildly: nothing crashes, and the last picture is the one of a fresh start."""

import os
import random
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.session import home_environ
from tests.proc import is_alive
from tests.terminal import Terminal

pytestmark = [
    pytest.mark.fault("R9"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]

EXTREMES = [(0, 0), (1, 1), (500, 300), (1, 300), (500, 1), (2, 2), (39, 11), (40, 12), (59, 15), (60, 16), (110, 34)]
RESIZES = 200
NONE = (80, 24)
"""What is drawn in a terminal that says that it has no size at all."""

CTRL_Q = b"\x11"

Picture = list[list[object]]


@contextmanager
def still(reached: Path, columns: int, rows: int) -> Iterator[Terminal]:
    """Start at this size, and wait for the moment that does not pass."""
    argv = [sys.executable, "-m", "tests.faults.still", str(reached)]
    with Terminal(argv, environ=home_environ(reached.parent), columns=columns, rows=rows) as terminal:
        terminal.until(lambda _: reached.exists(), "the moment")
        yield terminal


def skip(terminal: Terminal, seconds: float) -> bool:
    """Take what is drawn within this time for another size, and look away; whether there was something."""
    if not select.select([terminal.fd], [], [], seconds)[0]:
        return False
    terminal.output += os.read(terminal.fd, 65536)
    return True


def arrive(terminal: Terminal, size: tuple[int, int], reached: Path) -> None:
    """Wait until this size is drawn, whichever others come before it, and look away."""
    line = "{}x{}".format(*(size if all(size) else NONE))
    end = time.monotonic() + 60
    while reached.read_text().splitlines()[-1:] != [line]:
        assert is_alive(terminal.pid), f"{line} is its end: {terminal.output[-2000:]!r}"
        assert time.monotonic() < end, f"{line} is never drawn"
        skip(terminal, 0.02)


def picture(terminal: Terminal) -> Picture:
    """Return all cells with their looks."""
    screen = terminal.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def differing(one: Picture, other: Picture) -> int:
    """Return how many cells differ."""
    return sum(a != b for line, another in zip(one, other, strict=True) for a, b in zip(line, another, strict=True))


def sizes() -> Sequence[tuple[int, int]]:
    """Return sizes of all kinds in any order, most of them small, so that drawing them takes no long time."""
    chance = random.Random(4)
    some = [(chance.randint(1, 140), chance.randint(1, 45)) for _ in range(RESIZES - 2 * len(EXTREMES))]
    chosen = [*some, *EXTREMES, *EXTREMES]
    chance.shuffle(chosen)
    return chosen


@pytest.mark.parametrize(("columns", "rows"), [(120, 34), (20, 5)])
def test_after_wild_resizes_the_picture_is_that_of_a_fresh_start(
    columns: int, rows: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with still(tmp_path / "fresh", columns, rows) as fresh, still(tmp_path / "resized", 100, 30) as resized:
        for size in sizes():
            resized.resize(*size)
            if size in EXTREMES:
                arrive(resized, size, tmp_path / "resized")
            else:
                skip(resized, 0.05)
        while skip(resized, 0.5):
            pass
        assert is_alive(resized.pid), resized.output[-2000:]
        resized.screen.resize(rows, columns)
        resized.resize(columns, rows)

        def is_alike(_: str) -> bool:
            assert is_alive(resized.pid), resized.output[-2000:]
            fresh.pump(0.01)
            return differing(picture(resized), picture(fresh)) == 0

        resized.until(is_alike, "the picture of a fresh start", 60)
        for _ in range(20):
            resized.pump()
            fresh.pump()
        diff = differing(picture(resized), picture(fresh))
        drawn = set((tmp_path / "resized").read_text().split())
        assert drawn >= {f"{width}x{height}" for width, height in EXTREMES if width}
        figure(f"{RESIZES} resizes, then {columns}×{rows}: pyte diff {diff}")
        assert diff == 0
        assert ("DEMO" in fresh.text) == (rows >= 12)
        os.write(resized.fd, CTRL_Q)
        assert resized.wait(30) == 0
