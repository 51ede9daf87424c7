"""Lines of CSV as RFC 4180 has them."""

import csv
import io
from collections.abc import Sequence

from omstui.core.text import tame


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
