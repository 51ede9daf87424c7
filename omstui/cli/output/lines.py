"""Lines of output: aligned columns of plain text, CSV as RFC 4180 has it, and objects of JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from omstui.core.text import tame

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


def table_lines(rows: Sequence[Mapping[str, str | None]], *, as_json: bool) -> list[str]:
    """Return rows as JSON, where escapes keep hostile text harmless, or as tamed columns."""
    if as_json:
        return [json.dumps(list(rows), indent=2)]
    cells = [[tame(value or "") for value in row.values()] for row in rows]
    return aligned(cells, frozenset(range(len(cells[0])))) if cells else []


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


def csv_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, each with the carriage return that stands before the line feed."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return [f"{line}\r" for line in out.getvalue().split("\r\n")[:-1]]


def cell(value: object) -> str:
    """Write a value; foreign text stands on one line, and a spreadsheet does not take it for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = tame(str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@")) else text


Json = Mapping[str, object]


class JsonLines:
    """Writes lines until one cannot be written; nothing is written after that."""

    def __init__(self, stream: TextIO, ended: Callable[[], None]) -> None:
        """Write to a stream; `ended` is called when it takes no more."""
        self._stream = stream
        self._ended = ended
        self.trouble: OSError | None = None
        """Why no more can be written."""

    def put(self, value: Json) -> None:
        """Write an object."""
        if self.trouble is not None:
            return
        try:
            self._stream.write(json.dumps(value) + "\n")
            self._stream.flush()
        except OSError as error:
            self.trouble = error
            self._ended()
