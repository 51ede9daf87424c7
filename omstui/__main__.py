"""``omstui`` and ``python -m omstui``: the command line with the machine's own streams, files, keyring and clock."""

import io
import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Literal, NoReturn, TextIO

from omstui.backend.runtime.clock import SystemClock
from omstui.backend.runtime.core_files import hide_memory, leave_no_core_file
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.store import KeyringStore
from omstui.cli.context.context import USAGE, user_context
from omstui.cli.credentials.prompt import ask_secret
from omstui.cli.main import run


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what can stand here
        _complete()
    leave_no_core_file()
    if "--demo" not in sys.argv:  # which has no secrets
        hide_memory()
    stdout, stderr = _stream(sys.stdout, "w", "backslashreplace"), _stream(sys.stderr, "w", "backslashreplace")
    try:
        code = run(
            sys.argv[1:],
            user_context(
                environ=os.environ,
                stdin=_stream(sys.stdin, "r", "replace"),
                stdout=stdout,
                stderr=stderr,
                folders=Folders.of_user(),
                keyring=KeyringStore(),
                clock=SystemClock(),
                transport=None,
                open_screen=_open_screen,
                ask_secret=ask_secret,
            ),
        )
    except BrokenPipeError:  # whoever read the data has had enough, as with `omstui list | head -1`
        code = 0
    _end(_finished(code, stdout, stderr))


def _end(code: int) -> NoReturn:
    """End the process, at once where a call is still under way that may never return.

    Python's own end kills such threads wherever they stand, and aborts when that is in the middle of something.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(OSError, ValueError):  # whoever reads it has gone
                    stream.flush()
        os._exit(code)
    sys.exit(code)


def _finished(code: int, stdout: TextIO, stderr: TextIO) -> int:
    """Send out what is left to print, and return the exit code that is then right."""
    error = _sent(stdout)
    if error is not None and code != USAGE and not isinstance(error, BrokenPipeError):  # else it has been said
        with suppress(OSError):
            stderr.write(f"omstui: the output cannot be written: {error.strerror}\n")
        code = code or USAGE
    _sent(stderr)
    return code


def _sent(stream: TextIO) -> OSError | None:
    """Send out what a stream still holds; where that cannot be, throw it away and return why."""
    try:
        stream.flush()
    except OSError as error:
        # Python would try once more at its end, complain, and end with a code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _complete() -> None:
    from omstui.cli.arguments import parser_for
    from omstui.cli.completion import complete, words_typed  # with what nothing else needs

    complete(parser_for(words_typed(os.environ)), Folders.of_user(), SystemClock().now())


def _open_screen(options: ScreenOptions) -> int:
    from omstui.cli.terminal.opening import open_screen  # slow to import, and the other commands do without

    return open_screen(options)


def _stream(stream: TextIO | None, mode: Literal["r", "w"], errors: str) -> TextIO:
    """Return a stream that no character can break; without one, as in a service, one to nowhere."""
    if stream is None:
        return Path(os.devnull).open(mode, encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=errors)
    return stream


if __name__ == "__main__":
    main()
