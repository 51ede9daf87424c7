"""The screen in ASCII, for terminals that show nothing else."""

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PLAIN = str.maketrans(
    {
        "✓": "+", "✗": "x", "■": "#", "●": "*", "…": ".", "–": "-", "—": "-", "‹": "<", "›": ">", "·": "-", "×": "x",
        "━": "=", "╌": "-", "─": "-", "│": "|", "┃": "|", "▲": "^", "▼": "v", "↑": "^", "↓": "v", "←": "<", "→": ">",
        "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+",
        "▌": "|", "▐": "|", "▊": "|", "▎": "|", "•": "*", "’": "'", "\u00a0": " ",
    }
    | {"┄": ".", "░": ":", "▒": "%", "▔": "_"}
    | dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True))
)  # fmt: skip


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """Return text of the same width in ASCII: our own signs by their likes, all else as question marks."""
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_PLAIN))


class AsciiFilter(LineFilter):
    """Turns every drawn character into ASCII, whichever widget drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with other characters, in the same cells."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
