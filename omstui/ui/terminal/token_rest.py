"""What a terminal still types of a token that was refused."""

from textual import events

_LINE_ENDS = frozenset({"enter", "ctrl+j"})


class TokenRest:
    """Tells the rest of a token from what a person types: a terminal without bracketed paste sends a paste as keys."""

    def __init__(self) -> None:
        self._is_coming = False

    def begin(self) -> None:
        """Take what is typed from now on for the rest of a token."""
        self._is_coming = True

    def end(self) -> None:
        """Take what comes from now on for a person's."""
        self._is_coming = False

    def holds(self, event: events.Key) -> bool:
        """Whether a key belongs to the rest; one that edits or leads away ends it."""
        if not event.is_printable and event.key not in _LINE_ENDS:
            self.end()
        return self._is_coming
