"""Reads what to sign in with, from the user, a pipe or the environment."""

import argparse
from collections.abc import Callable

from msgspec import Struct

from omstui.backend.auth.sdk_credentials import FoundKeys
from omstui.backend.http.signing import AccessKeys
from omstui.backend.secrets.secret import Secret
from omstui.cli.context.context import USAGE, CliContext, UsageError
from omstui.cli.credentials.profile_input import can_ask
from omstui.core.problem import Problem
from omstui.core.profile import Profile

NOUNS = {
    "token": "token",
    "password": "password",
    "aksk": "access key",
    "command": "token command",
    "ecs": "server's agency",
}
"""The credential of each sign-in method, in words."""

_LONGEST_INPUT = 65_536
_LONGEST_PASSWORD = 1024


class SecretInput(Struct, frozen=True):
    """What to sign in with now, and whether to store it."""

    secret: Secret | None
    """As stored; ``None`` where the user gives none: a command, a server's agency, the SDK's access keys."""

    source: str
    """Where it came from, in words."""

    is_kept: bool


def read_secret_input(
    args: argparse.Namespace, context: CliContext, profile: Profile, sdk_keys: FoundKeys | Problem | None
) -> SecretInput | None:
    """Return what to sign in with; ``None`` when the screen must ask, because nothing of it would be stored.

    Args:
        args: of `omstui login`.
        context: where to read or ask.
        profile: the profile to sign in with.
        sdk_keys: the SDK's access keys, or why there are none; ``None`` where they are not used.

    Raises:
        UsageError: there is nothing to sign in with, or it is invalid.
    """
    sdk_place = None if sdk_keys is None or isinstance(sdk_keys, Problem) else sdk_keys.place
    if not profile.needs_secret:
        source = "key command" if profile.auth == "aksk" else NOUNS[profile.auth]
        if args.secret_stdin:
            other = ", or key_command out of config.toml" if profile.auth == "aksk" else ""
            raise UsageError(USAGE, f"a {source} needs no secret: leave --secret-stdin out{other}; nothing is changed")
        return SecretInput(None, source, is_kept=False)
    if args.secret_stdin:
        return _read(profile, context.read(_LONGEST_INPUT), context)
    if profile.auth == "token" and (token := context.token()) is not None:
        return SecretInput(token, "environment", is_kept=False)
    if sdk_place is not None and not (profile.outlasts_run and can_ask(args, context)):
        return SecretInput(None, sdk_place, is_kept=False)
    if not profile.outlasts_run:
        return None
    if not can_ask(args, context):
        without = f"{sdk_keys.text}, and" if isinstance(sdk_keys, Problem) else ""
        raise UsageError(
            USAGE,
            f"{without} there is no terminal to ask for the {NOUNS[profile.auth]}: "
            f"pipe it into omstui login {profile.name} --secret-stdin".lstrip(),
        )
    try:
        text = _ASKERS[profile.auth](context, profile, sdk_place)
    except EOFError:
        raise UsageError(USAGE, f"no {NOUNS[profile.auth]} was entered, and nothing is changed") from None
    return SecretInput(None, sdk_place or "", is_kept=False) if text is None else _read(profile, text, context)


def _read(profile: Profile, text: str, context: CliContext) -> SecretInput:
    try:
        secret = _READERS[profile.auth](text)
    except ValueError as error:
        raise UsageError(USAGE, f"{error}; nothing is changed") from None
    if profile.auth == "token":
        read = f"Read {len(secret):,} characters, sha256 {secret.fingerprint[:8]}…"
        context.say(f"{read}; asking the service whether it accepts them ...")
    return SecretInput(secret, "login", is_kept=profile.outlasts_run)


def _read_password(text: str) -> Secret:
    """Return the single line of a password; spaces may belong to it.

    Raises:
        ValueError: it is empty or has more than one line; the message does not repeat it.
    """
    password = text.rstrip("\r\n")
    if not password:
        raise ValueError("the password is empty")
    if not password.isprintable():
        raise ValueError("the password must stand on one line, without characters that cannot be printed")
    if len(password) > _LONGEST_PASSWORD:
        raise ValueError(f"the password has {len(password):,} characters, at most {_LONGEST_PASSWORD:,} are possible")
    return Secret(password)


def _ask_token(context: CliContext, profile: Profile, _: str | None) -> str:
    return context.ask_secret(f"Token for profile {profile.name} (it is not shown): ")


def _ask_password(context: CliContext, profile: Profile, _: str | None) -> str:
    return context.ask_secret(f"Password of {profile.user} in {profile.domain} (it is not shown): ")


def _ask_keys(context: CliContext, profile: Profile, sdk_place: str | None) -> str | None:
    """Ask for the parts of an access key, which may be pasted all at once; ``None`` for the SDK's."""
    hint = f"; enter alone takes the one of {sdk_place}" if sdk_place is not None else ""
    text = context.ask_secret(f"Access key for profile {profile.name} (it is not shown{hint}): ").strip()
    if not text and sdk_place is not None:
        return None
    if not text or len(text.splitlines()) > 1:
        return text
    secret_key = context.ask_secret("Secret key (it is not shown): ").strip()
    if not secret_key:  # otherwise the security token would be taken for it
        return text
    security_token = context.ask_secret("Security token (it is not shown; only temporary keys have one, else enter): ")
    return "\n".join((text, secret_key, "".join(security_token.split())))


_READERS: dict[str, Callable[[str], Secret]] = {
    "token": Secret.token,
    "password": _read_password,
    "aksk": lambda text: AccessKeys.read(text).written,
}
_ASKERS: dict[str, Callable[[CliContext, Profile, str | None], str | None]] = {
    "token": _ask_token,
    "password": _ask_password,
    "aksk": _ask_keys,
}
