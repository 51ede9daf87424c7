"""No core file holds a secret."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

UNHIDDEN = """
import ctypes
from omstui.backend.core_files import hide_memory
library = ctypes.CDLL(None)
before = library.prctl(3, 0, 0, 0, 0)
hide_memory()
print(before, library.prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.parametrize("signal_number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_killed_command_leaves_no_core_file(tmp_path: Path, signal_number: signal.Signals) -> None:
    """Although it was started with `ulimit -c unlimited`; it waits for its secret when it is killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    argv = [sys.executable, "-m", "omstui", "login", "lab", "--region", "cn-north-4", "--project-id", "0a"]
    with subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -S -c "$(ulimit -H -c)" && exec "$@"', "sh", *argv, "--secret-stdin"],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
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


def test_the_memory_of_the_screen_is_hidden_from_programs_that_take_core_dumps() -> None:
    run = subprocess.run([sys.executable, "-c", UNHIDDEN], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.split() == ["1", "0"]


def _wait_until_it_reads(run: "subprocess.Popen[bytes]") -> None:
    """Wait until the command reads its standard input: it takes what is given, and waits for the rest."""
    stdin = run.stdin
    assert stdin is not None
    from fcntl import ioctl
    from struct import unpack
    from termios import FIONREAD

    from tests.proc import wait_for

    stdin.write(b"MII")
    stdin.flush()
    wait_for(lambda: unpack("i", ioctl(stdin.fileno(), FIONREAD, bytes(4)))[0] == 0, "the command to read", 60)
