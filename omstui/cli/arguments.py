"""The screen's options, and the commands beside it."""

import argparse
import shlex
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from omstui import __version__
from omstui.cli.parsers.completion import add_completion
from omstui.cli.parsers.discover import add_discover, add_regions
from omstui.cli.parsers.doctor import add_doctor
from omstui.cli.parsers.login import add_login
from omstui.cli.parsers.parser import Parser, checked, new_parser
from omstui.cli.parsers.profiles import add_logout, add_profiles
from omstui.cli.parsers.scripts import add_once, add_report, add_watch
from omstui.cli.parsers.watchlist import add_add, add_list, add_remove
from omstui.cli.surroundings import CliContext
from omstui.core.month import Month
from omstui.core.profile import check_profile_name
from omstui.core.settings import parse_cycle, parse_interval
from omstui.ui.drawing.colours import THEME_NAMES

Command = Callable[[argparse.Namespace, CliContext], int]

_SCREEN_OPTIONS = {
    "demo": "--demo",
    "screen_profile": "--profile",
    "month": "--month",
    "interval": "--interval",
    "ascii": "--ascii",
    "theme": "--theme",
    "no_mouse": "--no-mouse",
    "thin": "--thin",
    "quiet": "--quiet",
    "kiosk": "--kiosk",
    "cycle": "--cycle",
    "log_file": "--log-file",
}
_FLAGS = frozenset({"--demo", "--ascii", "--no-mouse", "--thin", "--quiet", "--kiosk", "--"})
"""Those that take no value."""

_COMMAND_OPTIONS = ("--token-command", "--key-command")
"""Those whose value is a command, which may hold a secret."""

_OF_COMMANDS = {"demo": "pretend", "screen_profile": "profile", "month": "of_month", "interval": "every"}
"""What commands call the same options, where they have them."""

_SECRET_OPTIONS = frozenset(
    {"access-key", "ak", "passwd", "password", "secret", "secret-key", "security-token", "sk", "token"}
)
"""What people might try."""


def parse(argv: Sequence[str], screen: Command) -> argparse.Namespace:
    """Read the arguments; `run` of the result is the command, `screen` where none is named.

    Raises:
        SystemExit: they cannot be read, or help was asked for; argparse has said so.
    """
    args, strays = parser_for(screen).parse_known_args(argv)
    if strays:
        args.parser.error(_stray_sentence(strays))
    if args.run is not screen:
        _hand_on(args, argv)
    return args


def _hand_on(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Give options that stand before a command to the command; what stands behind it goes first.

    Raises:
        SystemExit: the command has no such option; the line that works has been said.
    """
    unknown = []
    for name, option in _SCREEN_OPTIONS.items():
        value, own = getattr(args, name), _OF_COMMANDS.get(name, "")
        if value is not None and not hasattr(args, own):
            unknown.append(option)
        elif value is not None and not getattr(args, own):
            setattr(args, own, value)
    if unknown:
        command = args.parser.prog.partition(" ")[2]
        args.parser.error(f"{command} takes no {' and no '.join(unknown)}", _line_without(unknown, command, argv))


def _line_without(unknown: Collection[str], command: str, argv: Sequence[str]) -> str:
    """Return the command line without these options before the command, and without what may hold a secret."""
    before: list[str] = []
    words = iter(argv)
    for word in words:
        if word == command:
            break
        option, has_value, _ = word.partition("=")
        value = [] if has_value or option in _FLAGS else [next(words, "")]
        if option not in unknown:
            before += [word, *value]
    behind = list(words)
    for place, word in enumerate(behind):
        option, has_value, _ = word.partition("=")
        if has_value and option in _COMMAND_OPTIONS:
            behind[place] = f"{option}=COMMAND"
        elif place and behind[place - 1] in _COMMAND_OPTIONS:
            behind[place] = "COMMAND"
    return shlex.join(["omstui", *before, command, *behind])


def _stray_sentence(strays: Sequence[str]) -> str:
    """Name the options that there are not; what stands beside them is not repeated, it might be a secret."""
    names = [stray.partition("=")[0] for stray in strays if stray.startswith("--")]
    said = f"unrecognized arguments: {' '.join(names) or 'one word too many'}"
    if any(name.removeprefix("--") in _SECRET_OPTIONS for name in names):
        said += " (a secret is never an argument: login asks for it, or reads it from stdin with --secret-stdin)"
    return said


def parser_for(screen: Command) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `screen` is run where no command is named."""
    parser = new_parser(
        Parser,
        prog="omstui",
        description="Watch Huawei Cloud OMS synchronization tasks. Without a command, the screen opens.",
        epilog="""\
examples:
  omstui --demo                     look at a pretend OMS; needs no account
  omstui login prod --region cn-north-4 --project-id ID
  omstui add ID --label invoices
  omstui
  omstui --kiosk --cycle 20s        on a wall, in figures to be read from far away

Each option can also be set by a variable (OMSTUI_PROFILE, OMSTUI_MONTH, OMSTUI_INTERVAL, OMSTUI_ASCII,
OMSTUI_THEME, OMSTUI_NO_MOUSE, OMSTUI_THIN, OMSTUI_QUIET, OMSTUI_KIOSK, OMSTUI_CYCLE, OMSTUI_LOG_FILE); the option goes
first, then the variable, then config.toml.
OMSTUI_TOKEN holds a token for machines without a keyring; it is used and never stored.
exit codes: 0 well, 1 a --fail-on condition holds, 2 usage or configuration, 3 network or credential,
130 interrupted""",
    )
    parser.set_defaults(run=screen)
    parser.add_argument("--version", action="version", version=f"omstui {__version__}")
    parser.add_argument("--demo", action="store_const", const=True, help="show a pretend OMS; touches nothing of yours")
    parser.add_argument(
        "--profile",
        dest="screen_profile",
        type=checked(check_profile_name),
        metavar="P",
        help="show the tasks of this profile only",
    )
    parser.add_argument("--month", type=checked(Month.parse), metavar="YYYY-MM", help="show this month first")
    parser.add_argument(
        "--interval", type=checked(parse_interval), metavar="60s", help="ask for each task this often, 10s to 1h"
    )
    parser.add_argument("--ascii", action="store_const", const=True, help="draw with ASCII characters only")
    parser.add_argument("--theme", metavar="T", help=f"colours: {', '.join(THEME_NAMES)}")
    parser.add_argument("--no-mouse", action="store_const", const=True, help="leave the mouse to the terminal")
    parser.add_argument("--thin", action="store_const", const=True, help="a clock without seconds, for a slow line")
    parser.add_argument(
        "--kiosk", action="store_const", const=True, help="for a wall: no edits, no mouse, ctrl+q twice quits"
    )
    parser.add_argument(
        "--cycle",
        type=checked(parse_cycle),
        metavar="20s",
        help="one task after the other in big figures, 5s to 1h each",
    )
    parser.add_argument(
        "--quiet", action="store_const", const=True, help="no bell, no notification, no on_alert command; the log only"
    )
    parser.add_argument("--log-file", type=Path, metavar="F", help="write a log there, without secrets")
    add_parser = parser.add_subparsers(title="commands", metavar="COMMAND", prog="omstui").add_parser
    add_login(add_parser)
    add_logout(add_parser)
    add_profiles(add_parser)
    add_add(add_parser)
    add_remove(add_parser)
    add_list(add_parser)
    add_discover(add_parser)
    add_regions(add_parser)
    add_once(add_parser)
    add_watch(add_parser)
    add_report(add_parser)
    add_doctor(add_parser)
    add_completion(add_parser)
    return parser
