"""A secret is asked for on a real terminal: unseen, whole, and with nothing left over for the shell."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("termios", reason="the terminal of this system is read by getpass")

ASKER = """
import os, sys, termios
terminal = os.open(sys.argv[1], os.O_RDWR)  # becomes this session's own
from omstui.cli.prompt import ask_secret
before = termios.tcgetattr(terminal)
try:
    print(repr(ask_secret("Token: ")))
except (EOFError, KeyboardInterrupt) as error:
    print(type(error).__name__)
print("as before" if termios.tcgetattr(terminal) == before else "changed")
"""


class Terminal:
    """A person at a terminal, on which a program asks."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self.shown = b""
        self.program = subprocess.Popen(
            [sys.executable, "-c", ASKER, os.ttyname(slave)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.slave = slave
        while b"Token: " not in self.shown:
            self.shown += os.read(self.master, 1024)

    def types(self, text: bytes) -> list[str]:
        """Type something; return what the program said at its end."""
        while text:
            text = text[os.write(self.master, text[:1000]) :]
        return self.end()

    def end(self) -> list[str]:
        said, _ = self.program.communicate(timeout=60)
        os.set_blocking(self.master, False)
        self.shown += os.read(self.master, 65536)
        return said.splitlines()

    def close(self) -> None:
        self.program.kill()
        self.program.communicate()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


TOKEN = "MIIabcdefgh+/=" * 1170


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("hunter2\n", "hunter2"),
        ("hunter2\r", "hunter2"),
        ("huntre\x7f\x7fer3\x082\n", "hunter2"),
        ("wrong\x15hunter2\n", "hunter2"),
        ("hunter2\x04", "hunter2"),
        (f"{TOKEN}\n", TOKEN),
        ("abc\ndef\r\nghi\n", "abc\ndef\n\nghi"),
        ("\n", ""),
    ],
    ids=["enter", "return", "backspace", "clear", "end", "16,380 characters", "three lines", "nothing"],
)
def test_what_is_typed_or_pasted_is_read_whole_and_never_shown(terminal: Terminal, typed: str, read: str) -> None:
    assert terminal.types(typed.encode()) == [repr(read), "as before"]
    assert terminal.shown.replace(b"\r", b"") == b"Token: \n"


def test_a_token_broken_into_lines_by_another_terminal_arrives_whole(terminal: Terminal) -> None:
    pasted = "\r".join(TOKEN[start : start + 80] for start in range(0, len(TOKEN), 80))
    said = terminal.types(f"{pasted}\r".encode())
    assert said[0].replace("\\n", "") == repr(TOKEN)


def test_ctrl_d_alone_is_the_end(terminal: Terminal) -> None:
    assert terminal.types(b"\x04") == ["EOFError", "as before"]


def test_ctrl_c_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.program.send_signal(signal.SIGINT)
    assert terminal.end() == ["KeyboardInterrupt", "as before"]
