"""A notification of the terminal's own, as far as it knows OSC 9."""

from collections.abc import Sequence

from omstui.core.news.event import Event
from omstui.core.text import tame
from omstui.ui.drawing.text import clean
from omstui.ui.terminal.clipboard import passed_through

_WIDEST = 160
_NAME = 40


def notification_text(events: Sequence[Event]) -> str:
    """Say what is told at one moment: one event in full, of more than one how many and the first."""
    first = events[0]
    subject = tame(first.name) or tame(first.profile)
    words = f"{clean(subject, _NAME)}: {tame(first.words)}" if subject and first.sync_task_id else tame(first.words)
    more = f"{len(events)} alerts; " if len(events) > 1 else ""
    # It never begins with a digit: some terminals read a number there as a command of their own.
    return clean(f"omstui: {more}{words}", _WIDEST)


def notification(text: str, multiplexer: str) -> str:
    """Return the bytes that make a terminal show the text, as characters.

    Args:
        text: tamed; no control character may be in it.
        multiplexer: ``tmux`` or ``screen`` when one stands between, which is asked to pass it on; else empty.
    """
    return passed_through(f"\x1b]9;{tame(text)}\x07", multiplexer)
