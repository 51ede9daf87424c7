"""Tables for people: what a terminal has room for."""

import sys
from pathlib import Path

import pytest

from omstui.cli.columns import aligned, left_out, with_room
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
