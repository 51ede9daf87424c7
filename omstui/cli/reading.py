"""Reads the arguments, and writes the help that is asked for among them."""

import argparse
import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout

from omstui.cli.arguments import Command, parse
from omstui.cli.surroundings import CliContext


def read_arguments(argv: Sequence[str], around: CliContext, screen: Command) -> argparse.Namespace | int:
    """Read the arguments; where argparse has said all there is to say, return the exit code.

    Raises:
        UsageError: the help that was asked for cannot be written, of which argparse itself says nothing.
        BrokenPipeError: whoever reads it has had enough.
    """
    help_text = io.StringIO()
    try:
        with redirect_stdout(help_text), redirect_stderr(around.stderr):
            return parse(argv, screen)
    except SystemExit as end:
        if text := help_text.getvalue():
            around.put(text.removesuffix("\n"))
        return end.code if isinstance(end.code, int) else 0
