import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from omstui.core.profile import check_endpoint
from omstui.demo.__main__ import instructions, main
from omstui.demo.server import HOST
from tests.secret_service import clean_environment

pytestmark = pytest.mark.slow

WAYS = ("token", "password", "aksk", "command")


def lines_of(shown: str) -> list[str]:
    return [line.strip() for line in shown.splitlines() if line.startswith("  ")]


def test_the_instructions_are_commands_of_omstui_in_their_order() -> None:
    *logins, add, screen = [shlex.split(line) for line in lines_of(instructions(4711))]
    assert [next((word for word in login if word in WAYS), "token") for login in logins] == [*WAYS]
    for login in logins:
        assert check_endpoint(login[login.index("--endpoint") + 1]) == "http://127.0.0.1:4711"
        assert login[login.index("login") + 1] == add[-1]
        if "command" not in login:
            assert login[0] == "printf"
            assert login[-3:] == ["--secret-store", "file", "--secret-stdin"]
    assert add[:2] == ["omstui", "add"]
    assert len(add[2:-2]) == 3
    assert add[-2] == "--profile"
    assert screen == ["omstui"]


def test_the_instructions_lead_to_figures_by_every_way_on_a_machine_without_a_keyring(tmp_path: Path) -> None:
    """As they are printed, one after the other; only the screen is left out, for which `omstui once` stands."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    with subprocess.Popen([sys.executable, "-m", "omstui.demo"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = [server.stdout.readline() for _ in instructions(1).splitlines()]
            *logins, add, screen = lines_of("".join(said))
            assert screen == "omstui"
            assert len(logins) == len(WAYS)
            for way, login in zip(WAYS, logins, strict=True):
                environ = clean_environment(tmp_path / way) | {"PATH": path, "LC_ALL": "C.UTF-8"}
                for line in (login, add):
                    subprocess.run(["sh", "-c", line], env=environ, timeout=60, check=True)
                figures = subprocess.run(
                    [sys.executable, "-m", "omstui", "once", "--csv"],
                    env=environ, timeout=60, check=True, capture_output=True, text=True,
                )  # fmt: skip
                states = [line.split(",")[3] for line in figures.stdout.splitlines()[1:]]
                assert states == ["syncing", "syncing", "stopped"], way
        finally:
            server.kill()


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--port", "65536"], ["--latency", "-1"], ["--latency", "nan"]])
def test_bad_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert arguments[1] in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def test_it_serves_until_interrupted() -> None:
    """A real process: it prints the address, what it prints works, and ctrl+c ends it with 130 and no noise."""
    # Whoever runs the tests in the background may ignore ctrl+c, and children inherit that.
    run = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "runpy.run_module('omstui.demo', run_name='__main__')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found is not None, first + process.stderr.read()
        shown = "".join(process.stdout.readline() for _ in instructions(1).splitlines()[1:])
        lines = [shlex.split(line) for line in lines_of(shown)]
        token, project_id = lines[0][2], lines[0][lines[0].index("--project-id") + 1]
        sync_task_id = lines[-2][2]
        request = urllib.request.Request(
            f"{found.group()}/v2/{project_id}/sync-tasks/{sync_task_id}?query_time=1",
            headers={"X-Auth-Token": token},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == ""
