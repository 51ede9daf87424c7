"""What all screens have in common that stand over the main one."""

from typing import ClassVar

from textual.screen import ScreenResultType

from omstui.ui.bound_keys import BoundKeys
from omstui.ui.dialogs.key_hints import KeyHint, KeyHints
from omstui.ui.key_names import key_name
from omstui.ui.seen_through import SeenThrough

_LEADING_OUT = frozenset({"back", "dismiss", "leave"})


class OverScreen(SeenThrough[ScreenResultType]):
    """A screen that opens the list of its keys, and that ctrl+c does not quit."""

    QUITS: ClassVar[str] = "quit"
    """The id of the binding that quits once this screen has been left."""

    def action_help(self) -> None:
        """Open the list of keys."""
        from omstui.ui.dialogs.help import open_help

        open_help(self)

    def how_to_quit(self) -> KeyHint:
        """Return what ctrl+c is answered with: the keys that lead out of here, and from below out of all."""
        bound = (active.binding for active in self.active_bindings.values() if active.node is self)
        out = [key_name(binding.key) for binding in bound if binding.action in _LEADING_OUT]
        leave = out[0] if out and "esc" not in out else "esc"
        below = next((one for one in reversed(self.app.screen_stack) if not isinstance(one, OverScreen)), self)
        twice = " twice" if below.has_class("-pane-full") else ""
        return KeyHint(f"{leave}, then {BoundKeys(below).written('q', self.QUITS)}{twice}", "quit")

    def say_how_to_quit(self) -> None:
        """Answer ctrl+c, which does not quit."""
        for hints in self.query(KeyHints):
            hints.say_first(self.how_to_quit())
