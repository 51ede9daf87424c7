"""What a killed omstui left behind is gone soon after the next one has started."""

import os
from pathlib import Path

from omstui.backend.runtime.files import Folders
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.store import MemoryStore
from omstui.backend.user_workspace import user_workspace
from omstui.core.settings import Settings
from omstui.demo.clock import SteppedClock
from omstui.ui.app import OmstuiApp
from tests.conftest import START


async def test_the_screen_sweeps_its_folders_when_it_starts(tmp_path: Path) -> None:
    folders = Folders(config=tmp_path / "config", state=tmp_path / "state")
    left = [
        folders.state / ".secrets.json.abcd1234.omstui-new",
        folders.config / ".config.toml.abcd1234.omstui-new",
        folders.config / ".watchlist.toml.abcd1234.omstui-new",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text("half of a secr")
        os.utime(path, (START.timestamp() - 7200,) * 2)
    options = ScreenOptions(Settings(), folders)
    workspace = user_workspace(options, SteppedClock(START), environ={}, home=tmp_path, keyring=MemoryStore())
    async with OmstuiApp(workspace).run_test() as pilot:
        for _ in range(500):
            if not any(path.exists() for path in left):
                break
            await pilot.pause(0.01)
    assert [path.name for path in left if path.exists()] == []
