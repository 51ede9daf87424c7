"""Checks the terminal: its type, size and colours, and multiplexers between it and omstui."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import TextIO

from omstui.cli.context.context import CliContext
from omstui.cli.terminal.capabilities import has_sixteen_colours, multiplexer, wants_ascii
from omstui.core.reports.finding import Finding, ok, warning
from omstui.core.text import tame

_SMALLEST, _COMFORTABLE = (40, 12), (80, 24)
_TMUX_LIMIT = 2.0
_TMUX_WANTED = {
    "focus-events": ("on", "the head line then knows when you have looked away"),
    "set-clipboard": ("on", "y and Y then reach the terminal's clipboard"),
    "allow-passthrough": ("on", "notifications then reach the terminal"),
}
"""Options of tmux, each with the wanted value and its use."""


def look_at_terminal(context: CliContext) -> Iterator[Finding]:
    """Yield the findings about the terminal; the screen is drawn on stderr and reads stdin."""
    environ = context.environ
    term = environ.get("TERM", "")
    if context.stdin.isatty() and context.stderr.isatty():
        yield ok("terminal.tty", "stdin and stderr are a terminal")
    else:
        yield warning(
            "terminal.tty",
            "stdin or stderr is no terminal here, and the screen needs one",
            "run omstui in a terminal; over ssh: ssh -t HOST omstui. Scripts use omstui once",
        )
    if term in {"", "dumb", "unknown"}:
        yield warning("terminal.type", "TERM does not say what terminal this is", "export TERM=xterm-256color")
    else:
        yield ok("terminal.type", f"TERM is {tame(term)}")
    yield from _size(context.stderr)
    yield _colours(environ)
    yield _encoding(environ)
    yield from _between(environ)


def _size(screen: TextIO) -> Iterator[Finding]:
    try:
        columns, rows = os.get_terminal_size(screen.fileno())
    except (OSError, ValueError):  # no terminal, as reported already
        return
    words = f"it has {columns} columns and {rows} rows"
    if columns < _SMALLEST[0] or rows < _SMALLEST[1]:
        yield warning("terminal.size", f"{words}, too few for the watch list", "make the window 80 by 24 or larger")
    elif columns < _COMFORTABLE[0] or rows < _COMFORTABLE[1]:
        yield ok("terminal.size", f"{words}: the watch list alone fits; 80 by 24 shows all")
    else:
        yield ok("terminal.size", words)


def _colours(environ: Mapping[str, str]) -> Finding:
    if "NO_COLOR" in environ:
        return ok("terminal.colours", "NO_COLOR is set: no colours of omstui's own")
    if not has_sixteen_colours(environ):
        return ok("terminal.colours", "256 colours or more")
    if environ.get("TERM", "") in {"screen", "tmux"}:
        kind = environ["TERM"]
        return warning(
            "terminal.colours",
            f"only 16 colours, since TERM is {kind}",
            'in tmux: set -g default-terminal "tmux-256color"; in screen: term screen-256color',
        )
    return ok("terminal.colours", "16 colours, those of the terminal itself")


def _encoding(environ: Mapping[str, str]) -> Finding:
    if environ.get("TERM") == "linux":
        return ok("terminal.encoding", "a console with few characters: ASCII is drawn")
    if wants_ascii(environ):
        return warning(
            "terminal.encoding", "the locale is not UTF-8, so that ASCII alone is drawn", "export LC_ALL=C.UTF-8"
        )
    return ok("terminal.encoding", "the locale leaves all characters to be drawn")


def _between(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Report what tmux or screen passes on."""
    match multiplexer(environ):
        case "tmux":
            yield from _tmux(environ)
        case "screen":
            yield ok("terminal.screen", "inside GNU screen: the clipboard and notifications get through")


def _tmux(environ: Mapping[str, str]) -> Iterator[Finding]:
    program = shutil.which("tmux", path=environ.get("PATH"))
    for option, (wanted, use) in _TMUX_WANTED.items():
        check = f"terminal.tmux.{option}"
        value = _tmux_option(program, option, environ) if program is not None and environ.get("TMUX") else None
        line = f"set -g {option} {wanted}"
        if value is None:
            yield warning(check, f"inside tmux, which does not tell its {option}", f"tmux {line}   ({use})")
        elif value in {wanted, "all"}:
            yield ok(check, f"inside tmux: {option} is {value}")
        else:
            advice = f"tmux {line}   and the same line in ~/.tmux.conf ({use})"
            yield warning(check, f"inside tmux: {option} is {tame(value) or 'not known to it'}", advice)


def _tmux_option(program: str, option: str, environ: Mapping[str, str]) -> str | None:
    """Ask tmux for an option; return an empty text when it has no such option, ``None`` when it does not answer."""
    for scope in ("-gv", "-gwv", "-sv"):
        try:
            done = subprocess.run(  # noqa: S603 - a fixed question to the user's own tmux
                [program, "show-options", scope, option],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TMUX_LIMIT,
                check=False,
                start_new_session=True,  # so that it cannot take the terminal
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if "no server" in done.stderr or "error connecting" in done.stderr:
            return None
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return ""
