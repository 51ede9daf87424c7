"""Commands that are run by the dozen start without what only the screen, the client or the keyring need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {"textual", "rich", "httpx", "keyring", "msgspec", "tomlkit", "filelock", "jeepney", "secretstorage"}

MAIN = """
import sys
from omstui.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
sys.stdout.write("".join(f"\\nloaded {name}" for name in sys.modules))
"""


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["list"], ["list", "--json"]])
def test_a_quick_command_loads_nothing_slow(tmp_path: Path, argv: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", MAIN, *argv],
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {line.split()[1].partition(".")[0] for line in run.stdout.splitlines() if line.startswith("loaded ")}
    assert "omstui" in loaded
    assert loaded & SLOW == set()
