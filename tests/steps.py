"""Counts the work that a call takes, where the time that it takes would depend on the machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(call: Callable[[], object]) -> int:
    """Return how many lines of Python the call runs, each as often as it is run."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def is_linear(work: Callable[[int], Callable[[], object]], size: int = 100) -> bool:
    """Whether four times the size takes at most about four times the steps; `work` prepares a call of a size."""
    return steps(work(4 * size)) < 5 * steps(work(size))
