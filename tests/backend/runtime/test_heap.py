"""How the C library's heap holds what is large, seen in processes of their own: it learns for good."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.heap import IS_TOLD

pytestmark = pytest.mark.skipif(not IS_TOLD, reason="only the GNU library learns, and tells")

_ROOT = Path(__file__).parents[3]
_LOOKING = """
from omstui.backend.runtime.memory import give_back_what_is_free, keep_heap_whole
from tests.heap import heap
from tests.proc import resident_mb
import os
import threading

def blocks_apart():
    small = [bytes(100_000) for _ in range(20)]  # in the room that the start left free, more of it in some versions
    before = heap().apart
    read = bytes(262_144)  # as much as asyncio reads at once
    return heap().apart - before

bytes(1_048_576)
"""


def said(script: str) -> str:
    argv = [sys.executable, "-c", _LOOKING + script]
    return subprocess.run(argv, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_the_library_by_itself_learns_to_mix_large_blocks_with_small_ones() -> None:
    """Else there would be nothing to do about it."""
    assert said("print(blocks_apart())") == "0"


def test_large_blocks_stay_apart_whatever_was_freed_before_and_is_freed_later() -> None:
    """Apart they go back to the system as soon as they are free."""
    assert said("keep_heap_whole(); bytes(2_097_152); print(blocks_apart())") == "1"


def test_threads_share_the_heap() -> None:
    """Else each one that has ever run beside others leaves one behind."""
    script = """
def spare_after_threads():
    before = heap().spare
    all_here = threading.Barrier(9)
    threads = [threading.Thread(target=lambda: (bytes(60_000), all_here.wait())) for _ in range(8)]
    for thread in threads:
        thread.start()
    all_here.wait()
    for thread in threads:
        thread.join()
    return heap().spare - before > 500_000

keep_heap_whole()
print(spare_after_threads())
"""
    assert said(script) == "False"
    assert said(script.replace("\nkeep_heap_whole()", "")) == "True"


def test_what_is_free_between_the_blocks_in_use_is_given_back() -> None:
    """Thirty megabytes that were read and let go of, each piece beside a small one that is kept."""
    script = """
both = [(bytes(60_000), bytes(600)) for _ in range(500)]
kept = [small for _, small in both]
del both
before = resident_mb(os.getpid())
give_back_what_is_free()
print(before - resident_mb(os.getpid()) > 20)
"""
    assert said(script) == "True"
