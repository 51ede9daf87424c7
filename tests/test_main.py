"""The command line as a real process, with a real keyring, server and files."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.server import HOST, loopback
from omstui.demo.service import SimulatedOms
from tests.machine import ID, Machine
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
