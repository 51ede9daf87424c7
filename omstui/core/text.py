"""Taming foreign text: what a service, a file or a person sent may hold anything."""

import unicodedata

REPLACEMENT = "�"
_LINE_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u2060\u3164\ufeff\uffa0")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HOSTILE_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_MOST_MARKS = 2
_READ_AT_MOST = 4096


def tame(text: str) -> str:
    """Return the text on one line, without anything that a terminal would act on or that misleads the eye.

    Line breaks and tabs become one space; control, surrogate, private, unassigned and bidirectional characters become
    U+FFFD; invisible ones vanish; at most two combining marks stand in a row. Taming twice changes nothing.
    Square brackets stay: whoever displays the text must not read it as markup.
    """
    if text.isascii() and text.isprintable():  # as nearly every text is
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
