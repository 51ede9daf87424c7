"""Aligned columns of plain text, for terminals and for mail."""

from collections.abc import Sequence
from typing import TextIO

MISSING, PLAIN_MISSING = "–", "-"
"""Stands for what was not reported; the plain one where the output cannot show the other."""


def cell_len(text: str) -> int:
    """Return how many cells a terminal gives to text."""
    if text.isascii():
        return len(text)
    from rich import cells  # its tables take a moment to load

    return cells.cell_len(text)


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


def with_room(
    rows: Sequence[Sequence[str]], spare: Sequence[int], width: int | None, needless: Sequence[int] = ()
) -> list[int]:
    """Return which columns a terminal has room for.

    Args:
        rows: the cells, those of the titles as well.
        spare: the columns that may be left out, the first one first; the others stay in any case.
        width: cells of the terminal; ``None`` for no terminal, where all have room.
        needless: columns that are left out in any case.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    kept = [number for number in range(len(widths)) if number not in needless]
    for number in spare:
        if width is None or sum(widths[one] + 2 for one in kept) - 2 <= width:
            break
        kept.remove(number)
    return kept


def left_out(titles: Sequence[str], kept: Sequence[int], whole: str = "--csv") -> str | None:
    """Say which columns there was no room for, and how to have them; ``None`` when all are there.

    Args:
        titles: of all columns.
        kept: those that there was room for.
        whole: the option that gives all of them.
    """
    missing = ", ".join(title for number, title in enumerate(titles) if number not in kept)
    return f"Without room here: {missing}. All of it: {whole}, or | less -S behind the command" if missing else None


def shortened(text: str, width: int) -> str:
    """Cut text to this many cells, with dots where something is missing."""
    if cell_len(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 2).rstrip() + ".."


def missing_for(stream: TextIO) -> str:
    """Return what stands for a missing figure on this stream."""
    try:
        MISSING.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_MISSING
    return MISSING
