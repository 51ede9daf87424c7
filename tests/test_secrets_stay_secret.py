"""Marked secrets, planted in every way, are nowhere in what the program writes.

Files, log at DEBUG, terminal bytes, stdout, stderr, and the argument lists and environments of its processes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from omstui.backend.runtime.clock import SystemClock
from tests.backend.iam_server import IamServer
from tests.cli.network import serving
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

PROJECT = "2c0689c860ad4728a497c91ec0844383"
TASK = "0d146099-8cf4-437d-b6ef-88e043771c8b"
TOKEN = "MIIMarkedToken" + "xQ4z" * 40
ACCESS_KEY, SECRET_KEY = "AKMARKEDX7Q4ZW9PLMV2", "SkMarked" + "pW8n" * 8

pytestmark = [
    pytest.mark.promise(4),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes by /proc"),
]


def pieces(*secrets: str) -> list[bytes]:
    """Return every run of twelve characters of the secrets."""
    return [secret[at : at + 12].encode() for secret in secrets for at in range(len(secret) - 11)]


def found(data: bytes, *secrets: str) -> list[bytes]:
    return [piece for piece in pieces(*secrets) if piece in data]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
    return kept | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def omstui(*arguments: str, environ: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omstui", *arguments],
        env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def watched(environ: dict[str, str], tmp_path: Path, *until: str) -> bytes:
    """Run the screen with a log at DEBUG until it shows this; return all that it and its processes let out."""
    let_out = b""
    argv = [sys.executable, "-m", "omstui", "--log-file", str(tmp_path / "debug.log")]
    with Terminal(argv, environ=environ) as terminal:
        terminal.until(lambda text: all(words in text for words in until), " ".join(until))
        terminal.press("T", "escape", "y", "m", "escape", "?", "escape", "[", "r")
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    let_out += (process / "cmdline").read_bytes()
                except OSError:
                    continue
        terminal.press("q")
        assert terminal.wait() == 0
        return let_out + terminal.output


def kept_files(tmp_path: Path, *but: str) -> bytes:
    return b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name not in but)


def answer(sync_task_id: str, query_time: int) -> tuple[int, object]:
    if sync_task_id != TASK:
        return 404, {"error_code": "OMS.1009", "error_msg": "No resources found."}
    body = {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "src_bucket": "bucket"}
    return 200, body | {"monthly_success_object": query_time % 1000}


def test_a_token_in_a_plain_file_that_was_asked_for_is_there_and_nowhere_else(
    home: dict[str, str], tmp_path: Path
) -> None:
    with PlainOms(answer, TOKEN) as oms:
        done = omstui(
            "login", "lab", "--endpoint", oms.url, "--project-id", PROJECT, "--secret-store", "file", "--secret-stdin",
            environ=home, stdin=TOKEN,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert omstui("add", TASK, "--profile", "lab", environ=home).returncode == 0
        listed = omstui("profiles", "--json", environ=home)
        json.loads(listed.stdout)
        let_out = watched(home, tmp_path, "bucket", "syncing")
        refused = omstui("login", "lab", "--secret-stdin", environ=home, stdin=TOKEN[:-8])
        assert refused.returncode == 3
    said = "".join(run.stdout + run.stderr for run in (done, listed, refused)).encode()
    assert found(kept_files(tmp_path, "secrets.json") + said + let_out, TOKEN) == []
    (secrets,) = tmp_path.rglob("secrets.json")
    assert secrets.stat().st_mode & 0o777 == 0o600
    (history,) = tmp_path.rglob("history.db")
    assert b'"src_bucket":"bucket"' in history.read_bytes(), "it remembers answers, and was searched like all files"
    assert history.stat().st_mode & 0o777 == 0o600
    assert omstui("logout", "lab", environ=home).returncode == 0
    assert found(kept_files(tmp_path), TOKEN) == []


def test_what_a_command_prints_stays_in_memory_and_its_environment_has_no_token(
    home: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "bin" / "token.py"
    script.parent.mkdir()
    script.write_text(
        "import os, sys\n"
        "open(os.environ['SEEN'], 'w').write(repr(dict(os.environ)) + repr(sys.argv))\n"
        "print('MIIMarkedToken' + 'xQ4z' * 40)\n"
    )
    environ = home | {"SEEN": str(tmp_path / "seen.txt")}
    with PlainOms(answer, TOKEN) as oms:
        done = omstui(
            "login", "lab", "--endpoint", oms.url, "--project-id", PROJECT, "--auth", "command",
            "--token-command", f"{sys.executable} {script}", environ=environ,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert omstui("add", TASK, "--profile", "lab", environ=environ).returncode == 0
        let_out = watched(environ, tmp_path, "bucket", "syncing")
    said = (done.stdout + done.stderr).encode()
    assert found(kept_files(tmp_path, "token.py") + said + let_out, TOKEN) == []


def test_access_keys_of_the_environment_sign_and_are_shown_nowhere(home: dict[str, str], tmp_path: Path) -> None:
    """The server refuses: keys, signature and canonical request that it echoes stay out of everything."""
    echo = f"verify aksk signature fail, ak:{ACCESS_KEY}, Authorization: SDK-HMAC-SHA256 Access={ACCESS_KEY}"
    environ = home | {"HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": SECRET_KEY}
    config = tmp_path / "config" / "omstui"
    config.mkdir(parents=True)
    with PlainOms(lambda *_: (401, {"error_code": "APIGW.0301", "error_msg": echo}), TOKEN) as oms:
        oms._judge = lambda *_: (401, {"error_code": "APIGW.0301", "error_msg": echo})  # type: ignore[method-assign]  # refuses all
        text = f'[profiles.lab]\nendpoint = "{oms.url}"\nproject_id = "{PROJECT}"\nauth = "aksk"\n'
        (config / "config.toml").write_text(text)
        assert omstui("add", TASK, "--profile", "lab", environ=environ).returncode == 0
        let_out = watched(environ, tmp_path, "token")
        assert len(oms.seen) == 1, "one refused signature is enough"
    assert found(kept_files(tmp_path) + let_out, SECRET_KEY, ACCESS_KEY) == []


def test_a_password_and_what_it_buys_are_shown_nowhere(home: dict[str, str], tmp_path: Path) -> None:
    """Kept in a plain file by name; then changed on the server, whose refusal repeats it: one attempt, and silence."""
    password = "Marked-Pass-9f!Q-word"
    clock = SystemClock()
    server = IamServer(clock, life=3600.0, users={("watcher", "ExampleAccount"): password})
    with serving(server):
        done = omstui(
            "login", "lab", "--endpoint", server.url, "--iam-endpoint", server.url, "--project-name", "cn-north-4",
            "--auth", "password", "--user", "watcher", "--domain", "ExampleAccount", "--secret-store", "file",
            "--secret-stdin", environ=home, stdin=password,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert omstui("add", TASK, "--profile", "lab", environ=home).returncode == 0
        let_out = watched(home, tmp_path, "syncing")
        server.users = {("watcher", "ExampleAccount"): "another"}
        server.revoke_all()
        before = len(server.sign_ins)
        let_out += watched(home, tmp_path, "token", "omstui login lab")
        assert len(server.sign_ins) - before == 1, "a wrong password is tried once"
        secrets = (password, *server.tokens)
    said = (done.stdout + done.stderr).encode()
    assert found(kept_files(tmp_path, "secrets.json") + said + let_out, *secrets) == []
