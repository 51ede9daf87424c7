"""Makes foreign text from a service, a file or a user safe to display, and recognizes secrets in it."""

import re
import unicodedata

REPLACEMENT = "�"
_LINE_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u2060\u3164\ufeff\uffa0")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HOSTILE_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_MOST_MARKS = 2
_READ_AT_MOST = 4096


SECRET_RUN = re.compile(r"[A-Za-z0-9+/=_%-]{40,}")
"""Forty or more of the characters that tokens, keys and signatures consist of."""

# Long text that is no secret: UUIDs and 32-digit ids, paths and names made of words. Tokens, keys and signatures mix
# cases and digits, or are long without a separator. The group is atomic, since an id is also a sequence of words.
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![A-Za-z0-9])"
_WORD = rf"(?>{_UUID}|[0-9a-fA-F]{{32}}(?![A-Za-z0-9])|[A-Z]?[a-z0-9]{{1,24}}|[A-Z]{{1,24}})"
_SPARED = re.compile(rf"[/_=-]{{0,2}}{_WORD}(?:[/_=-]{{1,2}}{_WORD})*+[/_=-]{{0,2}}")
_ID = re.compile(_UUID)
TOKEN_RUN = re.compile(r"(?<![A-Za-z0-9])(?:MII|gAAAA|eyJ)[A-Za-z0-9+/=_-]{16,}")
"""Text that begins like a token."""

_HEADER = re.compile(r"x-(?:auth|subject|security)-token\W{0,4}[:=]", re.IGNORECASE)
"""The headers that hold tokens."""

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]+")
_LONG_PIECES = 3.25
"""Pieces with this many characters or more, on average, are words and numbers; pieces of a token have about two."""

NOT_KEPT = "this looks like a token and is not kept: omstui login takes one, and T on the screen"
"""The message about such a text, which never quotes it."""


def is_secret_run(run: str) -> bool:
    """Whether a match of `SECRET_RUN` may be a secret, and not an id, a path or a sequence of words."""
    return _SPARED.fullmatch(run) is None


def holds_token(text: str) -> bool:
    """Whether a text is or holds what looks like a token or another long secret; a sequence of words does not."""
    if _HEADER.search(text) is not None or any(is_secret_run(run[0]) for run in TOKEN_RUN.finditer(text)):
        return True
    runs = (run[0] for run in SECRET_RUN.finditer(_ID.sub(" ", text)))
    return any(is_secret_run(run) and _is_mixed(run) for run in runs)


def _is_mixed(run: str) -> bool:
    """Whether small letters, capitals and digits alternate as in a token, and not as in `ImagesToBeijing2024`."""
    has_all = all(any(is_so(char) for char in run) for is_so in (str.islower, str.isupper, str.isdecimal))
    return has_all and len(run) < _LONG_PIECES * len(_PIECE.findall(run))


def tame(text: str) -> str:
    """Return the text on one line, without characters that a terminal would act on or that mislead the reader.

    Line breaks and tabs become one space; control, surrogate, private, unassigned and bidirectional characters become
    U+FFFD; invisible ones are removed; at most two combining marks in a row are kept. Taming twice changes nothing.
    Square brackets stay: code that displays the text must not read it as markup.
    """
    if text.isascii() and text.isprintable():  # the common case
        return text[:_READ_AT_MOST].strip()
    out: list[str] = []
    marks = 0
    for char in text[:_READ_AT_MOST]:
        category = unicodedata.category(char)
        if category in {"Mn", "Me"}:
            if char in _INVISIBLE or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF:
                continue
            marks += 1
            if marks <= _MOST_MARKS:
                out.append(char)
            continue
        if char in _LINE_BREAKS:
            if out and out[-1] != " ":
                out.append(" ")
        elif char in _INVISIBLE:
            continue
        elif char in _BIDI or category in _HOSTILE_CATEGORIES:
            out.append(REPLACEMENT)
        else:
            out.append(char)
        marks = 0
    return "".join(out).strip()
