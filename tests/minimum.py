"""How few bytes can turn one picture into another: what a painter needs that knows the old one."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pyte.screens import Char

_NAMED = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_FLAGS = {
    "bold": (1, 22), "italics": (3, 23), "underscore": (4, 24), "blink": (5, 25), "reverse": (7, 27),
    "strikethrough": (9, 29),
}  # fmt: skip
Row = Sequence[Char]


def least_bytes(old: Mapping[int, Row], new: Mapping[int, Row]) -> int:
    """Return how many bytes move the cursor to each changed run, set its looks and write it.

    The cursor is moved the cheapest of three ways: told in full, told how far, or by writing what stands there already.
    """
    total, look = 0, Char(" ")
    for y, row in new.items():
        changed = [x for x in range(len(row)) if row[x] != old[y][x] and row[x].data]
        for before, x in pairwise([None, *changed]):
            total += _move(row, before, x, y, look) if x is not None else 0
            if x is None:
                continue
            total += _turn(look, row[x]) + len(row[x].data.encode())
            look = row[x]
    return total


def _move(row: Row, before: int | None, x: int, y: int, look: Char) -> int:
    in_full = len(f"\x1b[{y + 1};{x + 1}H")
    if before is None:
        return in_full
    gap = x - before - 1
    if gap == 0:
        return 0
    ways = [in_full, len(f"\x1b[{gap}C") if gap > 1 else 3]
    between = row[before + 1 : x]
    if all(_turn(look, cell) == 0 for cell in between):
        ways.append(sum(len(cell.data.encode()) for cell in between))
    return min(ways)


def _turn(old: Char, new: Char) -> int:
    """Return the bytes of the shortest sequence from one look to another."""
    step = [code for name, base in (("fg", 30), ("bg", 40)) if getattr(old, name) != getattr(new, name)
            for code in _colour(getattr(new, name), base)]  # fmt: skip
    step += [
        codes[not getattr(new, name)] for name, codes in _FLAGS.items() if getattr(old, name) != getattr(new, name)
    ]
    if not step:
        return 0
    anew = [code for name, base in (("fg", 30), ("bg", 40)) if getattr(new, name) != "default"
            for code in _colour(getattr(new, name), base)]  # fmt: skip
    anew += [codes[0] for name, codes in _FLAGS.items() if getattr(new, name)]
    return min(len(";".join(map(str, codes))) for codes in (step, [0, *anew] if anew else [""])) + 3


def _colour(value: str, base: int) -> list[int]:
    if value == "default":
        return [base + 9]
    if value.removeprefix("bright") in _NAMED:
        return [base + 60 * value.startswith("bright") + _NAMED.index(value.removeprefix("bright"))]
    return [base + 8, 2, *(int(value[at : at + 2], 16) for at in (0, 2, 4))]
