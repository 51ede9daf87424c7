"""The program and the terminal when one of them is taken away."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.terminal import Terminal, shows_six_tasks

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]


def demo(tmp_path: Path) -> Terminal:
    environ = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    terminal = Terminal([sys.executable, "-m", "omstui", "--demo"], environ=environ)
    terminal.until(shows_six_tasks, "the six tasks")
    return terminal


@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_terminal_that_has_gone_takes_the_program_along(is_ignored: bool, tmp_path: Path) -> None:
    """Also where SIGHUP is ignored, as under nohup: else its reader would spin for ever."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN) if is_ignored else None
    try:
        terminal = demo(tmp_path)
    finally:
        if before is not None:
            signal.signal(signal.SIGHUP, before)
    os.close(terminal.fd)
    end = time.monotonic() + 20
    while (done := os.waitpid(terminal.pid, os.WNOHANG))[0] == 0:
        assert time.monotonic() < end, "it lives on without a terminal"
        time.sleep(0.05)
    assert os.waitstatus_to_exitcode(done[1]) == 129
