"""Asks for a secret on the terminal, without showing it."""

import getpass
import os
import select

PASTE_PAUSE = 0.3
"""Seconds of silence after which a line end was the enter key's, and not one inside of what is being pasted."""

_LONGEST = 65_536
_END, _BACKSPACES, _CLEAR, _LINE_ENDS = 0x04, (0x08, 0x7F), 0x15, (0x0A, 0x0D)


def ask_secret(words: str) -> str:
    """Print the words and read what is typed or pasted, however many lines that has, up to the enter key.

    The terminal's own line editing would cut it at 4,095 characters, and tokens are longer. Lines are kept apart by
    line ends.

    Raises:
        EOFError: the terminal has gone away, or nothing was entered before ctrl+d.
        KeyboardInterrupt: ctrl+c.
    """
    try:
        import termios  # Windows has none, and no such limit either

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        return getpass.getpass(words)
    try:
        return _ask(terminal, words)
    except (OSError, termios.error) as error:  # it has gone away meanwhile
        raise EOFError from error
    finally:
        os.close(terminal)


def _ask(terminal: int, words: str) -> str:
    import termios  # as above

    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
    try:
        os.write(terminal, words.encode())
        return _read(terminal).decode("utf-8", "replace")
    finally:
        # What is still on its way is part of the secret: it must not reach the shell.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        os.write(terminal, b"\n")


def _read(terminal: int) -> bytes:
    text = bytearray()
    while len(text) < _LONGEST:
        is_line_over = bool(text) and text[-1] in _LINE_ENDS
        if is_line_over and not select.select([terminal], [], [], PASTE_PAUSE)[0]:
            break
        data = os.read(terminal, 4096)
        if not data:
            raise EOFError
        for byte in data:
            if byte == _END:
                if not text:
                    raise EOFError
                return bytes(text)
            if byte in _BACKSPACES:
                del text[-1:]
            elif byte == _CLEAR:
                text.clear()
            else:
                text.append(byte)
    return bytes(text).rstrip(b"\r\n")
