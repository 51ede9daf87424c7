"""Commands that are run by the dozen start without what only the screen, the client or the keyring need."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.history.writer import HistoryFile
from omstui.backend.runtime.files import Folders
from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.core.task import SyncTask, TaskRef, WatchedTask
from omstui.core.watch.sample import Sample

SLOW = {"textual", "rich", "httpx", "keyring", "tomlkit", "filelock", "jeepney", "secretstorage"}

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


FIRST_PICTURE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from omstui import __main__
from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.cli.terminal import opening as screen
from omstui.cli.terminal.first_picture import first_picture
from omstui.core.settings import Settings
folder = Path(sys.argv[1])
lines = first_picture(ScreenOptions(Settings(), Folders(folder, folder)), datetime.now(UTC), 80, 24)
assert lines, "there is no picture"
sys.stdout.write("".join(f"\\nloaded {name}" for name in sys.modules))
"""


def test_the_first_picture_loads_nothing_slow(tmp_path: Path) -> None:
    """Last known figures stand on the screen before Textual, httpx, the TLS context or keyring are loaded."""
    asyncio.run(remember(tmp_path))
    run = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    loaded = {line.split()[1].partition(".")[0] for line in run.stdout.splitlines() if line.startswith("loaded ")}
    assert "sqlite3" in loaded
    assert loaded & (SLOW - {"rich"}) == set()
    assert not {"ssl", "asyncio"} & loaded


def test_the_screen_opens_without_what_only_some_need() -> None:
    """Screens behind a key, zones with a name, and where the SDK keeps keys: each is a part of the memory."""
    script = "import sys, omstui.ui.app, omstui.backend.workspace\nsys.stdout.write(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(run.stdout.split())
    assert "omstui.ui.main.screen" in loaded
    rooms = ("wall.screen", "wall.view", "history.screen", "drawing.chart", "events.log")
    late = {f"omstui.ui.{name}" for name in rooms}
    assert all(find_spec(name) is not None for name in late)
    assert (
        loaded
        & {*late, "omstui.ui.commands", "zoneinfo", "configparser", "logging.handlers", *SLOW - {"textual", "rich"}}
        == set()
    )


async def remember(folder: Path) -> None:
    """Watch one task for a moment, in files of its own."""
    ref, now = TaskRef("prod", "0d146099"), datetime.now(UTC)
    folders = Folders(folder, folder)
    ConfigFile(folders.config_file).put_profile(Profile("prod", endpoint="http://127.0.0.1:9", project_id="0a"))
    WatchListFile(folders.watchlist_file).edit(lambda tasks: tasks.added((WatchedTask(ref, label="images"),)))
    history = HistoryFile(folders.history_file, lambda: now)
    month = Month.containing(now, UTC)
    history.record(Sample(ref, month, is_current=True, asked_at=now, answered_at=now, task=SyncTask(status="STOPPED")))
    await history.aclose()
