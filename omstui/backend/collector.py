"""Python's collector of garbage, told what a program that is left open for weeks is like."""

import gc

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
