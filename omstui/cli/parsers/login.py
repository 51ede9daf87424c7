"""The options of `omstui login`."""

import argparse
from collections.abc import Callable

from omstui.cli.parsers.parser import AddParser, checked, new_parser
from omstui.cli.surroundings import DEFAULT_PROFILE, CliContext
from omstui.core.profile import (
    SECRET_STORES,
    SIGN_IN_WAYS,
    check_iam_endpoint,
    check_name,
    check_profile_name,
)
from omstui.core.zone import parse_zone


def add_login(add_parser: AddParser) -> None:
    """Define `omstui login`."""
    parser = new_parser(
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
            or, with --key-command, printed by a command as JSON; then nothing is stored
  command   a command that prints a token, run whenever one is due; nothing is stored
  ecs       the access keys of the agency of this Huawei Cloud server (ECS); nothing is stored

examples:
  omstui login prod --region cn-north-4 --project-id 2c0689c860ad4728a497c91ec0844383
  omstui login prod                        give the profile a new token
  omstui login prod --zone UTC+08:00       name its months by another zone; the credential stays
  get-token | omstui login prod --secret-stdin
  omstui login dr --region ap-southeast-3 --project-name ap-southeast-3 --auth password --user U --domain ACCOUNT
  printf '%s\\n' "$AK" "$SK" | omstui login ci --region cn-north-4 --project-id ID --auth aksk --secret-stdin
  omstui login partner --endpoint https://oms.eu-west-101.myhuaweicloud.eu --zone Europe/Dublin --project-id ID
  omstui login prod --auth command --token-command "vault read -field=token oms/prod"
  omstui login prod --auth aksk --key-command "vault read -format=json oms/keys"
  omstui login prod --region cn-north-4 --project-id ID --auth ecs""",
    )
    parser.set_defaults(run=_login)
    parser.add_argument(
        "profile", nargs="?", type=checked(check_profile_name), metavar="PROFILE", help=f"default: {DEFAULT_PROFILE}"
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--region", type=checked(_region), metavar="R", help="such as cn-north-4; ? lists them")
    place.add_argument(
        "--endpoint",
        type=checked(_endpoint),
        metavar="URL",
        help="instead of the region's, as for the European site and partner clouds: https://HOST",
    )
    parser.add_argument(
        "--iam-endpoint", type=checked(check_iam_endpoint), metavar="URL", help="where IAM is (default: the region's)"
    )
    project = parser.add_mutually_exclusive_group()
    project.add_argument(
        "--project-id", type=checked(_project_id), metavar="ID", help="the project that holds the tasks"
    )
    project.add_argument(
        "--project-name", type=checked(_name("project name")), metavar="NAME", help="the same by name; its id is kept"
    )
    parser.add_argument("--auth", choices=SIGN_IN_WAYS, help="how to sign in (default: token)")
    parser.add_argument("--user", type=checked(_name("user name")), metavar="U", help="IAM user, for --auth password")
    parser.add_argument(
        "--domain", type=checked(_name("account name")), metavar="ACCOUNT", help="the account that the user is of"
    )
    parser.add_argument(
        "--token-command",
        type=checked(_command),
        metavar="COMMAND",
        help="for --auth command: program and arguments, quoted as for a shell; none is run",
    )
    parser.add_argument(
        "--key-command",
        type=checked(_command),
        metavar="COMMAND",
        help="for --auth aksk: the same, printing JSON with access, secret, securitytoken and expires_at",
    )
    parser.add_argument(
        "--command-env",
        type=checked(_variables),
        metavar="NAMES",
        help="variables with secrets that the command is given, with commas between them; none by default",
    )
    parser.add_argument(
        "--secret-store",
        choices=SECRET_STORES,
        help="where the secret is kept (default: keyring); memory is the screen's own, kernel is Linux's own keyring "
        "until the next boot, file is not encrypted",
    )
    parser.add_argument(
        "--zone", type=checked(_zone_text), metavar="Z", help="the zone that names months, such as UTC+08:00"
    )
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read the secret from stdin: a token or password; access key, secret key and, for temporary keys, "
        "security token, a line each",
    )


def _login(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.login import login

    return login(args, around)


def _endpoint(text: str) -> str:
    from omstui.cli.describe import check_given_endpoint

    return check_given_endpoint(text)


def _region(text: str) -> str:
    if text == "?":
        return text
    from omstui.backend.files.config import check_region

    return check_region(text)


def _project_id(text: str) -> str:
    from omstui.cli.describe import check_project_id

    return check_project_id(text)


def _command(text: str) -> tuple[str, ...]:
    from omstui.cli.describe import read_command

    return read_command(text)


def _variables(text: str) -> tuple[str, ...]:
    from omstui.backend.files.config import is_variable

    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or not all(map(is_variable, names)):
        raise ValueError("these are not names of environment variables: write HUAWEICLOUD_SDK_AK,HUAWEICLOUD_SDK_SK")
    return names


def _name(what: str) -> Callable[[str], str]:
    return lambda text: check_name(text, what)


def _zone_text(text: str) -> str:
    parse_zone(text)
    return text
