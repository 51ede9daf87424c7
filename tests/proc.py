"""What Linux knows of a running process, by `/proc`."""

import os
import time
from collections.abc import Callable
from pathlib import Path

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
