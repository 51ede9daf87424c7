"""What a dialog leaves to be seen of the screens below it, however many dialogs stand over one another."""

from typing import ClassVar

from textual.screen import Screen, ScreenResultType

from omstui.ui.keys.names import BoundKeys, key_name
from omstui.ui.widgets.key_hints import KeyHint, KeyHints


class SeenThrough(Screen[ScreenResultType]):
    """A screen that is drawn on while dialogs stand over it.

    Textual 8.2 has the screen on top drawn again where one below has changed. That one takes its own picture of what is
    below from the screen right under it; if that is a dialog too, it would go on showing what it had drawn before.
    """

    def _compositor_refresh(self) -> None:
        """Tell the dialogs between this screen and the one on top where what they show through has changed."""
        changed, stack = self._compositor._dirty_regions, self.app.screen_stack  # noqa: SLF001 - nobody else knows
        if changed and self in stack:
            for between in stack[stack.index(self) + 1 : -1]:
                between._set_dirty(*changed)  # noqa: SLF001 - to refresh it would have it tell the top one for ever
        super()._compositor_refresh()


_LEADING_OUT = frozenset({"back", "dismiss", "leave"})


class OverScreen(SeenThrough[ScreenResultType]):
    """A screen that opens the list of its keys, and that ctrl+c does not quit."""

    QUITS: ClassVar[str] = "quit"
    """The id of the binding that quits once this screen has been left."""

    async def action_help(self) -> None:
        """Open the list of keys, which is a dialog itself and so the app's to open."""
        await self.app.run_action("help")

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
