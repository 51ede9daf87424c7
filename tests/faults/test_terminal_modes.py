"""The terminal is as it was, however the program ends: its line discipline, and what escape sequences switch on."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.modes import ModernTerminal, private_modes
from tests.terminal import shows_six_tasks

pytestmark = [
    pytest.mark.fault("R6"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]


def environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def demo(tmp_path: Path) -> ModernTerminal:
    terminal = ModernTerminal([sys.executable, "-m", "omstui", "--demo"], environ=environ(tmp_path))
    terminal.until(shows_six_tasks, "the six tasks")
    assert {"1049", "1000", "1003", "1006", "1016", "2004", "2048", "keys", "25", "7"} <= private_modes(
        terminal.output
    ).keys()
    return terminal


def gone(terminal: ModernTerminal) -> int:
    """Wait for the end, and take over the last that was written."""
    code = terminal.wait(30)
    for _ in range(5):
        terminal.pump()
    return code


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (None, 0)]
)
def test_a_signal_or_q_leaves_the_terminal_as_it_was(
    number: int | None, code: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with demo(tmp_path) as terminal:
        begun = time.monotonic()
        if number is None:
            terminal.press("q")
        else:
            os.kill(terminal.pid, number)
        assert gone(terminal) == code
        name = "q" if number is None else signal.Signals(number).name
        figure(f"{name}: exit {code}, modes diff {len(terminal.differences())}")
        assert time.monotonic() - begun < 20
        assert terminal.differences() == []
        assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("where", ["timer", "worker", "handler", "widget", "transport"])
def test_a_crash_leaves_the_terminal_as_it_was(where: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """A request that fails is no crash: the screen lives on until the user leaves."""
    argv = [sys.executable, "-m", "tests.crashing", where, str(tmp_path)]
    with ModernTerminal(argv, environ=environ(tmp_path)) as terminal:
        if where == "transport":
            terminal.until(lambda text: "internal error" in text, "the error on a row")
            terminal.press("q")
        code = gone(terminal)
        assert (code == 0) == (where == "transport")
        figure(f"crash in {where}: exit {code}, modes diff {len(terminal.differences())}")
        assert terminal.differences() == []


@pytest.mark.parametrize("how", ["python", "c"])
def test_a_blocked_main_thread_cannot_hold_it_up(how: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Also where no Python code of the main thread runs any more, as in a library that takes its time."""
    began = tmp_path / "began"
    argv = [sys.executable, "-m", "tests.faults.blocked", how, str(began)]
    with ModernTerminal(argv, environ=environ(tmp_path)) as terminal:
        terminal.until(lambda _: began.exists(), "the blocked thread")
        sent = time.monotonic()
        os.kill(terminal.pid, signal.SIGTERM)
        assert gone(terminal) == 143
        figure(f"blocked in {how}: gone after {time.monotonic() - sent:.1f} s, modes diff 0")
        assert terminal.differences() == []


def test_a_second_signal_ends_it_at_once_and_in_order(tmp_path: Path) -> None:
    """Someone who presses ctrl+c twice at a program that hangs does not wait for the first."""
    began = tmp_path / "began"
    argv = [sys.executable, "-m", "tests.faults.blocked", "python", str(began)]
    with ModernTerminal(argv, environ=environ(tmp_path)) as terminal:
        terminal.until(lambda _: began.exists(), "the blocked thread")
        os.kill(terminal.pid, signal.SIGTERM)
        time.sleep(0.1)  # two signals of one moment are one
        os.kill(terminal.pid, signal.SIGINT)
        assert gone(terminal) == 130, "the second has ended it, before the first ran out of patience"
        assert terminal.differences() == []
