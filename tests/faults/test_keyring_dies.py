"""A keyring unlocked by stdin where there is no desktop, that dies under the screen, and then its bus."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.programs import need
from tests.faults.starting import OMSTUI, TOKEN, answer, configure, environment
from tests.plain_oms import PlainOms
from tests.secret_service import need_programs
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the daemons by /proc")

# Asks for the password on the terminal, unlocks a keyring with it, and becomes what follows.
WITHOUT_A_DESKTOP = (
    "dbus-run-session -- sh -c '"
    'stty -echo; IFS= read -r p; stty echo; printf %s "$p" | '
    "gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; unset p; "
    "{login}; exec {omstui} 2>/dev/tty' 2>/dev/null"
)


def processes_of(home: Path, name: str) -> list[int]:
    """Find the processes of this name that were started for this home."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            is_named = process.name.isdigit() and (process / "comm").read_text().startswith(name)
            if is_named and f"HOME={home}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it has gone
            continue
    return found


def kill_all(home: Path, name: str) -> None:
    pids = processes_of(home, name)
    assert pids, f"no {name} runs"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while processes_of(home, name):
        assert time.monotonic() < end, f"{name} lives on"
        time.sleep(0.02)


def have_asked(oms: PlainOms, times: int, text: str) -> bool:
    return len(oms.seen) >= times


@pytest.mark.fault("R14")
def test_a_keyring_and_a_bus_that_die_change_nothing_on_the_screen(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The longest token goes through the keyring to the letter; from then on nothing depends on it."""
    need_programs()
    need("dbus-run-session")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (tmp_path / "token").write_text(TOKEN)
    environ = environment(home, XDG_RUNTIME_DIR=str(home))
    with PlainOms(answer, TOKEN) as oms:
        configure(home, oms.url)
        omstui = " ".join(OMSTUI)
        login = f"{omstui} login lab --secret-stdin <{tmp_path}/token >{tmp_path}/said 2>&1"
        command = WITHOUT_A_DESKTOP.format(login=login, omstui=omstui)
        with Terminal(["/bin/sh", "-c", command], environ=environ) as terminal:
            terminal.press("hunter2", "enter")
            try:
                terminal.until(lambda text: text.count("syncing") == 3, "three answers")
                assert "its token is in the OS keyring (SecretService)" in (tmp_path / "said").read_text()
                assert all(seen.tokens == [TOKEN] for seen in oms.seen)
                for name in ("gnome-keyring", "dbus-daemon"):
                    kill_all(home, name)
                    asked = len(oms.seen)
                    terminal.until(partial(have_asked, oms, asked + 3), "the next round")
                    assert terminal.text.count("syncing") == 3
                    assert "✗" not in terminal.text
                assert all(seen.tokens == [TOKEN] for seen in oms.seen)
                terminal.press("T", "enter")
                terminal.until(lambda text: "Paste the token" in text, "the field")
                terminal.press(f"\x1b[200~{TOKEN}\x1b[201~")
                terminal.until(lambda text: "16,384 characters" in text, "the token")
                terminal.press("enter")
                terminal.until(
                    lambda text: "accepted" in text and "kept in memory" in " ".join(text.split()), "its fate"
                )
                terminal.press("escape")
                terminal.until(lambda text: "kept in memory" not in " ".join(text.split()), "the list")
                terminal.press("q")
                terminal.wait()
            finally:
                for name in ("gnome-keyring", "dbus-daemon"):
                    for pid in processes_of(home, name):
                        os.kill(pid, signal.SIGKILL)
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"gH5tgH5tgH5t" not in files + terminal.output
    figure(f"{len(TOKEN):,} characters exact, 0 rows changed")
