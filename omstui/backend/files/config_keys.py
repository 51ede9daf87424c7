"""The keys that `config.toml` may have, and the values that each of them accepts."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct, ValidationError, convert

from omstui.backend.files.toml import quoted_key
from omstui.backend.secrets.redact import mask
from omstui.core.profile import (
    COLOURS,
    SECRET_STORES,
    SIGN_IN_METHODS,
    check_endpoint,
    check_iam_endpoint,
    check_name,
)
from omstui.core.settings import parse_history, parse_interval, parse_silence
from omstui.core.task import check_id
from omstui.core.zone import nearest_regions, parse_zone, region_endpoint, region_of_host

LONGEST_PROJECT_ID = 1024
"""Characters (API reference, ShowSyncTask)."""

_SECRETS = frozenset({
    "access_key", "ak", "auth_token", "passcode", "passphrase", "passwd", "password", "secret", "secret_access_key",
    "secret_key", "security_token", "sk", "token", "x_auth_token",
})  # fmt: skip
"""Names that users might give a key that holds a secret, in lower case and with underscores."""

_EXAMPLES = {
    "interval": 'interval = "60s"',
    "iam_endpoint": 'iam_endpoint = "https://..."',
    "token_command": 'token_command = ["vault", "read", "-field=token", "..."]',
    "key_command": 'key_command = ["vault", "read", "-format=json", "..."]',
    "command_env": 'command_env = ["HUAWEICLOUD_SDK_SK"]',
    "on_alert": 'on_alert = ["/usr/local/bin/page-me"]',
}
"""Examples for keys whose value is not free text."""

_VARIABLE = r"\A[A-Za-z_][A-Za-z0-9_]{0,99}\Z"
_NAMING = re.compile(r"[:=]")


def check_region(region: str) -> str:
    """Return the region if it can be part of a host name.

    Raises:
        ValueError: it cannot.
    """
    if region_of_host(_host(region_endpoint(region))) != region:
        near = " or ".join(nearest_regions(region[:40]))
        raise ValueError(f"{region[:40]!r} is not a region: write it as {near or 'cn-north-4'}")
    return region


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""


def is_variable(name: str) -> bool:
    """Whether an environment variable may have this name."""
    return re.search(_VARIABLE, name) is not None


def check_token_command(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the program and its arguments if they can be run.

    Raises:
        ValueError: they cannot.
    """
    if not argv or not argv[0].strip():
        raise ValueError("it names no program")
    if any("\0" in part for part in argv):
        raise ValueError("it holds a zero byte, which no program can be given")
    for number, part in enumerate(argv[1:], 1):
        bare = _NAMING.sub(" ", part)  # --secret=NAME names a secret and is none
        if mask(bare) != bare:
            raise ValueError(
                f"argument {number} looks like a secret, which config.toml and every list of processes would show: "
                "put the command into a script of its own"
            )
    return tuple(argv)


def is_secret(key: str) -> bool:
    """Whether a key has the name of a secret, which must not be in the file."""
    return key.lower().replace("-", "_") in _SECRETS


def example(key: str) -> str:
    """Return a key with an example value."""
    return _EXAMPLES.get(key, f'{quoted_key(key)} = "..."')


class Key(Struct, frozen=True):
    """The allowed values of a key."""

    kind: object
    """The type for msgspec."""

    expected: str
    """The type in words."""

    read: Callable[[Any], object] = lambda value: value
    """Converts a value of this type, or raises a ValueError."""

    def decoded(self, name: str, value: object) -> object:
        """Convert the value of the key with this name.

        Raises:
            ValueError: the value is invalid; the message says what is accepted.
        """
        try:
            return self.read(convert(value, self.kind))
        except ValidationError as error:
            raise ValueError(f"it must be {self.expected.format(example=example(name))}") from error
        except ValueError as error:
            raise ValueError(f"{error}, write {example(name)}" if isinstance(value, list) else str(error)) from error


def _text(read: Callable[[str], object] = str) -> Key:
    return Key(Annotated[str, Meta(min_length=1)], "text, written as {example}", read)


def _one_of(words: Sequence[str], what: str) -> Key:
    def read(word: str) -> str:
        if word not in words:
            raise ValueError(f"{word[:40]!r} is not {what}: use {', '.join(words[:-1])} or {words[-1]}")
        return word

    return _text(read)


ANY_TEXT = _text()
_FLAG = Key(bool, "true or false, without quotes")
_COMMAND = Key(
    tuple[str, ...], "a list of texts, the program and its arguments, written as {example}", check_token_command
)

SETTINGS = {
    "interval": Key(str | int | float, "a time, written as {example}", lambda value: parse_interval(str(value))),
    "silent_after": _text(parse_silence),
    "theme": ANY_TEXT,
    "ascii": _FLAG,
    "mouse": _FLAG,
    "thin": _FLAG,
    "history": _text(parse_history),
}
"""Keys at the top of the file, or in `[settings]`."""

ALERTS = {
    "on_alert": _COMMAND,
    "quiet": _FLAG,
    "burst": Key(
        Annotated[int, Meta(ge=1, le=1_000_000_000)], "a whole number from 1 to 1,000,000,000, without quotes"
    ),
}
PROFILE = {
    "region": _text(check_region),
    "endpoint": _text(check_endpoint),
    "iam_endpoint": _text(check_iam_endpoint),
    "project_id": _text(lambda text: check_id(text, "project id", LONGEST_PROJECT_ID)),
    "project_name": _text(lambda text: check_name(text, "project name")),
    "auth": _one_of(SIGN_IN_METHODS, "a way to sign in"),
    "user": _text(lambda text: check_name(text, "user name")),
    "domain": _text(lambda text: check_name(text, "account name")),
    "secret_store": _one_of(SECRET_STORES, "a place for secrets"),
    "zone": _text(parse_zone),
    "token_command": _COMMAND,
    "key_command": _COMMAND,
    "command_env": Key(
        tuple[Annotated[str, Meta(pattern=_VARIABLE)], ...],
        "a list of names of environment variables, written as {example}",
    ),
    "alerts": _FLAG,
    "color": _one_of(COLOURS, "a colour for a profile"),
}
"""The keys of a profile, in the order in which they are written."""
