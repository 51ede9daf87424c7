"""A disk that is really full, and one that can only be read, under a running screen."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.small_disk import fill, on_small_disk, seen_by
from tests.faults.starting import OMSTUI, TOKEN, answer, configure, environment
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")

Figure = Callable[[str], None]

FORGETFUL = "history.db:cannotbewritten:thediskisfull;thisrunisnotremembered"
"""What is said below the list, without blanks: the file's path is broken wherever the line ends."""


def started(tmp_path: Path, oms: PlainOms, mode: str = "rw") -> tuple[Terminal, Path]:
    """Start the screen with its home on a disk of one megabyte; return it and the home."""
    place, contents = tmp_path / "home", tmp_path / "contents"
    place.mkdir()
    configure(contents, oms.url, secret_store="file")
    state = contents / ".local" / "state" / "omstui"
    state.mkdir(parents=True, mode=0o700)
    (state / "secrets.json").write_text(json.dumps({"version": 1, "secrets": {"lab": TOKEN}}))
    (state / "secrets.json").chmod(0o600)
    terminal = Terminal(on_small_disk(place, contents, OMSTUI, mode), environ=environment(place), columns=160)
    return terminal, place


def beside_pane(text: str) -> str:
    return "".join("".join(line.partition("│")[0] for line in text.splitlines()).split())


def flat(text: str) -> str:
    return " ".join(text.split())


def refuses_and_goes_on(terminal: Terminal, oms: PlainOms, home: Path, reason: str) -> int:
    """Try each change of the list, and a new secret; return how many were refused, each with one message."""
    kept = {path: path.read_bytes() for path in home.rglob("*") if path.suffix in {".toml", ".json"}}
    sentence = f"watchlist.toml: cannot be written: {reason}; it is as it was"
    refused = 0
    for keys in (("D",), ("e", "x", "enter"), ("a", "another-task", "enter")):
        terminal.press(*keys)
        terminal.until(lambda text: sentence in flat(text), f"the refusal of {keys}")
        assert flat(terminal.text).count(sentence) == 1, "it is told once"
        terminal.press("j")
        terminal.until(lambda text: sentence not in flat(text), "the message to go with the next key")
        refused += 1
    terminal.press("T", "enter")
    terminal.until(lambda text: "Paste the token" in text, "the field")
    terminal.press(f"\x1b[200~{TOKEN}\x1b[201~")
    terminal.until(lambda text: "16,384 characters" in text, "the token")
    terminal.press("enter")
    terminal.until(lambda text: "New credential accepted" in text and "kept in memory" in flat(text), "its fate")
    terminal.press("escape")
    terminal.until(lambda text: "New credential accepted" not in text, "the list")
    assert {path: path.read_bytes() for path in kept} == kept, "the old state stays"
    assert not [path.name for path in home.rglob("*.omstui-new")]
    asked = len(oms.seen)
    terminal.press("R")
    terminal.until(lambda text: len(oms.seen) >= asked + 3, "the next round")
    assert all(label in terminal.text for label in ("one", "two", "three"))
    return refused + 1


@pytest.mark.fault("R24")
def test_a_full_disk_costs_the_change_and_nothing_else(tmp_path: Path, figure: Figure) -> None:
    """Each change is refused with one message, and one is about the history; the screen goes on, and works again."""
    with PlainOms(answer, TOKEN) as oms:
        terminal, place = started(tmp_path, oms)
        with terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            home = seen_by(terminal.pid, place)
            filler = fill(home)
            terminal.until(lambda text: FORGETFUL in beside_pane(text), "what becomes of the history")
            refused = refuses_and_goes_on(terminal, oms, home, "No space left on device")
            assert beside_pane(terminal.text).count(FORGETFUL) == 1, "it is told once, and stays"
            filler.unlink()
            terminal.press("D")
            terminal.until(lambda text: "u puts it back" in text, "the removal")
            assert (home / ".config/omstui/watchlist.toml").read_text().count("[[task]]") == 2
            terminal.press("q")
            assert terminal.wait() == 0
    figure(f"full tmpfs: {refused} changes refused, 0 files harmed")


@pytest.mark.fault("R25")
def test_a_home_that_can_only_be_read_costs_the_change_and_nothing_else(tmp_path: Path, figure: Figure) -> None:
    with PlainOms(answer, TOKEN) as oms:
        terminal, place = started(tmp_path, oms, "ro")
        with terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            home = seen_by(terminal.pid, place)
            refused = refuses_and_goes_on(terminal, oms, home, "Read-only file system")
            terminal.press("q")
            assert terminal.wait() == 0
    figure(f"read-only home: {refused} changes refused, 0 files harmed")
