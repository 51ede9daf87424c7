"""What a terminal shows, when something else has written on it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.test_import_cost import remember

pytestmark = pytest.mark.slow

SLOW_START = """
import sys, time, types
from omstui.__main__ import main

class Slow(types.ModuleType):
    def __getattr__(self, name):
        time.sleep(60)

sys.modules["omstui.ui.app"] = Slow("omstui.ui.app")
sys.argv = ["omstui"]
main()
"""
"""As on a cold disk: what the whole screen needs takes a minute to load."""

DEMO = [sys.executable, "-m", "omstui", "--demo"]


def test_the_picture_is_drawn_again_by_a_key() -> None:
    """A message of the system in the middle of the screen is gone after it."""
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        terminal._stream.feed(b"\x1b[10;1HBroadcast message from root\x1b[11;1HThe system is going down")
        assert "Broadcast" in terminal.text
        terminal.press("\x0c")
        terminal.until(lambda text: "Broadcast" not in text and "going down" not in text, "the picture as it was")
        assert "images-to-obs" in terminal.text


def test_the_picture_is_whole_after_the_shell_had_the_terminal() -> None:
    """Stopped from outside, with something written meanwhile, and continued; ctrl+z and fg are in `test_stopped`."""
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        os.kill(terminal.pid, signal.SIGSTOP)
        os.waitpid(terminal.pid, os.WUNTRACED)
        terminal.pump(0.5)
        terminal._stream.feed(b"\x1b[10;1H$ ls\x1b[11;1Hsome files")
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until(lambda text: "some files" not in text and "$ ls" not in text, "the picture as it was")
        assert "images-to-obs" in terminal.text


@pytest.mark.parametrize(("columns", "rows"), [(120, 34), (200, 50), (80, 24)])
def test_the_last_known_figures_come_first_and_the_screen_takes_over_without_a_jump(
    tmp_path: Path, columns: int, rows: int
) -> None:
    """Before anything was asked; the row stays where it is when the whole screen stands there."""
    asyncio.run(remember(tmp_path / "omstui"))
    environ = {
        **{name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}},
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "OMSTUI_TOKEN": "none-that-is-real",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }
    argv = [sys.executable, "-m", "omstui"]
    with Terminal(argv, columns=columns, rows=rows, environ=environ) as terminal:
        terminal.until(lambda text: "last known figures" in text and "images" in text, "the first picture")
        first = terminal.text.splitlines()
        place = first[1].index("Answered")

        def is_taken_over(text: str) -> bool:
            rows = text.splitlines()
            return "last known figures" not in text and [row[:place] for row in rows[1:2]] == [first[1][:place]]

        terminal.until(is_taken_over, "the screen with the list where it was")
        assert "images" in terminal.text.splitlines()[2]
        assert "stopped" in first[2]
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_signal_during_the_first_picture_gives_the_terminal_back(tmp_path: Path) -> None:
    """The cursor is shown and the alternate screen is left, as later."""
    asyncio.run(remember(tmp_path / "omstui"))
    environ = {
        **{name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}},
        "TERM": "xterm-256color",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }
    with Terminal([sys.executable, "-c", SLOW_START], environ=environ) as terminal:
        terminal.until(lambda text: "last known figures" in text, "the first picture")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 143
        terminal.pump()
        assert terminal.output.endswith(b"\x1b[m\x1b[?1049l\x1b[?25h")
