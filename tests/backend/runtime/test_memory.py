"""How the C library's heap holds what is large, seen in processes of their own: it learns for good."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.heap import IS_TOLD

pytestmark = pytest.mark.skipif(not IS_TOLD, reason="only the GNU library learns, and tells")

_ROOT = Path(__file__).parents[3]
_LOOKING = """
from omstui.backend.runtime.memory import limit_heap
from tests.heap import heap
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
    assert said("limit_heap(); bytes(2_097_152); print(blocks_apart())") == "1"


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

limit_heap()
print(spare_after_threads())
"""
    assert said(script) == "False"
    assert said(script.replace("\nlimit_heap()", "")) == "True"
