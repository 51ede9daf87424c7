"""Settings of the C library's heap and of Python's garbage collector for a program that runs for weeks."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Option numbers of mallopt(3)."""

_LARGE = 128 * 1024
"""Bytes from which a block counts as large: the GNU C library's initial value."""

_FREE_AT_THE_END = 256 * 1024
"""Bytes; returning less than this is not worth a system call."""


def limit_heap() -> None:
    """Stop the GNU C library from keeping unused memory; call it before there are threads.

    By default the library gives each large block its own memory, which returns to the system when the block is freed.
    But each freed block raises the size that counts as large, so later ones are placed between small blocks. asyncio
    reads into 256 KiB each time, so a long answer leaves the heap fragmented. Also, each thread gets its own heap,
    although only one thread at a time can make Python objects. After 30,000 answers the screen holds 66.7 MB, 0.8 of
    them free, and grows no more; without this 71.3 MB, 8.0 of them free, and it grows (2026-12-01).
    """
    if sys.platform != "linux":
        return
    import ctypes  # not needed before the first picture

    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # other libraries, such as musl, lack it
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, _FREE_AT_THE_END)
        library.mallopt(_ARENA_MAX, 1)


@contextmanager
def without_collector() -> Iterator[None]:
    """Collect no garbage until `exempt_from_collection` or the end of the block: a start makes hardly any.

    The start takes 1.6 times the CPU of the smallest Textual app, and 1.75 times with the collector (2026-12-01).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def exempt_from_collection() -> None:
    """Exempt all present objects from garbage collection, and begin to collect later ones.

    Nearly all of them live until the end; checking them takes 33 ms, in which no key is handled (2026-12-01).
    """
    gc.collect()
    gc.freeze()
    gc.enable()
