"""A secret is asked for on a real terminal: unseen, whole, and with nothing left over for the shell."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omstui.cli.credentials.prompt import PASTE_PAUSE
from tests import terminal as pseudo_terminal

termios = pytest.importorskip("termios", reason="the terminal of this system is read by getpass")

ASKER = """
import os, sys, termios
terminal = os.open(sys.argv[1], os.O_RDWR)  # becomes this session's own
from omstui.cli.credentials.prompt import ask_secret
before = termios.tcgetattr(terminal)
try:
    print(repr(ask_secret("Token: ")))
except (EOFError, KeyboardInterrupt) as error:
    print(type(error).__name__)
print("as before" if termios.tcgetattr(terminal) == before else "changed")
"""


class Terminal:
    """A person at a terminal, on which a program asks."""

    def __init__(self, term: str = "xterm") -> None:
        self.master, slave = os.openpty()
        self.modes = termios.tcgetattr(slave)
        self.shown = b""
        self.program = subprocess.Popen(
            [sys.executable, "-c", ASKER, os.ttyname(slave)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TERM": term},
        )
        self.slave = slave
        self.sees(b"Token: ")

    def sees(self, words: bytes) -> None:
        """Wait until the program has written this."""
        while words not in self.shown:
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
    assert terminal.shown.replace(b"\r", b"") == b"Token: \x1b[?2004h\x1b[?2004l\n"


def test_a_token_broken_into_lines_by_another_terminal_arrives_whole(terminal: Terminal) -> None:
    pasted = "\r".join(TOKEN[start : start + 80] for start in range(0, len(TOKEN), 80))
    said = terminal.types(f"{pasted}\r".encode())
    assert said[0].replace("\\n", "") == repr(TOKEN)


def test_ctrl_d_alone_is_the_end(terminal: Terminal) -> None:
    assert terminal.types(b"\x04") == ["EOFError", "as before"]


def test_ctrl_c_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.program.send_signal(signal.SIGINT)
    assert terminal.end() == ["KeyboardInterrupt", "as before"]


def test_a_paste_in_several_lines_is_one_secret_however_slowly_it_arrives(terminal: Terminal) -> None:
    """The terminal marks both ends of it; without the marks, what came later went to the shell."""
    os.write(terminal.master, b"\x1b[200~abc\n")
    with pytest.raises(subprocess.TimeoutExpired):
        terminal.program.wait(4 * PASTE_PAUSE)
    os.write(terminal.master, b"def\x1b[20")
    assert terminal.types(b"1~\n") == [repr("abc\ndef"), "as before"]


def test_a_paste_that_ends_with_its_line_end_needs_no_enter_key(terminal: Terminal) -> None:
    assert terminal.types(b"\x1b[200~abc\ndef\n\x1b[201~") == [repr("abc\ndef"), "as before"]


def test_a_paste_beyond_all_bounds_is_read_to_its_end_and_too_long(terminal: Terminal) -> None:
    said = terminal.types(b"\x1b[200~" + b"a" * 200_000 + b"\x1b[201~\n")
    assert 65_536 < len(said[0]) < 65_600
    assert said[1] == "as before"


def test_a_dumb_terminal_is_not_asked_to_mark_pastes() -> None:
    terminal = Terminal("dumb")
    assert terminal.types(b"hunter2\n") == [repr("hunter2"), "as before"]
    assert b"\x1b" not in terminal.shown
    terminal.close()


@pytest.mark.fault("R35")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_that_ends_the_program_leaves_the_terminal_as_it_was(
    terminal: Terminal, number: signal.Signals, figure: Callable[[str], None]
) -> None:
    terminal.program.send_signal(number)
    assert terminal.end() == []
    assert terminal.program.returncode == -number
    assert termios.tcgetattr(terminal.slave) == terminal.modes
    assert terminal.shown.endswith(b"\x1b[?2004l\r\n")
    figure(f"{number.name}: modes diff 0")


@pytest.mark.fault("R35")
@pytest.mark.parametrize("shell", ["bash --norc", "zsh -f"])
@pytest.mark.parametrize("stop", ["ctrl+z", "SIGSTOP"])
def test_after_fg_the_secret_is_still_not_shown(
    shell: str, stop: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The shell has its own modes while the program is stopped, and does not give the program's back."""
    asker = tmp_path / "asker.py"
    asker.write_text(
        "import os, sys\nfrom omstui.cli.credentials.prompt import ask_secret\nprint(os.getpid(), flush=True)\n"
        "print('read', len(ask_secret('Token: ')))\n"
    )
    name, option = shell.split()
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed"
    environ = {**os.environ, "TERM": "xterm", "PS1": "ready> ", "HISTFILE": ""}
    with pseudo_terminal.Terminal([path, option, "-i"], environ=environ) as shown:
        shown.until(lambda text: "ready>" in text, "the shell")
        shown.press(f"{sys.executable} {asker}\r")
        shown.until(lambda text: "Token:" in text, "the question")
        if stop == "ctrl+z":
            shown.press("\x1a")
        else:
            os.kill(int(next(line for line in shown.text.splitlines() if line.isdigit())), signal.SIGSTOP)
        shown.until(lambda text: text.rstrip().endswith("ready>"), "the shell again")
        shown.press("echo vis''ible\r")
        shown.until(lambda text: "visible" in text, "what is typed to the shell")
        shown.press("fg\r")
        shown.until(lambda text: text.rstrip().endswith("Token:"), "the question again")
        shown.press("hunter2\r")
        shown.until(lambda text: "read 7" in text, "the answer")
        assert "hunter2" not in shown.text
        figure(f"{stop} and fg in {name}: 0 characters shown")
