"""Finds out from the environment what the terminal can do, before anything is drawn."""

import io
from collections.abc import Mapping
from typing import TextIO

_SUBSTITUTE = frozenset({"", "C", "POSIX"})
_COERCED = "C.UTF-8"
"""Python itself sets `LC_CTYPE` to this when the locale is C."""


def unusable_reason(stdin: TextIO | None, screen: TextIO | None, environ: Mapping[str, str]) -> str | None:
    """Return a sentence about why nothing can be drawn here; ``None`` when it can.

    The screen is drawn on stderr and keys are read from stdin; a stream that was closed before the start is ``None``.
    """
    if stdin is None or screen is None or not (stdin.isatty() and screen.isatty()):
        return "the screen needs a terminal for keys and picture; omstui once prints the figures without one"
    if environ.get("TERM", "") in {"", "dumb", "unknown"}:
        return (
            "TERM does not say what terminal this is; try TERM=xterm-256color omstui, or omstui once without a screen"
        )
    return None


def use_utf8(screen: TextIO) -> None:
    """Write UTF-8 in any locale: otherwise box characters become the letters of their escapes."""
    if isinstance(screen, io.TextIOWrapper) and (screen.encoding or "").lower().replace("-", "") != "utf8":
        screen.reconfigure(encoding="utf-8", errors="replace")


def wants_ascii(environ: Mapping[str, str]) -> bool:
    """Whether the locale or the console's font requires ASCII; an unset locale does not."""
    if environ.get("TERM") == "linux":
        return True
    language = environ.get("LANG", "")
    ctype = environ.get("LC_CTYPE", "")
    if ctype == _COERCED and language in _SUBSTITUTE:
        ctype = ""
    locale = environ.get("LC_ALL") or ctype or language
    return bool(locale) and "utf8" not in locale.lower().replace("-", "")


def has_sixteen_colours(environ: Mapping[str, str]) -> bool:
    """Whether to use only the terminal's own colours: it has no others, or NO_COLOR is set."""
    if "NO_COLOR" in environ:
        return True
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return False
    term = environ.get("TERM", "")
    return not term.endswith(("256color", "kitty", "direct", "ghostty", "alacritty"))


def multiplexer(environ: Mapping[str, str]) -> str | None:
    """Return the multiplexer between omstui and the terminal: ``tmux``, ``screen`` or an empty text for none.

    ``None`` when no notification must be sent: a console cannot show it.
    """
    term = environ.get("TERM", "")
    if term.startswith(("linux", "vt")):
        return None
    if environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    return "screen" if environ.get("STY") or term.startswith("screen") else ""
