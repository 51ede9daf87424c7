"""`omstui` without a command: the screen's options, and how it is opened."""

import argparse
from pathlib import Path

from msgspec.structs import replace

from omstui.backend.files.config import Config
from omstui.backend.runtime.files import FileError
from omstui.backend.screen_options import ScreenOptions
from omstui.cli.context.context import NO, USAGE, YES, CliContext, UsageError, need_profile
from omstui.cli.context.options import checked
from omstui.core.month import Month
from omstui.core.profile import check_profile_name
from omstui.core.settings import KioskPolicy, Settings, parse_cycle, parse_interval
from omstui.ui.drawing.colours import THEME_NAMES

SCREEN_OPTIONS = {
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
"""The screen's options, by their name in the parser."""

FLAGS = frozenset({"--demo", "--ascii", "--no-mouse", "--thin", "--quiet", "--kiosk", "--"})
"""Options without a value."""


def screen_options(parser: argparse.ArgumentParser) -> None:
    """Define the options of the screen."""
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
    parser.add_argument("--log-file", type=Path, metavar="F", help="log requests, and why others wait, without secrets")


def screen(args: argparse.Namespace, context: CliContext) -> int:
    """Open the screen."""
    demo = bool(args.demo)
    try:
        config = Config() if demo else context.load_config()
    except FileError as error:
        for sentence in error.sentences[:-1]:
            context.say(f"omstui: {sentence}")
        raise UsageError(USAGE, f"{error.sentences[-1]}; when that is mended, run omstui again") from None
    profile = context.chosen(args.screen_profile, "OMSTUI_PROFILE", check_profile_name)
    if profile is not None and not demo:
        need_profile(profile, config)
    chosen_log = context.chosen(args.log_file, "OMSTUI_LOG_FILE", Path)
    display = KioskPolicy(
        kiosk=bool(context.chosen(args.kiosk, "OMSTUI_KIOSK", _flag)),
        cycle=context.chosen(args.cycle, "OMSTUI_CYCLE", parse_cycle),
    )
    settings = _settings(args, context, config.settings)
    options = ScreenOptions(
        settings=replace(settings, mouse=False) if display.kiosk else settings,
        folders=context.folders,
        month=context.chosen(args.month, "OMSTUI_MONTH", Month.parse),
        profile=profile,
        demo=demo,
        display=display,
        log_file=chosen_log.expanduser() if chosen_log is not None else None,
        token=None if demo else context.token(),
    )
    return context.open_screen(options)


def _settings(args: argparse.Namespace, context: CliContext, base: Settings) -> Settings:
    no_mouse = context.chosen(args.no_mouse, "OMSTUI_NO_MOUSE", _flag)
    chosen = {
        "interval": context.chosen(args.interval, "OMSTUI_INTERVAL", parse_interval),
        "theme": context.chosen(args.theme, "OMSTUI_THEME", str),
        "ascii": context.chosen(args.ascii, "OMSTUI_ASCII", _flag),
        "mouse": None if no_mouse is None else not no_mouse,
        "thin": context.chosen(args.thin, "OMSTUI_THIN", _flag),
    }
    quiet = context.chosen(args.quiet, "OMSTUI_QUIET", _flag)
    if quiet is not None:
        base = replace(base, alerts=replace(base.alerts, quiet=quiet))
    return replace(base, **{name: value for name, value in chosen.items() if value is not None})


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in YES | NO:
        raise ValueError(f"{text[:40]!r} is neither yes nor no: set it to 1 or 0")
    return word in YES
