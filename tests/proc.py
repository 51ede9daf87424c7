"""What the kernel knows of a running process, by `/proc`."""

import os
from pathlib import Path

IS_THERE = Path("/proc/self/statm").exists()


def cpu_seconds(pid: int) -> float:
    """Return the time that all its threads have used so far, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the memory that it holds, in 10⁶ bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors(pid: int) -> int:
    """Return how many files, sockets and pipes it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    """Return how many threads it has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
