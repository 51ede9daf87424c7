"""Moments in words for the command line."""

from datetime import datetime, tzinfo

from omstui.core.zone import offset_name


def until(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Write when something ends and how long that is from now: ``2026-11-23 14:40 UTC+08:00, 21 h``."""
    minutes = (at - now).total_seconds() // 60
    if minutes < 0:
        left = "which has passed"
    elif minutes < 120:
        left = f"{minutes:.0f} min"
    else:
        left = f"{minutes // 60:,.0f} h" if minutes < 48 * 60 else f"{minutes // 1440:,.0f} days"
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {offset_name(zone, at)}, {left}"
