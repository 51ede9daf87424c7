"""Nobody types: the reader of keys rests until somebody does."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from textual import events

from tests.terminal import Terminal, shows_six_tasks

if sys.platform == "win32":
    pytest.skip("needs a terminal as Unix has it", allow_module_level=True)

from omstui.ui.terminal.resting_driver import _LONGEST_REST, _LOOK, _LOOKS_BEFORE_REST, RestingDriver, _EndOfInput

pytestmark = pytest.mark.slow

PATIENCE = 10.0
SLEEPY = 20
"""Looks, of one that never rests in fewer than two seconds."""


class Reader(threading.Thread):
    """Looks for input as Textual's reader does."""

    def __init__(self, terminal: int) -> None:
        super().__init__(daemon=True)
        self.end = _EndOfInput(terminal, time.monotonic)
        self.terminal = terminal
        self.looks = 0
        self.read = b""

    def run(self) -> None:
        import select

        self.end.is_asked_by_this_thread()
        while not self.end.is_set():
            self.looks += 1
            if select.select([self.terminal], [], [], _LOOK)[0]:
                self.read += os.read(self.terminal, 64)

    def until_it_rests(self) -> None:
        end, before = time.monotonic() + PATIENCE, -1
        while self.looks != before:
            assert time.monotonic() < end, "it never rests"
            before = self.looks
            time.sleep(4 * _LOOK)


@pytest.fixture
def typed() -> Iterator[tuple[Reader, int]]:
    terminal, keyboard = os.pipe()
    reader = Reader(terminal)
    reader.start()
    yield reader, keyboard
    reader.end.set()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    reader.end.close()
    os.close(terminal)
    os.close(keyboard)


def until(reader: Reader, wanted: bytes) -> None:
    end = time.monotonic() + PATIENCE
    while reader.read != wanted:
        assert time.monotonic() < end, f"it read {reader.read!r}"
        time.sleep(0.01)


def test_the_reader_rests_after_a_few_looks_in_vain(typed: tuple[Reader, int]) -> None:
    reader, _ = typed
    reader.until_it_rests()
    looks = reader.looks
    assert looks >= _LOOKS_BEFORE_REST
    time.sleep(_LONGEST_REST / 2)
    assert reader.looks - looks <= _LOOKS_BEFORE_REST


def test_input_ends_the_rest(typed: tuple[Reader, int]) -> None:
    """And it is looked often again for as long as half a key may be there."""
    reader, keyboard = typed
    for wanted in (b"a", b"ab", b"abc"):
        reader.until_it_rests()
        looks, began = reader.looks, time.monotonic()
        os.write(keyboard, wanted[-1:])
        until(reader, wanted)
        assert time.monotonic() - began < _LONGEST_REST
        while reader.looks < looks + _LOOKS_BEFORE_REST:
            assert time.monotonic() - began < PATIENCE
            time.sleep(0.01)


def test_the_end_ends_the_rest_each_time(typed: tuple[Reader, int]) -> None:
    """Suspending the program ends one reader, and going on begins another."""
    reader, keyboard = typed
    reader.until_it_rests()
    reader.end.set()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    reader.end.clear()
    assert not reader.end.is_set()
    again = Reader(reader.terminal)
    again.end = reader.end
    again.start()
    again.until_it_rests()
    os.write(keyboard, b"x")
    until(again, b"x")
    again.end.set()
    again.join(PATIENCE)
    assert not again.is_alive()


def test_nobody_but_the_reader_is_kept_waiting() -> None:
    """Who ends the reading asks first whether it has ended."""
    terminal, keyboard = os.pipe()
    end = _EndOfInput(terminal, time.monotonic)
    for _ in range(2 * _LOOKS_BEFORE_REST):
        assert not end.is_set()
    end.close()
    end.set()  # after everything has been closed, as when a crash ends it all
    os.close(terminal)
    os.close(keyboard)


def switches(pid: int) -> dict[int, int]:
    """Count how often each thread but the main one has begun to wait."""
    counts: dict[int, int] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        if int(task.name) != pid:
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines() if ":" in line)
                counts[int(task.name)] = int(status["voluntary_ctxt_switches"])
    return counts


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_textual_reads_keys_by_way_of_the_resting_driver(tmp_path: Path) -> None:
    """In three seconds without a key Textual's own reader looks thirty times; a key acts all the same."""
    environ = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    argv = [sys.executable, "-m", "omstui", "--demo", "--thin"]
    with Terminal(argv, environ=environ) as terminal:
        terminal.until(shows_six_tasks, "the six tasks")
        end = time.monotonic() + 1
        while time.monotonic() < end:
            terminal.pump()
        before, end = switches(terminal.pid), time.monotonic() + 3
        while time.monotonic() < end:
            terminal.pump()
        after = switches(terminal.pid)
        assert max(count - before.get(thread, 0) for thread, count in after.items()) < SLEEPY
        terminal.press("f1")
        terminal.until(lambda text: "Next task" in text, "the list of keys")
        terminal.press("escape")
        terminal.until(lambda text: "Next task" not in text, "the list of tasks")
        terminal.press("q")
        assert terminal.wait() == 0


class Told:
    """Stands for the app, and keeps what it is told."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def post_message(self, event: events.Resize) -> None:
        self.sizes.append((event.size.width, event.size.height))


class Resized(RestingDriver):
    """Of a terminal that is resized again in the moment in which its size is looked at."""

    sizes = ((1, 1), (2, 2))
    looks = 0

    def _get_terminal_size(self) -> tuple[int, int]:
        size = self.sizes[min(self.looks, len(self.sizes) - 1)]
        self.looks += 1
        if self.looks == 1:
            signal.raise_signal(signal.SIGWINCH)
        return size


async def test_the_size_that_is_told_last_is_the_one_that_the_terminal_has() -> None:
    """A signal interrupts whatever is going on, the handler of the signal before it too."""
    told, before = Told(), signal.getsignal(signal.SIGWINCH)
    driver = Resized(told)  # type: ignore[arg-type]  # all that is asked of it
    try:
        driver._hear_of_sizes()
        signal.raise_signal(signal.SIGWINCH)
        for _ in range(10):
            await asyncio.sleep(0)
        assert told.sizes == [(1, 1), (2, 2)]
        driver._in_band_window_resize = True  # the terminal tells by itself
        signal.raise_signal(signal.SIGWINCH)
        await asyncio.sleep(0.01)
        assert told.sizes == [(1, 1), (2, 2)]
    finally:
        signal.signal(signal.SIGWINCH, before)
        driver.close()
