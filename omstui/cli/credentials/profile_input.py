"""Builds a profile from options, the stored profile, and answers."""

import argparse
import shlex
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from omstui.backend.files.config_keys import LONGEST_PROJECT_ID, check_region, check_token_command
from omstui.backend.secrets.redact import mask
from omstui.cli.context.context import USAGE, CliContext, UsageError
from omstui.cli.output.words import region_lines
from omstui.core.profile import (
    SECRET_STORES,
    SIGN_IN_METHODS,
    Profile,
    check_endpoint,
    check_iam_endpoint,
    check_name,
    endpoint_zone,
)
from omstui.core.task import check_id
from omstui.core.zone import parse_zone, region_endpoint

_T = TypeVar("_T")

_OPTIONS = {
    "endpoint": "--region (or --endpoint)",
    "project_id": "--project-id (or --project-name)",
    "user": "--user",
    "domain": "--domain",
    "token_command": "--token-command",
    "iam_endpoint": "--iam-endpoint",
}
_EXAMPLES = {
    "endpoint": "--region cn-north-4",
    "project_id": "--project-id ID",
    "user": "--user U",
    "domain": "--domain ACCOUNT",
    "token_command": '--token-command "vault read -field=token ..."',
    "iam_endpoint": "--iam-endpoint URL",
}


def profile_from(
    args: argparse.Namespace, context: CliContext, name: str, known: Profile | None, fallback_project_id: str | None
) -> Profile:
    """Return the profile that the arguments describe; asks for missing fields on a terminal.

    Its project may be given by name only, with any sign-in method.

    Args:
        args: of `omstui login`.
        context: where to ask.
        name: the profile's.
        known: the profile in `config.toml`; ``None`` for a new one.
        fallback_project_id: the project when none is named and no user can be asked.

    Raises:
        UsageError: something is missing and cannot be asked for, or there was no answer.
    """
    profile = _merged(args, known or Profile(name, "", ""))
    is_asking = can_ask(args, context)
    if fallback_project_id and not (is_asking or profile.project_id or profile.project_name):
        profile = replace(profile, project_id=fallback_project_id)
    missing = _missing(profile)
    if missing and not is_asking:
        auth = "" if profile.auth == "token" else f" --auth {profile.auth}"
        whose = f"profile {name}" if known is not None else f"the new profile {name}"
        options = _listed([_OPTIONS[field] for field in missing])
        always = () if known is not None else ("endpoint", "project_id")
        example = " ".join(_EXAMPLES[field] for field in dict.fromkeys((*always, *missing)))
        raise UsageError(USAGE, f"{options} must be given for {whose}: omstui login {name}{auth} {example}")
    while missing := _missing(profile):  # an answer may make another question unnecessary, or necessary
        profile = _ASKERS[missing[0]](context, profile)
    return replace(profile, zone=_zone(args, known, profile))


def login_command(args: argparse.Namespace, profile: Profile, *without: str) -> str:
    """Return the command line that creates the profile as it is now, without these options; it contains no secret.

    Args:
        args: of `omstui login`, for options that are not part of a profile.
        profile: the profile from options and answers.
        without: options that the caller writes in another way.
    """
    profile = profile.as_written
    given = {
        "--region": profile.region,
        "--endpoint": None if profile.follows_region else profile.endpoint,
        "--project-id": profile.project_id,
        "--project-name": None if profile.project_id else profile.project_name,
        "--auth": None if profile.auth == SIGN_IN_METHODS[0] else profile.auth,
        "--user": profile.user,
        "--domain": profile.domain,
        "--iam-endpoint": profile.iam_endpoint,
        "--command-env": ",".join(profile.command_env),
        "--secret-store": None if profile.secret_store == SECRET_STORES[0] else profile.secret_store,
        "--zone": args.zone,
    }
    words = [word for name, text in given.items() if text and name not in without for word in (name, text)]
    line = shlex.join(["omstui", "login", profile.name, *words])
    for option, command in (("--token-command", profile.token_command), ("--key-command", profile.key_command)):
        if command and option not in without:  # the command's arguments may be private
            line += f' {option} "..."'
    return f"{line} --secret-stdin" if args.secret_stdin else line


def check_given_endpoint(url: str) -> str:
    """Return the endpoint that the user gave: scheme and host, optionally a port.

    Raises:
        ValueError: it is none, or has a path, as the address of a web page has.
    """
    endpoint = check_endpoint(url)
    parts = urlsplit(endpoint)
    if parts.path:
        raise ValueError(f"the endpoint has a path, {parts.path[:40]!r}: write {parts.scheme}://{parts.netloc}")
    return endpoint


def can_ask(args: argparse.Namespace, context: CliContext) -> bool:
    """Whether a user can be asked."""
    return context.stdin.isatty() and not args.secret_stdin


def check_project_id(text: str) -> str:
    """Return the project id if a request path may contain it.

    Raises:
        ValueError: it may not.
    """
    return check_id(text, "project id", LONGEST_PROJECT_ID)


def read_command(text: str) -> tuple[str, ...]:
    """Split a program and its arguments, quoted as for a shell; no shell runs them.

    Raises:
        ValueError: it is not a valid command.
    """
    try:
        return check_token_command(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"this is not a command: {str(error).lower()}") from None


def _merged(args: argparse.Namespace, known: Profile) -> Profile:
    """Return the stored profile with the options applied."""
    profile = known
    if args.region or args.endpoint:
        region, endpoint = _place(args.region or args.endpoint)
        profile = replace(profile, region=region, endpoint=endpoint)
    if args.project_id:
        profile = replace(profile, project_id=args.project_id, project_name=None)
    if args.project_name:
        profile = replace(profile, project_id="", project_name=args.project_name)
    options = {
        "auth": args.auth,
        "iam_endpoint": args.iam_endpoint,
        "user": args.user,
        "domain": args.domain,
        "token_command": args.token_command,
        "key_command": args.key_command,
        "command_env": args.command_env,
        "secret_store": args.secret_store,
    }
    return replace(profile, **{field: value for field, value in options.items() if value is not None})


def _missing(profile: Profile) -> list[str]:
    """Return the missing fields, in the order of the questions; a project's id can be looked up by its name."""
    missing = [] if profile.endpoint else ["endpoint"]
    missing += [field for field in profile.missing if field != "project_id" or not profile.project_name]
    return [field for field in missing if field != "iam_endpoint" or profile.endpoint]


def _place(text: str) -> tuple[str | None, str]:
    """Return the region, if known, and the endpoint of a text that is either."""
    if "/" in text:
        return None, check_given_endpoint(text)
    return check_region(text), region_endpoint(text)


def _zone(args: argparse.Namespace, known: Profile | None, profile: Profile) -> tzinfo:
    if args.zone:
        return parse_zone(args.zone)
    if known is not None and known.endpoint == profile.endpoint:
        return known.zone
    return endpoint_zone(profile.endpoint, profile.region)


def _asked(context: CliContext, words: str, check: Callable[[str], _T], choices: Sequence[str] = ()) -> _T:
    """Ask until the answer is valid; a question mark lists the choices, if any."""
    while True:
        answer = context.ask(words)
        if choices and answer == "?":
            for choice in choices:
                context.say(choice)
            continue
        try:
            return check(answer)
        except ValueError as error:
            context.say(mask(str(error)))  # the answer may be a secret, pasted at the wrong question


def _ask_endpoint(context: CliContext, profile: Profile) -> Profile:
    choices = region_lines()
    words = "Region (such as cn-north-4; ? lists them) or endpoint (https://...): "
    region, endpoint = _asked(context, words, _place, choices)
    return replace(profile, region=region, endpoint=endpoint)


def _ask_project(context: CliContext, profile: Profile) -> Profile:
    """Ask for the id; where the region is known, an empty answer means the project with its name."""
    default = profile.region

    def read(answer: str) -> Profile:
        if not answer and default is not None:
            return replace(profile, project_name=default)
        return replace(profile, project_id=check_project_id(answer))

    words = "Project id" if default is None else f"Project id (enter alone: look up the project {default})"
    return _asked(context, f"{words}: ", read)


def _ask_user(context: CliContext, profile: Profile) -> Profile:
    return replace(profile, user=_asked(context, "IAM user: ", lambda text: check_name(text, "user name")))


def _ask_domain(context: CliContext, profile: Profile) -> Profile:
    words = "Account (domain) that the user belongs to: "
    return replace(profile, domain=_asked(context, words, lambda text: check_name(text, "account name")))


def _ask_command(context: CliContext, profile: Profile) -> Profile:
    return replace(profile, token_command=_asked(context, "Command that prints a token: ", read_command))


def _ask_iam_endpoint(context: CliContext, profile: Profile) -> Profile:
    return replace(profile, iam_endpoint=_asked(context, "IAM endpoint (https://...): ", check_iam_endpoint))


_ASKERS = {
    "endpoint": _ask_endpoint,
    "project_id": _ask_project,
    "user": _ask_user,
    "domain": _ask_domain,
    "token_command": _ask_command,
    "iam_endpoint": _ask_iam_endpoint,
}


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
