"""What was measured, beside what it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    goal: int
    """The number of the goal it belongs to."""

    what: str
    value: float | None
    """``None`` where it could not be measured."""

    unit: str
    most: float | None = None
    """What it may be; ``None`` for one that is only told."""

    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it keeps within its goal; what could not be measured does not fail."""
        return self.value is None or self.most is None or self.value <= self.most


def table(figures: list[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| goal | what | seen | at most | |", "|---|---|---|---|---|"]
    for one in figures:
        seen = "–" if one.value is None else f"{one.value:.3g} {one.unit}".strip()
        most = "" if one.most is None else f"{one.most:g} {one.unit}".strip()
        verdict = "" if one.most is None or one.value is None else "ok" if one.is_met else "**beyond**"
        lines.append(f"| {one.goal} | {one.what} | {seen} | {most} | {' '.join(filter(None, (verdict, one.note)))} |")
    return "\n".join(lines)
