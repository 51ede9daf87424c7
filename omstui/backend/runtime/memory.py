"""Settings of the C library's heap and of Python's garbage collector for a program that runs for weeks."""

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes


_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The options of mallopt(3)."""

_LARGE = 128 * 1024
"""Bytes; with what the GNU C library takes for large at first."""

_FREE_AT_THE_END = 256 * 1024
"""Bytes; giving less than this back is not worth a call to the system."""


def keep_heap_whole() -> None:
    """Have the GNU C library keep no more memory than is in use; call it before there are threads.

    By itself it gives large blocks memory of their own, which the system gets back when they are freed, but learns from
    each one that is freed to put others of that size between the small ones. asyncio reads into 256 KiB each time, so
    that after one long answer the heap tears: of 35 MB, 22 were free after 18,000 answers. And each thread gets a heap
    of its own, though only one of them can make Python objects at a time.
    """
    if (library := _gnu_library()) is not None:
        for option, value in (
            (_MMAP_THRESHOLD, _LARGE),
            (_TRIM_THRESHOLD, _FREE_AT_THE_END),
            (_ARENA_MAX, 1),
        ):
            library.mallopt(option, value)


def give_back_what_is_free() -> None:
    """Have the GNU C library give all free pages back to the system, also those between blocks in use."""
    if (library := _gnu_library()) is not None:
        library.malloc_trim(0)


def _gnu_library() -> "ctypes.CDLL | None":
    """Return the C library if it can be told; others, such as musl's, learn nothing."""
    if sys.platform != "linux":
        return None
    import ctypes  # not needed before the first picture

    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


_FEW = 2_000
"""New objects that make it worth looking for garbage; by default 700, which a single picture reaches.

Each line that Textual draws is garbage that only the collector finds: ten thousand are two megabytes.
"""

_SOON = 5
"""After so many looks those things are looked at again that have lived through them, and so once more.

By default 10: what belonged to a closed dialog would wait long, and ten megabytes with it.
"""


def leave_alone_what_is_there() -> None:
    """Have the collector pass over all objects that there are now.

    Nearly all of them stay to the end; to look through them takes tens of milliseconds, in which no key is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_FEW, _SOON, _SOON)
