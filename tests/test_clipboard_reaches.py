"""What is copied reaches the outer terminal: directly, through tmux, and through GNU screen."""

import re
import sys
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.programs import need
from tests.faults.session import home_environ
from tests.faults.test_multiplexers import ending
from tests.terminal import Terminal, shows_six_tasks

pytestmark = pytest.mark.slow

_OSC_52 = re.compile(rb"\x1b\]52;[a-z0-9]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)")


def copied(terminal: Terminal, beginning: str) -> str:
    """Wait until the outer terminal has been told to copy a text that begins so; return the text."""

    def texts() -> list[str]:
        return [b64decode(body).decode() for body in _OSC_52.findall(terminal.output)]

    terminal.until(lambda _: any(text.startswith(beginning) for text in texts()), f"a copy of {beginning!r}")
    return next(text for text in texts() if text.startswith(beginning))


def try_copying(terminal: Terminal) -> None:
    terminal.until(shows_six_tasks, "the six tasks", limit=60)
    terminal.press("y")
    task_id = copied(terminal, "")
    assert re.fullmatch(r"[0-9a-f-]{36}", task_id)
    terminal.press("Y")
    terminal.until(lambda text: "Copy of images-to-obs" in text, "the menu")
    terminal.press("a")
    answer = copied(terminal, "{")
    assert task_id in answer
    assert answer.endswith("\n}")
    assert len(answer) > 600, "longer than what GNU screen takes in one piece"


def test_directly(tmp_path: Path) -> None:
    with Terminal([sys.executable, "-m", "omstui", "--demo"], environ=home_environ(tmp_path)) as terminal:
        try_copying(terminal)
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    "options",
    [("allow-passthrough on", "set-clipboard off"), ("set-clipboard on", "allow-passthrough off")],
    ids=["passthrough", "set-clipboard"],
)
def test_through_tmux(options: Sequence[str], tmp_path: Path) -> None:
    """With either of the two options that let a program reach the clipboard."""
    (tmux,) = need("tmux")
    # A new tmux asks what the terminal can do; xterm can, by its own word.
    lines = ["set -as terminal-features ',xterm*:clipboard'", *(f"set -g {option}" for option in options)]
    (tmp_path / "tmux.conf").write_text("\n".join(lines) + "\n")
    begin = [tmux, "-S", f"{tmp_path}/socket", "-f", f"{tmp_path}/tmux.conf"]
    environ = home_environ(tmp_path)
    omstui = [sys.executable, "-m", "omstui", "--demo"]
    with (
        ending([*begin[:3], "kill-server"], environ),
        Terminal([*begin, "new-session", *omstui], environ=environ) as terminal,
    ):
        try_copying(terminal)


def test_through_gnu_screen(tmp_path: Path) -> None:
    (screen,) = need("screen")
    (tmp_path / "sockets").mkdir(mode=0o700)
    environ = home_environ(tmp_path) | {"SCREENDIR": f"{tmp_path}/sockets"}
    omstui = [sys.executable, "-m", "omstui", "--demo"]
    with (
        ending([screen, "-S", "copying", "-X", "quit"], environ),
        Terminal([screen, "-U", "-c", "/dev/null", "-S", "copying", *omstui], environ=environ) as terminal,
    ):
        try_copying(terminal)
