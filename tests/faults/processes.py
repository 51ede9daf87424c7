"""What the system says of a running process (Linux)."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and all its threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def written_bytes(pid: int) -> int:
    """Return how much a process has written so far, to whatever."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


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
