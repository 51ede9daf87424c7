"""What the parsers of all commands share."""

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeVar

from omstui.backend.secrets.redact import mask_own
from omstui.cli.surroundings import USAGE
from omstui.core.text import tame

ONLY = "default: the only one, or the one named default"
"""Which profile is meant where none is named."""

NAMES = "id, prod/ID where prod is a profile, label, or the name that the list shows"
"""What a watched task can be named by."""

AddParser = Callable[..., argparse.ArgumentParser]

_T = TypeVar("_T")


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments, and which command explains them."""

    def error(self, message: str, next_command: str | None = None) -> NoReturn:
        """End with the line, in which a secret at the wrong place is not repeated."""
        said = f"omstui: {message.removesuffix('.')}. Next: {next_command or f'{self.prog} --help'}"
        self.exit(USAGE, f"{tame(mask_own(said))}\n")


def new_parser(make: AddParser, *args: str, **kwargs: str) -> argparse.ArgumentParser:
    """Make a parser that shows its texts as they are written, and takes no shortened options.

    What it reads holds the parser itself as `parser`: the one of the command, where one is named.
    """
    parser = make(*args, **kwargs, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.set_defaults(parser=parser)
    return parser


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the option that runs a command over the demo in place of what is the user's."""
    parser.add_argument("--demo", dest="pretend", action="store_true", help="those of a pretend OMS; needs no account")


def checked(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """Make argparse say what the reader of a value says."""

    def typed(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed
