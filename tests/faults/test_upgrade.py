"""The program's files are replaced or removed while its screen stands."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import omstui
from tests.terminal import Terminal, shows_six_tasks

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


@pytest.mark.fault("R33")
def test_every_key_works_after_the_files_have_gone(tmp_path: Path, figure: Callable[[str], None]) -> None:
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
        terminal.until(shows_six_tasks, "the six tasks")
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
        figure(f"{len(KEYS)} keys after newer files, 1 after none: 0 ends")


def contains(words: str, text: str) -> bool:
    return words in text


def is_copied(pid: int, sizes: list[int]) -> bool:
    """Whether the process has a file without a name that was copied to and grows no more."""
    files = [one for one in Path(f"/proc/{pid}/fd").iterdir() if "(deleted)" in str(one.readlink())]
    sizes.append(max((one.stat().st_size for one in files), default=0))
    return sizes[-1] > 1_000_000 and len(sizes) > _STEADY and len(set(sizes[-_STEADY:])) == 1


LIBRARIES = """
import shutil, sys
from omstui.backend.runtime.kept_modules import keep_late_modules
keep_late_modules()
shutil.rmtree(sys.argv[1])
import filelock, tomlkit
from keyring import core
from keyring.backends import SecretService, chainer, fail, null
store, lock = core.get_keyring(), filelock.FileLock("lock")
print(tomlkit.parse("a = 1")["a"], type(store).__module__, lock.acquire().lock.lock_file)
"""


def test_libraries_that_are_imported_late_work_after_their_files_have_gone(tmp_path: Path) -> None:
    """The credentials, the files of the person and their locks need them, perhaps weeks after an upgrade."""
    site = tmp_path / "site"
    shutil.copytree(Path(omstui.__file__).parent, site / "omstui")
    for name in required("omstui", set()):
        copy_distribution(name, site)
    argv = [sys.executable, "-S", "-P", "-c", LIBRARIES, str(site)]
    environ = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(site)}
    run = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout == "1 keyring.backends.fail lock\n", run.stderr


def test_a_library_that_cannot_be_kept_is_logged_and_ends_no_thread_with_a_traceback() -> None:
    script = "import sys; sys.modules['tomlkit'] = object()\n" + KEEPING
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout == "logged: modules that come late are read from the files\n"
    assert run.stderr == ""


KEEPING = """
import logging
from omstui.backend.runtime.kept_modules import keep_late_modules
logging.basicConfig(stream=sys.stdout, format="logged: %(message)s")
logging.getLogger().handlers[0].formatter.formatException = lambda _: ""
keep_late_modules()
"""


def required(name: str, found: set[str]) -> set[str]:
    """Return the installed distributions that one needs, and those that they need in turn."""
    for line in distribution(name).requires or ():
        needed = re.split(r"[^A-Za-z0-9._-]", line)[0]
        if "extra ==" not in line and needed not in found and is_installed(needed):
            found.add(needed)
            required(needed, found)
    return found


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def copy_distribution(name: str, site: Path) -> None:
    for file in distribution(name).files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), site / file)
