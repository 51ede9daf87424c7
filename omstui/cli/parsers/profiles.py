"""The options of `omstui profiles` and `omstui logout`."""

import argparse

from omstui.cli.parsers.parser import ONLY, AddParser, checked, new_parser
from omstui.cli.surroundings import CliContext
from omstui.core.profile import check_profile_name


def add_logout(add_parser: AddParser) -> None:
    """Define `omstui logout`."""
    parser = new_parser(
        add_parser,
        "logout",
        help="forget a profile's secrets",
        description="Forget the secrets of a profile; the profile itself and its tasks stay.",
        epilog="example:\n  omstui logout prod",
    )
    parser.set_defaults(run=_logout)
    parser.add_argument("profile", nargs="?", type=checked(check_profile_name), metavar="PROFILE", help=ONLY)


def add_profiles(add_parser: AddParser) -> None:
    """Define `omstui profiles`."""
    parser = new_parser(
        add_parser,
        "profiles",
        help="list profiles, and where their secrets are",
        description="List the profiles: name, endpoint, project, way to sign in, zone, and where the secret is.",
        epilog="example:\n  omstui profiles --json | jq -r '.[].name'",
    )
    parser.set_defaults(run=_profiles)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


def _logout(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli import commands

    return commands.logout(args, around)


def _profiles(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli import commands

    return commands.profiles(args, around)
