"""The program's files are replaced or removed while its screen stands."""

import os
import shutil
import sys
from functools import partial
from pathlib import Path

import omstui
from tests.terminal import Terminal

KEYS = {
    "a": "Add tasks",
    "h": "to the pane",
    "l": "go to the task",
    "m": "type 2026-03",
    "T": "Credentials",
    "?": "Move",
    "Y": "Copy of",
    "e": "Label for",
    "w": "list",
    "\x10": "Search",
}
"""Keys whose screens are imported late, and what stands on these."""

_STEADY = 20
"""Looks after which what does not grow is complete."""


def test_every_key_works_after_the_files_have_gone(tmp_path: Path) -> None:
    """Modules that come late are those of the start: newer ones would not fit, removed ones would end the screen."""
    package = tmp_path / "site" / "omstui"
    shutil.copytree(Path(omstui.__file__).parent, package)
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(package.parent),
    }
    argv = [sys.executable, "-P", "-c", "from omstui.__main__ import main; main()", "--demo"]
    with Terminal(argv, environ=environ) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "gone" in text, "the six tasks")
        sizes: list[int] = []
        terminal.until(lambda _: is_copied(terminal.pid, sizes), "the copy of what is imported late")
        for path in package.rglob("*.py*"):
            path.unlink() if path.suffix == ".pyc" else path.write_text("raise RuntimeError('a newer version')\n")
        for key, words in KEYS.items():
            terminal.press(key)
            terminal.until(partial(contains, words), f"what {key!r} opens")
            terminal.press("escape", "escape")
            terminal.until(lambda text: "q quit" in text, "the list again")
        shutil.rmtree(package)
        terminal.press("E")
        terminal.until(lambda text: "The demo writes no files" in text, "what this key says")
        terminal.press("q")
        assert terminal.wait() == 0


def contains(words: str, text: str) -> bool:
    return words in text


def is_copied(pid: int, sizes: list[int]) -> bool:
    """Whether the process has a file without a name that was copied to and grows no more."""
    files = [one for one in Path(f"/proc/{pid}/fd").iterdir() if "(deleted)" in str(one.readlink())]
    sizes.append(max((one.stat().st_size for one in files), default=0))
    return sizes[-1] > 1_000_000 and len(sizes) > _STEADY and len(set(sizes[-_STEADY:])) == 1
