"""Draws what Textual draws in ASCII."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from omstui.ui.terminal.ascii import to_ascii


class AsciiFilter(LineFilter):
    """Turns every drawn character into ASCII, whichever widget drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with other characters, in the same cells."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
