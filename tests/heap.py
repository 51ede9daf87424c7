"""What the GNU C library tells of this process's own heap."""

import ctypes
import sys
from dataclasses import dataclass

_NAMES = (
    "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
)  # fmt: skip


class _Info(ctypes.Structure):
    """`struct mallinfo2` of mallinfo(3)."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _NAMES)


@dataclass(frozen=True, slots=True)
class Heap:
    """The heap at one moment."""

    used: int
    """Bytes in use."""

    spare: int
    """Bytes that are free and kept all the same."""

    apart: int
    """How many blocks have memory of their own, which goes back to the system when they are freed."""


IS_TOLD = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallinfo2")
"""Whether the library is one that tells, as glibc does since 2.33."""


def heap() -> Heap:
    """Return how the heap is now."""
    look = ctypes.CDLL(None).mallinfo2
    look.restype = _Info
    info = look()
    return Heap(used=info.uordblks, spare=info.fordblks, apart=info.hblks)
