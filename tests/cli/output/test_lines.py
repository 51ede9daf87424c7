"""Columns fit the terminal, and JSON is ASCII: a terminal that shows it has nothing to act on."""

import io
import json
import sys
from pathlib import Path

import httpx
import pytest

from omstui.backend.secrets.secret import Secret
from omstui.cli.output.lines import JsonLines, aligned, left_out, with_room
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, TOKEN, Machine, task
from tests.secret_service import clean_environment
from tests.terminal import Terminal

ROWS = [["Task", "Failed", "Size"], ["令牌", "1", "22,000"]]


@pytest.mark.parametrize(
    ("width", "kept"), [(None, [0, 1, 2]), (20, [0, 1, 2]), (19, [0, 1]), (12, [0, 1]), (11, [0]), (1, [0])]
)
def test_columns_are_left_out_in_their_order_and_the_first_one_never(width: int | None, kept: list[int]) -> None:
    assert with_room(ROWS, (2, 1), width) == kept
    lines = aligned([[row[number] for number in kept] for row in ROWS], frozenset({0}))
    assert lines[0].startswith("Task")
    said = left_out(ROWS[0], kept)
    assert (said is None) == (len(kept) == 3)
    assert said is None or all(title in said for title in ROWS[0][len(kept) :])


@pytest.mark.parametrize("command", ["once", "report"])
def test_no_line_of_figures_is_broken_by_a_terminal(tmp_path: Path, command: str) -> None:
    """What there is no room for is named; into a pipe goes all of it."""
    environ = clean_environment(tmp_path) | {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
    argv = [sys.executable, "-m", "omstui", command, "--demo"]
    with Terminal(argv, columns=80, rows=50, environ=environ) as terminal:
        terminal.wait(60)
        lines = [line for line in terminal.text.splitlines() if line]
        assert "Failed" in lines[1]
        assert lines[2].startswith(("syncing", "images-to-obs"))
        assert lines[3].startswith(("syncing", "logs-archive"))
        assert any(line.startswith("Without room here: ") and "Size (bytes)" in line for line in lines)


def test_what_a_project_has_is_a_line_a_task_on_a_narrow_terminal_too(tmp_path: Path) -> None:
    environ = clean_environment(tmp_path) | {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
    argv = [sys.executable, "-m", "omstui", "discover", "--demo"]
    with Terminal(argv, columns=80, rows=50, environ=environ) as terminal:
        terminal.wait(60)
        lines = [line for line in terminal.text.splitlines() if line]
    tasks = [line.split() for line in lines if line.startswith(("watched ", "new "))]
    assert len(tasks) > 3
    assert {len(words) for words in tasks} == {4}
    assert any(line.startswith("Without room here: FROM AND TO, DESCRIPTION. All of it: --json") for line in lines)


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
