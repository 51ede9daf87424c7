"""Aligned columns of plain text, for terminals and for mail."""

from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len, set_cell_size

MISSING, PLAIN_MISSING = "–", "-"
"""Stands for what was not reported; the plain one where the output cannot show the other."""


def aligned(rows: Sequence[Sequence[str]], left: frozenset[int]) -> list[str]:
    """Return lines with the cells of each column under each other, flush right but for the columns named `left`."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        placed = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (width - cell_len(cell))
            placed.append(cell + blank if number in left else blank + cell)
        lines.append("  ".join(placed).rstrip())
    return lines


def shortened(text: str, width: int) -> str:
    """Cut text to this many cells, with dots where something is missing."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 2).rstrip() + ".."


def missing_for(stream: TextIO) -> str:
    """Return what stands for a missing figure on this stream."""
    try:
        MISSING.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_MISSING
    return MISSING
