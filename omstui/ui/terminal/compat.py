"""Textual's private names that the screen leans on."""

from typing import Any

from rich import cells
from textual import events
from textual._styles_cache import StylesCache
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget


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


_MAY_BE_LATE = frozenset({"copy"})
"""What changes nothing in the field, and goes on to the app besides."""

_MOVES = frozenset({"app.focus_next", "app.focus_previous"})
"""The actions by which the cursor goes to another field."""


async def did_own(field: Widget, event: events.Key) -> bool:
    """Do what a key that no text comes from is bound to in the field itself; return whether it is bound there.

    By way of the app, which is the usual one, it would be done after what is pasted or typed in the same moment, and
    over a slow line all of that arrives at once.
    """
    bound = field.screen.active_bindings.get(event.key)
    if bound is None or bound.node is not field or bound.binding.action in _MAY_BE_LATE:
        return False
    event.stop()
    event.prevent_default()
    await field.run_action(bound.binding.action)
    return True


async def did_move(app: App[Any], event: events.Key) -> bool:
    """Move the cursor to another field at once; return whether the key does that.

    By way of the field, which is the usual one, it would move after what is typed in the same moment, and all of that
    would stand in the field before.
    """
    if event.is_forwarded or event.is_printable or app.focused is None:
        return False
    bound = app.screen.active_bindings.get(event.key)
    if bound is None or bound.node is not app.screen or bound.binding.action not in _MOVES:
        return False
    await app.run_action(bound.binding.action)
    return True
