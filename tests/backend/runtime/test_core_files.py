"""No core file holds a secret."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import proc
from tests.faults.starting import OMSTUI, configure, environment
from tests.terminal import Terminal, shows_six_tasks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.promise(4)
@pytest.mark.fault("R36")
@pytest.mark.parametrize("signal_number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_killed_command_leaves_no_core_file(
    tmp_path: Path, signal_number: signal.Signals, figure: Callable[[str], None]
) -> None:
    """Although it was started with `ulimit -c unlimited`; it waits for its secret when it is killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    argv = [sys.executable, "-m", "omstui", "login", "lab", "--region", "cn-north-4", "--project-id", "0a"]
    with subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -S -c "$(ulimit -H -c)" && exec "$@"', "sh", *argv, "--secret-stdin"],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        _wait_until_it_reads(run)
        limits = Path(f"/proc/{run.pid}/limits").read_text()
        run.send_signal(signal_number)
        assert run.wait(60) == -signal_number
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4] == "0"
    assert line.split()[5] == ("unlimited" if hard == resource.RLIM_INFINITY else str(hard))
    assert not list(tmp_path.glob("core*"))
    figure(f"{signal_number.name}: limit 0, 0 core files")


@pytest.mark.slow
@pytest.mark.fault("R36")
@pytest.mark.parametrize(
    "argv",
    [[], ["watch", "--jsonl"], ["login", "lab", "--secret-stdin"]],
    ids=["screen", "watch", "login"],
)
def test_the_memory_of_what_holds_a_secret_is_hidden_from_other_programs(tmp_path: Path, argv: list[str]) -> None:
    """From debuggers, `/proc`, and those that take core dumps; the demo's, which has no secrets, is not."""
    configure(tmp_path, "http://127.0.0.1:1")
    environ = environment(tmp_path, OMSTUI_TOKEN="MIIsecret")
    with Terminal([*proc.AS_A_USER, *OMSTUI, *argv], environ=environ) as terminal:
        proc.wait_for(lambda: proc.is_hidden(terminal.pid), "hidden memory", 20)
    with Terminal([*proc.AS_A_USER, *OMSTUI, "--demo"], environ=environ) as terminal:
        terminal.until(shows_six_tasks, "the tasks")
        assert not proc.is_hidden(terminal.pid)


def _wait_until_it_reads(run: "subprocess.Popen[bytes]") -> None:
    """Wait until the command reads its standard input: it takes what is given, and waits for the rest."""
    stdin = run.stdin
    assert stdin is not None
    from fcntl import ioctl
    from struct import unpack
    from termios import FIONREAD

    stdin.write(b"MII")
    stdin.flush()
    proc.wait_for(lambda: unpack("i", ioctl(stdin.fileno(), FIONREAD, bytes(4)))[0] == 0, "the command to read", 60)
