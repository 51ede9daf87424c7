"""The base class of screens above the main one: help, and ctrl+c."""

from typing import ClassVar

from textual.screen import ScreenResultType

from omstui.ui.keys.names import BoundKeys, key_name
from omstui.ui.terminal.compat import SeenThrough
from omstui.ui.widgets.key_hints import KeyHint, KeyHints

_LEADING_OUT = frozenset({"back", "dismiss", "leave"})


class OverScreen(SeenThrough[ScreenResultType]):
    """A screen that opens the list of its keys, and does not quit on ctrl+c."""

    QUITS: ClassVar[str] = "quit"
    """The id of the binding that quits after this screen is closed."""

    async def action_help(self) -> None:
        """Open the list of keys through the app, since it is a dialog itself."""
        await self.app.run_action("help")

    def how_to_quit(self) -> KeyHint:
        """Return the answer to ctrl+c: the keys that close this screen and then quit."""
        bound = (active.binding for active in self.active_bindings.values() if active.node is self)
        out = [key_name(binding.key) for binding in bound if binding.action in _LEADING_OUT]
        leave = out[0] if out and "esc" not in out else "esc"
        below = next((one for one in reversed(self.app.screen_stack) if not isinstance(one, OverScreen)), self)
        twice = " twice" if below.has_class("-pane-full") else ""
        return KeyHint(f"{leave}, then {BoundKeys(below).written('q', self.QUITS)}{twice}", "quit")

    def say_how_to_quit(self) -> None:
        """Show the answer to ctrl+c, which does not quit."""
        for hints in self.query(KeyHints):
            hints.say_first(self.how_to_quit())
