"""Phrases that several commands use: expiry times, and regions."""

from datetime import datetime, tzinfo

from omstui.core.zone import EUROPEAN_REGIONS, REGIONS, nearest_regions, offset_name


def region_lines() -> list[str]:
    """Return a line for each region: name, place, zone."""
    return [f"{name:<16}{region.place:<31}{region.zone}" for name, region in REGIONS.items()]


def unlisted_sentence(region: str) -> str:
    """Return a sentence that a region is not in the list, with similar names; it may exist nevertheless."""
    if region in EUROPEAN_REGIONS:
        place = EUROPEAN_REGIONS[region].place
        return f"{region} ({place}) is of the European site: whether OMS is offered there shows in its answer."
    near = [f"{name} ({REGIONS[name].place})" for name in nearest_regions(region)]
    meant = f"Did you mean {' or '.join(near)}?" if near else "omstui regions lists them."
    return f"{region} is not among the regions that are known to offer OMS. {meant}"


def until(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return when something ends, and the time until then: ``2026-11-23 14:40 UTC+08:00, 21 h``."""
    minutes = (at - now).total_seconds() // 60
    if minutes < 0:
        left = "which has passed"
    elif minutes < 120:
        left = f"{minutes:.0f} min"
    else:
        left = f"{minutes // 60:,.0f} h" if minutes < 48 * 60 else f"{minutes // 1440:,.0f} days"
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {offset_name(zone, at)}, {left}"
