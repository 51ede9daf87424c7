"""The options of `omstui doctor`."""

import argparse

from omstui.cli.parsers.parser import AddParser, add_demo, checked, new_parser
from omstui.cli.surroundings import CliContext
from omstui.core.profile import check_profile_name


def add_doctor(add_parser: AddParser) -> None:
    """Define `omstui doctor`."""
    parser = new_parser(
        add_parser,
        "doctor",
        help="say what is wrong here, and what to run next",
        description="Look at terminal, files, configuration, keys, keyring, proxies, and at each profile's endpoint, "
        "clock, credential and permissions.",
        epilog="""\
Each profile is asked three times at most, with harmless requests, and signs in once. Nothing is changed, and no
secret is printed. What is not tried is listed as skipped.

exit codes:
  0 no error; there may be warnings   2 an error in configuration, files or environment of this machine
  3 an error of network, service or credential, and none here   130 interrupted

examples:
  omstui doctor
  omstui doctor --offline              ask nobody
  omstui doctor --demo                 the profiles of a pretend OMS; needs no account
  omstui doctor --profile prod --json | jq -r '.findings[] | select(.level == "error") | .next'""",
    )
    parser.set_defaults(run=_doctor)
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="look at this profile only")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as an object of JSON; --schema prints what is in it")
    form.add_argument("--schema", action="store_true", help="print the JSON schema of --json, and look at nothing")
    parser.add_argument("--offline", action="store_true", help="look at this machine only, and ask no service")
    add_demo(parser)


def _doctor(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.doctor import doctor

    return doctor(args, around)
