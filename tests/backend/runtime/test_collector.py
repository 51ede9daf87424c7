"""When garbage is looked for, seen in a process of its own: it is a setting of the whole process."""

import subprocess
import sys

import pytest

_MAKING = """
import gc, weakref
from omstui.backend.runtime.memory import leave_alone_what_is_there

class Dialog:
    def __init__(self):
        self.parts = [[self] for _ in range(5_000)]

def made_until_gone(passes):
    dialog = Dialog()
    gone = []
    told = weakref.ref(dialog, gone.append)  # to ask it would hold the dialog just when 3.12 and 3.13 look
    kept = [[] for _ in range(passes)]  # it lives through as many looks as these make
    del dialog
    made = 0
    while not gone and made < 2_000_000:
        kept.append([])
        made += 1
    return made

leave_alone_what_is_there()
"""


def said(script: str) -> int:
    argv = [sys.executable, "-c", _MAKING + script]
    return int(subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout)


def test_what_is_short_lived_does_not_pile_up() -> None:
    """Each line that Textual draws is garbage that only the collector finds."""
    script = """
class Line:
    def __init__(self):
        self.parts = [self]

lines = [weakref.ref(Line()) for _ in range(20_000)]
print(sum(line() is not None for line in lines))
"""
    assert said(script) < 1_000


@pytest.mark.parametrize("passes", [0, 15_000, 120_000, 150_000])
def test_a_closed_dialog_does_not_wait_long_to_be_let_go_of(passes: int) -> None:
    """However long it was open; by default it may be a million new objects later."""
    assert said(f"print(made_until_gone({passes}))") < 200_000
