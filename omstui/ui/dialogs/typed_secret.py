"""The text of a secret while it is typed, and the kinds of secrets by sign-in method."""

from collections.abc import Callable

from msgspec import Struct

from omstui.backend.http.signing import AccessKeys
from omstui.backend.secrets.secret import LONGEST_TOKEN, Secret

_LONGEST_PASSWORD = 1024


class SecretKind(Struct, frozen=True):
    """One kind of secret that can be typed or pasted."""

    word: str
    """The name of the kind: ``token``."""

    invitation: str
    """The text of an empty field."""

    read: Callable[[str], Secret]
    """Returns the secret of the entered text; raises `ValueError` with the reason, without the value."""

    has_fingerprint: bool = False
    """Whether its hash may be shown: a password could be guessed from it."""


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


def kind_of(method: str) -> SecretKind | None:
    """Return the kind of secret of a sign-in method; ``None`` for a command or a server's agency, which need none."""
    return None if method in {"command", "ecs"} else _KINDS.get(method, TOKEN)


_LONGEST_TEXT = 8 * LONGEST_TOKEN
"""The most characters, with blanks and line breaks; a longer text cannot be a token."""


class TypedSecret:
    """The text that was typed or pasted into a field for a secret.

    A terminal without bracketed paste sends a token as up to 16,000 keys, so each piece is stored as it comes, and
    the pieces are joined only when the text is read.
    """

    def __init__(self) -> None:
        self._pieces: list[Secret] = []
        self._length = 0
        self._is_replaced_next = False

    def append(self, text: str) -> None:
        """Add a typed or pasted piece; drop it if the text is too long for a token already."""
        if self._is_replaced_next:
            self.clear()
        if self._length < _LONGEST_TEXT:
            self._pieces.append(Secret(text))
            self._length += len(text)

    def clear(self) -> None:
        """Delete the text."""
        self._pieces, self._length, self._is_replaced_next = [], 0, False

    def replace_next(self) -> None:
        """Keep the text until the next piece, which replaces it."""
        self._is_replaced_next = True

    def read(self, kind: SecretKind) -> Secret:
        """Return the text as a secret of this kind.

        Raises:
            ValueError: the text cannot be one; the message says why, without the value.
        """
        self._pieces = [Secret("".join(piece.reveal() for piece in self._pieces))]
        return kind.read(self._pieces[0].reveal())

    def __len__(self) -> int:
        """Return the number of characters, with blanks and line breaks."""
        return self._length
