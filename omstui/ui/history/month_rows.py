"""Draws the table of months, one row each, newest first, and a sentence about the month under the cursor."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from omstui.core.months.month_table import MonthRow
from omstui.ui.drawing.formats import MISSING, count, size, span
from omstui.ui.drawing.line import Line, Span, fitted, with_role

_GAP = 1
_MOST_PERCENT = 1000
_MANY = 100_000


class Title(Struct, frozen=True):
    """One column: its title, its width in cells, and the text of a row."""

    words: str
    width: int
    figure: Callable[[MonthRow], str]
    to_right: bool = True


def _title(words: str, width: int, name: str) -> Title:
    def figure(row: MonthRow) -> str:
        return count(getattr(row.figures, name), width) if row.figures is not None else ""

    return Title(words, width, figure)


def state_of(row: MonthRow) -> str:
    """Return in a word or two how final the figures are."""
    if row.is_running:
        return "current"
    if row.figures is None:
        return "not asked"
    return "closed" if row.is_closed else "not final"


MONTH = Title("Month", 8, lambda row: f"{row.month.short_name} {row.month.year}", to_right=False)
ACCEPTED = _title("Accepted", 11, "accepted")
SYNCED = _title("Synced", 11, "synced")
FAILED = _title("Failed", 8, "failed")
SKIPPED = _title("Skipped", 9, "skipped")
SIZE = Title("Size", 7, lambda row: size(row.figures.size) if row.figures is not None else "")
CHANGE = Title("Change", 8, lambda row: change(row) or (MISSING if row.figures is not None else ""))
STATE = Title("", 9, state_of, to_right=False)
TITLES = (MONTH, ACCEPTED, SYNCED, FAILED, SKIPPED, SIZE, CHANGE, STATE)
_GIVE_WAY = (SKIPPED, CHANGE, SIZE, SYNCED)
"""The columns to leave out with little room, in this order."""


def titles_within(width: int) -> tuple[Title, ...]:
    """Return the columns that fit."""
    shown = list(TITLES)
    for title in _GIVE_WAY:
        if 1 + sum(one.width + _GAP for one in shown) - _GAP <= width:
            break
        shown.remove(title)
    return tuple(shown)


def header(width: int) -> Line:
    """Draw the titles of the columns."""
    return _drawn([(title, title.words, "title") for title in titles_within(width)], width)


def month_line(row: MonthRow, width: int, *, is_under_cursor: bool) -> Line:
    """Draw one month; a click moves the cursor to it."""
    cells = []
    for title in titles_within(width):
        role = "strong" if title is MONTH else ""
        if title is STATE:
            role = "accent" if row.is_running else "dim"
        elif title is FAILED and row.figures is not None and row.figures.failed:
            role = "warn"
        elif title is CHANGE:
            role = "dim"
        cells.append((title, title.figure(row), role))
    action = f"screen.pick({row.month.year}, {row.month.number})"
    line = tuple(one._replace(action=action) for one in _drawn(cells, width))
    return with_role(line, "cursor") if is_under_cursor else line


def _drawn(cells: Sequence[tuple[Title, str, str]], width: int) -> Line:
    spans = [Span(" ")]
    for title, text, role in cells:
        spans += [Span(text.rjust(title.width) if title.to_right else text.ljust(title.width), role), Span(" " * _GAP)]
    return fitted(spans, width)


def change(row: MonthRow) -> str:
    """Return the change of accepted objects against the compared month, ``+3.1 %``; empty when it is unknown."""
    now = row.figures.accepted if row.figures is not None else None
    before = row.compared.before.accepted if row.compared is not None else None
    if now is None or not before:
        return ""
    percent = (now - before) * 100 / before
    if percent >= _MOST_PERCENT:
        times = now // before
        return f"×{times}" if times < _MANY else f">×{_MANY // 1000}k"
    return f"{percent:+.1f} %"


def sentence(row: MonthRow) -> str:
    """Return a sentence about a month: its state, accepted objects, change, and a forecast for the running one."""
    if row.figures is None:
        return f"{row.month.title}: not asked for yet"
    accepted = row.figures.accepted
    parts = [f"{accepted:,} accepted" if accepted is not None else "accepted objects are not reported"]
    if (more := change(row)) and row.compared is not None:
        part = "the same part of " if row.compared.at_same_point else ""
        parts.append(f"{more} on {part}{row.month.plus(-1).name}")
    if row.projection is not None and (heading := _heading(accepted, row.projection.figures.accepted)):
        parts.append(f"heading for {heading} at the pace of the first {span(row.projection.basis)}")
    state = "so far" if row.is_running else "closed" if row.is_closed else "not final"
    return f"{row.month.title}, {state}: {' · '.join(parts)}"


def _heading(accepted: int | None, expected: int | None) -> str:
    """Return a forecast with as many digits as make it differ from the present count; empty when it is not greater."""
    if accepted is None or expected is None or expected <= accepted:
        return ""
    rounded = count(expected, 5)
    return rounded if rounded != count(accepted, 5) else f"{expected:,}"
