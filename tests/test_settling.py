"""What the real screen does for its memory, once it stands."""

import json
import sys
import time
from pathlib import Path

import pytest

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


def test_the_screen_collects_garbage_once_it_has_started(tmp_path: Path) -> None:
    """A start without the collector takes less; `omstui.backend.runtime.memory` says how much."""
    told = tmp_path / "told"
    with Terminal([sys.executable, "-c", _DEMO, "--demo", str(told)]) as terminal:
        end = time.monotonic() + 30.0
        while not told.exists():
            assert time.monotonic() < end, terminal.text
            terminal.pump()
        assert json.loads(told.read_text()) == [False, True]
