"""``omstui`` and ``python -m omstui``: the command line with the machine's own streams, files, keyring and clock."""

import io
import os
import sys
from typing import TextIO

from omstui.backend.clock import SystemClock
from omstui.backend.files import Folders
from omstui.backend.secret_store import KeyringStore
from omstui.cli import run
from omstui.options import ScreenOptions


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    try:
        code = run(
            sys.argv[1:],
            environ=os.environ,
            stdin=_stream(sys.stdin, "replace"),
            stdout=_stream(sys.stdout, "backslashreplace"),
            stderr=_stream(sys.stderr, "backslashreplace"),
            folders=Folders.of_user(),
            secret_store=KeyringStore(),
            clock=SystemClock(),
            transport=None,
            open_screen=_open_screen,
        )
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the data has had enough, as with `omstui list | head -1`. Python would complain once more at
        # its end, when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _open_screen(options: ScreenOptions) -> int:
    from omstui.ui.launch import open_screen  # slow to import, and the other commands do without

    return open_screen(options)


def _stream(stream: TextIO | None, errors: str) -> TextIO:
    """Return a stream that no character can break; without one, as in a service, an empty one."""
    if stream is None:
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=errors)
    return stream


if __name__ == "__main__":
    main()
