"""What a terminal shows, when something else has written on it."""

import os
import signal
import sys

from tests.terminal import Terminal

DEMO = [sys.executable, "-m", "omstui", "--demo"]


def test_the_picture_is_drawn_anew_by_a_key() -> None:
    """A message of the system in the middle of the screen is gone after it."""
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        terminal._stream.feed(b"\x1b[10;1HBroadcast message from root\x1b[11;1HThe system is going down")
        assert "Broadcast" in terminal.text
        terminal.press("\x0c")
        terminal.until(lambda text: "Broadcast" not in text and "going down" not in text, "the picture as it was")
        assert "images-to-obs" in terminal.text


def test_the_picture_is_whole_after_the_shell_had_the_terminal() -> None:
    """Stopped by job control, with something written meanwhile, and continued."""
    with Terminal(DEMO) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "asking" not in text, "figures")
        os.kill(terminal.pid, signal.SIGTSTP)
        os.waitpid(terminal.pid, os.WUNTRACED)
        terminal.pump(0.5)
        terminal._stream.feed(b"\x1b[10;1H$ ls\x1b[11;1Hsome files")
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until(lambda text: "some files" not in text and "$ ls" not in text, "the picture as it was")
        assert "images-to-obs" in terminal.text
