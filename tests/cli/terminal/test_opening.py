"""How the screen is opened, as far as it is not seen on it."""

import os
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal

SCRIPT = """
import os, sys
from pathlib import Path
from omstui.__main__ import main
from omstui.cli.terminal import opening as screen
open_screen = screen.open_screen
def open_and_tell(options):
    try:
        return open_screen(options)
    finally:
        from textual.screen import UPDATE_PERIOD
        Path(os.environ["HOME"], "frames").write_text(str(round(1 / UPDATE_PERIOD)))
screen.open_screen = open_and_tell
sys.argv[1:] = ["--demo"]
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("chosen", "frames"), [({}, 240), ({"TEXTUAL_FPS": "30"}, 30)], ids=["ours", "the user's"])
def test_a_key_that_comes_just_after_a_picture_waits_a_few_milliseconds(
    tmp_path: Path, chosen: dict[str, str], frames: int
) -> None:
    """Textual holds back the next picture for up to two frames, which of its own sixty a second are 33 ms."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    environ |= {"HOME": str(tmp_path), "TERM": "xterm-256color", "LANG": "C.UTF-8"} | chosen
    with Terminal([sys.executable, "-c", SCRIPT], environ=environ) as terminal:
        terminal.until(lambda text: "images-to-obs" in text, "the tasks")
        terminal.press("q")
        assert terminal.wait() == 0
    assert (tmp_path / "frames").read_text() == str(frames)
