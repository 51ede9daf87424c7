"""Masks secrets in text before it leaves the program."""

import logging
import re
import traceback

from omstui.backend.secrets.secret import HIDDEN
from omstui.core.text import SECRET_RUN, TOKEN_RUN, is_secret_run

# A name, then a separator, then a value: bare, in quotes, in quotes of JSON within JSON, or in a list of header pairs.
_STRONG_NAME = (
    r"x-auth-token|x-subject-token|x-security-token|auth[_-]token|security[_-]?token|subject[_-]token"
    r"|authorization|password|passwd|passphrase|passcode|secret[_-]?key|secret[_-]?access[_-]?key"
    r"|access[_-]?key(?:[_-]?id)?|encoded_authorization_message|ak|sk"
)
# These are words of everyday sentences too ("access: denied"), so a colon counts only after a quoted name.
_WEAK_NAME = r"access|secret|signature|token"
_QUOTED = r"""(?P<quote>\\{0,3}["'])(?:(?!(?P=quote))(?:\\.|[^\\]))*+"""
_BARE = r"""[^\s,;&|"'<>(){}\[\]\\]+"""
_NAMED = re.compile(
    rf"""(?<![A-Za-z0-9])
    (?P<name>
        (?:{_STRONG_NAME}) (?: \\{{0,3}}["'][ \t]*, | (?:\\{{0,3}}["'])?[ \t]*[:=] ) [ \t]*
      | (?:{_WEAK_NAME}) (?: (?:\\{{0,3}}["'])[ \t]*: | [ \t]*= ) [ \t]*
    )
    (?: (?P<prefix>b?) {_QUOTED} | {_BARE} )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_IN_ADDRESS = (re.compile(r"(://)[^\s/@\"']++@"), rf"\1{HIDDEN}@")
"""User and password in an address, such as a proxy's."""

_RULES = (
    # A canonical request has several lines with all headers; nothing after it is kept.
    (re.compile(r"(canonical[ _-]?request)\b.*", re.IGNORECASE | re.DOTALL), rf"\1 {HIDDEN}"),
    (re.compile(r"((?:authorization|cookie)[\"']?[ \t]*[:=])[^\r\n]*", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b((?:SDK|V11)-HMAC-\w+)[ \t,][^\r\n]*", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(bearer)[ \t]+[A-Za-z0-9+/=._~-]{16,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(?<![A-Za-z0-9])(ak)[ \t]+[^\s,]+(?=\s+not\s+exist)", re.IGNORECASE), rf"\1 {HIDDEN}"),
    _IN_ADDRESS,
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]+)+"), HIDDEN),
)

_FRAME_LINE = re.compile(r'^([ |+]*File "[^"\n]+", line \d+(?:, in [\w.<>]+)?)$', re.MULTILINE)


def mask(text: str) -> str:
    """Return the text with ``***`` in place of every possible secret; masking twice changes nothing.

    Gateways repeat requests in their error texts, also the header with the signature and the access key (API
    reference, error code .0301). It masks the values of known names, canonical requests, and every run of 40 or more
    characters that a token, a key or a signature may consist of; ids and paths stay readable.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    text = _NAMED.sub(_without_value, text)
    return SECRET_RUN.sub(_without_run, text)


def mask_own(sentence: str) -> str:
    """Return a sentence of omstui's own with ``***`` in place of a secret that the user gave in a wrong place.

    Such sentences mention passwords and signatures, so the words after a name are not masked; short runs that begin
    like a token are.
    """
    pattern, replacement = _IN_ADDRESS
    return TOKEN_RUN.sub(_without_run, SECRET_RUN.sub(_without_run, pattern.sub(replacement, sentence)))


def _without_value(match: re.Match[str]) -> str:
    return f"{match['name']}{match['prefix'] or ''}{match['quote'] or ''}{HIDDEN}"


def _without_run(match: re.Match[str]) -> str:
    return HIDDEN if is_secret_run(match[0]) else match[0]


def mask_traceback(text: str) -> str:
    """Return a formatted traceback with everything masked except the lines that name files."""
    lines = _FRAME_LINE.split(text)
    for index in range(0, len(lines), 2):
        ending = "\n" if lines[index].endswith("\n") else ""
        lines[index] = mask(lines[index]).removesuffix("\n") + ending
    return "".join(lines)


class RedactingFilter(logging.Filter):
    """Masks a log record: its final message, its traceback and its stack; local variables are never included.

    Attach it to handlers: a filter of a logger does not see the records of the loggers below it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place; return ``True`` always."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - str() of the arguments runs here; logging would print them to stderr
            words = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            message = f"a log message that does not fit its arguments: {words}"
        record.msg, record.args = mask(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_info = None
        if record.exc_text:
            record.exc_text = mask_traceback(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_traceback(record.stack_info)
        return True
