"""`omstui regions`: lists the regions that offer OMS."""

import argparse
import json

from omstui.cli.context.context import CliContext
from omstui.cli.context.options import MakeParser
from omstui.cli.output.words import region_lines
from omstui.core.zone import REGIONS


def regions_options(make: MakeParser) -> None:
    """Define the options of `omstui regions`."""
    parser = make(
        description="List the regions that are known to offer OMS: name, place, and the zone that names months there.",
        epilog="""\
Others may exist: login takes any region's name. The European site and partner clouds are reached by their own
address, with omstui login --endpoint.

example:
  omstui regions | grep -i singapore""",
    )
    parser.set_defaults(run=regions)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


UNLISTED = (
    "Other regions may exist; the European site and partner clouds are reached by omstui login --endpoint https://..."
)


def regions(args: argparse.Namespace, context: CliContext) -> int:
    """List the regions."""
    if args.json:
        facts = [{"region": name, "place": one.place, "zone": one.zone} for name, one in REGIONS.items()]
        context.print(json.dumps(facts, indent=2))
        return 0
    for line in region_lines():
        context.print(line)
    context.say(UNLISTED)
    return 0
