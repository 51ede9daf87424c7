"""What all screens have in common that stand over the main one."""

from textual.screen import Screen, ScreenResultType

from omstui.ui.dialogs.key_hints import KeyHints


class OverScreen(Screen[ScreenResultType]):
    """A screen that opens the list of its keys, and that ctrl+c does not quit."""

    def action_help(self) -> None:
        """Open the list of keys."""
        from omstui.ui.dialogs.help import open_help

        open_help(self)

    def say_how_to_quit(self) -> None:
        """Answer ctrl+c, which does not quit."""
        for hints in self.query(KeyHints):
            hints.say_how_to_quit()
