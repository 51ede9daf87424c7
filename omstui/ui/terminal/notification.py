"""The terminal's own notifications (OSC 9)."""

from collections.abc import Sequence

from omstui.core.alerts.event import Event
from omstui.core.text import tame
from omstui.ui.drawing.formats import clean
from omstui.ui.terminal.clipboard import passed_through

_WIDEST = 160
_NAME = 40


def notification_text(events: Sequence[Event]) -> str:
    """Return the text for the alerts of one moment: one in full, or the number of them and the first."""
    first = events[0]
    subject = tame(first.name) or tame(first.profile)
    words = f"{clean(subject, _NAME)}: {tame(first.words)}" if subject and first.sync_task_id else tame(first.words)
    more = f"{len(events)} alerts; " if len(events) > 1 else ""
    # It never starts with a digit: some terminals take a number there for a command.
    return clean(f"omstui: {more}{words}", _WIDEST)


def notification(text: str, multiplexer: str) -> str:
    """Return the sequence that makes a terminal show the text.

    Args:
        text: tamed, without control characters.
        multiplexer: ``tmux`` or ``screen`` when one is in between and must pass it on; else empty.
    """
    return passed_through(f"\x1b]9;{tame(text)}\x07", multiplexer)
