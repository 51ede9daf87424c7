"""Prevents core files, which would contain every secret in memory."""

import sys

_PR_SET_DUMPABLE = 4


def leave_no_core_file() -> None:
    """Set the limit of core files to 0 for this process and those that it starts."""
    try:
        import resource  # Windows has neither this module nor core files
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def hide_memory() -> None:
    """Hide this process's memory on Linux from core dump programs, debuggers and `/proc`, except for root.

    A program that receives core dumps through a pipe gets them whatever the limit is.
    """
    if sys.platform != "linux":
        return
    import ctypes  # the demo does not need it

    if hasattr(library := ctypes.CDLL(None), "prctl"):
        library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
