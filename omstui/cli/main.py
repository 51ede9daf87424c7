"""Runs the command that the arguments name; reports a failure as a sentence and an exit code."""

import argparse
import io
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, redirect_stderr, redirect_stdout

from omstui.backend.files.logs import log_file, logging_to
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import FileError, Folders
from omstui.backend.secrets.calls import StoreError
from omstui.cli.arguments import Command, parse
from omstui.cli.commands.screen import screen
from omstui.cli.context.context import CRASHED, INTERRUPTED, RETRY, USAGE, CliContext, UsageError
from omstui.core.month import FIRST_YEAR, LAST_YEAR
from omstui.core.problem import descriptors_words

_LEAST_DESCRIPTORS = 16
"""File descriptors for the event loop, a connection, the history, and modules that are loaded on the way."""


def run(argv: Sequence[str], context: CliContext) -> int:
    """Run the command of the arguments, and return the exit code.

    It is 0 for success, 2 for usage or configuration, 3 for network or credential, 70 for an internal error, and 130
    for an interruption. Commands may return others.
    """
    try:
        _check_descriptors()
        args = _read_arguments(argv, context)
        if isinstance(args, int):
            return args
        _check_clock(context.clock)
        with _logging(args, context.folders):
            command: Command = args.run
            return command(args, context)
    except SystemExit as end:  # a signal during the start of the screen
        return end.code if isinstance(end.code, int) else 0
    except UsageError as error:
        context.say(f"omstui: {error}")
        return error.code
    except FileError as error:
        for sentence in error.sentences:
            context.say(f"omstui: {sentence}")
        return USAGE
    except StoreError as error:
        context.say(f"omstui: {error}")
        return RETRY
    except KeyboardInterrupt:
        context.say("")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the data has ended
        raise
    except Exception as error:  # noqa: BLE001 - Python's own traceback may contain a credential
        if (words := descriptors_words(error)) is not None:
            context.say(f"omstui: {words}")
            return USAGE
        import traceback

        from omstui.backend.files.logs import crash_file, record_crash

        where = record_crash(crash_file(context.folders.state), traceback.format_exc())
        context.say(f"omstui has failed: an internal error. {where}")
        return CRASHED


def _check_clock(clock: Clock) -> None:
    """Check that the clock shows a year for which months can be named.

    Raises:
        UsageError: it does not.
    """
    if not FIRST_YEAR <= (year := clock.now().year) <= LAST_YEAR:
        words = f"the clock of this machine says that it is the year {year}; there are {FIRST_YEAR} to {LAST_YEAR}"
        raise UsageError(USAGE, f"{words}: set it, then run this again")


def _check_descriptors() -> None:
    """Check that the smallest run can open enough files and connections.

    Raises:
        UsageError: it cannot.
    """
    opened: list[int] = []
    try:
        for _ in range(_LEAST_DESCRIPTORS // 2):
            opened += os.pipe()
    except OSError as error:
        if (words := descriptors_words(error)) is not None:
            raise UsageError(USAGE, words) from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _logging(args: argparse.Namespace, folders: Folders) -> AbstractContextManager[None]:
    """Keep log records off the terminal; the screen sets up its own log, and the demo writes none."""
    if args.run is screen:
        return nullcontext()
    return logging_to(None if getattr(args, "pretend", False) else log_file(folders.state))


def _read_arguments(argv: Sequence[str], context: CliContext) -> argparse.Namespace | int:
    """Read the arguments; return the exit code when argparse has printed everything.

    Raises:
        UsageError: the requested help cannot be written; argparse itself would not report it.
        BrokenPipeError: the reader of the help has ended.
    """
    help_text = io.StringIO()
    try:
        with redirect_stdout(help_text), redirect_stderr(context.stderr):
            return parse(argv)
    except SystemExit as end:
        if text := help_text.getvalue():
            context.print(text.removesuffix("\n"))
        return end.code if isinstance(end.code, int) else 0
