"""Uses of Textual beyond its documented interface, each with a fallback.

Textual's private names are used only in this folder: here, in `cell_painter`, `crash` and `resting_driver`. Each is
looked up before it is used; without it the screen does what Textual does by itself, which is slower or plainer.
"""

from importlib import import_module
from types import FunctionType
from typing import Any

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class Missing:
    """Replaces a class that this Textual does not have: no object is an instance of it."""


def found(module: str, *names: str) -> tuple[Any, ...]:
    """Return these names from a module of Textual; `Missing` for each that is not there."""
    try:
        known = import_module(module)
    except ImportError:
        known = None
    return tuple(getattr(known, name, Missing) for name in names)


def has(owner: type, *names: str) -> bool:
    """Return whether a class has all these attributes, or its `__init__` sets them."""
    makers = [base.__dict__.get("__init__") for base in owner.__mro__]
    given = {name for make in makers if isinstance(make, FunctionType) for name in make.__code__.co_names}
    return all(hasattr(owner, name) or name in given for name in names)


# The terminal


def driver_of(app: App[Any]) -> Driver | None:
    """Return the driver; ``None`` before it exists, and where Textual has renamed it."""
    driver = getattr(app, "_driver", None)
    return driver if isinstance(driver, Driver) else None


def remember_copied(app: App[Any], text: str) -> None:
    """Make this the text that Textual's own fields paste."""
    if has(App, "_clipboard"):
        app._clipboard = text  # noqa: SLF001


def pass_on_size(app: App[Any]) -> None:
    """Tell the screens of a new size now, if that is still to be done."""
    pass_on = getattr(app, "_check_resize", None)
    if pass_on is not None and getattr(app, "_resize_event", None) is not None:
        pass_on()


# What is drawn


class SeenThrough(Screen[ScreenResultType]):
    """A screen whose changes show while dialogs are above it; while the app holds its pictures back, it makes none.

    When a screen changes, Textual 8.2 redraws the top screen there. The top screen takes the cells below it from the
    screen directly under it; if that is a dialog too, its old picture would still show. Without Textual's private names
    it does, until the dialog is drawn again.
    """

    def _compositor_refresh(self) -> None:
        """Mark the changed regions as dirty in the dialogs between this screen and the top one."""
        dirty = getattr(self, "_dirty_widgets", None)
        if dirty is not None and getattr(getattr(self.app, "painter", None), "is_holding", False):
            dirty.clear()  # the whole picture is drawn in the end
            return
        changed, stack = getattr(getattr(self, "_compositor", None), "_dirty_regions", ()), self.app.screen_stack
        if changed and self in stack:
            for between in stack[stack.index(self) + 1 : -1]:
                if (mark := getattr(between, "_set_dirty", None)) is not None:
                    mark(*changed)  # a refresh would notify the top screen without end
        super()._compositor_refresh()


def free_closed_widgets() -> None:
    """Free the cached lines of widgets that are gone; present widgets still draw as before.

    Textual 8.2 caches two colours for each widget's cache of lines, with that cache as the key, and so keeps the lines
    of the last 1,024 widgets: after 36 dialogs 80.8 MB were held without this, and 58.1 MB with it (2026-12-01).
    """
    (cache,) = found("textual._styles_cache", "StylesCache")
    forget = getattr(getattr(cache, "get_inner_outer", None), "cache_clear", None)
    if forget is not None:  # otherwise Textual no longer does so
        forget()


# Keys

_MAY_BE_LATE = frozenset({"copy"})
"""Actions that change nothing in the field, and also go on to the app."""

_MOVES = frozenset({"app.focus_next", "app.focus_previous"})
"""The actions that move the focus to another field."""


async def ran_own_action(field: Widget, event: events.Key) -> bool:
    """Run the field's own action for a key without a character; return whether it has one.

    Through the app, as is usual, the action would come after text that is pasted or typed at the same moment; over a
    slow line all of that arrives at once.
    """
    bound = field.screen.active_bindings.get(event.key)
    if bound is None or bound.node is not field or bound.binding.action in _MAY_BE_LATE:
        return False
    event.stop()
    event.prevent_default()
    await field.run_action(bound.binding.action)
    return True


async def moved_focus(app: App[Any], event: events.Key) -> bool:
    """Move the focus to another field at once; return whether the key does that.

    Through the field, as is usual, the focus would move after the text that is typed at the same moment, and that text
    would go into the old field.
    """
    if event.is_forwarded or event.is_printable or app.focused is None:
        return False
    bound = app.screen.active_bindings.get(event.key)
    if bound is None or bound.node is not app.screen or bound.binding.action not in _MOVES:
        return False
    await app.run_action(bound.binding.action)
    return True
