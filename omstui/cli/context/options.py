"""Options and parsers that all commands share."""

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeVar

from omstui.backend.secrets.redact import mask_own
from omstui.cli.context.context import USAGE
from omstui.core.profile import check_profile_name
from omstui.core.text import tame

ONLY = "default: the only one, or the one named default"
"""The profile that is meant when none is named."""

NAMES = "id, prod/ID where prod is a profile, label, or the name that the list shows"
"""The ways to name a watched task."""

MakeParser = Callable[..., argparse.ArgumentParser]
"""Makes the parser of one command from its description and its epilog."""

_T = TypeVar("_T")


class Parser(argparse.ArgumentParser):
    """Reports invalid arguments in one line, with the command that explains them."""

    def error(self, message: str, next_command: str | None = None) -> NoReturn:
        """Exit with the line; possible secrets in it are masked."""
        said = f"omstui: {message.removesuffix('.')}. Next: {next_command or f'{self.prog} --help'}"
        self.exit(USAGE, f"{tame(mask_own(said))}\n")


def new_parser(make: MakeParser, *args: str, **kwargs: str) -> argparse.ArgumentParser:
    """Return a parser that keeps the layout of its texts, and accepts no abbreviated options.

    The parsed arguments hold the parser as `parser`: that of the command, if one is named.
    """
    parser = make(*args, **kwargs, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.set_defaults(parser=parser)
    return parser


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the option that runs a command with the demo instead of the user's data."""
    parser.add_argument("--demo", dest="pretend", action="store_true", help="those of a pretend OMS; needs no account")


def add_tasks(parser: argparse.ArgumentParser) -> None:
    """Add the words and options that choose a command's tasks."""
    parser.add_argument(
        "tasks", nargs="*", metavar="ID|LABEL", help=f"which tasks: {NAMES} (default: all that are watched)"
    )
    parser.add_argument(
        "--profile", type=checked(check_profile_name), metavar="P", help="the tasks of this profile only"
    )
    add_demo(parser)


def checked(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """Make argparse print the messages of this function's errors."""

    def typed(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed
