"""Formats output: aligned columns of plain text, CSV by RFC 4180, and JSON objects."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from omstui.core.text import tame

MISSING, PLAIN_MISSING = "–", "-"
"""A figure that was not reported; the plain one where the output cannot encode the other."""


def cell_len(text: str) -> int:
    """Return the width of a text in terminal cells."""
    if text.isascii():
        return len(text)
    from rich import cells  # rich's tables are slow to load

    return cells.cell_len(text)


def aligned(rows: Sequence[Sequence[str]], left: frozenset[int]) -> list[str]:
    """Return lines with aligned columns: the columns in `left` to the left, all others to the right."""
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
    """Return rows as JSON, whose escapes make hostile text harmless, or as tamed columns."""
    if as_json:
        return [json.dumps(list(rows), indent=2)]
    cells = [[tame(value or "") for value in row.values()] for row in rows]
    return aligned(cells, frozenset(range(len(cells[0])))) if cells else []


def with_room(
    rows: Sequence[Sequence[str]], spare: Sequence[int], width: int | None, needless: Sequence[int] = ()
) -> list[int]:
    """Return the columns that fit into a terminal.

    Args:
        rows: the cells, including the titles.
        spare: columns that may be left out, first one first; all others stay.
        width: cells of the terminal; ``None`` for no terminal, where all columns fit.
        needless: columns that are always left out.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    kept = [number for number in range(len(widths)) if number not in needless]
    for number in spare:
        if width is None or sum(widths[one] + 2 for one in kept) - 2 <= width:
            break
        kept.remove(number)
    return kept


def left_out(titles: Sequence[str], kept: Sequence[int], whole: str = "--csv") -> str | None:
    """Return a sentence that names the columns that did not fit, and how to see them; ``None`` when all fit.

    Args:
        titles: of all columns.
        kept: the columns that fit.
        whole: the option that prints all of them.
    """
    missing = ", ".join(title for number, title in enumerate(titles) if number not in kept)
    return f"Without room here: {missing}. All of it: {whole}, or | less -S behind the command" if missing else None


def shortened(text: str, width: int) -> str:
    """Cut text to this many cells, with dots at the end of a cut one."""
    if cell_len(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 2).rstrip() + ".."


def missing_for(stream: TextIO) -> str:
    """Return the sign for a missing figure on this stream."""
    try:
        MISSING.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_MISSING
    return MISSING


def csv_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, each with the carriage return before its line feed."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return [f"{line}\r" for line in out.getvalue().split("\r\n")[:-1]]


def cell(value: object) -> str:
    """Return a value as CSV text: on one line, and never as a formula for spreadsheets."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = tame(str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@")) else text


Json = Mapping[str, object]


class JsonLines:
    """Writes objects as lines, until a write fails; later ones are dropped."""

    def __init__(self, stream: TextIO, ended: Callable[[], None]) -> None:
        """Write to a stream; `ended` is called when a write fails."""
        self._stream = stream
        self._ended = ended
        self.error: OSError | None = None
        """The first failure of a write."""

    def put(self, value: Json) -> None:
        """Write an object."""
        if self.error is not None:
            return
        try:
            self._stream.write(json.dumps(value) + "\n")
            self._stream.flush()
        except OSError as error:
            self.error = error
            self._ended()
