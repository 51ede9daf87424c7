"""The ssh client is killed: the program at the other end notices, keeps what was changed, and is gone."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.session import IDS, TOKEN, configure, home_environ, session
from tests.faults.ssh_server import SshServer
from tests.plain_oms import PlainOms
from tests.proc import cpu_seconds, is_alive
from tests.terminal import Terminal, shows_six_tasks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc")


def answer(sync_task_id: str, query_time: int) -> tuple[int, Any]:
    return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": query_time % 1000}


@pytest.mark.parametrize(
    "trap",
    [
        pytest.param(":", marks=pytest.mark.fault("R1"), id="heeded"),
        pytest.param("", marks=pytest.mark.fault("R2"), id="ignored"),
    ],
)
def test_a_killed_client_takes_the_program_along(
    trap: str, sshd: SshServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Within five seconds, in order, with the exit code of SIGHUP, and without spinning; what was changed is kept."""
    with PlainOms(answer, TOKEN) as oms:
        watchlist = configure(tmp_path, oms)
        with session(sshd, tmp_path, trap=trap) as run:
            run.client.press("D")
            run.client.until(lambda text: "Removed" in text, "the removal")
            used = before = cpu_seconds(run.pid)
            os.kill(run.client.pid, signal.SIGKILL)
            lost = time.monotonic()
            while is_alive(run.pid):
                assert time.monotonic() - lost < 30, "it lives on without a terminal"
                try:
                    used = cpu_seconds(run.pid)
                except (FileNotFoundError, ProcessLookupError):
                    break
                time.sleep(0.005)
            seconds = time.monotonic() - lost
            assert run.exit_code == 129
            figure(f"gone after {seconds:.1f} s, in order, exit 129, {used - before:.2f} CPU s after the loss")
            assert run.has_ended_in_order
            assert seconds < 5
            assert used - before < 2
    assert IDS[0] not in watchlist.read_text()
    assert IDS[1] in watchlist.read_text()


def test_the_many_hang_ups_of_one_loss_do_not_cut_the_end_short(tmp_path: Path) -> None:
    """The system, the shell and a session manager may each send their own; no person does."""
    argv = [sys.executable, "-m", "tests.faults.noted", str(tmp_path), "--demo"]
    with Terminal(argv, environ={**home_environ(tmp_path), "NOTED_LINGERS": "0.3"}) as terminal:
        terminal.until(shows_six_tasks, "the six tasks")
        while is_alive(terminal.pid):
            os.kill(terminal.pid, signal.SIGHUP)
            terminal.pump(0.01)
        assert terminal.wait() == 129
        assert (tmp_path / "in-order").exists()
