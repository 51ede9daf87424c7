"""The regions in which OMS is offered, by the SDK's endpoint list and the documentation's place names."""

import re
from dataclasses import dataclass

_OMS_HOST = re.compile(r"oms\.([a-z0-9-]+)\.myhuaweicloud\.(?:com|eu)")


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the cloud."""

    place: str
    zone: str
    """A time zone as `parse_zone` reads it; offsets where clocks never change."""


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
"""The 21 of the SDK's list (3.1.219)."""

EUROPEAN_REGIONS = {"eu-west-101": Region("Dublin", "Europe/Dublin")}
"""Not in that list: whether the European site offers OMS there is not known; only place and zone are used."""


def region_endpoint(region: str) -> str:
    """Build the OMS endpoint of a region, known or new, by the host pattern of the SDK."""
    domain = "eu" if region.startswith("eu-") else "com"
    return f"https://oms.{region}.myhuaweicloud.{domain}"


def region_of_host(host: str) -> str | None:
    """Return the region that an OMS host name belongs to, ``None`` for foreign hosts."""
    match = _OMS_HOST.fullmatch(host.lower())
    return match.group(1) if match else None


def nearest_regions(text: str) -> list[str]:
    """Return the regions whose name or place is like this, the likeliest first, three at most."""
    from difflib import get_close_matches  # needed for mistakes alone

    word = text.strip().casefold()
    at_place = [name for name, region in REGIONS.items() if len(word) > 2 and word in region.place.casefold()]
    return list(dict.fromkeys([*at_place, *get_close_matches(word, REGIONS, cutoff=0.7)]))[:3]
