"""What a dialog leaves to be seen of the screens below it, however many dialogs stand over one another."""

from textual.screen import Screen, ScreenResultType


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
