"""The program is stopped and goes on: meanwhile the terminal is the shell's, and in the end it is as it was."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.modes import ModernTerminal, private_modes
from tests.faults.test_terminal_modes import demo, environ, gone
from tests.terminal import shows_six_tasks

pytestmark = [
    pytest.mark.fault("R6"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]

OMSTUI = f"{sys.executable} -m omstui --demo"
OF_A_PROMPT = {"2004"}
"""What a shell switches on by itself while it waits for a command."""

SHELLS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def drawn(terminal: ModernTerminal, since: int) -> None:
    """Wait until the whole picture has been written again, which one of ten thousand bytes is not."""
    terminal.until(lambda _: b"images-to-obs" in terminal.output[since:], "the picture drawn once more")


def stop_and_go_on(terminal: ModernTerminal, number: int = signal.SIGSTOP) -> None:
    os.kill(terminal.pid, number)
    terminal.until(lambda _: is_stopped(terminal.pid), "the stop")
    since = len(terminal.output)
    os.kill(terminal.pid, signal.SIGCONT)
    drawn(terminal, since)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (None, 0)]
)
def test_after_being_stopped_thrice_the_terminal_is_left_as_it_was(
    number: int | None, code: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with demo(tmp_path) as terminal:
        before = threads(terminal.pid)
        for _ in range(3):
            stop_and_go_on(terminal)
        assert threads(terminal.pid) <= before
        if number is None:
            terminal.press("q")
        else:
            os.kill(terminal.pid, number)
        assert gone(terminal) == code
        name = "q" if number is None else signal.Signals(number).name
        figure(f"stopped 3 times, {name}: exit {code}, modes diff {len(terminal.differences())}")
        assert terminal.differences() == []
        assert b"Traceback" not in terminal.output


def test_the_end_and_going_on_of_one_moment_leave_the_terminal_as_it_was(tmp_path: Path) -> None:
    """As systemd and timeout end a program: SIGTERM, and SIGCONT right behind it."""
    for is_stopped_before in (False, True):
        with demo(tmp_path) as terminal:
            if is_stopped_before:
                os.kill(terminal.pid, signal.SIGSTOP)
            os.kill(terminal.pid, signal.SIGTERM)
            os.kill(terminal.pid, signal.SIGCONT)
            assert gone(terminal) == 143
            assert terminal.differences() == []


@pytest.mark.parametrize("how", ["key", "signal"])
def test_without_a_shell_that_could_let_it_go_on_ctrl_z_says_so(how: str, tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        if how == "key":
            terminal.press("\x1a")
        else:
            os.kill(terminal.pid, signal.SIGTSTP)
        terminal.until(lambda text: "ctrl+z does nothing here" in text, "the reason")
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.press("q")
        assert gone(terminal) == 0
        assert terminal.differences() == []


class Shell(ModernTerminal):
    """A shell with job control, and what was typed into it."""

    def __init__(self, name: str, home: Path) -> None:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"there is no {name}")
        self._home = home
        start = ["/bin/sh", "-c", 'cd "$HOME" && exec "$@"', "sh", path, *SHELLS[name]]
        super().__init__(start, environ={**environ(home), "PS1": "$ ", "PROMPT": "$ ", "PYTHONPATH": str(Path.cwd())})

    def type(self, line: str) -> None:
        os.write(self.fd, f"{line}\n".encode())

    def told(self, what: str) -> str:
        """Have the shell run something, and return what it says: the modes of a command are not those of its prompt."""
        file = self._home / "told"
        file.unlink(missing_ok=True)
        self.type(f"{{ {what}; }} > told.new; mv told.new told")
        self.until(lambda _: file.exists(), what)
        return file.read_text()

    def starts(self, command: str = OMSTUI) -> None:
        self.type(command)
        self.shows_tasks(len(self.output))

    def shows_tasks(self, since: int) -> None:
        self.until(shows_six_tasks, "the six tasks")
        drawn(self, since)

    def ctrl_z(self) -> None:
        since = len(self.output)
        os.write(self.fd, b"\x1a")
        self.has_its_screen()
        self.asks_for_a_command(since)

    def asks_for_a_command(self, since: int) -> None:
        """Wait for the prompt: what is typed before it, a shell may throw away."""
        self.until(lambda _: b"$ " in self.output[since:], "the prompt")

    def fg(self) -> None:
        since = len(self.output)
        self.type("fg")
        self.shows_tasks(since)

    def quits(self) -> None:
        os.write(self.fd, b"q")
        self.has_its_screen()

    def has_its_screen(self) -> None:
        self.until(
            lambda _: private_modes(self.output).keys() <= OF_A_PROMPT, f"the modes, {private_modes(self.output)}"
        )


@pytest.fixture(params=list(SHELLS))
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return Shell(request.param, tmp_path)


def test_ctrl_z_and_fg_work_as_in_any_program(shell: Shell, figure: Callable[[str], None]) -> None:
    with shell:
        before = shell.told("stty -g")
        shell.starts()
        for _ in range(3):
            shell.ctrl_z()
            assert shell.told("stty -g") == before
            shell.fg()
            os.write(shell.fd, b"?")
            shell.until(lambda text: "Next task" in text, "the help: keys are read")
            os.write(shell.fd, b"q")
            shell.until(lambda text: "Next task" not in text, "the list")
        shell.quits()
        assert shell.told("echo $?; stty -g").split() == ["0", before.strip()]
        figure("ctrl+z and fg in a shell, 3 times: modes diff 0")


def test_a_stop_that_it_did_not_hear_of_and_fg_leave_the_terminal_in_order(shell: Shell, tmp_path: Path) -> None:
    with shell:
        before = shell.told("stty -g")
        shell.starts(f"sh -c 'echo $$ > pid; exec {OMSTUI}'")
        for _ in range(3):
            since = len(shell.output)
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGSTOP)
            shell.asks_for_a_command(since)
            assert shell.told("stty -g") == before
            shell.fg()
        shell.quits()
        assert shell.told("stty -g") == before


def test_a_suspended_program_can_be_ended_by_its_shell(shell: Shell) -> None:
    with shell:
        before = shell.told("stty -g")
        shell.starts()
        shell.ctrl_z()
        shell.told("kill %1")
        shell.until(lambda _: shell.told("jobs") == "", "the end of the job")
        assert shell.told("stty -g") == before
        shell.has_its_screen()


def test_in_the_background_it_goes_on_without_the_terminal(shell: Shell) -> None:
    with shell:
        shell.starts()
        shell.ctrl_z()
        shell.told("bg")
        since = len(shell.output)
        time.sleep(2.5)
        shell.pump()
        assert b"images-to-obs" not in shell.output[since:]
        shell.fg()
        shell.quits()


def test_timeout_ends_it_in_order(shell: Shell) -> None:
    with shell:
        before = shell.told("stty -g")
        shell.starts(f"timeout --foreground 20 {OMSTUI}")
        shell.has_its_screen()
        assert shell.told("echo $?; stty -g").split() == ["124", before.strip()]
