"""What is printed as JSON is ASCII: a terminal that shows it has nothing to act on, and no encoding to fail in."""

import io
import json
from pathlib import Path

import httpx
import pytest

from omstui.backend.secrets.secret import Secret
from omstui.cli.json_lines import JsonLines
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, TOKEN, Machine, task

HOSTILE_ALL = f"{HOSTILE}\x9b2J\x7fä数"


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    """A machine on which all that is shown by name is hostile: labels, answers and variables."""
    machine = Machine(tmp_path, stepped_clock)
    machine.environ |= {"TERM": HOSTILE_ALL, "PYTHON_KEYRING_BACKEND": HOSTILE_ALL}
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    machine.watches(task(1, label=HOSTILE_ALL))
    one = {"sync_task_id": ID.format(1), "status": HOSTILE_ALL, "src_bucket": HOSTILE_ALL, "description": HOSTILE_ALL}
    machine.answer = lambda request: httpx.Response(
        200, json={"tasks": [one], "count": 1} if request.url.path.endswith("/sync-tasks") else one
    )
    return machine


@pytest.mark.parametrize("command", ["once", "list", "discover", "report", "doctor"])
def test_hostile_text_is_escaped(machine: Machine, command: str) -> None:
    machine.omstui(command, "--json")
    assert json.loads(machine.out)
    assert "\\u" in machine.out, "the test's own text is in it"
    assert machine.out.isascii()


def test_in_lines_too() -> None:
    stream = io.StringIO()
    JsonLines(stream, lambda: None).put({"label": HOSTILE_ALL})
    assert stream.getvalue().isascii()
    assert json.loads(stream.getvalue()) == {"label": HOSTILE_ALL}
