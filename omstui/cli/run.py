"""Runs the command that the arguments name."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from omstui.backend.files.config import Config
from omstui.backend.files.logs import log_file, logging_to
from omstui.backend.options import ScreenOptions
from omstui.backend.runtime.clock import Clock
from omstui.backend.runtime.files import FileError, Folders
from omstui.backend.secrets.calls import StoreError
from omstui.backend.secrets.store import SecretStore
from omstui.cli.arguments import Command
from omstui.cli.prompt import ask_secret as ask_secret_on_terminal
from omstui.cli.reading import read_arguments
from omstui.cli.surroundings import CRASHED, INTERRUPTED, RETRY, USAGE, CliContext, UsageError
from omstui.core.month import FIRST_YEAR, LAST_YEAR, Month
from omstui.core.problem import descriptors_words
from omstui.core.profile import check_profile_name
from omstui.core.settings import KioskPolicy, Settings, parse_cycle, parse_interval

if TYPE_CHECKING:
    import httpx

_LEAST_DESCRIPTORS = 16
"""Those of the loop, of a connection, of the history, and of the modules that are read on the way."""

_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    folders: Folders,
    secret_store: SecretStore,
    clock: Clock,
    transport: "httpx.AsyncBaseTransport | None",
    open_screen: Callable[[ScreenOptions], int],
    ask_secret: Callable[[str], str] = ask_secret_on_terminal,
) -> int:
    """Do what the arguments ask for, and return the exit code.

    It is 0 when all is well, 2 for usage or configuration, 3 for network or credential, 70 for a mistake of ours, and
    130 when interrupted.
    """
    around = CliContext(
        environ, stdin, stdout, stderr, folders, secret_store, clock, transport, open_screen, ask_secret
    )
    try:
        _check_descriptors()
        args = read_arguments(argv, around, _screen)
        if isinstance(args, int):
            return args
        _check_clock(clock)
        with _logging(args, folders):
            command: Command = args.run
            return command(args, around)
    except SystemExit as end:  # a signal while the screen was being opened
        return end.code if isinstance(end.code, int) else 0
    except UsageError as stop:
        around.say(f"omstui: {stop}")
        return stop.code
    except FileError as trouble:
        for sentence in trouble.sentences:
            around.say(f"omstui: {sentence}")
        return USAGE
    except StoreError as error:
        around.say(f"omstui: {error}")
        return RETRY
    except KeyboardInterrupt:
        around.say("")
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads the data has had enough
        raise
    except Exception as error:  # noqa: BLE001 - Python's own last words may hold a credential
        if (words := descriptors_words(error)) is not None:
            around.say(f"omstui: {words}")
            return USAGE
        import traceback

        from omstui.backend.files.logs import crash_file, record_crash

        where = record_crash(crash_file(folders.state), traceback.format_exc())
        around.say(f"omstui has failed: an internal error. {where}")
        return CRASHED


def _check_clock(clock: Clock) -> None:
    """Return when the clock tells a time of which the months can be named.

    Raises:
        UsageError: it does not.
    """
    if not FIRST_YEAR <= (year := clock.now().year) <= LAST_YEAR:
        words = f"the clock of this machine says that it is the year {year}; there are {FIRST_YEAR} to {LAST_YEAR}"
        raise UsageError(USAGE, f"{words}: set it, then run this again")


def _check_descriptors() -> None:
    """Return when as many files and connections can be opened as the smallest run needs.

    Raises:
        UsageError: they cannot.
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
    """Keep what is logged off the terminal; the screen sees to its own log, and the demo leaves none."""
    if args.run is _screen:
        return nullcontext()
    return logging_to(None if getattr(args, "pretend", False) else log_file(folders.state))


def _screen(args: argparse.Namespace, around: CliContext) -> int:
    """Open the screen."""
    demo = bool(args.demo)
    try:
        config = Config() if demo else around.load_config()
    except FileError as trouble:
        for sentence in trouble.sentences[:-1]:
            around.say(f"omstui: {sentence}")
        raise UsageError(USAGE, f"{trouble.sentences[-1]}; when that is mended, run omstui again") from None
    profile = around.chosen(args.screen_profile, "OMSTUI_PROFILE", check_profile_name)
    if profile is not None and not demo:
        from omstui.cli.commands import need_profile  # not needed otherwise

        need_profile(profile, config)
    chosen_log = around.chosen(args.log_file, "OMSTUI_LOG_FILE", Path)
    display = KioskPolicy(
        kiosk=bool(around.chosen(args.kiosk, "OMSTUI_KIOSK", _flag)),
        cycle=around.chosen(args.cycle, "OMSTUI_CYCLE", parse_cycle),
    )
    settings = _settings(args, around, config.settings)
    options = ScreenOptions(
        settings=replace(settings, mouse=False) if display.kiosk else settings,
        folders=around.folders,
        month=around.chosen(args.month, "OMSTUI_MONTH", Month.parse),
        profile=profile,
        demo=demo,
        display=display,
        log_file=chosen_log.expanduser() if chosen_log is not None else None,
        token=None if demo else around.token(),
    )
    return around.open_screen(options)


def _settings(args: argparse.Namespace, around: CliContext, base: Settings) -> Settings:
    no_mouse = around.chosen(args.no_mouse, "OMSTUI_NO_MOUSE", _flag)
    chosen = {
        "interval": around.chosen(args.interval, "OMSTUI_INTERVAL", parse_interval),
        "theme": around.chosen(args.theme, "OMSTUI_THEME", str),
        "ascii": around.chosen(args.ascii, "OMSTUI_ASCII", _flag),
        "mouse": None if no_mouse is None else not no_mouse,
        "thin": around.chosen(args.thin, "OMSTUI_THIN", _flag),
    }
    quiet = around.chosen(args.quiet, "OMSTUI_QUIET", _flag)
    if quiet is not None:
        base = replace(base, alerts=replace(base.alerts, quiet=quiet))
    return replace(base, **{name: value for name, value in chosen.items() if value is not None})


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"{text[:40]!r} is neither yes nor no: set it to 1 or 0")
    return word in _YES
