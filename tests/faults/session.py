"""omstui as a person runs it on another machine: by ssh, in a shell there, over five tasks of a real server."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ssh_server import SshServer
from tests.plain_oms import PlainOms
from tests.proc import is_alive, wait_for
from tests.terminal import Terminal

PROJECT = "2c0689c860ad4728a497c91ec0844383"
TOKEN = "MIIFaultsFakeToken" + "qW5e" * 30
IDS = [f"0d146099-8cf4-437d-b6ef-88e043771c{number:02}" for number in range(5)]
ROOT = Path(__file__).parent.parent.parent


def home_environ(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the person who runs the tests is seen."""
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "OMSTUI_TOKEN": TOKEN,
    }


def configure(home: Path, oms: PlainOms) -> Path:
    """Have five tasks of this server watched; return the watch list's file."""
    folder = home / "config" / "omstui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f'[profiles.lab]\nendpoint = "{oms.url}"\nproject_id = "{PROJECT}"\n')
    tasks = (f'[[task]]\nid = "{one}"\nprofile = "lab"\nlabel = "task-{number}"\n' for number, one in enumerate(IDS))
    watchlist = folder / "watchlist.toml"
    watchlist.write_text("\n".join(tasks))
    return watchlist


@dataclass(frozen=True, slots=True)
class Session:
    """A client in a terminal, and the program at the other end."""

    client: Terminal
    pid: int
    """The program's, not the client's."""

    folder: Path

    @property
    def exit_code(self) -> int:
        """The program's, as the shell there has written it down."""
        note = self.folder / "code"
        wait_for(lambda: note.exists() and bool(note.read_text().strip()), "the shell's note")
        return int(note.read_text())

    @property
    def has_ended_in_order(self) -> bool:
        """Whether the program came to its own end."""
        return (self.folder / "in-order").exists()


@contextmanager
def session(server: SshServer, home: Path, *arguments: str, trap: str = ":") -> Iterator[Session]:
    """Open a session in which a shell with this trap for SIGHUP runs the program, and wait for five answers."""
    variables = [f"{name}={value}" for name, value in home_environ(home).items()]
    program = [sys.executable, "-m", "tests.faults.noted", str(home), *arguments]
    script = home / "session.sh"
    script.write_text(
        f"trap {shlex.quote(trap)} HUP\ncd {shlex.quote(str(ROOT))}\n"
        f"{shlex.join(['env', '-i', *variables, *program])}\n"
        f"echo $? > {shlex.quote(str(home / 'code'))}\nread line\n"  # as a person's shell, it outlives the program
    )
    environ = home_environ(home)
    with Terminal(server.argv(f"exec sh {shlex.quote(str(script))}"), environ=environ) as client:
        client.until(lambda text: text.count("syncing") == len(IDS), "five answers", limit=60)
        pid = int((home / "pid").read_text())
        try:
            yield Session(client, pid, home)
        finally:
            if client.exit_code is None:
                with suppress(ProcessLookupError):
                    os.kill(client.pid, signal.SIGCONT)
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
