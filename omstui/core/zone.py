"""The time zones in which months are named and times are shown."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from omstui.core.region import EUROPEAN_REGIONS, REGIONS

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_WIDEST_HOURS = 14


def parse_zone(text: str) -> tzinfo:
    """Read ``UTC``, an offset such as ``UTC+08:00``, or a name such as ``America/Santiago``.

    Raises:
        ValueError: the text is none of these; the message says what is accepted.
    """
    text = text.strip()
    if text.upper() in {"UTC", "GMT", "Z"}:
        return UTC
    if match := _OFFSET.fullmatch(text):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset <= timedelta(hours=_WIDEST_HOURS):
            return timezone(offset if sign == "+" else -offset)
    else:
        try:
            from zoneinfo import ZoneInfo  # reads all that Python was built with; most zones are offsets

            return ZoneInfo(text)
        except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError, handled below
            pass
        except KeyError:
            pass
    raise ValueError(
        f"{text!r} is not a time zone: use UTC, an offset such as UTC+08:00, or a name such as Asia/Shanghai"
    )


def offset_name(zone: tzinfo, at: datetime) -> str:
    """Name the zone by its offset at that moment: ``UTC+08:00``."""
    return written_offset(at.astimezone(zone).utcoffset() or timedelta())


def written_offset(offset: timedelta) -> str:
    """Write an offset from UTC: ``UTC+08:00``."""
    sign = "-" if offset < timedelta() else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"UTC{sign}{minutes // 60:02}:{minutes % 60:02}"


def region_zone(region: str | None) -> tzinfo:
    """Return the zone that most likely decides where a month begins in this region.

    The service documents none; two hints in its reference point to the region's local time. Regions of mainland China
    are UTC+08:00, other known regions have their own, and for unknown ones it is UTC: the screen always prints it.
    """
    if region is None:
        return UTC
    if region.startswith("cn-"):
        return timezone(timedelta(hours=8))
    known = REGIONS.get(region) or EUROPEAN_REGIONS.get(region)
    if known is None:
        return UTC
    try:
        return parse_zone(known.zone)
    except ValueError:  # a machine without a time zone database
        return UTC
