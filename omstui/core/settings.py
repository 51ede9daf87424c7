"""The user's settings, apart from profiles and tasks."""

from collections.abc import Mapping
from datetime import timedelta
from math import inf
from types import MappingProxyType

from msgspec import Struct, field

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
"""Seconds in each unit."""


def span_seconds(text: str, units: str, *, bare: str = "") -> float:
    """Read a number with a unit as seconds; like `float`, it accepts negative and infinite numbers and NaN.

    Args:
        text: the number with its unit.
        units: the accepted units, keys of `SECONDS`.
        bare: the unit of a number without one; empty when a unit is required.

    Raises:
        ValueError: the text is not such a number.
    """
    has_unit = text.endswith(tuple(units))
    if not (has_unit or bare):
        raise ValueError(f"{text[:40]!r} has no unit")
    number, unit = (text[:-1], text[-1:]) if has_unit else (text, bare)
    return float(number) * SECONDS[unit]


DEFAULT_BURST = 100


class AlertSettings(Struct, frozen=True):
    """The table `[alerts]` of `config.toml`; the event log holds everything in any case."""

    quiet: bool = False
    """Whether alerts ring no bell, show no terminal notification and run no command."""

    on_alert: tuple[str, ...] = ()
    """The program to run for each alert, and its arguments; none by default."""

    burst: int = DEFAULT_BURST
    """How many failures within ten minutes raise an alarm."""


_SHORTEST, _LONGEST = 5.0, 3600.0


class KioskPolicy(Struct, frozen=True):
    """The kiosk options of one run, from the command line."""

    kiosk: bool = False
    """Whether keys cannot change lists, credentials or what counts as seen, nor quit by accident."""

    cycle: float | None = None
    """Seconds for which each task is shown in big figures; ``None`` shows the list."""


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


DEFAULT_INTERVAL = 60.0
"""Seconds between two requests for one task; the counters seem to move in five-minute buckets."""


SHORTEST_INTERVAL = 10.0


KEPT_FOR = timedelta(days=400)
"""How far back the history reaches by default: a year and a month to compare with."""

_SHORTEST_HISTORY, _LONGEST_HISTORY = 9, 4000
_DAYS = {"d": 1, "w": 7, "y": 365}
_LONGEST_INTERVAL = 3600.0


class Settings(Struct, frozen=True):
    """Settings of one run, in order of precedence: option, `OMSTUI_*` variable, `config.toml`, these defaults."""

    interval: float = DEFAULT_INTERVAL
    """Seconds between two requests for one task."""

    silent_after: float | None = None
    """Seconds of quiet after which a task is silent; ``None`` uses each task's own habit, infinity means never."""

    theme: str = "omstui-dark"
    ascii: bool = False
    """Draw with ASCII characters only."""

    mouse: bool = True
    thin: bool = False
    """Whether the clock leaves out the seconds, for a slow connection."""

    alerts: AlertSettings = field(default_factory=AlertSettings)
    history: timedelta | None = KEPT_FOR
    """How far back answers and events are kept; ``None`` keeps none."""

    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Binding id to key, for remapped keys."""


def parse_interval(text: str) -> float:
    """Read ``90``, ``60s``, ``5m`` or ``1h`` as seconds.

    Raises:
        ValueError: it is none of these, or outside 10 s to 1 h.
    """
    text = text.strip().lower()
    try:
        seconds = span_seconds(text, "smh", bare="s")
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not an interval: write it as 60s or 5m") from None
    if not SHORTEST_INTERVAL <= seconds <= _LONGEST_INTERVAL:
        raise ValueError(f"an interval of {text[:40]} is not possible: from {SHORTEST_INTERVAL:.0f}s to 1h")
    return seconds


def parse_history(text: str) -> timedelta | None:
    """Read ``400d``, ``60w`` or ``2y``, or ``off`` (``None``): how far back the history reaches.

    Raises:
        ValueError: it is none of these, or outside 9 days to 4000 days.
    """
    text = text.strip().lower()
    if text == "off":
        return None
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in _DAYS):
        raise ValueError(f"{text[:40]!r} is not a span of days: write it as 400d or 2y, or off")
    days = int(number[:9]) * _DAYS[unit]
    if not _SHORTEST_HISTORY <= days <= _LONGEST_HISTORY:
        raise ValueError(f"a history of {text[:40]} is not possible: from {_SHORTEST_HISTORY}d to {_LONGEST_HISTORY}d")
    return timedelta(days=days)


_SHORTEST_SILENCE, _LONGEST_SILENCE = 60.0, 90 * 86_400.0


def parse_silence(text: str) -> float | None:
    """Read ``2h`` or ``1d`` as seconds, ``off`` as infinity, and ``auto`` as ``None``.

    Raises:
        ValueError: it is none of these, or outside 1 min to 90 d.
    """
    text = text.strip().lower()
    if text in {"auto", "off"}:
        return None if text == "auto" else inf
    try:
        seconds = span_seconds(text, "smhd")
    except ValueError:
        raise ValueError(f'{text[:40]!r} is not a time: write it as 2h or 1d, or say "auto" or "off"') from None
    if not _SHORTEST_SILENCE <= seconds <= _LONGEST_SILENCE:
        raise ValueError(f"silence after {text[:40]} is not possible: from 1m to 90d")
    return seconds
