"""The base class of dialogs, and the sentence below a field."""

from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Static

from omstui.core.text import tame
from omstui.ui.widgets.over_screen import OverScreen

_TONES = ("ok", "warn", "bad")


class Note(Static):
    """A wrapped text; its tone sets a colour, which the words do not depend on."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(tame(text), id=id, classes=classes, markup=False)

    def say(self, text: str, tone: str = "") -> None:
        """Show this text, tamed; the tone is ``ok``, ``warn``, ``bad`` or empty."""
        for name in _TONES:
            self.set_class(name == tone, f"-{name}")
        words = tame(text)
        if words != self.content:
            self.update(words)


_TALL = 18
WIDTHS = [(0, "-narrow"), (64, "-roomy")]
HEIGHTS = [(0, "-short"), (_TALL, "-tall")]
"""The classes that a screen gets at these widths and heights, for its styles."""

_FRAME_ROWS = 6
_SHORT_FRAME_ROWS = 4
"""The rows of title, keys, padding and margins, in a tall and in a short terminal."""

_FEWEST_ROWS = 3


class Dialog(ModalScreen[ScreenResultType], OverScreen[ScreenResultType]):
    """A box above the screen; its styles in `dialogs.tcss` depend on the size of the terminal."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # In a text field the question mark is typed like other characters.
        Binding("f1,question_mark", "help", "Help", id="dialog.help")
    ]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    SCROLLED: ClassVar[tuple[str, int]] = ("", 0)
    """The selector of the part that scrolls if needed, and the rows of the other parts between title and keys."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the dialog; do nothing if it is closed already."""
        if self not in self.app.screen_stack:
            return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]  # it returns one of these
        return super().dismiss(result)

    def on_resize(self, event: events.Resize) -> None:
        """Give the scrolling part the rows that the other parts do not need.

        In CSS this would be a share of the height, which Textual ignores in a box that is as high as its content.
        """
        selector, others = self.SCROLLED
        if selector:
            frame = _FRAME_ROWS if event.size.height >= _TALL else _SHORT_FRAME_ROWS
            room = max(event.size.height - frame - others, _FEWEST_ROWS)
            self.query_one(selector).styles.max_height = room

    def action_copy_text(self) -> None:
        """Copy the selection; without one, show how to quit, since the app's answer to ctrl+c stops at a dialog."""
        try:
            super().action_copy_text()
        except SkipAction:
            self.say_how_to_quit()
