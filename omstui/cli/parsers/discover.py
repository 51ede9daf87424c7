"""The options of `omstui discover` and `omstui regions`."""

import argparse

from omstui.cli.parsers.parser import AddParser, add_demo, checked, new_parser
from omstui.cli.surroundings import CliContext
from omstui.core.profile import check_profile_name


def add_discover(add_parser: AddParser) -> None:
    """Define `omstui discover`."""
    parser = new_parser(
        add_parser,
        "discover",
        help="list the tasks that your projects have, and watch them",
        description="Ask each profile's project which tasks it has, and mark those that are watched.",
        epilog="""\
Tasks go to stdout, words to stderr. It needs the permission oms:synctask:list; without it, omstui add ID watches
a task whose id is known.

exit codes: 0 well, 2 usage or configuration, 3 a project could not be asked, 130 interrupted

examples:
  omstui discover
  omstui discover --demo                   the tasks of a pretend OMS; needs no account
  omstui discover --profile prod --add     watch all that it has
  omstui discover --add 0d146099-8cf4-437d-b6ef-88e043771c8b
  omstui discover --json | jq -r '.tasks[] | select(.watched | not) | .sync_task_id'""",
    )
    parser.set_defaults(run=_discover)
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="this profile only")
    parser.add_argument(
        "--add",
        nargs="*",
        metavar="ID",
        help="watch what is found and not watched yet: all of it, or these ids, prod/ID too; write it last",
    )
    parser.add_argument("--json", action="store_true", help="as an object of JSON")
    add_demo(parser)


def add_regions(add_parser: AddParser) -> None:
    """Define `omstui regions`."""
    parser = new_parser(
        add_parser,
        "regions",
        help="list the regions that offer OMS",
        description="List the regions that are known to offer OMS: name, place, and the zone that names months there.",
        epilog="""\
Others may exist: login takes any region's name. The European site and partner clouds are reached by their own
address, with omstui login --endpoint.

example:
  omstui regions | grep -i singapore""",
    )
    parser.set_defaults(run=_regions)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


def _discover(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.discover import discover

    return discover(args, around)


def _regions(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.regions import regions

    return regions(args, around)
