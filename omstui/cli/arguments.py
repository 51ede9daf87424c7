"""The commands and their options."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from omstui import __version__
from omstui.backend.config_file import check_region
from omstui.cli import commands
from omstui.cli.describe import check_project_id, read_command
from omstui.cli.login import DEFAULT_PROFILE, login
from omstui.cli.surroundings import Surroundings
from omstui.core.month import Month
from omstui.core.profile import (
    SECRET_STORES,
    SIGN_IN_WAYS,
    check_endpoint,
    check_iam_endpoint,
    check_name,
    check_profile_name,
)
from omstui.core.settings import parse_interval
from omstui.core.zone import parse_zone

Command = Callable[[argparse.Namespace, Surroundings], int]

_SCREEN_OPTIONS = ("demo", "screen_profile", "month", "interval", "ascii", "theme", "no_mouse", "quiet", "log_file")
_SECRET_OPTIONS = frozenset(
    {"access-key", "ak", "passwd", "password", "secret", "secret-key", "security-token", "sk", "token"}
)
"""What people might try."""

_T = TypeVar("_T")


def parse(argv: Sequence[str], screen: Command) -> argparse.Namespace:
    """Read the arguments; `run` of the result is the command, `screen` where none is named.

    Raises:
        SystemExit: they cannot be read, or help was asked for; argparse has said so.
    """
    parser = _parser(screen)
    args, strays = parser.parse_known_args(argv)
    if strays:
        parser.error(_stray_sentence(strays))
    if args.run is not screen:
        strays = [name for name in _SCREEN_OPTIONS if getattr(args, name) is not None]
        if strays:
            option = strays[0].removeprefix("screen_").replace("_", "-")
            parser.error(f"--{option} before a command belongs to the screen: write it behind the command")
    return args


def _stray_sentence(strays: Sequence[str]) -> str:
    """Name the options that there are not; what stands beside them is not repeated, it might be a secret."""
    names = [stray.partition("=")[0] for stray in strays if stray.startswith("--")]
    said = f"unrecognized arguments: {' '.join(names) or 'one word too many'}"
    if any(name.removeprefix("--") in _SECRET_OPTIONS for name in names):
        said += " (a secret is never an argument: login asks for it, or reads it from stdin with --secret-stdin)"
    return said


def _parser(screen: Command) -> argparse.ArgumentParser:
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
OMSTUI_THEME, OMSTUI_NO_MOUSE, OMSTUI_QUIET, OMSTUI_LOG_FILE); the option goes first, then the variable, then
config.toml.
OMSTUI_TOKEN holds a token for machines without a keyring; it is used and never stored.
exit codes: 0 well, 2 usage or configuration, 3 network or credential, 130 interrupted""",
    )
    parser.set_defaults(run=screen)
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
    parser.add_argument(
        "--quiet", action="store_const", const=True, help="no bell, no notification, no on_alert command; the log only"
    )
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

ways to sign in (--auth):
  token     a token that you give, good for a day
  password  an IAM user's password, which gets a new token whenever one is due
  aksk      an access key, which signs each request: stored, or where the SDK keeps it
            (HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or ~/.huaweicloud/credentials)
  command   a command that prints a token, run whenever one is due; nothing is stored

examples:
  omstui login prod --region cn-north-4 --project-id 2c0689c860ad4728a497c91ec0844383
  omstui login prod                        give the profile a new token
  get-token | omstui login prod --secret-stdin
  omstui login dr --region ap-southeast-3 --project-name ap-southeast-3 --auth password --user U --domain ACCOUNT
  printf '%s\\n' "$AK" "$SK" | omstui login ci --region cn-north-4 --project-id ID --auth aksk --secret-stdin
  omstui login prod --auth command --token-command "vault read -field=token oms/prod\"""",
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
        "--iam-endpoint", type=_checked(check_iam_endpoint), metavar="URL", help="where IAM is (default: the region's)"
    )
    project = parser.add_mutually_exclusive_group()
    project.add_argument(
        "--project-id", type=_checked(check_project_id), metavar="ID", help="the project that holds the tasks"
    )
    project.add_argument(
        "--project-name", type=_checked(_name("project name")), metavar="NAME", help="the same by name; its id is kept"
    )
    parser.add_argument("--auth", choices=SIGN_IN_WAYS, help="how to sign in (default: token)")
    parser.add_argument("--user", type=_checked(_name("user name")), metavar="U", help="IAM user, for --auth password")
    parser.add_argument(
        "--domain", type=_checked(_name("account name")), metavar="ACCOUNT", help="the account that the user is of"
    )
    parser.add_argument(
        "--token-command",
        type=_checked(read_command),
        metavar="COMMAND",
        help="for --auth command: program and arguments, quoted as for a shell; none is run",
    )
    parser.add_argument(
        "--secret-store",
        choices=SECRET_STORES,
        help="where the secret is kept (default: keyring); memory is the screen's own, file is not encrypted",
    )
    parser.add_argument(
        "--zone", type=_checked(_zone_text), metavar="Z", help="the zone that names months, such as UTC+08:00"
    )
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read the secret from stdin: a token or password; access key, secret key and, for temporary keys, "
        "security token, a line each",
    )


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


def _name(what: str) -> Callable[[str], str]:
    return lambda text: check_name(text, what)


def _zone_text(text: str) -> str:
    parse_zone(text)
    return text
