"""Row R7 without a screen: a mistake of ours in a command, while it holds a token."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.failing import LOCAL
from tests.faults.session import IDS, PROJECT, ROOT, TOKEN, home_environ
from tests.proc import wait_for

CRASHED = 70


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "config" / "omstui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f'[profiles.lab]\nendpoint = "https://oms.invalid"\nproject_id = "{PROJECT}"\n')
    (folder / "watchlist.toml").write_text(f'[[task]]\nid = "{IDS[0]}"\nprofile = "lab"\n')
    return home_environ(tmp_path)


def argv(*command: str) -> list[str]:
    return [sys.executable, "-m", "tests.cli.failing", *command]


def pieces_of_the_token(*texts: bytes) -> int:
    """Count the pieces of twelve characters, in what was said and in what was kept."""
    pieces = {TOKEN[at : at + 12].encode() for at in range(len(TOKEN) - 11)}
    return sum(piece in text for piece in pieces for text in texts)


def kept_files(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.fault("R7")
@pytest.mark.parametrize(
    "command",
    [
        ["once"],
        ["once", "--json", "--fail-on", "trouble"],
        ["report"],
        ["discover"],
        ["doctor"],
        ["login", "lab", "--secret-stdin"],
    ],
    ids=" ".join,
)
def test_a_mistake_in_a_command_is_one_sentence_and_no_token(
    command: list[str], environ: dict[str, str], tmp_path: Path, figure: Callable[[str], None]
) -> None:
    done = subprocess.run(
        argv(*command), cwd=ROOT, env=environ, input=TOKEN.encode(), capture_output=True, timeout=60, check=False
    )
    said, kept = done.stdout + done.stderr, kept_files(tmp_path)
    assert pieces_of_the_token(said, *kept.values()) == 0
    assert b"Traceback" not in said
    assert done.returncode == CRASHED, said.decode()
    *_, sentence = done.stderr.decode().splitlines()
    crash_file = tmp_path / "state" / "omstui" / "crash.txt"
    assert sentence == f"omstui has failed: an internal error. Details: {crash_file}"
    assert b"unexpected with" in kept["crash.txt"]
    assert LOCAL.encode() not in kept["crash.txt"]
    assert crash_file.stat().st_mode & 0o777 == 0o600
    figure(f"omstui {command[0]}: exit {CRASHED}, 0 pieces")


@pytest.mark.fault("R7")
@pytest.mark.skipif(sys.platform == "win32", reason="ends by a signal of Unix")
def test_a_mistake_does_not_end_the_watch_and_is_logged_without_the_token(
    environ: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "state" / "omstui" / "omstui.log"
    with subprocess.Popen(
        argv("watch", "--jsonl"), cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        wait_for(lambda: log.exists() and b"Error" in log.read_bytes(), "the log")
        assert process.stdout is not None
        line = process.stdout.readline()
        assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
        rest, words = process.communicate(timeout=60)
        assert process.returncode == 0
    kept = kept_files(tmp_path)
    assert pieces_of_the_token(line, rest, words, *kept.values()) == 0
    assert b"internal" in line
    assert words == b""
    assert b"unexpected with" in kept["omstui.log"]
    assert log.stat().st_mode & 0o777 == 0o600
