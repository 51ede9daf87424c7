"""What Linux knows of a running process, by `/proc`."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_WITHOUT_PTRACE = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 19, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_SYS_PTRACE
os.execvp(sys.argv[1], sys.argv[1:])
"""
AS_A_USER = (sys.executable, "-c", _WITHOUT_PTRACE)
"""Goes before a command, which then may look into processes as far as any user may, also when it is root's."""

IS_THERE = Path("/proc/self/statm").exists()


def cpu_seconds(pid: int) -> float:
    """Return the time that all its threads have used so far, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return the memory that it holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def resident_mb(pid: int) -> float:
    """Return the memory that it holds, in 10⁶ bytes."""
    return resident_bytes(pid) / 1e6


def written_bytes(pid: int) -> int:
    """Return how much it has written so far, to whatever."""
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


def descriptors(pid: int) -> int:
    """Return how many files, sockets and pipes it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    """Return how many threads it has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def is_hidden(pid: int) -> bool:
    """Whether a process, started `AS_A_USER`, keeps other programs of its user from its memory."""
    run = subprocess.run([*AS_A_USER, "cat", f"/proc/{pid}/io"], capture_output=True, timeout=60, check=False)
    assert not run.returncode or b"Permission denied" in run.stderr, run.stderr
    return bool(run.returncode)


def is_alive(pid: int) -> bool:
    """Whether a process, of whatever parent, still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(is_so: Callable[[], bool], what: str, limit: float = 30.0) -> float:
    """Wait until something is so; return the seconds that it took."""
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < limit, f"waited in vain for {what}"
        time.sleep(0.01)
    return time.monotonic() - start
