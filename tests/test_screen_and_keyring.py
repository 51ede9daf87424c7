"""The screen with a real Secret Service: unlocked, locked, mute and absent; nothing hangs, and T helps."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.plain_oms import PlainOms
from tests.secret_service import clean_environment, locked_service, mute_service, need_programs, secret_service
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

PROJECT = "2c0689c860ad4728a497c91ec0844383"
TASK = "0d146099-8cf4-437d-b6ef-88e043771c8b"
TOKEN = "MIIKeyringToken" + "vR6k" * 4092 + "1"
assert len(TOKEN) == 16_384


def answer(sync_task_id: str, query_time: int) -> tuple[int, Any]:
    return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": query_time % 1000}


def with_terminal(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return environ | {
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


def configure(oms: PlainOms, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "omstui"
    folder.mkdir(parents=True)
    profile = f'[profiles.lab]\nendpoint = "{oms.url}"\nproject_id = "{PROJECT}"\n'
    (folder / "config.toml").write_text(profile)
    (folder / "watchlist.toml").write_text(f'[[task]]\nid = "{TASK}"\nprofile = "lab"\nlabel = "one"\n')


def omstui(*arguments: str, environ: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omstui", *arguments],
        env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def left_by_q(terminal: Terminal) -> float:
    """Press q, and return the seconds until the program was gone."""
    start = time.monotonic()
    terminal.press("q")
    assert terminal.wait() == 0
    return time.monotonic() - start


@contextmanager
def no_bus(home: Path) -> Iterator[dict[str, str]]:
    yield clean_environment(home)


def test_the_longest_token_goes_through_the_keyring_to_the_service(tmp_path: Path) -> None:
    """What `login` stores is what the screen sends, all 16,384 characters of it."""
    need_programs()
    with secret_service(tmp_path / "home") as bus, PlainOms(answer, TOKEN) as oms:
        environ = with_terminal(bus, tmp_path)
        configure(oms, tmp_path)
        done = omstui("login", "lab", "--secret-stdin", environ=environ, stdin=TOKEN)
        assert done.returncode == 0, done.stderr
        oms.seen.clear()
        with Terminal([sys.executable, "-m", "omstui"], environ=environ) as terminal:
            terminal.until(lambda text: "syncing" in text, "the answer")
            left_by_q(terminal)
        assert oms.seen[0].tokens == [TOKEN]


def test_who_waits_for_a_keyring_at_login_can_give_up(tmp_path: Path) -> None:
    """One that never answers is waited for as long as the person wants, and half a minute at most."""
    need_programs()
    with mute_service(tmp_path / "home") as bus, PlainOms(answer, TOKEN) as oms:
        environ = with_terminal(bus, tmp_path)
        configure(oms, tmp_path)
        with Terminal([sys.executable, "-m", "omstui", "login", "lab"], environ=environ) as terminal:
            terminal.until(lambda text: "token" in text.lower(), "the question")
            terminal.press(TOKEN, "enter")
            terminal.until(lambda text: "Waiting up to 30 s" in " ".join(text.split()), "what is waited for")
            terminal.press("\x03")
            assert terminal.wait() == 130
            said = " ".join(terminal.text.split())
    assert "The token is not stored; omstui login lab asks for it again." in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("service", "words"),
    [
        pytest.param(locked_service, "locked", id="locked"),
        pytest.param(mute_service, "answer within 4 s", id="mute"),
        pytest.param(no_bus, "no keyring", id="absent", marks=pytest.mark.fault("R12")),
    ],
)
def test_a_keyring_that_does_not_serve_is_told_on_the_row_and_a_pasted_token_resumes_it(
    service: Any, words: str, tmp_path: Path
) -> None:
    need_programs()
    manager: AbstractContextManager[dict[str, str]] = service(tmp_path / "home")
    with manager as bus, PlainOms(answer, TOKEN) as oms:
        environ = with_terminal(bus, tmp_path)
        configure(oms, tmp_path)
        with Terminal([sys.executable, "-m", "omstui"], environ=environ) as terminal:
            terminal.until(lambda text: "✗ one" in text and "token" in text, "the row")
            terminal.until(lambda text: words in " ".join(text.split()), f"words such as {words!r}")
            assert oms.seen == []
            terminal.press("T")
            terminal.until(lambda text: "Credentials, times in" in text, "the dialog")
            terminal.press("enter")
            terminal.until(lambda text: "Paste the token" in text, "the field")
            terminal.press(f"\x1b[200~{TOKEN[:9000]}\n{TOKEN[9000:]}\x1b[201~")
            terminal.until(lambda text: "16,384 characters" in text, "the whole token")
            terminal.press("enter")
            terminal.until(lambda text: "New credential accepted" in text, "the acceptance")
            terminal.press("escape")
            # Read together with a q, an escape would be another key.
            terminal.until(lambda text: "syncing" in text and "Credentials, times in" not in text, "the figures")
            seconds = left_by_q(terminal)
            output = terminal.output
    assert seconds < 5, "a keyring that hangs holds up nobody"
    files = b"".join(path.read_bytes() for path in (tmp_path / "config").rglob("*") if path.is_file())
    files += b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert b"vR6kvR6kvR6k" not in output + files
