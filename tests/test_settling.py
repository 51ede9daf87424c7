"""What the real screen does for its memory, once it stands."""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.heap import IS_TOLD
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

_DEMO = """
import gc, json, sys, threading, time
from pathlib import Path

def tell():
    while "textual.app" not in sys.modules:
        time.sleep(0.01)
    was_enabled = gc.isenabled()
    while not gc.get_freeze_count():
        time.sleep(0.05)
    time.sleep(0.5)
    place.with_suffix(".new").write_text(json.dumps([was_enabled, gc.isenabled()]))
    place.with_suffix(".new").rename(place)

place = Path(sys.argv.pop())
threading.Thread(target=tell, daemon=True).start()
from omstui.__main__ import main
main()
"""


def heaps_of_threads(pid: int) -> int:
    """Count the heaps beside the first: for each the GNU library reserves 64 MiB, of which little is in use."""
    found = 0
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        span, rights, *_, last = line.split()
        begin, end = (int(part, 16) for part in span.split("-"))
        found += rights == "---p" and last == "0" and 48 << 20 < end - begin < 64 << 20
    return found


@pytest.mark.skipif(not IS_TOLD, reason="looks at what the GNU library reserves")
def test_the_screen_collects_garbage_once_it_has_started_and_its_threads_share_the_heap(tmp_path: Path) -> None:
    """A start without the collector takes less; `omstui.backend.runtime.memory` says how much."""
    told = tmp_path / "told"
    with Terminal([sys.executable, "-c", _DEMO, "--demo", str(told)]) as terminal:
        end = time.monotonic() + 30.0
        while not told.exists():
            assert time.monotonic() < end, terminal.text
            terminal.pump()
        assert json.loads(told.read_text()) == [False, True]
        assert heaps_of_threads(terminal.pid) <= 1  # the one of the thread that tells, begun before the program


_FULL_OF_HOLES = """
import sys
from omstui.backend.runtime import memory as heap
from omstui.ui.main import screen
from omstui.__main__ import main

given_back = heap.give_back_what_is_free

def tell():
    given_back()
    with open(place, "a") as told:
        told.write("x")

place = sys.argv.pop()
screen.AFRESH = 5
heap.give_back_what_is_free = tell
main()
"""


def test_the_screen_gives_back_again_and_again_what_is_free(tmp_path: Path) -> None:
    """Once when it stands, and then each time that it has let go of what was drawn."""
    told = tmp_path / "told"
    with Terminal([sys.executable, "-c", _FULL_OF_HOLES, "--demo", str(told)]) as terminal:
        end = time.monotonic() + 60.0
        while not told.exists() or len(told.read_text()) < 3:
            assert time.monotonic() < end, terminal.text
            terminal.pump()
