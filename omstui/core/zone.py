"""The regions in which OMS is offered, and the time zones in which months are named and times are shown."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from msgspec import Struct

_OMS_HOST = re.compile(r"oms\.([a-z0-9-]+)\.myhuaweicloud\.(?:com|eu)")


class Region(Struct, frozen=True):
    """A region of the cloud."""

    place: str
    zone: str
    """A time zone as `parse_zone` reads it; an offset if its clocks never change."""


REGIONS = {
    "cn-north-1": Region("Beijing 1", "UTC+08:00"),
    "cn-north-4": Region("Beijing 4", "UTC+08:00"),
    "cn-north-9": Region("Ulanqab 1", "UTC+08:00"),
    "cn-north-12": Region("North China 12", "UTC+08:00"),
    "cn-east-2": Region("Shanghai 2", "UTC+08:00"),
    "cn-east-3": Region("Shanghai 1", "UTC+08:00"),
    "cn-east-4": Region("East China 2", "UTC+08:00"),
    "cn-south-1": Region("Guangzhou", "UTC+08:00"),
    "cn-south-4": Region("Guangzhou, friendly-user zone", "UTC+08:00"),
    "cn-southwest-2": Region("Guiyang 1", "UTC+08:00"),
    "ap-southeast-1": Region("Hong Kong", "UTC+08:00"),
    "ap-southeast-2": Region("Bangkok", "UTC+07:00"),
    "ap-southeast-3": Region("Singapore", "UTC+08:00"),
    "ap-southeast-4": Region("Jakarta", "UTC+07:00"),
    "ap-southeast-5": Region("Manila", "UTC+08:00"),
    "la-north-2": Region("Mexico City 2", "UTC-06:00"),
    "la-south-2": Region("Santiago", "America/Santiago"),
    "sa-brazil-1": Region("Sao Paulo 1", "UTC-03:00"),
    "tr-west-1": Region("Istanbul", "UTC+03:00"),
    "me-east-1": Region("Riyadh", "UTC+03:00"),
    "af-south-1": Region("Johannesburg", "UTC+02:00"),
}
"""The 21 regions of the SDK's list (version 3.1.219)."""

EUROPEAN_REGIONS = {"eu-west-101": Region("Dublin", "Europe/Dublin")}
"""Regions outside that list: it is not known if the European site offers OMS there; only place and zone are used."""


def region_endpoint(region: str) -> str:
    """Build the OMS endpoint of a region, known or new, by the host pattern of the SDK."""
    domain = "eu" if region.startswith("eu-") else "com"
    return f"https://oms.{region}.myhuaweicloud.{domain}"


def region_of_host(host: str) -> str | None:
    """Return the region that an OMS host name belongs to, ``None`` for foreign hosts."""
    match = _OMS_HOST.fullmatch(host.lower())
    return match.group(1) if match else None


def nearest_regions(text: str) -> list[str]:
    """Return at most three regions whose name or place resembles the text, the best match first."""
    from difflib import get_close_matches  # needed only after a mistake

    word = text.strip().casefold()
    at_place = [name for name, region in REGIONS.items() if len(word) > 2 and word in region.place.casefold()]
    return list(dict.fromkeys([*at_place, *get_close_matches(word, REGIONS, cutoff=0.7)]))[:3]


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
            from zoneinfo import ZoneInfo  # loads Python's build configuration; most zones are offsets

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

    The service documents no zone; two hints in its reference point to the region's local time. Regions of mainland
    China have UTC+08:00, other known regions their own zone, unknown regions UTC. The screen always shows the zone.
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


def read_iso_time(value: object) -> datetime | None:
    """Read ``2020-01-04T09:05:22.701000Z`` as a time in UTC, also without an offset; ``None`` when it is not a time."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
