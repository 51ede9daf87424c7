"""Draws large letters and figures with block characters, readable from across a room."""

from functools import lru_cache

ROWS = 5
"""Height of a letter in dots."""

_SHEETS = (
    """
A   B   C   D   E   F   G   H   I   J   K   L   M     N    O
.#. ##. .## ##. ### ### .## #.# ### ..# #.# #.. #...# #..# .#.
#.# #.# #.. #.# #.. #.. #.. #.# .#. ..# #.# #.. ##.## ##.# #.#
### ##. #.. #.# ##. ##. #.# ### .#. ..# ##. #.. #.#.# #.## #.#
#.# #.# #.. #.# #.. #.. #.# #.# .#. #.# #.# #.. #...# #..# #.#
#.# ##. .## ##. ### #.. .## #.# ### .#. #.# ### #...# #..# .#.
""",
    """
P   Q    R   S   T   U   V   W     X   Y   Z   ✓     ✗     ■    …
##. .##. ##. .## ### #.# #.# #...# #.# #.# ### ....# #...# #### .....
#.# #..# #.# #.. .#. #.# #.# #...# #.# #.# ..# ...## .#.#. #### .....
##. #..# ##. .#. .#. #.# #.# #.#.# .#. .#. .#. #.##. ..#.. #### .....
#.. #.## #.# ..# .#. #.# #.# ##.## #.# .#. #.. ###.. .#.#. #### .....
#.. .### #.# ##. .#. ### .#. #...# #.# .#. ### .#... #...# .... #.#.#
""",
    """
0   1   2   3   4   5   6   7   8   9   -   – . ,  _   + : ! ?   ~     /   %   < ( )
### .#. ### ### #.# ### ### ### ### ### ... ... . .. ... ... . # ##. ..... ..# #.# ..# .# #.
#.# ##. ..# ..# #.# #.. #.. ..# #.# #.# ... ... . .. ... .#. # # ..# .#..# ..# ..# .#. #. .#
#.# .#. ### .## ### ### ### ..# ### ### ### ### . .. ... ### . # .#. #.#.# .#. .#. #.. #. .#
#.# .#. #.. ..# ..# ..# #.# ..# #.# ..# ... ... . .# ... .#. # . ... #..#. #.. #.. .#. #. .#
### ### ### ### ..# ### ### ..# ### ### ... ... # #. ### ... . # .#. ..... #.. #.# ..# .# #.
""",
)
_BLANK = 2
"""Width of a space in dots."""


@lru_cache(1)
def _letters() -> dict[str, tuple[str, ...]]:
    """Return the dots of each character from the sheets: a line of names, then the rows of dots."""
    letters = {" ": ("." * _BLANK,) * ROWS}
    for sheet in _SHEETS:
        names, *rows = (line.split() for line in sheet.strip().splitlines())
        letters |= dict(zip(names, zip(*rows, strict=True), strict=True))
    return letters


def can_draw(text: str) -> bool:
    """Return whether each character has a letter; lower-case ones are drawn as capitals."""
    return all(char in _letters() for char in text.upper())


def big_height(scale: int) -> int:
    """Return the height in lines of letters of this scale."""
    return (ROWS * scale + 1) // 2


@lru_cache(512)
def big_width(text: str, scale: int) -> int:
    """Return the width in cells of a text of this scale; characters without a letter count as a blank."""
    letters = _letters()
    dots = sum(len(letters.get(char, letters[" "])[0]) + 1 for char in text.upper())
    return max(dots - 1, 0) * scale


@lru_cache(512)
def big_lines(text: str, scale: int) -> tuple[str, ...]:
    """Draw a text with dots that are `scale` cells wide and half as many lines high, which is about square.

    Even scales need only full blocks; odd ones also need half blocks, which ASCII does not have.
    """
    letters = _letters()
    rows = [".".join(letters.get(char, letters[" "])[row] for char in text.upper()) for row in range(ROWS)]
    halves = [row for row in rows for _ in range(scale)]
    if len(halves) % 2:
        halves.append("." * len(halves[0]))
    return tuple(
        "".join(_BLOCKS[above, below] * scale for above, below in zip(upper, lower, strict=True))
        for upper, lower in zip(halves[::2], halves[1::2], strict=True)
    )


_BLOCKS = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}
