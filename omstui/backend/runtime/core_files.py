"""Core files, which would hold every secret that is in memory."""

import sys

_PR_SET_DUMPABLE = 4


def leave_no_core_file() -> None:
    """Have the system write no core file of this process and of those that it starts, whatever limit it inherits."""
    try:
        import resource  # Windows has none, and no core files either
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def hide_memory() -> None:
    """Have Linux keep this process's memory from core dump programs, debuggers and `/proc`, but for root.

    A program that takes core dumps through a pipe gets them whatever the limit is.
    """
    if sys.platform != "linux":
        return
    import ctypes  # the demo does without

    if hasattr(library := ctypes.CDLL(None), "prctl"):
        library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
