"""Holds properties against generated values, and counts them: the fault table tells how many."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import given
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def tried(values: SearchStrategy[T], check: Callable[[T], None]) -> int:
    """Check a property, which asserts what must hold, with many values; return with how many."""
    count = 0

    @given(values)
    def holds(value: T) -> None:
        nonlocal count
        count += 1
        check(value)

    holds()
    return count
