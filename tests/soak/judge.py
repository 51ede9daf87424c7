"""What counts as flat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import linear_regression

from tests.soak.weeks import Reading, Weeks

_WARM_UP = 0.3
"""The share of the run in which the program finds its size."""

_SHORT_RUN = 3.0
"""MB by which the program may grow in any case: short runs end before every cache of a drawing library is full."""


_BLOCKS, _THINGS = 6_000, 1_000
"""Pieces of memory, and objects, by which two moments of rest may differ: what is drawn, months, the last events."""

_OF_AN_ANSWER = 0.05
"""Of either, what each answer may leave; the smallest leak there can be leaves a whole one."""

_SPARE = 4.0
"""MB that the C library may keep free."""

_LOOPS = 5
"""Loops that ask, one for each watched task: while it pauses, one waits for the clock and for a key in two tasks."""

_BARE = 2
"""Screens when nothing lies over the main one; Textual has one of its own beneath."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was measured, and whether it is as it must be."""

    what: str
    seen: str
    most: str
    is_well: bool


def findings(weeks: Weeks) -> list[Finding]:
    """Judge a run."""
    settled = weeks.readings[int(len(weeks.readings) * _WARM_UP) :]
    steps = (settled[-1].answers - settled[0].answers) / 10_000
    growth = memory_slope(settled) * steps
    found = [
        Finding(
            "memory",
            f"{growth:+.2f} MB in {steps:.1f} × 10,000 answers",
            "1 MB in each",
            growth < max(steps, _SHORT_RUN),
        ),
        _steady("descriptors", settled, lambda reading: reading.descriptors),
        _steady("threads", settled, lambda reading: reading.threads),
        _steady("asyncio tasks", settled, lambda reading: reading.told["tasks"], 2 * _LOOPS),
        _steady("waiting for the clock", settled, lambda reading: reading.told["sleepers"], _LOOPS),
    ]
    if len(weeks.counts) > 1:
        found += _at_rest(weeks)
    for what, most in (("months", 5 * 40), ("points", 6 * 65), ("toasts", 20), ("screens", 4)):
        seen = max(reading.told[what] for reading in weeks.readings)
        found.append(Finding(f"{what} kept", str(seen), str(most), seen <= most))
    found.append(Finding("state folder", f"{weeks.stored / 1e6:.2f} MB", "5 MB", weeks.stored < 5e6))
    found.append(Finding("all tasks shown at the end", "yes" if weeks.is_well else "no", "", weeks.is_well))
    found.append(Finding("exit code", str(weeks.exit_code), "0", weeks.exit_code == 0))
    return found


def _at_rest(weeks: Weeks) -> list[Finding]:
    """Judge what Python's objects and the C library have come to hold; unlike memory, it is the same in each run."""
    (before, first), *_, (after, last) = weeks.counts
    left = round(_OF_AN_ANSWER * (after - before))
    found = [
        Finding(what, f"{least:,} → {most:,}", f"+{limit + left:,}", most - least <= limit + left)
        for what, least, most, limit in (
            ("pieces of memory", first.blocks, last.blocks, _BLOCKS),
            ("objects", first.things, last.things, _THINGS),
        )
    ]
    return [
        *found,
        Finding("free and kept", f"{last.spare / 1e6:.1f} MB", f"{_SPARE:g} MB", last.spare <= _SPARE * 1e6),
    ]


def memory_slope(readings: Sequence[Reading]) -> float:
    """Return how many MB 10,000 answers add."""
    return linear_regression([one.answers / 10_000 for one in readings], [one.memory for one in readings]).slope


def _steady(what: str, readings: Sequence[Reading], count: Callable[[Reading], int], most: int = 3) -> Finding:
    """Compare the least of the beginning with the least of the end: what comes and goes is no leak.

    A dialog that stays open for long is none either, so that readings without one count where there are any.
    """
    part = max(len(readings) // 3, 1)
    before, after = (min(map(count, _bare(some))) for some in (readings[:part], readings[-part:]))
    return Finding(what, f"{before} → {after}", f"+{most}", after - before <= most)


def _bare(readings: Sequence[Reading]) -> Sequence[Reading]:
    return [one for one in readings if one.told["screens"] <= _BARE] or readings
