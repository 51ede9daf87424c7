"""What the program's memory is made of, counted where that is the same every time."""

import functools
import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from textual.cache import FIFOCache, LRUCache

from tests.heap import IS_TOLD, heap

_DRAWING = ("textual", "rich")
_OF_A_PICTURE = (*_DRAWING, "omstui.ui", "builtins", "weakref", "fractions")


@dataclass(frozen=True, slots=True)
class Count:
    """The program at rest: no dialog is open, and what is kept only to be quick is let go of."""

    blocks: int
    """Pieces of memory that Python's objects take."""

    things: int
    """Objects that are neither Python's own nor for drawing: answers, requests, tasks, events."""

    spare: int
    """Bytes that the C library keeps free; 0 where it does not tell."""


def count() -> Count:
    """Count within the program itself."""
    for cached in _caches():
        cached.cache_clear()
    for one in gc.get_objects():
        if isinstance(one, LRUCache | FIFOCache):
            one.clear()
    gc.collect()
    things = sum(not type(one).__module__.startswith(_OF_A_PICTURE) for one in gc.get_objects())
    return Count(sys.getallocatedblocks(), things, heap().spare if IS_TOLD else 0)


def _caches() -> Iterator["functools._lru_cache_wrapper[object]"]:
    """Find what is remembered in order to draw quickly: up to its limit it grows with whatever is drawn anew."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in _DRAWING and not name.startswith("omstui.ui."):
            continue
        for thing in list(vars(module).values()):
            if isinstance(thing, functools._lru_cache_wrapper):
                yield thing
            elif isinstance(thing, type):
                for inner in list(vars(thing).values()):
                    function = getattr(inner, "fget", None) or getattr(inner, "__func__", inner)
                    if isinstance(function, functools._lru_cache_wrapper):
                        yield function
