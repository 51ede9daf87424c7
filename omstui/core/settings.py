"""What the user can choose, apart from profiles and tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from omstui.core.alert_settings import AlertSettings
from omstui.core.cadence import DEFAULT_INTERVAL, SHORTEST_INTERVAL

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_INTERVAL = 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one run: option, then `OMSTUI_*` variable, then `config.toml`, then these defaults."""

    interval: float = DEFAULT_INTERVAL
    """Seconds between two requests for one task."""

    theme: str = "omstui-dark"
    ascii: bool = False
    """Draw with ASCII characters only."""

    mouse: bool = True
    alerts: AlertSettings = field(default_factory=AlertSettings)
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Binding id to key, for remapped keys."""


def parse_interval(text: str) -> float:
    """Read ``90``, ``60s``, ``5m`` or ``1h`` as seconds.

    Raises:
        ValueError: it is none of these, or outside 10 s to 1 h.
    """
    text = text.strip().lower()
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        raise ValueError(f"{text!r} is not an interval: write it as 60s or 5m") from None
    if not SHORTEST_INTERVAL <= seconds <= _LONGEST_INTERVAL:
        raise ValueError(f"an interval of {text} is not possible: from {SHORTEST_INTERVAL:.0f}s to 1h")
    return seconds
