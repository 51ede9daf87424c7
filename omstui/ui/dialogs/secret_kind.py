"""What a person is asked for, by the way a profile signs in."""

from collections.abc import Callable
from dataclasses import dataclass

from omstui.backend.http.signing import AccessKeys
from omstui.backend.secrets.secret import Secret

_LONGEST_PASSWORD = 1024


@dataclass(frozen=True, slots=True)
class SecretKind:
    """One kind of secret that can be typed or pasted."""

    word: str
    """What it is called: ``token``."""

    invitation: str
    read: Callable[[str], Secret]
    """Makes a secret of what was entered; raises a `ValueError` that says why not, without the value."""

    has_fingerprint: bool = False
    """Whether a hash of it may be shown: a password could be guessed from one."""


def _read_password(text: str) -> Secret:
    password = text.strip("\r\n")
    if not password:
        raise ValueError("the password is empty")
    if not password.isprintable():
        raise ValueError("a password has one line of printable characters")
    if len(password) > _LONGEST_PASSWORD:
        raise ValueError(f"the password has {len(password):,} characters, at most {_LONGEST_PASSWORD:,} are possible")
    return Secret(password)


def _read_keys(text: str) -> Secret:
    return AccessKeys.read("\n".join(text.split())).written


TOKEN = SecretKind("token", "Paste the token here; it is not shown", Secret.token, has_fingerprint=True)
PASSWORD = SecretKind("password", "Type the password here; it is not shown", _read_password)
KEYS = SecretKind("access keys", "Paste access key, blank, secret key; they are not shown", _read_keys)

_KINDS = {"token": TOKEN, "password": PASSWORD, "aksk": KEYS}


def kind_of(way: str) -> SecretKind | None:
    """Return what is entered for a way to sign in; nothing for a command or a server's agency, which is asked again."""
    return None if way in {"command", "ecs"} else _KINDS.get(way, TOKEN)
