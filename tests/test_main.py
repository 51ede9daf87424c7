"""The command line as a real process, with a real keyring, server and files."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.server import HOST, loopback
from omstui.demo.service import SimulatedOms
from tests.cli.machine import ID, Machine
from tests.secret_service import secret_service


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


async def test_a_real_process_logs_in_adds_and_lists(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    """The whole way: a real keyring, a real server on a loopback port, real files."""
    oms = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
    with secret_service(tmp_path) as found:
        environment = {**found, "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": str(Path.cwd())}
        async with loopback(oms, 0) as port:

            async def omstui(*argv: str, stdin: str = "") -> tuple[int | None, str, str]:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "omstui",
                    *argv,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env=environment,
                )
                out, err = await process.communicate(stdin.encode())
                return process.returncode, out.decode(), err.decode()

            endpoint, project = f"http://{HOST}:{port}", demo_profiles()[PROD].project_id
            login = ["login", "lab", "--endpoint", endpoint, "--project-id", project, "--secret-stdin"]
            token = demo_token(PROD).reveal()
            refused = await omstui(*login, stdin="wrong")
            assert refused[0] == 3
            assert not (tmp_path / "config" / "omstui").exists()
            accepted = await omstui(*login, stdin=f"{token}\n")
            assert accepted[:2] == (0, ""), accepted[2]
            added = await omstui("add", "-", stdin=f"{ID.format(1)}\n{ID.format(2)} two\n")
            assert added[:2] == (0, f"{ID.format(1)}\n{ID.format(2)}\n"), added[2]
            assert json.loads((await omstui("list", "--json"))[1])[1]["label"] == "two"
            (profile,) = json.loads((await omstui("profiles", "--json"))[1])
            assert profile["secret"] == "OS keyring (SecretService)"
            assert (await omstui("logout"))[0] == 0
            (profile,) = json.loads((await omstui("profiles", "--json"))[1])
            assert profile["secret"] == "none"
    assert [request.method for request in oms.seen] == ["GET", "GET"]
    for folder, _, names in os.walk(tmp_path / "config"):
        for name in names:
            assert token not in (Path(folder) / name).read_text()


OMSTUI = [sys.executable, "-m", "omstui"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user who watches 3,000 tasks."""
    home = tmp_path_factory.mktemp("home")
    (home / "omstui").mkdir()
    (home / "omstui" / "watchlist.toml").write_text(
        "".join(f'[[task]]\nid = "{ID.format(number)}"\nprofile = "lab"\nlabel = "令牌"\n' for number in range(3000))
    )
    return {**os.environ, "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(Path.cwd())}


def test_a_reader_that_has_had_enough_is_no_failure(filled: dict[str, str]) -> None:
    with subprocess.Popen(
        [*OMSTUI, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=filled, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0


full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
unbuffered = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
"""As containers have it: what is printed is written at once, and fails at once."""


@full_device
@unbuffered
@pytest.mark.parametrize(
    "argv", [["list"], ["list", "--json"], ["profiles", "--json"], ["--help"], ["--version"], ["once", "--help"]]
)
def test_output_that_cannot_be_written_is_said_in_one_sentence(
    filled: dict[str, str], argv: list[str], unbuffered: str
) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [*OMSTUI, *argv],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**filled, "PYTHONUNBUFFERED": unbuffered},
            text=True,
            check=False,
            timeout=60,
        )
    assert process.returncode == 2
    assert process.stderr.splitlines()[-1] == "omstui: the output cannot be written: No space left on device"
    assert process.stderr.count("cannot be written") == 1
    assert "Traceback" not in process.stderr


@full_device
@unbuffered
@pytest.mark.parametrize(
    ("argv", "code"), [(["list"], 0), (["remove", "x"], 2), (["list", "--nope"], 2), (["login", "x"], 2), ([], 2)]
)
def test_words_that_nobody_can_be_told_do_not_change_the_exit_code(
    filled: dict[str, str], argv: list[str], code: int, unbuffered: str
) -> None:
    """Neither by a traceback's exit code, nor by taking a refusal for a reader that has had enough."""
    with Path("/dev/full").open("w") as full:
        reader, closed = os.pipe()
        os.close(reader)
        for stderr in (full.fileno(), closed):
            process = subprocess.run(
                [*OMSTUI, *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**filled, "PYTHONUNBUFFERED": unbuffered},
                check=False,
                timeout=60,
            )
            assert process.returncode == code
        os.close(closed)


def test_a_stdin_that_cannot_be_read_is_said_in_one_sentence(filled: dict[str, str]) -> None:
    config = Path(filled["XDG_CONFIG_HOME"]) / "omstui" / "config.toml"
    config.write_text('[profiles.lab]\nregion = "cn-north-4"\nproject_id = "p"\n')
    unreadable = os.open(config, os.O_WRONLY)
    process = subprocess.run(
        [*OMSTUI, "add", "-"],
        stdin=unreadable,
        capture_output=True,
        env=filled,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(unreadable)
    assert (process.returncode, process.stderr) == (2, "omstui: stdin cannot be read: Bad file descriptor\n")


@pytest.mark.parametrize(
    ("variables", "label"),
    [
        ({"LC_ALL": "C"}, "令牌"),
        ({"PYTHONIOENCODING": "latin-1"}, "\\u4ee4\\u724c"),
        ({"PYTHONIOENCODING": "ascii"}, "\\u4ee4\\u724c"),
    ],
)
def test_no_label_breaks_a_narrow_output(filled: dict[str, str], variables: dict[str, str], label: str) -> None:
    process = subprocess.run(
        [*OMSTUI, "list"], capture_output=True, env={**filled, **variables}, check=False, timeout=60
    )
    assert process.returncode == 0
    assert process.stdout.decode().splitlines()[0].endswith(f"  {label}")


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_missing_stream_breaks_nothing(filled: dict[str, str], stream: str) -> None:
    number = ("stdin", "stdout", "stderr").index(stream)
    program = f"import os, sys; os.close({number}); os.execv(sys.executable, [sys.executable, '-m', 'omstui', 'list'])"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, env=filled, check=False, timeout=60)
    assert process.returncode == 0
    assert b"Traceback" not in process.stderr


ENDING = """
import threading
from omstui.__main__ import _end

print("said", end="")
if {hangs}:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
import atexit
atexit.register(print, " and ended by Python")
_end(3)
"""


@pytest.mark.parametrize(("hangs", "said"), [(True, b"said"), (False, b"said and ended by Python\n")])
def test_a_call_that_never_returns_is_not_killed_by_pythons_end(hangs: bool, said: bytes) -> None:
    """Which may abort the process; the exit code and what was printed arrive all the same."""
    process = subprocess.run(
        [sys.executable, "-c", ENDING.format(hangs=hangs)], capture_output=True, check=False, timeout=60
    )
    assert (process.returncode, process.stdout, process.stderr) == (3, said, b"")
