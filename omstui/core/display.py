"""How the screen stands there: at a desk or on a wall."""

from dataclasses import dataclass

_SHORTEST, _LONGEST = 5.0, 3600.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


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
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a time: write it as 20s or 2m") from None
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"a task cannot be shown for {text[:40]}: from 5s to 1h")
    return seconds
