"""Detects the rest of a refused token among typed keys."""

from textual import events

_LINE_ENDS = frozenset({"enter", "ctrl+j"})


class TokenRest:
    """Separates the rest of a token from the user's keys: without bracketed paste, a terminal sends a paste as keys."""

    def __init__(self) -> None:
        self._is_coming = False

    def begin(self) -> None:
        """Treat the next keys as the rest of a token."""
        self._is_coming = True

    def end(self) -> None:
        """Treat the next keys as the user's."""
        self._is_coming = False

    def holds(self, event: events.Key) -> bool:
        """Return whether a key belongs to the rest; a key that edits or moves ends it."""
        if not event.is_printable and event.key not in _LINE_ENDS:
            self.end()
        return self._is_coming
