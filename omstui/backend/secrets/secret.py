"""A type for secrets that never prints its value."""

import hashlib
import re
from typing import NoReturn, Self

HIDDEN = "***"
LONGEST_TOKEN = 16_384
"""Characters of the longest `X-Auth-Token` that OMS accepts (API reference, ShowSyncTask)."""

_HEADER_NAME = re.compile(r"^(?:-H)?[\"'`]*X-(?:Auth|Subject)-Token[\"'`]*:", re.IGNORECASE)
_QUOTED = re.compile(r"^([\"'`])(.*)\1$")
_WRAPPING = "\"'`,;"


class Secret:
    """A value that prints as ``***``; only code that makes a request or fills a store calls `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 hash: they tell two secrets apart without revealing them."""
        return hashlib.sha256(self._value.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @classmethod
    def token(cls, text: str) -> Self:
        """Return the secret of a token that a user pasted or a program printed.

        Line breaks, blanks, a header name, and quotes around the token or each of its lines are dropped: they come
        from terminals and editors.

        Raises:
            ValueError: the text cannot be a token; the message gives length and position, never the value.
        """
        pieces = [_QUOTED.sub(r"\2", piece) for piece in text.split()]
        value = _HEADER_NAME.sub("", "".join(pieces), count=1).strip(_WRAPPING)
        if not value:
            raise ValueError("the token is empty")
        for position, char in enumerate(value, 1):
            if not "!" <= char <= "~":
                raise ValueError(
                    f"the token cannot be one: character {position} of {len(value)} is not a printable ASCII character"
                )
        if len(value) > LONGEST_TOKEN:
            raise ValueError(f"the token has {len(value):,} characters, at most {LONGEST_TOKEN:,} are possible")
        return cls(value)

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__
    __rich__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return format(HIDDEN, format_spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
