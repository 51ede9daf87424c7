"""Completion in real shells, by the tab key, and what it costs."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.runtime.files import Folders
from omstui.cli.completion import SHELLS, conditions, words_by_metavar
from omstui.core.profile import Profile
from omstui.core.reports.fail_on import parse_fail_on
from tests.cli.machine import HOSTILE, ID, task
from tests.secret_service import clean_environment
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

NOW = datetime(2026, 2, 22, tzinfo=UTC)
START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
SET_UP = {
    "bash": 'eval "$(omstui completion bash)"',
    "zsh": 'autoload -Uz compinit; compinit -D; eval "$(omstui completion zsh)"',
    "fish": "omstui completion fish | source",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two profiles and watched tasks, one of which has a hostile label."""
    folders = Folders(tmp_path / ".config/omstui", tmp_path / ".local/state/omstui")
    for name in ("prod-bj4", "dr-sg"):
        ConfigFile(folders.config_file).put_profile(Profile(name, "https://oms.cn-north-4.myhuaweicloud.com", "p"))
    tasks = (task(1, "prod-bj4", "images-to-obs"), task(2, "dr-sg", "two words"), task(3, "dr-sg", HOSTILE))
    WatchListFile(folders.watchlist_file).edit(lambda watchlist: watchlist.added(tasks))
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return clean_environment(home) | {"PATH": path, "TERM": "xterm", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_tab_key_completes_in_a_real_shell(home: Path, shell: str) -> None:
    """A command, an option, a profile, a label, a region and a theme."""
    program = shutil.which(shell)
    if program is None:
        assert not os.environ.get("CI"), f"{shell} is not installed"
        pytest.skip(f"{shell} is not installed")
    with Terminal([program, *START[shell]], environ=environment(home)) as terminal:
        terminal.press(f"{SET_UP[shell]}; echo rea''dy\r")
        terminal.until(lambda text: "\nready" in text, "the shell to be set up")
        for typed, wanted in (
            ("omstui doc\t", "omstui doctor"),
            ("omstui once --fail\t", "omstui once --fail-on"),
            ("omstui logout pro\t", "omstui logout prod-bj4"),
            ("omstui once ima\t", "omstui once images-to-obs"),
            ("omstui remove 0d146099-8cf4-437d-b6ef-88e043770001\t", f"omstui remove {ID.format(1)}"),
            ("omstui login x --region la-so\t", "omstui login x --region la-south-2"),
            ("omstui --theme omstui-l\t", "omstui --theme omstui-light"),
            ("omstui once --fail-on stopped,thr\t", "omstui once --fail-on stopped,throttled"),
            ("omstui once --fail-on 'stopped,skip\t", "omstui once --fail-on 'stopped,skipped>0"),
        ):
            terminal.press(typed)
            terminal.until(lambda text, wanted=wanted: wanted in text, wanted)  # type: ignore[misc] # mypy cannot infer it
            terminal.press("\x15")  # clears the line


def test_what_can_stand_is_the_users_own(home: Path) -> None:
    folders = Folders(home / ".config/omstui", home)
    words = {metavar: list(call()) for metavar, call in words_by_metavar(folders, NOW).items()}
    assert words["PROFILE"] == ["prod-bj4", "dr-sg"]
    assert words["ID|LABEL"][:2] == ["images-to-obs", "two words"]
    assert HOSTILE not in words["ID|LABEL"]
    assert words["WATCHED"] == words["ID|LABEL"] == ["images-to-obs", "two words", *map(ID.format, (1, 2, 3))]
    assert words["YYYY-MM"][:3] == ["2026-02", "2026-01", "2025-12"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "failed>0"), ("st", "failed>0"), ("stopped,", "stopped,failed>0"), ("failed>0,to", "failed>0,failed>+0")],
)
def test_each_word_of_a_list_to_fail_on_is_completed(typed: str, first: str) -> None:
    """The shell leaves out what does not begin as typed; each word is one that the option takes."""
    offered = conditions(typed)
    assert offered[0] == first
    assert {f"{typed.rpartition(',')[0]},{word}".lstrip(",") for word in ("trouble", "token", "silent")} <= {*offered}
    assert all(parse_fail_on(text) for text in offered)


def test_a_broken_configuration_completes_to_nothing(home: Path) -> None:
    folders = Folders(home / ".config/omstui", home)
    folders.config_file.write_text("[")
    folders.watchlist_file.write_text("[")
    words = words_by_metavar(folders, NOW)
    assert [list(words[metavar]()) for metavar in ("P", "ID|LABEL", "WATCHED")] == [[], [], []]


def test_completing_loads_nothing_of_the_screen(home: Path) -> None:
    """Each press of the tab key starts a process."""
    line = "omstui once ima"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_SHELL": "bash"}
    answer = home / "answer"
    run = subprocess.run(
        f'"{sys.executable}" -X importtime -m omstui 8>"{answer}" 9>/dev/null',
        shell=True,
        env=environment(home) | asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.read_text().split() == ["images-to-obs"]
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert "omstui" in loaded
    assert loaded & {"textual", "rich", "httpx", "keyring", "tomlkit", "asyncio", "ssl"} == set()
