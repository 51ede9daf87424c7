"""A sentence below a field."""

from textual.widgets import Static

from omstui.core.text import tame

_TONES = ("ok", "warn", "bad")


class Note(Static):
    """Says something in words, broken into lines; its tone is a colour that the words do not depend on."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(tame(text), id=id, classes=classes, markup=False)

    def say(self, text: str, tone: str = "") -> None:
        """Show this text, tamed; the tone is ``ok``, ``warn``, ``bad`` or nothing."""
        for name in _TONES:
            self.set_class(name == tone, f"-{name}")
        words = tame(text)
        if words != self.content:
            self.update(words)
