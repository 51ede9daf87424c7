"""Converts text to ASCII, for terminals that show nothing else."""

from functools import lru_cache

from rich.cells import cell_len

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
    """Return the text in ASCII with the same width: similar signs for omstui's own, question marks for all others."""
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_PLAIN))
