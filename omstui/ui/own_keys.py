"""Keeps what a field's keys do in the order in which they arrive."""

from typing import Any

from textual import events
from textual.app import App
from textual.widget import Widget

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
