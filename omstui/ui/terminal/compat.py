"""What the screen uses of Textual beyond its documented interface, and what it does where that is missing.

Textual's private names are used in this folder and nowhere else: here, in `cell_painter` and in `resting_driver`. Each
is looked for before it is used; without it the screen does what Textual does by itself, which is slower or plainer.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from importlib import import_module
from types import FunctionType
from typing import Any

from rich import cells
from rich.console import Console
from rich.text import Text
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class Missing:
    """Stands for a class that this Textual does not have: no object is one."""


def found(module: str, *names: str) -> tuple[Any, ...]:
    """Return these names of a module of Textual's; `Missing` for each that is not there."""
    try:
        known = import_module(module)
    except ImportError:
        known = None
    return tuple(getattr(known, name, Missing) for name in names)


def has(owner: type, *names: str) -> bool:
    """Whether a class has all these attributes, or its objects get them when they are made."""
    makers = [base.__dict__.get("__init__") for base in owner.__mro__]
    given = {name for make in makers if isinstance(make, FunctionType) for name in make.__code__.co_names}
    return all(hasattr(owner, name) or name in given for name in names)


# Crashes


def hear_of_crashes(app: App[Any], crashed: Callable[[], None]) -> None:
    """Have a function called in place of Textual's own way to end after a mistake, which shows local variables.

    Where Textual has another name for that way, `without_last_words` still keeps from the terminal what it prints.
    """
    if has(App, "_fatal_error"):
        app._fatal_error = crashed  # type: ignore[method-assign]  # noqa: SLF001


def end_after_crash(app: App[Any]) -> None:
    """End the app, whatever still waits to be done."""
    end = getattr(app, "_close_messages_no_wait", None)
    if end is not None:
        end()
    else:
        app.exit(return_code=CRASHED)


def crash_of(app: App[Any]) -> BaseException | None:
    """Return the mistake with which the app has ended; ``None`` also where Textual keeps it under another name."""
    error = getattr(app, "_exception", None)
    return error if isinstance(error, BaseException) else None


CRASHED = 1
"""The return code that Textual gives an app that has ended with a mistake."""


class _Nowhere(io.TextIOBase):
    """Takes what is printed and drops it, but remembers that there was something."""

    was_used = False

    def write(self, text: str, /) -> int:
        self.was_used |= bool(text.strip())
        return len(text)


@contextmanager
def without_last_words() -> Iterator[_Nowhere]:
    """Drop all that is printed to stderr: after a crash Textual prints a traceback there, with all local variables.

    This needs no name of Textual's. Its drivers write pictures to the process's own stream, `sys.__stderr__`.
    """
    with redirect_stderr(_Nowhere()) as nowhere:
        yield nowhere


def print_last_words(sentence: str) -> None:
    """Print a sentence to stderr as Textual prints what it says at the end."""
    with suppress(OSError):  # and where it cannot be said, the exit code says it
        Console(stderr=True, markup=False, highlight=False, emoji=False).print(Text(sentence))


# The terminal


def driver_of(app: App[Any]) -> Driver | None:
    """Return what writes to the terminal; ``None`` before it is there, and where Textual has another name for it."""
    driver = getattr(app, "_driver", None)
    return driver if isinstance(driver, Driver) else None


def remember_copied(app: App[Any], text: str) -> None:
    """Have a text be what Textual's own fields paste."""
    if has(App, "_clipboard"):
        app._clipboard = text  # noqa: SLF001


def hand_on_size(app: App[Any]) -> None:
    """Tell the screens of a new size now, if they have not been told yet."""
    hand_on = getattr(app, "_check_resize", None)
    if hand_on is not None and getattr(app, "_resize_event", None) is not None:
        hand_on()


# What is drawn


class SeenThrough(Screen[ScreenResultType]):
    """A screen whose changes show while dialogs are above it.

    When a screen changes, Textual 8.2 redraws the top screen there. The top screen takes what is below it from the
    screen right under it; if that is a dialog too, it would still show its old picture. Where Textual's names are
    others, it does, until the dialog is drawn again.
    """

    def _compositor_refresh(self) -> None:
        """Mark the changed regions as dirty in the dialogs between this screen and the top one."""
        changed, stack = getattr(getattr(self, "_compositor", None), "_dirty_regions", ()), self.app.screen_stack
        if changed and self in stack:
            for between in stack[stack.index(self) + 1 : -1]:
                if (mark := getattr(between, "_set_dirty", None)) is not None:
                    mark(*changed)  # a refresh would notify the top screen without end
        super()._compositor_refresh()


def forget_closed() -> None:
    """Free the lines that widgets have drawn which are no more; those that are still there draw on as before.

    Textual 8.2 remembers two colours for each widget's cache of lines, with the cache itself as the key, and so keeps
    the lines of the last 1,024 widgets: after 36 dialogs 80.8 MB were held without this, and 58.1 with it (2026-12-01).
    """
    (cache,) = found("textual._styles_cache", "StylesCache")
    forget = getattr(getattr(cache, "get_inner_outer", None), "cache_clear", None)
    if forget is not None:  # else it does so no longer
        forget()


def draw_afresh(screen: Screen[Any]) -> None:
    """Have all widgets of a screen drawn once more, and forget how wide every text was that has been shown.

    A line keeps, beside itself, up to sixteen parts that were once cut out of it to paint something near by, and what
    they were cut into; and of each second's clock rich remembers how many cells it took: together that is megabytes.
    Nothing of it reaches a terminal to which only cells are written that differ.
    """
    measured = getattr(getattr(cells, "cached_cell_len", None), "cache_clear", None)
    if measured is not None:
        measured()
    for widget in screen.walk_children(with_self=True):
        widget.refresh()


# Keys

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
