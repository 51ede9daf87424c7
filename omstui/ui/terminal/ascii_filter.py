"""Converts Textual's output to ASCII."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from omstui.ui.terminal.ascii import to_ascii


class AsciiFilter(LineFilter):
    """Converts each drawn character to ASCII, from any widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with ASCII characters in the same cells."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
