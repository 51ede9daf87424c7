"""What the parsers of all commands share."""

import argparse
from collections.abc import Callable
from typing import TypeVar

ONLY = "default: the only one, or the one named default"
"""Which profile is meant where none is named."""

AddParser = Callable[..., argparse.ArgumentParser]

_T = TypeVar("_T")


def new_parser(make: AddParser, *args: str, **kwargs: str) -> argparse.ArgumentParser:
    """Make a parser that shows its texts as they are written, and takes no shortened options."""
    return make(*args, **kwargs, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)


def checked(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """Make argparse say what the reader of a value says."""

    def typed(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed
