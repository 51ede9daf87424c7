"""Formats words, figures and times for the screen."""

from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len, set_cell_size

from omstui.core.text import tame
from omstui.core.zone import offset_name

MISSING = "–"
"""Stands for a value that was not reported."""

_SAME_DAY = timedelta(hours=12)
"""Up to this distance a time of day is clear without its date."""

_SAME_MONTH = timedelta(days=27)
_SAME_YEAR = timedelta(days=350)
_POWERS = ("", "k", "M", "G", "T", "P", "E")


def clean(text: str, width: int) -> str:
    """Return foreign text tamed and cut to this many cells; every foreign string must pass here before it is drawn."""
    return cut(tame(text), width)


def cut(text: str, width: int) -> str:
    """Return text cut to this many cells, with an ellipsis when something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def exact(number: int | None) -> str:
    """Return a count with all its digits."""
    return MISSING if number is None else f"{number:,}"


def count(number: int | None, width: int) -> str:
    """Return a count with all its digits if they fit, else rounded down to three figures: ``9.22 E``."""
    text = exact(number)
    if number is None or len(text) <= width:
        return text
    return _scaled(number, " ")


def counts_within(width: int, total: int | None, new: int) -> tuple[str, str]:
    """Return a count and its new part, ``1,100`` and ``+150``, which fit this many cells with a blank between them.

    If they do not fit, the count is rounded down with its unit; else it is left out, since the new part matters more.
    """
    added = f"+{new:,}"
    if len(added) > width:
        added = f"+{_scaled(new, '')}"
    totals = [exact(total)] if total is None else [exact(total), _scaled(total, " "), _scaled(total, "")]
    room = width - len(added) - 1
    return next((text for text in totals if len(text) <= room), ""), added


def size(number: int | None) -> str:
    """Return bytes in decimal units, rounded down to three figures: ``38.2 TB``."""
    if number is None:
        return MISSING
    return f"{number} B" if number < 1000 else f"{_scaled(number, ' ')}B"


def _scaled(number: int, gap: str) -> str:
    power = min((len(str(number)) - 1) // 3, len(_POWERS) - 1)
    unit = 10 ** (3 * power)
    whole = number // unit
    decimals = max(0, 3 - len(str(whole))) if power else 0
    if not decimals:
        return f"{whole}{gap}{_POWERS[power]}"
    fraction = number % unit * 10**decimals // unit
    return f"{whole}.{fraction:0{decimals}}{gap}{_POWERS[power]}"


def percent(part: int | None, whole: int | None) -> str:
    """Return a share in percent, never rounded up to 100 or down to 0."""
    if part is None or not whole:
        return "n/a"
    thousandths = part * 100_000 // whole
    if thousandths == 0 and part:
        return "<0.001 %"
    return f"{thousandths // 1000}.{thousandths % 1000:03} %"


def clock(at: datetime | None, zone: tzinfo) -> str:
    """Return the time of day: ``17:40:05``."""
    return MISSING if at is None else at.astimezone(zone).strftime("%H:%M:%S")


def moment_text(at: datetime, zone: tzinfo) -> str:
    """Return date, time and offset: ``2023-11-22 15:52:40 UTC+08:00``."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {offset_name(zone, at)}"


def seen_at(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return the time of an answer: the time of day, with the date when it is half a day away or more."""
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}" if abs(now - at) < _SAME_DAY else f"{local:%d %b %H:%M}"


def seen_shortly(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return the time of an answer in at most 8 cells: ``17:40:05``, ``22 21:33``, ``22 Nov``, ``Nov 2026``."""
    local = at.astimezone(zone)
    distance = abs(now - at)
    if distance < _SAME_DAY:
        return f"{local:%H:%M:%S}"
    if distance < _SAME_MONTH:
        return f"{local:%d %H:%M}"
    return f"{local:%d %b}" if distance < _SAME_YEAR else f"{local:%b %Y}"


def span(duration: timedelta) -> str:
    """Return a duration in one or two units: ``40 s``, ``10 min``, ``3 h 20 min``, ``5 d``."""
    seconds = max(int(duration.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if hours < 10 and minutes else f"{hours} h"
    return f"{hours // 24} d"


def brief(duration: timedelta) -> str:
    """Return a duration in one unit and few cells: ``25s``, ``25m``, ``3h``."""
    seconds = max(int(duration.total_seconds()), 0)
    minutes = seconds // 60
    if not minutes:
        return f"{seconds}s"
    return f"{minutes}m" if minutes < 100 else f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def per_minute(speed: float) -> str:
    """Return a speed of objects: ``+1,320/min``."""
    return f"+{speed:,.0f}/min" if speed >= 10 or speed == 0 else f"+{speed:.1f}/min"
