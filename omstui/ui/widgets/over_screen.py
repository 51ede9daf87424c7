"""Base classes for screens under dialogs and for dialogs: repainting below dialogs, help, and ctrl+c."""

from typing import ClassVar

from textual.screen import Screen, ScreenResultType

from omstui.ui.keys.names import BoundKeys, key_name
from omstui.ui.widgets.key_hints import KeyHint, KeyHints


class SeenThrough(Screen[ScreenResultType]):
    """A screen whose changes show while dialogs are above it.

    When a screen changes, Textual 8.2 redraws the top screen there. The top screen takes what is below it from the
    screen right under it; if that is a dialog too, it would still show its old picture.
    """

    def _compositor_refresh(self) -> None:
        """Mark the changed regions as dirty in the dialogs between this screen and the top one."""
        changed, stack = self._compositor._dirty_regions, self.app.screen_stack  # noqa: SLF001 - there is no public way
        if changed and self in stack:
            for between in stack[stack.index(self) + 1 : -1]:
                between._set_dirty(*changed)  # noqa: SLF001 - a refresh would notify the top screen without end
        super()._compositor_refresh()


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
