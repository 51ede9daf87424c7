"""Lines of a picture: spans of text, each with a role that sets its colour."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size


class Span(NamedTuple):
    """A piece of a line with one role and one action."""

    text: str
    role: str = ""
    """Names of component classes of `Canvas`, separated by blanks: ``bad strong``."""

    action: str = ""
    """The action of the screen that a mouse click runs."""


Line = tuple[Span, ...]

EMPTY: Line = ()


def width_of(line: Iterable[Span]) -> int:
    """Return the width of the line in cells."""
    return sum(cell_len(span.text) for span in line)


def fitted(line: Sequence[Span], width: int) -> Line:
    """Return the line cut or padded to exactly this many cells."""
    out: list[Span] = []
    left = width
    for span in line:
        cells = cell_len(span.text)
        if cells > left:
            if left > 0:
                out.append(span._replace(text=set_cell_size(span.text, left)))
            return tuple(out)
        if cells:
            out.append(span)
        left -= cells
    if left > 0:
        out.append(Span(" " * left))
    return tuple(out)


def joined(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """Return both parts on one line, the right one at its right end; the left one is cut if needed."""
    right_width = width_of(right)
    if right_width >= width:
        return fitted(right, width)
    return (*fitted(left, width - right_width), *right)


def wrapped(text: str, width: int, role: str = "", indent: int = 0) -> list[Line]:
    """Return the text broken into lines at blanks, and inside words that are too long."""
    room = max(width - indent, 1)
    lines: list[str] = [""]
    for word in text.split(" "):
        trial = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(trial) <= room:
            lines[-1] = trial
            continue
        pieces = chop_cells(word, room) or [""]
        if not lines[-1]:
            lines.pop()
        lines.extend(pieces)
    return [(Span(" " * indent), Span(piece, role)) if indent else (Span(piece, role),) for piece in lines]


def flowing(spans: Iterable[Span], width: int) -> list[Line]:
    """Return the spans in lines, a new one when the next span does not fit; a separator at its beginning is dropped."""
    lines: list[list[Span]] = [[]]
    for item in spans:
        if lines[-1] and width_of(lines[-1]) + cell_len(item.text) > width:
            lines.append([])
        fresh = item if lines[-1] else item._replace(text=item.text.removeprefix(" · "))
        if fresh.text:
            lines[-1].append(fresh)
    return [tuple(line) for line in lines]


def with_role(line: Iterable[Span], role: str) -> Line:
    """Return the line with one more role on each of its spans."""
    return tuple(span._replace(role=f"{span.role} {role}".strip()) for span in line)


def text_of(line: Iterable[Span]) -> str:
    """Return the text of the line, for tests and for copying."""
    return "".join(span.text for span in line)


Cell = tuple[str, str]


def cells_of(line: Iterable[Span]) -> list[Cell]:
    """Return one entry for each cell; the second half of a wide character is an empty string."""
    cells: list[Cell] = []
    for text, role, _ in line:
        if text.isascii():
            cells.extend((char, role) for char in text)
            continue
        for char in text:
            match cell_len(char):
                case 0 if cells:
                    cells[-1] = (cells[-1][0] + char, cells[-1][1])
                case 2:
                    cells.extend(((char, role), ("", role)))
                case _:
                    cells.append((char, role))
    return cells
