"""What the screen writes on a line that is paid for by the byte, measured at the terminal's end of it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from pyte.screens import Char

from tests.minimum import least_bytes
from tests.stepped import MARK
from tests.terminal import Terminal

TASKS = 20
MOST_WASTE = 1.5
"""How many times the least bytes may be written."""

FRAME_END = b"\x1b[H"
"""Where the cursor rests after a picture."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]


@dataclass(frozen=True)
class Second:
    """What one second brought."""

    written: bytes
    minimum: int
    """Bytes that a painter needs that knows the old picture."""

    rows_changed: int
    """Of the list."""

    @property
    def waste(self) -> float:
        """How many times the minimum was written."""
        return len(self.written) / max(self.minimum, 1)


@dataclass
class Watched:
    """The app in a terminal, a second at a time."""

    terminal: Terminal
    shown: dict[int, list[Char]]

    def second(self) -> Second:
        """Let a second pass."""
        before = len(self.terminal.output)
        os.kill(self.terminal.pid, signal.SIGUSR1)
        seen = self.terminal.output.count(MARK)
        self.terminal.until(lambda _: self.terminal.output.count(MARK) > seen, "the second's end")
        written = self.terminal.output[before:].replace(MARK, b"")
        old, self.shown = self.shown, picture(self.terminal)
        changed = sum(old[y][:70] != self.shown[y][:70] for y in range(2, 2 + TASKS))
        return Second(written, least_bytes(old, self.shown), changed)

    def seconds(self, count: int) -> list[Second]:
        """Let some seconds pass."""
        return [self.second() for _ in range(count)]


def picture(terminal: Terminal) -> dict[int, list[Char]]:
    """Return every cell that the terminal shows."""
    screen = terminal.screen
    return {y: [screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)}


@contextmanager
def watching(*options: str, settled: int = 130) -> Iterator[Watched]:
    """Run the app on twenty tasks until each has been answered twice."""
    # Tests that run side by side are told a size by environment, which the screen would take for the terminal's.
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "COLUMNS", "LINES"))
    }
    environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    argv = [sys.executable, "-m", "tests.stepped", str(TASKS), "1", *options]
    with Terminal(argv, environ=environ) as terminal:
        terminal.until(lambda _: MARK in terminal.output, "the first picture", limit=60)
        watched = Watched(terminal, picture(terminal))
        watched.seconds(settled)
        yield watched


@pytest.fixture(scope="module")
def run() -> Iterator[tuple[Watched, list[Second]]]:
    """Two minutes at the screen, and the app after them."""
    with watching() as watched:
        yield watched, watched.seconds(120)


def test_a_second_without_an_answer_costs_the_clock_alone(run: tuple[Watched, list[Second]]) -> None:
    """At most 100 bytes."""
    quiet = [second for second in run[1] if not second.rows_changed]
    assert len(quiet) > 30
    assert max(len(second.written) for second in quiet) <= 100


def test_an_answer_costs_little_more_than_the_cells_that_it_changes(run: tuple[Watched, list[Second]]) -> None:
    """Five figures and a time of one row: at most one and a half times the least bytes that there are."""
    answers = [second for second in run[1] if second.rows_changed == 1]
    assert len(answers) > 5
    assert max(second.waste for second in answers) <= MOST_WASTE


def test_a_round_of_answers_costs_little_more_than_its_cells(run: tuple[Watched, list[Second]]) -> None:
    """All tasks in the course of a minute, and all in one second but those that were asked for a moment ago."""
    watched, seconds = run
    assert sum(len(one.written) for one in seconds) <= MOST_WASTE * sum(one.minimum for one in seconds)
    os.write(watched.terminal.fd, b"R")
    watched.terminal.until(lambda text: "Asking" in text, "the answer to the key")
    at_once = watched.second()
    assert at_once.rows_changed >= TASKS * 3 // 4
    assert at_once.waste <= MOST_WASTE


def test_the_screen_is_painted_once_a_second_at_most(run: tuple[Watched, list[Second]]) -> None:
    """However many answers the second brings."""
    assert max(second.rows_changed for second in run[1]) > 1
    assert all(second.written.count(FRAME_END) == 1 for second in run[1])


def test_a_thin_screen_writes_nothing_until_a_minute_has_passed() -> None:
    """At most 10 bytes a second while nothing is answered, the minute's turn included."""
    with watching("thin") as watched:
        quiet = [second for second in watched.seconds(120) if not second.rows_changed]
    assert len(quiet) > 30
    assert sum(len(second.written) for second in quiet) / len(quiet) <= 10
    assert sum(not second.written for second in quiet) >= len(quiet) - 2
