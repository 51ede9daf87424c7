"""`omstui regions`: where OMS is offered; and what to say about a region that is not in the list."""

import argparse
import json

from omstui.cli.surroundings import CliContext
from omstui.core.zone import EUROPEAN_REGIONS, REGIONS, nearest_regions

UNLISTED = (
    "Other regions may exist; the European site and partner clouds are reached by omstui login --endpoint https://..."
)


def regions(args: argparse.Namespace, around: CliContext) -> int:
    """List the regions."""
    if args.json:
        facts = [{"region": name, "place": one.place, "zone": one.zone} for name, one in REGIONS.items()]
        around.put(json.dumps(facts, indent=2))
        return 0
    for line in region_lines():
        around.put(line)
    around.say(UNLISTED)
    return 0


def region_lines() -> list[str]:
    """Return a line a region: name, place, zone."""
    return [f"{name:<16}{region.place:<31}{region.zone}" for name, region in REGIONS.items()]


def unlisted_sentence(region: str) -> str:
    """Say that a region is not in the list, and which ones have a similar name; it may exist all the same."""
    if region in EUROPEAN_REGIONS:
        place = EUROPEAN_REGIONS[region].place
        return f"{region} ({place}) is of the European site: whether OMS is offered there shows in its answer."
    near = [f"{name} ({REGIONS[name].place})" for name in nearest_regions(region)]
    meant = f"Did you mean {' or '.join(near)}?" if near else "omstui regions lists them."
    return f"{region} is not among the regions that are known to offer OMS. {meant}"
