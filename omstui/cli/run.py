"""The commands, their options, and which of them the arguments name."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from omstui import __version__
from omstui.backend.clock import Clock
from omstui.backend.config_file import Config, check_region
from omstui.backend.files import FileTrouble, Folders
from omstui.backend.options import ScreenOptions
from omstui.backend.secret_store import SecretStore
from omstui.backend.store_error import StoreError
from omstui.cli import commands
from omstui.cli.login import DEFAULT_PROFILE, check_project_id, login
from omstui.cli.prompt import ask_secret as ask_secret_on_terminal
from omstui.cli.surroundings import INTERRUPTED, RETRY, USAGE, Stop, Surroundings
from omstui.core.month import Month
from omstui.core.profile import SIGN_IN_WAYS, check_endpoint, check_profile_name
from omstui.core.settings import Settings, parse_interval
from omstui.core.zone import parse_zone

if TYPE_CHECKING:
    import httpx

_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_SCREEN_OPTIONS = ("demo", "screen_profile", "month", "interval", "ascii", "theme", "no_mouse", "log_file")
_T = TypeVar("_T")


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

    It is 0 when all is well, 2 for usage or configuration, 3 for network or credential, and 130 when interrupted.
    """
    around = Surroundings(
        environ, stdin, stdout, stderr, folders, secret_store, clock, transport, open_screen, ask_secret
    )
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            args = _parse(argv)
        command: Callable[[argparse.Namespace, Surroundings], int] = args.run
        return command(args, around)
    except SystemExit as end:  # argparse has said why
        return end.code if isinstance(end.code, int) else 0
    except Stop as stop:
        around.say(f"omstui: {stop}")
        return stop.code
    except FileTrouble as trouble:
        around.say(f"omstui: {trouble}")
        return USAGE
    except StoreError as error:
        around.say(f"omstui: {error}")
        return RETRY
    except KeyboardInterrupt:
        around.stderr.write("\n")
        return INTERRUPTED


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    args = parser.parse_args(argv)
    if args.run is not _screen:
        strays = [name for name in _SCREEN_OPTIONS if getattr(args, name) is not None]
        if strays:
            option = strays[0].removeprefix("screen_").replace("_", "-")
            parser.error(f"--{option} before a command belongs to the screen: write it behind the command")
    return args


def _parser() -> argparse.ArgumentParser:
    parser = _new_parser(
        argparse.ArgumentParser,
        prog="omstui",
        description="Watch Huawei Cloud OMS synchronization tasks. Without a command, the screen opens.",
        epilog="""\
examples:
  omstui --demo                     look at a pretend OMS; needs no account
  omstui login prod --region cn-north-4 --project-id ID
  omstui add ID --label invoices
  omstui

Each option can also be set by a variable (OMSTUI_PROFILE, OMSTUI_MONTH, OMSTUI_INTERVAL, OMSTUI_ASCII,
OMSTUI_THEME, OMSTUI_NO_MOUSE, OMSTUI_LOG_FILE); the option goes first, then the variable, then config.toml.
OMSTUI_TOKEN holds a token for machines without a keyring; it is used and never stored.
exit codes: 0 well, 2 usage or configuration, 3 network or credential, 130 interrupted""",
    )
    parser.set_defaults(run=_screen)
    parser.add_argument("--version", action="version", version=f"omstui {__version__}")
    parser.add_argument("--demo", action="store_const", const=True, help="show a pretend OMS; touches nothing of yours")
    parser.add_argument("--profile", dest="screen_profile", metavar="P", help="show the tasks of this profile only")
    parser.add_argument("--month", type=_checked(Month.parse), metavar="YYYY-MM", help="show this month first")
    parser.add_argument(
        "--interval", type=_checked(parse_interval), metavar="60s", help="ask for each task this often, 10s to 1h"
    )
    parser.add_argument("--ascii", action="store_const", const=True, help="draw with ASCII characters only")
    parser.add_argument("--theme", metavar="T", help="colours")
    parser.add_argument("--no-mouse", action="store_const", const=True, help="leave the mouse to the terminal")
    parser.add_argument("--log-file", type=Path, metavar="F", help="write a log there, without secrets")
    add_parser = parser.add_subparsers(title="commands", metavar="COMMAND", prog="omstui").add_parser
    _add_login(add_parser)
    _add_logout(add_parser)
    _add_profiles(add_parser)
    _add_add(add_parser)
    _add_remove(add_parser)
    _add_list(add_parser)
    return parser


_AddParser = Callable[..., argparse.ArgumentParser]


def _add_login(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "login",
        help="make or renew a profile and its credential",
        description="Make a profile, or renew its credential. One request checks it before anything is stored.",
        epilog="""\
What is missing is asked for. Secrets are asked for without being shown, or read from stdin; never arguments.

examples:
  omstui login prod --region cn-north-4 --project-id 2c0689c860ad4728a497c91ec0844383
  omstui login prod                        give the profile a new token
  get-token | omstui login prod --secret-stdin""",
    )
    parser.set_defaults(run=login)
    parser.add_argument(
        "profile", nargs="?", type=_checked(check_profile_name), metavar="PROFILE", help=f"default: {DEFAULT_PROFILE}"
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--region", type=_checked(check_region), metavar="R", help="such as cn-north-4")
    place.add_argument(
        "--endpoint",
        type=_checked(check_endpoint),
        metavar="URL",
        help="instead of the region's; plain http for loopback",
    )
    parser.add_argument(
        "--project-id", type=_checked(check_project_id), metavar="ID", help="the project that holds the tasks"
    )
    parser.add_argument("--auth", choices=SIGN_IN_WAYS, help="how to sign in (default: token)")
    parser.add_argument(
        "--zone", type=_checked(_zone_text), metavar="Z", help="the zone that names months, such as UTC+08:00"
    )
    parser.add_argument("--secret-stdin", action="store_true", help="read the secret from stdin")


def _add_logout(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "logout",
        help="forget a profile's secrets",
        description="Forget the secrets of a profile; the profile itself and its tasks stay.",
        epilog="example:\n  omstui logout prod",
    )
    parser.set_defaults(run=commands.logout)
    parser.add_argument("profile", nargs="?", type=_checked(check_profile_name), metavar="PROFILE", help=_ONLY)


def _add_profiles(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "profiles",
        help="list profiles, and where their secrets are",
        description="List the profiles: name, endpoint, project, way to sign in, zone, and where the secret is.",
        epilog="example:\n  omstui profiles --json | jq -r '.[].name'",
    )
    parser.set_defaults(run=commands.profiles)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


def _add_add(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "add",
        help="watch tasks",
        description="Put tasks on the watch list, and print the ids that are new there.",
        epilog="""\
With - the ids are read from stdin, one a line; a label may follow, # begins a comment. Bad lines are named and
the others are added.

examples:
  omstui add 0d146099-8cf4-437d-b6ef-88e043771c8b --label invoices
  omstui add - --profile prod < tasks.txt""",
    )
    parser.set_defaults(run=commands.add)
    parser.add_argument("ids", nargs="+", metavar="ID", help="a task's id, or - for stdin")
    parser.add_argument("--profile", type=_checked(check_profile_name), metavar="P", help=_ONLY)
    parser.add_argument("--label", metavar="L", help="what to call the task")


def _add_remove(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "remove",
        help="watch tasks no longer",
        description="Take tasks off the watch list; nothing happens to the tasks themselves.",
        epilog="example:\n  omstui remove 0d146099-8cf4-437d-b6ef-88e043771c8b",
    )
    parser.set_defaults(run=commands.remove)
    parser.add_argument("ids", nargs="+", metavar="ID", help="a task's id")
    parser.add_argument("--profile", type=_checked(check_profile_name), metavar="P", help="only below this profile")


def _add_list(add_parser: _AddParser) -> None:
    parser = _new_parser(
        add_parser,
        "list",
        help="print the watch list",
        description="Print the watched tasks: profile, id and label.",
        epilog="example:\n  omstui list --json | jq -r '.[].sync_task_id'",
    )
    parser.set_defaults(run=commands.list_tasks)
    parser.add_argument("--json", action="store_true", help="as a JSON array of objects")


_ONLY = "default: the only one, or the one named default"


def _new_parser(make: _AddParser, *args: str, **kwargs: str) -> argparse.ArgumentParser:
    return make(*args, **kwargs, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)


def _checked(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """Make argparse say what the reader of a value says."""

    def typed(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed


def _zone_text(text: str) -> str:
    parse_zone(text)
    return text


def _screen(args: argparse.Namespace, around: Surroundings) -> int:
    """Open the screen."""
    demo = bool(args.demo)
    config = Config() if demo else around.load_config()
    profile = around.chosen(args.screen_profile, "OMSTUI_PROFILE", check_profile_name)
    if profile is not None and not demo:
        commands.need_profile(profile, config)
    log_file = around.chosen(args.log_file, "OMSTUI_LOG_FILE", Path)
    options = ScreenOptions(
        settings=_settings(args, around, config.settings),
        folders=around.folders,
        month=around.chosen(args.month, "OMSTUI_MONTH", Month.parse),
        profile=profile,
        demo=demo,
        log_file=log_file.expanduser() if log_file is not None else None,
        token=None if demo else around.token(),
    )
    return around.open_screen(options)


def _settings(args: argparse.Namespace, around: Surroundings, base: Settings) -> Settings:
    no_mouse = around.chosen(args.no_mouse, "OMSTUI_NO_MOUSE", _flag)
    chosen = {
        "interval": around.chosen(args.interval, "OMSTUI_INTERVAL", parse_interval),
        "theme": around.chosen(args.theme, "OMSTUI_THEME", str),
        "ascii": around.chosen(args.ascii, "OMSTUI_ASCII", _flag),
        "mouse": None if no_mouse is None else not no_mouse,
    }
    return replace(base, **{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type] # each by its own type above


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"{text[:40]!r} is neither yes nor no: set it to 1 or 0")
    return word in _YES
