"""`omstui login`: creates or renews a profile; stores its credential once a request has proved it."""

import argparse
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from omstui.backend.auth.sdk_credentials import FoundKeys, credentials_file, find_keys
from omstui.backend.secrets.calls import DEADLINE, PATIENCE, StoreError, StoreErrorKind
from omstui.backend.secrets.expiry_note import forget_secret, note_expiry
from omstui.backend.secrets.secret import Secret
from omstui.cli.context.context import DEFAULT_PROFILE, RETRY, USAGE, CliContext, UsageError
from omstui.cli.context.options import MakeParser, checked
from omstui.cli.credentials.credential_check import CredentialCheck, check_credential, watched_task
from omstui.cli.credentials.profile_input import (
    check_given_endpoint,
    check_project_id,
    login_command,
    profile_from,
    read_command,
)
from omstui.cli.credentials.refusal import RetryCommand, remark_on, retry_by_name
from omstui.cli.credentials.secret_input import NOUNS, SecretInput, read_secret_input
from omstui.cli.output.words import region_lines, unlisted_sentence, until
from omstui.core.problem import Problem
from omstui.core.profile import (
    SECRET_STORES,
    SIGN_IN_METHODS,
    Profile,
    check_iam_endpoint,
    check_name,
    check_profile_name,
    project_id_doubt,
)
from omstui.core.text import tame
from omstui.core.zone import REGIONS, parse_zone

_EPILOG = """\
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
  omstui login prod --region cn-north-4 --project-id ID --auth ecs"""


def login_options(make: MakeParser) -> None:
    """Define the options of `omstui login`."""
    parser = make(
        description="Make a profile, or renew its credential. One request checks it before anything is stored.",
        epilog=_EPILOG,
    )
    parser.set_defaults(run=login)
    parser.add_argument(
        "profile", nargs="?", type=checked(check_profile_name), metavar="PROFILE", help=f"default: {DEFAULT_PROFILE}"
    )
    _add_place(parser)
    _add_sign_in(parser)
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


def _add_place(parser: argparse.ArgumentParser) -> None:
    """Define the options for the place of the tasks."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--region", type=checked(_region), metavar="R", help="such as cn-north-4; ? lists them")
    place.add_argument(
        "--endpoint",
        type=checked(check_given_endpoint),
        metavar="URL",
        help="instead of the region's, as for the European site and partner clouds: https://HOST",
    )
    parser.add_argument(
        "--iam-endpoint", type=checked(check_iam_endpoint), metavar="URL", help="where IAM is (default: the region's)"
    )
    project = parser.add_mutually_exclusive_group()
    project.add_argument(
        "--project-id", type=checked(check_project_id), metavar="ID", help="the project that holds the tasks"
    )
    project.add_argument(
        "--project-name", type=checked(_name("project name")), metavar="NAME", help="the same by name; its id is kept"
    )


def _add_sign_in(parser: argparse.ArgumentParser) -> None:
    """Define the options for signing in."""
    parser.add_argument("--auth", choices=SIGN_IN_METHODS, help="how to sign in (default: token)")
    parser.add_argument("--user", type=checked(_name("user name")), metavar="U", help="IAM user, for --auth password")
    parser.add_argument(
        "--domain", type=checked(_name("account name")), metavar="ACCOUNT", help="the account that the user is of"
    )
    parser.add_argument(
        "--token-command",
        type=checked(read_command),
        metavar="COMMAND",
        help="for --auth command: program and arguments, quoted as for a shell; none is run",
    )
    parser.add_argument(
        "--key-command",
        type=checked(read_command),
        metavar="COMMAND",
        help="for --auth aksk: the same, printing JSON with access, secret, securitytoken and expires_at",
    )
    parser.add_argument(
        "--command-env",
        type=checked(_variables),
        metavar="NAMES",
        help="variables with secrets that the command is given, with commas between them; none by default",
    )


def _region(text: str) -> str:
    if text == "?":
        return text
    from omstui.backend.files.config_keys import check_region

    return check_region(text)


def _variables(text: str) -> tuple[str, ...]:
    from omstui.backend.files.config_keys import is_variable

    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or not all(map(is_variable, names)):
        raise ValueError("these are not names of environment variables: write HUAWEICLOUD_SDK_AK,HUAWEICLOUD_SDK_SK")
    return names


def _name(what: str) -> Callable[[str], str]:
    return lambda text: check_name(text, what)


def _zone_text(text: str) -> str:
    parse_zone(text)
    return text


_SILENCE = 1.5
"""Seconds of waiting after which the user is told why."""


def login(args: argparse.Namespace, context: CliContext) -> int:
    """Create or renew the profile that the arguments describe; return the exit code."""
    if args.region == "?":
        for line in region_lines():
            context.print(line)
        context.say("Next: omstui login --region REGION")
        return 0
    name: str = args.profile or context.variable("OMSTUI_PROFILE") or DEFAULT_PROFILE
    known = context.load_config().profiles.get(name)
    sdk_keys = _sdk_keys(args, context, known)
    sdk_project_id = sdk_keys.project_id if sdk_keys is not None and not isinstance(sdk_keys, Problem) else None
    if args.region and args.region not in REGIONS and (known is None or known.region != args.region):
        context.say(unlisted_sentence(args.region))
    written = profile_from(args, context, name, known.as_written if known is not None else None, sdk_project_id)
    profile = context.config_file.in_force(written)
    if known is not None and args.zone is not None and not args.secret_stdin and _differs_in_zone_alone(profile, known):
        context.config_file.put_profile(profile, args.zone)
        context.say(f"Profile {name} names months by {args.zone}: saved in {context.folders.config_file}.")
        context.say(f"Its {NOUNS[profile.auth]} stays as it is; omstui login {name} renews it.")
        return 0
    _remark_on_place(args, context, profile, known)
    given = read_secret_input(args, context, profile, sdk_keys)
    check, code = None, 0
    if given is not None:
        # When a new profile does not work, nothing of it is stored, so its name alone would not be enough.
        retry = partial(login_command, args, profile) if known is None else retry_by_name(profile)
        check, code = _checked(profile, given, context, retry)
        profile = check.profile
    elif not profile.project_id and profile.auth != "password":
        raise UsageError(
            USAGE, f"the project's name cannot be looked up without signing in: {_give(profile)} --project-id ID"
        )
    is_superseded = _is_superseded(known, profile, given)
    if known is not None and is_superseded:  # otherwise it could be taken for a secret of the new method
        _forget(context, known, profile)
    context.config_file.put_profile(profile, args.zone)
    where = f"Profile {name} is saved in {context.folders.config_file}"
    if given is not None and given.secret is not None and given.is_kept:
        try:
            _keep(context, profile, given.secret)
        except StoreError as error:
            context.say(_not_stored(where, profile, error, context.variable("PYTHON_KEYRING_BACKEND")))
            return RETRY
    if known is not None and known.secret_store != profile.secret_store and not is_superseded:
        _forget(context, known, profile)
    context.say(where + _whereabouts(context, profile, given))
    if check is not None:
        _tell_expiry(context, check, given)
    if context.variable("OMSTUI_TOKEN") is not None and (given is None or given.source != "environment"):
        context.say("OMSTUI_TOKEN is set and goes before stored tokens: unset it to use this one.")
    is_watched = watched_task(context, name) is not None
    context.say(
        "Next: omstui"
        if is_watched
        else f"Next: omstui add ID --profile {name}, or all that there is: omstui discover --profile {name} --add"
    )
    return code


def _differs_in_zone_alone(profile: Profile, known: Profile) -> bool:
    return replace(profile, zone=known.zone) == known


def _checked(
    profile: Profile, given: SecretInput, context: CliContext, retry: RetryCommand
) -> tuple[CredentialCheck, int]:
    """Test the credential, and print a remark if there is one; return the result and the exit code.

    Raises:
        UsageError: it does not work, or no answer shows whether it does.
    """
    check = check_credential(profile, given, context, retry)
    remark, code = remark_on(check.problem, check.profile, retry)
    if remark:
        context.say(remark)
    return check, code


def _remark_on_place(args: argparse.Namespace, context: CliContext, profile: Profile, known: Profile | None) -> None:
    """Remark on unusual values of a new project or endpoint, before anything is sent there."""
    is_other = profile.project_id and (known is None or known.project_id != profile.project_id)
    if is_other and (doubt := project_id_doubt(profile.project_id)):
        context.say(f"{doubt}: compare it with My Credentials in the console")
    if known is not None and (known.region, known.endpoint) == (profile.region, profile.endpoint):
        return
    if profile.region is not None and profile.region not in REGIONS and not args.region:  # else said before
        context.say(unlisted_sentence(profile.region))
    if args.zone is None and profile.iam_region is None:
        context.say(
            f"Which zone names months at {profile.endpoint} is not known, so UTC does: "
            f"omstui login {profile.name} --zone Z sets another"
        )


def _sdk_keys(args: argparse.Namespace, context: CliContext, known: Profile | None) -> FoundKeys | Problem | None:
    """Return the SDK's access keys, if the sign-in method uses them and none come from stdin."""
    auth = args.auth or (known.auth if known is not None else SIGN_IN_METHODS[0])
    has_command = args.key_command or (known is not None and known.key_command)
    if auth != "aksk" or has_command or args.secret_stdin:
        return None
    return find_keys(context.environ, credentials_file(context.home))


def _is_superseded(known: Profile | None, profile: Profile, given: SecretInput | None) -> bool:
    """Whether the stored secret is for another sign-in method, or would override a source without a secret."""
    if known is None or not known.needs_secret:
        return False
    return known.auth != profile.auth or (given is not None and given.secret is None)


def _forget(context: CliContext, known: Profile, profile: Profile) -> None:
    """Remove the stored secret of a profile's previous version.

    Raises:
        UsageError: it may still be there, where it would be taken for a secret of another kind and sent.
    """
    try:
        forget_secret(context.stores.of(known), known.name)
    except StoreError as error:
        if error.kind is StoreErrorKind.NONE:
            return
        # A text in another form is never taken for access keys.
        is_taken = profile.auth in {"token", "password"} and known.auth != profile.auth
        if is_taken and known.secret_store == profile.secret_store:
            raise UsageError(
                RETRY,
                f"the {NOUNS[known.auth]} that may be stored for profile {known.name} must go first; nothing is "
                f"changed. {error}; or keep the {NOUNS[profile.auth]} elsewhere: --secret-store memory, or file",
            ) from None
        context.say(f"An older {NOUNS[known.auth]} of profile {known.name} may still be stored. {error}.")


def _keep(context: CliContext, profile: Profile, secret: Secret) -> None:
    """Store a secret; at a terminal the user has half a minute to answer the store's question, and can cancel.

    Raises:
        StoreError: it is not stored.
    """
    if not context.stdin.isatty():
        context.stores.keep(profile, secret)
        return
    place = context.stores.of(profile).place
    words = f"Waiting up to {DEADLINE + PATIENCE:g} s for the {place}; it may ask for a password. ctrl+c gives up."
    telling = threading.Timer(_SILENCE, context.say, [words])
    telling.daemon = True
    telling.start()
    try:
        context.stores.keep(profile, secret, PATIENCE)
    except KeyboardInterrupt:
        context.say(f"\nThe {NOUNS[profile.auth]} is not stored; omstui login {profile.name} asks for it again.")
        raise
    finally:
        telling.cancel()


def _not_stored(where: str, profile: Profile, error: StoreError, chosen: str | None) -> str:
    """Return the alternatives to a store, best first; a plain file is used only on request."""
    noun = NOUNS[profile.auth]
    if profile.secret_store != "keyring":  # noqa: S105 - the name of a store
        return f"{where}, but its {noun} is not stored. {error}."
    is_linux = sys.platform == "linux"
    in_kernel = f"the {noun} in the Linux kernel until the next boot (--secret-store kernel), " if is_linux else ""
    choices = (
        f'a command that prints a token ({_give(profile)} --auth command --token-command "..."), '
        "access keys where the SDK looks for them (--auth aksk), "
        f"{in_kernel}the {noun} in memory for one run (omstui, then T; OMSTUI_TOKEN for a token), "
        "or, unencrypted, a file that only you may read (--secret-store file)"
    )
    if chosen is not None and error.kind in {StoreErrorKind.NONE, StoreErrorKind.REFUSED}:
        why = f"PYTHON_KEYRING_BACKEND is set to {tame(chosen)}, and {error.kind.words}"
        return f"{where}, but its {noun} is not stored: {why}. Unset it, or choose {choices}."
    if error.kind in {StoreErrorKind.NONE, StoreErrorKind.REFUSED}:
        return f"{where}, but its {noun} is not stored, since {error.kind.words}: choose {choices}."
    return f"{where}, but its {noun} is not stored. {error}; or choose {choices}."


def _whereabouts(context: CliContext, profile: Profile, given: SecretInput | None) -> str:
    """Return where the secret is, as the rest of a sentence."""
    noun = NOUNS[profile.auth]
    if given is None:
        return f"; its {noun} is neither checked nor stored: give it inside omstui (T), which keeps it in memory."
    if given.source == "environment":
        return ". OMSTUI_TOKEN serves it as long as it is set, and is not stored."
    if given.secret is None:
        theirs = {
            "command": "Its tokens are those of the command",
            "ecs": "Its access keys are those of this server's agency",
        }
        if profile.key_command:
            theirs["aksk"] = "Its access keys are those of the command"
        what = theirs.get(profile.auth, f"Its access key is in {given.source}")
        return f". {what}, and nothing is stored."
    if not given.is_kept:
        return f"; its {noun} is not stored: give it inside omstui (T), which keeps it in memory."
    return f"; its {noun} is in the {context.stores.of(profile).place}."


def _tell_expiry(context: CliContext, check: CredentialCheck, given: SecretInput | None) -> None:
    """Print when the token ends, and note it beside a stored one."""
    if check.expires_at is None:
        return
    profile, at = check.profile, until(check.expires_at, context.clock.now(), check.profile.zone)
    if profile.auth == "token":
        context.say(f"The token is valid until {at}.")
        if given is not None and given.secret is not None and given.is_kept:
            with suppress(StoreError):  # optional, for `omstui profiles`
                note_expiry(context.stores.of(profile), profile.name, given.secret, check.expires_at)
    else:
        is_token = profile.auth in {"password", "command"}
        what, others = ("token is", "one") if is_token else ("access keys are", "ones")
        context.say(f"The present {what} valid until {at}; omstui gets the next {others} by itself.")


def _give(profile: Profile) -> str:
    return f"omstui login {profile.name}"
