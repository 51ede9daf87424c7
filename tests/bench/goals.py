"""Measured figures, each beside its goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    what: str
    value: float | None
    """``None`` where it could not be measured."""

    unit: str
    most: float | None = None
    """The goal; ``None`` for a figure without one."""

    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it keeps within its goal; a figure that could not be measured does not fail."""
        return self.value is None or self.most is None or self.value <= self.most


def ratio(what: str, pairs: Sequence[tuple[float, float]], unit: str, most: float | None = None) -> Figure:
    """Return how many times more the program takes than what it is compared with.

    Each pair was measured at the same time: the program's value, then the other's. The median of their ratios says
    the same on a busy machine as on a quiet one; the note tells the medians of the values themselves.
    """
    program, other = (median(values) for values in zip(*pairs, strict=True))
    times = median(mine / others for mine, others in pairs)
    return Figure(what, times, "×", most, f"{program:.3g} against {other:.3g} {unit}")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| what | seen | at most | | |", "|---|---|---|---|---|"]
    for one in figures:
        seen = "–" if one.value is None else f"{one.value:.3g} {one.unit}"
        most = "" if one.most is None else f"{one.most:g} {one.unit}"
        verdict = "" if one.most is None or one.value is None else "ok" if one.is_met else "**beyond**"
        lines.append(f"| {one.what} | {seen} | {most} | {verdict} | {one.note} |")
    return "\n".join(lines)
