"""Settings of Python's garbage collector for a program that runs for weeks."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Collect no garbage until `exempt_from_collection` or the end of the block: a start makes hardly any.

    The screen stands after 1.6 times the smallest app's CPU, and after 1.75 times with the collector (2026-12-01).
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
