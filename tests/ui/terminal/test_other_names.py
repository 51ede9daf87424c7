"""The real program over a Textual that has other private names: plainer or slower, and never wrong."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crashing import LOCAL, TOKEN
from tests.renamed import CRASH, CRASH_AND_MORE, DRIVER, EVERYTHING, PAINTER
from tests.terminal import Terminal, shows_six_tasks
from tests.test_secrets_stay_secret import found

pytestmark = pytest.mark.slow


if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

ROOT = Path(__file__).parents[3]


def environ(home: Path) -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    return {**told, "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}


TASKS = ["✓ images-to-obs", "✓ logs-archive", "■ backup-2025", "✗ invoices", "✗ cold-tier", "? old-photos"]


def without_figures(text: str) -> str:
    """Return a picture without what changes with time."""
    return re.sub(r"[0-9]", "0", text)


def is_whole(text: str, rows: int) -> bool:
    """Whether the picture reaches from the first line to the last, with every task in its row."""
    lines = text.splitlines()
    is_framed = len(lines) == rows and "DEMO" in lines[0] and lines[-1].endswith("q quit")
    return is_framed and [line[1:17].rstrip() for line in lines[2:8]] == TASKS


def settle(terminal: Terminal) -> str:
    """Wait until nothing but figures changes any more, and return the picture without them."""
    before, quiet = "", 0
    while quiet < 20:
        terminal.pump()
        now = without_figures(terminal.text)
        before, quiet = now, quiet + 1 if now == before else 0
    return before


def wipe_and_draw(terminal: Terminal) -> None:
    """See that the whole picture, drawn once more over nothing, is the one that stood there piece by piece."""
    before = settle(terminal)
    terminal.screen.erase_in_display(2)
    terminal.press("\x0c")
    terminal.until(lambda text: without_figures(text) == before, f"the same picture as\n{before}")


@pytest.mark.parametrize(
    "names",
    [PAINTER, DRIVER, EVERYTHING],
    ids=["painter", "driver", "everything"],
)
def test_the_picture_is_right_and_keys_and_sizes_work(names: Sequence[str], tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.renamed", ",".join(names), "omstui", "--demo"]
    with Terminal(argv, environ=environ(tmp_path)) as terminal:
        terminal.until(shows_six_tasks, "the six tasks", limit=60)
        terminal.until(lambda text: is_whole(text, 34), "the whole picture")
        terminal.press("down")
        terminal.until(lambda text: "│ logs-archive" in text.splitlines()[1], "the second task")
        terminal.press("f1")
        terminal.until(lambda text: "Next task" in text, "the list of keys")
        terminal.press("escape")
        terminal.until(lambda text: "Next task" not in text and is_whole(text, 34), "the list of tasks")
        wipe_and_draw(terminal)
        for columns, rows in ((80, 24), (132, 40)):
            terminal.screen.resize(rows, columns)
            terminal.resize(columns, rows)
            terminal.until(lambda text, rows=rows: is_whole(text, rows), f"{columns} columns")  # type: ignore[misc]
            wipe_and_draw(terminal)
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"\x1b[?1049l" in terminal.output, "the alternate screen is left"


@pytest.mark.parametrize(
    ("where", "names"),
    [("timer", CRASH), ("widget", CRASH_AND_MORE), ("handler", EVERYTHING)],
    ids=["hook", "more", "everything"],
)
def test_a_crash_shows_no_local_variables(where: str, names: Sequence[str], tmp_path: Path) -> None:
    """Textual then goes its own way to end, which prints them all."""
    argv = [sys.executable, "-m", "tests.renamed", ",".join(names), "tests.crashing", where, str(tmp_path)]
    with Terminal(argv, environ=environ(tmp_path)) as terminal:
        assert terminal.wait(60) == 1
        assert "omstui has failed: an internal error." in terminal.text
        assert "crash.txt" in terminal.text.replace("\n", "")
        assert "Traceback" not in terminal.text
        output = terminal.output
    written = output + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert LOCAL.encode() not in written
    assert not found(written, TOKEN)
    knows_why = "_exception" not in names
    assert (b"RuntimeError" in (tmp_path / "crash.txt").read_bytes()) is knows_why
