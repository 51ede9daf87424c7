"""Asks for a secret on the terminal, without showing it."""

import errno
import getpass
import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

PASTE_PAUSE = 0.3
"""Seconds of silence that distinguish the enter key from a line end inside a paste that the terminal does not mark."""

_LONGEST = 65_536
_END, _BACKSPACES, _CLEAR, _LINE_ENDS = 0x04, (0x08, 0x7F), 0x15, (0x0A, 0x0D)
_MARK_PASTES, _MARK_PASTES_NO_MORE = b"\x1b[?2004h", b"\x1b[?2004l"
_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"


def ask_secret(words: str, environ: Mapping[str, str] = os.environ) -> str:
    """Print the words and read what is typed or pasted, also several lines, up to the enter key.

    The terminal's own line editing would cut the text at 4,095 characters, and tokens are longer. Lines are separated
    by line ends. The terminal's modes are restored at every end, also by signals, and while the program is stopped.

    Raises:
        EOFError: the terminal has closed, or nothing was entered before ctrl+d.
        KeyboardInterrupt: ctrl+c.
    """
    try:
        import termios  # Windows has no termios, and no such limit either

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        return getpass.getpass(words)
    try:
        with _unseen(terminal, words.encode(), marks_pastes=environ.get("TERM", "dumb") != "dumb"):
            return _read(terminal).decode("utf-8", "replace")
    except (OSError, termios.error) as error:  # the terminal has closed meanwhile
        raise EOFError from error
    finally:
        os.close(terminal)


@contextmanager
def _unseen(terminal: int, words: bytes, *, marks_pastes: bool) -> Iterator[None]:
    """Print these words, and hide the input on the terminal during the block."""
    import termios  # as above

    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[3] &= ~(termios.ECHO | termios.ICANON)

    def ask() -> None:
        _set_modes(terminal, quiet)
        os.write(terminal, words + (_MARK_PASTES if marks_pastes else b""))

    def give_back() -> None:
        if marks_pastes:
            os.write(terminal, _MARK_PASTES_NO_MORE)
        # Characters that are still on their way belong to the secret: they must not reach the shell.
        _set_modes(terminal, before)
        os.write(terminal, b"\n")

    def take_default(number: int, frame: FrameType | None) -> None:
        with suppress(OSError, termios.error):  # the terminal may be the cause of the signal
            give_back()
        handler = signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        signal.signal(number, handler)  # the signal was a stop, and the program continues

    def go_on(number: int, frame: FrameType | None) -> None:
        with suppress(OSError, termios.error):  # the next read reports that it has closed
            ask()

    handlers = dict.fromkeys((signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP), take_default)
    with _handled({**handlers, signal.SIGCONT: go_on}):
        try:
            ask()
            yield
        finally:
            give_back()


@contextmanager
def _handled(handlers: Mapping[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Handle these signals during the block, except those that are ignored, as with `nohup`."""
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _set_modes(terminal: int, modes: list[Any]) -> None:
    """Set the terminal's modes; a background process stops here until `fg`, and then tries again."""
    import termios  # as above

    while True:
        try:
            return termios.tcsetattr(terminal, termios.TCSAFLUSH, modes)
        except termios.error as error:
            if error.args[0] != errno.EINTR:
                raise


def _read(terminal: int) -> bytes:
    """Read up to the enter key, or to the end of a paste that ends with a line end; a text that is too long is cut."""
    text, is_paste = bytearray(), False
    while True:
        is_line_over = bool(text) and text[-1] in _LINE_ENDS and not is_paste
        if is_line_over and not select.select([terminal], [], [], PASTE_PAUSE)[0]:
            break
        data = os.read(terminal, 4096)
        if not data:
            raise EOFError
        for byte in data:
            if is_paste:
                text.append(byte)
            elif byte == _END:
                if not text:
                    raise EOFError
                return bytes(text)
            elif byte in _BACKSPACES:
                del text[-1:]
            elif byte == _CLEAR:
                text.clear()
            else:
                text.append(byte)
            for mark in (_PASTE_BEGINS, _PASTE_ENDS):
                if text.endswith(mark):
                    del text[-len(mark) :]
                    is_paste = mark is _PASTE_BEGINS
        del text[_LONGEST : -len(_PASTE_ENDS)]  # the paste's end mark must stay to be found
    return bytes(text).rstrip(b"\r\n")
