"""Lets go of what has been drawn and measured, which Textual and rich keep."""

from typing import Any

from rich import cells
from textual._styles_cache import StylesCache
from textual.screen import Screen


def forget_closed() -> None:
    """Free the lines that widgets have drawn which are no more; those that are still there draw on as before.

    Textual 8.2 remembers two colours for each widget's cache of lines, with the cache itself as the key, and so keeps
    the lines of the last 1,024 widgets: half a megabyte for each dialog that is opened.
    """
    forget = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if forget is not None:  # else it does so no longer
        forget()


def draw_afresh(screen: Screen[Any]) -> None:
    """Have all widgets of a screen drawn once more, and forget how wide every text was that has been shown.

    A line keeps, beside itself, up to sixteen parts that were once cut out of it to paint something near by, and what
    they were cut into; and of each second's clock rich remembers how many cells it took: together that is megabytes.
    Nothing of it reaches a terminal to which only cells are written that differ.
    """
    measured = getattr(cells, "cached_cell_len", None)
    if measured is not None:
        measured.cache_clear()
    for widget in screen.walk_children(with_self=True):
        widget.refresh()
