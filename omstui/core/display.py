"""How the screen stands there: at a desk or on a wall."""

from dataclasses import dataclass

from omstui.core.span import span_seconds

_SHORTEST, _LONGEST = 5.0, 3600.0


@dataclass(frozen=True, slots=True)
class Display:
    """Chosen for one run, on the command line."""

    kiosk: bool = False
    """Nobody can change lists, credentials or what counts as seen, and nobody quits by accident."""

    cycle: float | None = None
    """Seconds for which each task is shown in big figures; ``None`` for the list."""


def parse_cycle(text: str) -> float:
    """Read ``20s`` or ``2m`` as seconds.

    Raises:
        ValueError: it is neither, or outside 5 s to 1 h.
    """
    text = text.strip().lower()
    try:
        seconds = span_seconds(text, "smh", bare="s")
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a time: write it as 20s or 2m") from None
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"a task cannot be shown for {text[:40]}: from 5s to 1h")
    return seconds
