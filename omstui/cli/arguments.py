"""Reads the command line: the screen's options, the commands, and the options of the named command."""

import argparse
import shlex
from collections.abc import Callable, Collection, Sequence
from functools import partial

from omstui import __version__
from omstui.cli.commands.screen import FLAGS, SCREEN_OPTIONS, screen, screen_options
from omstui.cli.context.context import CliContext
from omstui.cli.context.options import MakeParser, Parser, new_parser

Command = Callable[[argparse.Namespace, CliContext], int]

COMMANDS = {
    "login": "make or renew a profile and its credential",
    "logout": "forget a profile's secrets",
    "profiles": "list profiles, and where their secrets are",
    "add": "watch tasks",
    "remove": "watch tasks no longer",
    "list": "print the watch list",
    "discover": "list the tasks that your projects have, and watch them",
    "regions": "list the regions that offer OMS",
    "once": "ask each task once and print what it says",
    "watch": "print a line of JSON for each change",
    "report": "print a month of all tasks, with totals",
    "doctor": "say what is wrong here, and what to run next",
    "completion": "print what makes a shell complete omstui's words",
}
"""The commands, each with a summary."""


_COMMAND_OPTIONS = ("--token-command", "--key-command")
"""Options whose value is a command, which may contain a secret."""

_OF_COMMANDS = {"demo": "pretend", "screen_profile": "profile", "month": "of_month", "interval": "every"}
"""The commands' names for the same options, where they have them."""

_SECRET_OPTIONS = frozenset(
    {"access-key", "ak", "passwd", "password", "secret", "secret-key", "security-token", "sk", "token"}
)
"""Option names that users might try for a secret."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; `run` of the result is the command, `screen` when none is named.

    Raises:
        SystemExit: they are invalid, or help was requested; argparse has printed it.
    """
    args, strays = parser_for(argv).parse_known_args(argv)
    if strays:
        args.parser.error(_stray_sentence(strays))
    if args.run is not screen:
        _hand_on(args, argv)
    return args


def _hand_on(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Pass options before a command to the command; its own options override them.

    Raises:
        SystemExit: the command has no such option; the correct command line has been printed.
    """
    unknown = []
    for name, option in SCREEN_OPTIONS.items():
        value, own = getattr(args, name), _OF_COMMANDS.get(name, "")
        if value is not None and not hasattr(args, own):
            unknown.append(option)
        elif value is not None and not getattr(args, own):
            setattr(args, own, value)
    if unknown:
        command = args.parser.prog.partition(" ")[2]
        args.parser.error(f"{command} takes no {' and no '.join(unknown)}", _line_without(unknown, command, argv))


def _line_without(unknown: Collection[str], command: str, argv: Sequence[str]) -> str:
    """Return the command line without these options before the command, and without possible secrets."""
    before: list[str] = []
    words = iter(argv)
    for word in words:
        if word == command:
            break
        option, has_value, _ = word.partition("=")
        value = [] if has_value or option in FLAGS else [next(words, "")]
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
    """Return a sentence that names the unknown options, but not their values, which may be secrets."""
    names = [stray.partition("=")[0] for stray in strays if stray.startswith("--")]
    said = f"unrecognized arguments: {' '.join(names) or 'one word too many'}"
    if any(name.removeprefix("--") in _SECRET_OPTIONS for name in names):
        said += " (a secret is never an argument: login asks for it, or reads it from stdin with --secret-stdin)"
    return said


def parser_for(words: Collection[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Args:
        words: the words of the command line; commands that are not among them get no options. ``None`` for all
            commands.
    """
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
    screen_options(parser)
    add_parser = parser.add_subparsers(title="commands", metavar="COMMAND", prog="omstui").add_parser
    for name, summary in COMMANDS.items():
        make = partial(new_parser, add_parser, name, help=summary)
        if words is None or name in words:
            _options_of(name)(make)
        else:
            make()
    return parser


def _options_of(command: str) -> Callable[[MakeParser], None]:  # noqa: PLR0912 - a branch for each command
    """Return the function that defines a command's options; only this command's file is imported."""
    match command:
        case "login":
            from omstui.cli.commands.login import login_options as define
        case "logout":
            from omstui.cli.commands.profiles import logout_options as define
        case "profiles":
            from omstui.cli.commands.profiles import profiles_options as define
        case "add":
            from omstui.cli.commands.watchlist import add_options as define
        case "remove":
            from omstui.cli.commands.watchlist import remove_options as define
        case "list":
            from omstui.cli.commands.watchlist import list_options as define
        case "discover":
            from omstui.cli.commands.discover import discover_options as define
        case "regions":
            from omstui.cli.commands.regions import regions_options as define
        case "once":
            from omstui.cli.commands.once import once_options as define
        case "watch":
            from omstui.cli.commands.watch import watch_options as define
        case "report":
            from omstui.cli.commands.report import report_options as define
        case "doctor":
            from omstui.cli.doctor.doctor import doctor_options as define
        case _:
            from omstui.cli.completion import completion_options as define
    return define
