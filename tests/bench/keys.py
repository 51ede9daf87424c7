"""The time from a key to its effect on the terminal, beside the smallest app's."""

import random
from collections.abc import Callable, Iterator

from tests.bench.watched import Watched

_LIST, _FIRST_ROW = range(5, 30), 2
_ROWS = 20
_PAUSES = 0.01, 0.05
"""Seconds between two keys, least and most."""


def cursor(watched: Watched, count: int) -> Iterator[float]:
    """Move the cursor down and up again."""
    marked = watched.looks(range(_FIRST_ROW, _FIRST_ROW + 1), _LIST)[0][1]
    place = 0

    def has_moved() -> bool:
        row = _FIRST_ROW + place
        return watched.looks(range(row, row + 1), _LIST)[0][1] == marked

    for number in range(count):
        is_down = (number // (_ROWS - 1)) % 2 == 0
        place += 1 if is_down else -1
        yield watched.latency("down" if is_down else "up", has_moved, "the cursor")
    for _ in range(place):
        watched.press("up")


def month(watched: Watched, count: int) -> Iterator[float]:
    """Step to the month before and back."""
    for number in range(count):
        if number % 2 == 0:
            yield watched.latency("[", lambda: "PAST MONTH" in watched.text, "the month before")
        else:
            yield watched.latency("]", lambda: "PAST MONTH" not in watched.text, "the current month")
    if count % 2:
        watched.press("]")


def typing(watched: Watched, count: int) -> Iterator[float]:
    """Filter the list, a character at a time, and take them away again."""
    watched.press("/")
    word, typed = "task-00", ""
    grows = True
    for _ in range(count):
        grows = not typed or (grows and typed != word)
        key = word[len(typed)] if grows else "\x7f"
        typed = word[: len(typed) + (1 if grows else -1)]
        yield watched.latency(key, lambda: f" / {typed}_" in watched.text, "the filter")  # noqa: B023 - looked at at once
    watched.press("escape", "escape")


def picker(watched: Watched, count: int) -> Iterator[float]:
    """Move through the months of the picker."""
    watched.press("m")
    watched.leave_alone(0.5)
    rows, columns = range(4, 30), range(20, 100)
    before = watched.looks(rows, columns)

    def has_moved() -> bool:
        return watched.looks(rows, columns) != before

    for number in range(count):
        before = watched.looks(rows, columns)
        yield watched.latency("\x1b[D" if number % 2 == 0 else "\x1b[C", has_moved, "the picker's mark")
    watched.press("escape")


KINDS: dict[str, Callable[[Watched, int], Iterator[float]]] = {
    "cursor": cursor, "month step": month, "filter typing": typing, "picker": picker,
}  # fmt: skip


class FloorKeys:
    """Presses keys in the smallest app."""

    def __init__(self, floor: Watched) -> None:
        self._floor, self._presses = floor, 0

    def latency(self) -> float:
        """Press one, and return the seconds until the app shows it."""
        self._presses += 1
        return self._floor.latency("x", lambda: f"floor {self._presses}" in self._floor.text, "the smallest app's key")


def latencies(watched: Watched, floor: FloorKeys, kind: str, count: int, seed: int) -> list[tuple[float, float]]:
    """Press keys by turns in the program and in the smallest app, at odd moments; return the seconds of both."""
    chance = random.Random(seed)
    took = []
    for seconds in KINDS[kind](watched, count):
        watched.leave_alone(chance.uniform(*_PAUSES))
        took.append((seconds, floor.latency()))
        watched.leave_alone(chance.uniform(*_PAUSES))
    return took


def quantile(seconds: list[float], share: float) -> float:
    """Return the time within which this share of the keys showed, in milliseconds."""
    return 1000 * sorted(seconds)[int(share * (len(seconds) - 1))]
