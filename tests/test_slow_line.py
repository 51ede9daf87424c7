"""Keys that arrive all at once, as over a slow line: what follows the one that opens a field is typed into it."""

import os
import sys
from pathlib import Path

import pytest

from tests.faults.session import home_environ
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-m", "omstui", "--demo"]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("/qaRdPuobs", "qaRdPuobs_"),
        ("a0d146099-8cf4", "0d146099-8cf4"),
        ("jequeue", "queue"),
        ("\x10quiet", "quiet"),
        ("a\x1b[200~0d146099-8cf4\x1b[201~-437d", "0d146099-8cf4-437d"),
        ("/\x1b[200~obs\x1b[201~x", "/ obsx_"),
        ("a\x1bOQ", "Tasks of prod-bj4"),
        ("Tjj", "› lab-gy"),
        ("/o\rj", "│ logs-archive "),
        ("l/quaRd", "quaRd_"),
        ("eqx\rjj", "│ backup-2025 "),
    ],
    ids=[
        "filter",
        "add",
        "label",
        "palette",
        "paste to add",
        "paste to filter",
        "pick list",
        "credentials",
        "the row below",
        "filter of the event log",
        "rows below a closed dialog",
    ],
)
def test_what_is_typed_after_a_key_in_the_same_moment_comes_after_it(keys: str, shown: str) -> None:
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        assert shown not in terminal.text
        os.write(terminal.fd, keys.encode())
        terminal.until(lambda text: shown in text, "the words in the field", limit=10)


def test_what_is_typed_after_enter_in_the_same_moment_stands_in_the_next_field(tmp_path: Path) -> None:
    """Enter on the proposed profile name, then region and project id."""
    with Terminal([sys.executable, "-m", "omstui"], columns=80, rows=24, environ=home_environ(tmp_path)) as terminal:
        terminal.until(lambda text: "Project id" in text, "the first step")
        os.write(terminal.fd, b"\rcn-north-4\r0dd8cb413000906a2fcdc019b5a84546\r\x1b[200~token\x1b[201~")
        terminal.until(lambda text: "5 characters" in text, "the token field", limit=10)
        assert "default at oms.cn-north-4.myhuaweicloud.com" in terminal.text


def test_tab_comes_after_what_was_typed_before_it(tmp_path: Path) -> None:
    """Enter on the profile name moves the focus only once it was handled; the tab must wait for that too."""
    with Terminal([sys.executable, "-m", "omstui"], columns=80, rows=24, environ=home_environ(tmp_path)) as terminal:
        terminal.until(lambda text: "Project id" in text, "the first step")
        os.write(terminal.fd, b"\rcn-north-4\tabc")
        terminal.until(lambda text: "abc" in text, "the project id", limit=10)
        fields = [" ".join(line.split()) for line in terminal.text.splitlines()]
        assert any("Region" in line and "cn-north-4" in line and "abc" not in line for line in fields)
        assert any("Project id" in line and "abc" in line for line in fields)


@pytest.mark.parametrize("keys", ["\tcn-north-4\tabc", "lab\tcn-north-4\tabc", "\t\x1b[200~cn-north-4\x1b[201~\tabc"])
def test_what_is_typed_after_a_tab_in_the_same_moment_stands_in_the_next_field(keys: str, tmp_path: Path) -> None:
    with Terminal([sys.executable, "-m", "omstui"], columns=80, rows=24, environ=home_environ(tmp_path)) as terminal:
        terminal.until(lambda text: "Project id" in text, "the first step")
        os.write(terminal.fd, keys.encode())
        terminal.until(lambda text: "abc" in text, "the project id", limit=10)
        fields = [" ".join(line.split()) for line in terminal.text.splitlines()]
        values = {name: next(line for line in fields if name in line) for name in ("Profile", "Region", "Project id")}
        assert ("lab" if "lab" in keys else "default") in values["Profile"]
        assert "cn-north-4" in values["Region"]
        assert "abc" in values["Project id"]
