"""Row 21: text that wants to steer the terminal, in every place that others can write to, in a real terminal."""

import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from omstui.core.task import FIELD_NAMES, SyncTask
from tests.plain_oms import PlainOms
from tests.terminal import Terminal

pytestmark = [
    pytest.mark.fault("R21"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]

TOKEN = "MIIHostileFakeToken" + "xY7q" * 30
PROJECT = "2c0689c860ad4728a497c91ec0844383"
IDS = [f"0d146099-8cf4-437d-b6ef-88e043771c{number:02}" for number in range(6)]
ATTACK = (
    "\x1b[66;6;66mH\x1b[2J\x1b[6;66H\x1b]52;c;SE9TVElMRQ==\x07\x1b]0;HOSTILE\x1b\\\x1bPHOSTILE\x1b\\\x1bc\x9b66J\x9d0;x\x9c"
    "\x00\x07\x08\x0b\x0e\x7f\u202eEVIL\u2066\u200b\ufeff\ue000\U000e0041e\u0301\u0301\u0301\u0301"
    "[/x][@click=app.quit]x[/][link=http://x][bold"
)
IN_A_HEADER = "".join(char for char in ATTACK if ord(char) < 256 and char not in "\0\x0b")
"""What HTTP lets through of it."""

PALETTE, PAGE_DOWN = "\x10", "\x1b[6~"
OVER = {"h": "months and hours", "Y": "a curl line without the token", PALETTE: "Search for commands"}
"""The keys that open what else lies over the list, and what is read there."""

_OURS = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[[0-9]+;[0-9]+H|\x1b\[H"  # where to write
    rb"|\x1b\[[0-9]*[ABCDGJK]"  # and steps from there
    rb"|\x1b\[\?(?:25|7|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2031|2048)[hl]"  # modes
    rb"|\x07"  # a bell where a key means nothing; Textual leaves out those within a text
    rb"|\x1b\]22;[a-z]*\x07"  # the shape of the mouse pointer
    rb"|\x1b\]9;omstui: "  # how a notification begins, whose text is looked at as all text is; a bell ends it
    rb"|\x1b\[\?(?:2026|2048|1016)\$p"
    rb"|\x1b\[[<>=][0-9;]*u|\x1b\[c|\x1b\[6n|\x1b\[\?4m|\x1b\[>[0-9;]*m"  # questions, keyboard
)
_STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def hostile_in(output: bytes) -> list[str]:
    """Return what stands in a terminal's bytes and is neither text nor an escape of our own."""
    found = [match.decode() for match in re.findall(rb"\x1b\[[0-9;]*66[0-9;]*[A-Za-z]", output) if b"6;66" in match]
    text = _OURS.sub(b"", output).decode()
    return found + [ascii(text[max(at - 20, 0) : at + 20]) for at, char in enumerate(text) if _is_steering(char)]


def _is_steering(char: str) -> bool:
    return unicodedata.category(char) in _STEERING and char not in "\r\n"


def toml(text: str) -> str:
    """Write a text in TOML with every character escaped."""
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'


KINDS = {name: str(SyncTask.__annotations__[name]) for name in FIELD_NAMES}
TEXTS = {name: f"Q{number:02}" for number, name in enumerate(FIELD_NAMES) if KINDS[name].startswith("str")}
"""What each text field begins with, so that it is known again."""


def answer(sync_task_id: str, query_time: int) -> tuple[int, Any]:
    """Attack in all text fields, in all others, and in an error's text, code and names."""
    match IDS.index(sync_task_id):
        case 0:
            return 200, {name: f"{TEXTS[name]}{ATTACK}" if name in TEXTS else 7 if kind.startswith("int") else True
                         for name, kind in KINDS.items()}  # fmt: skip
        case 1:
            return 200, dict.fromkeys(FIELD_NAMES, ATTACK)
        case 2:
            return 403, {"error_msg": ATTACK, "error_code": ATTACK, "request_id": ATTACK}
        case 3:
            return 404, {
                "error_msg": ATTACK,
                "error_code": "OMS.1009",  # any other is not the service's
                "error": {"message": ATTACK, "code": ATTACK, ATTACK: ATTACK},
                "request_id": ATTACK,
            }
        case 4:
            return 200, f"<{ATTACK}"
    return 200, {"status": ATTACK, ATTACK: ATTACK, "description": ATTACK * 50}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("PYTHON")}
    return kept | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "OMSTUI_TOKEN": TOKEN,
    }


def write_files(home: dict[str, str], url: str, *, config: str = "") -> None:
    """Write both files by hand, the attack in every label and in keys that nobody knows."""
    folder = Path(home["XDG_CONFIG_HOME"], "omstui")
    folder.mkdir(parents=True, exist_ok=True)
    attack = toml(ATTACK)
    text = (
        config or f'{attack} = {attack}\n[profiles.lab]\nendpoint = "{url}"\nproject_id = "{PROJECT}"\n{attack} = 1\n'
    )
    (folder / "config.toml").write_text(text)
    entries = [f'[[task]]\nid = "{one}"\nprofile = "lab"\nlabel = {attack}\n' for one in IDS[:2]]
    entries += [f'[[task]]\nid = "{one}"\nprofile = "lab"\n' for one in IDS[2:]]
    (folder / "watchlist.toml").write_text("\n".join(entries))


def saying(*words: str) -> Callable[[str], bool]:
    """Return what looks for all these words in a picture."""
    return lambda text: all(part in " ".join(text.replace("│", " ").split()) for part in words)


def silent_on(words: str) -> Callable[[str], bool]:
    """Return what looks for a picture without these words."""
    return lambda text: words not in " ".join(text.replace("│", " ").split())


def fields_drawn(terminal: Terminal) -> set[str]:
    """Return the marks of all text fields that the selected task's full pane draws, page by page."""
    found = set[str]()

    def has_more(text: str) -> bool:
        return not set(re.findall(r"Q\d\d", text)) <= found

    terminal.press("enter")
    terminal.until(lambda text: "Task  " not in text, "the full pane")
    while len(found) < len(TEXTS):
        terminal.until(has_more, f"more than {sorted(found)}")
        while terminal.pump(0.3):
            pass
        found |= set(re.findall(r"Q\d\d", terminal.text))
        terminal.press(PAGE_DOWN)
    terminal.press("escape")
    return found


@pytest.mark.parametrize(("columns", "rows"), [(120, 34), (80, 24)])
def test_the_screen_writes_nothing_but_its_own(
    columns: int, rows: int, home: dict[str, str], figure: Callable[[str], None]
) -> None:
    """At the list, each pane, the full pane, a past month, the dialogs, and with the attack typed and pasted.

    Then, once a task with an attack for its label is gone, in the event log as well.
    """
    gone = Event()

    def answer_or_end(sync_task_id: str, query_time: int) -> tuple[int, Any]:
        return answer(IDS[3] if gone.is_set() and sync_task_id == IDS[1] else sync_task_id, query_time)

    with PlainOms(answer_or_end, TOKEN, request_ids={IDS[2]: IN_A_HEADER, IDS[0]: IN_A_HEADER, IDS[3]: ""}) as oms:
        write_files(home, oms.url)
        # A task is gone when a second answer, an interval later, says it again.
        argv = ["/usr/bin/env", "-C", home["HOME"], sys.executable, "-m", "omstui", "--interval", "10"]
        with Terminal(argv, environ=home, columns=columns, rows=rows) as terminal:
            terminal.until(lambda text: "endpoint" in text and "gone" in text and "bad answer" in text, "the answers")
            assert fields_drawn(terminal) == set(TEXTS.values())
            for _ in IDS:
                terminal.press("enter", "escape", "[", "t", "e", "escape", "j")
            terminal.press("g", "D", "u", "T", "escape", "m", "escape", "?", "escape", "y", "A", "P", "escape")
            pasted = f"\x1b[200~{ATTACK.replace(chr(0x1B), '')}\x1b[201~"
            terminal.press("/", pasted, "escape", "escape", "a", pasted, "enter", "escape", "escape")
            terminal.until(lambda text: "�" in text, "what replaces the attack")
            for key, title in OVER.items():
                terminal.press("g", key)
                terminal.until(saying(title), title)
                terminal.press("escape")
                terminal.until(silent_on(title), "its end")
            terminal.press("E")
            terminal.until(saying("Wrote 6 tasks to"), "the exported list")
            terminal.press("g", "j", "j", "enter")
            terminal.until(saying("endpoint", "request id �"), "what the header says")
            terminal.press("j")
            terminal.until(saying("gone", "request id �"), "what the answer says")
            terminal.press("escape")
            gone.set()
            terminal.press("R")
            terminal.until(lambda text: len(re.findall(r"(?m)^ ✗ .* gone +–", text)) == 2, "the end of a task")
            terminal.press("l")
            terminal.until(saying("It is not there any more: �"), "the event")
            terminal.press("enter")
            terminal.until(silent_on("It is not there any more: �"), "the list")
            terminal.press("q")
            assert terminal.wait() == 0
        assert {seen.method for seen in oms.seen} == {"GET"}
    copies = rb"\x1b\]52;c;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)"  # y copies, by an escape of our own
    assert b"SE9TVElMRQ==" not in re.findall(copies, terminal.output)
    output = re.sub(copies, b"", terminal.output)
    assert hostile_in(output) == []
    (exported,) = Path(home["HOME"]).glob("*.csv")
    assert hostile_in(exported.read_bytes()) == []
    figure(f"0 hostile bytes of {len(output):,} at {columns}×{rows}")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["list"], 0), (["list", "--json"], 0), (["profiles"], 0), (["profiles", "--json"], 0),
     (["add", "x", ATTACK[:20]], 2),
     (["remove", f"x{ATTACK[1:20]}"], 2), (["login", ATTACK[:20].replace("\0", "")], 2), (["--theme", ATTACK[:9]], 2)],
)  # fmt: skip
def test_the_command_line_writes_nothing_hostile(
    arguments: list[str], code: int, home: dict[str, str], figure: Callable[[str], None]
) -> None:
    """To a terminal: lists, JSON, and what is said about arguments."""
    write_files(home, "http://127.0.0.1:9")
    with Terminal([sys.executable, "-m", "omstui", *arguments], environ=home) as terminal:
        assert terminal.wait(30) == code, terminal.text
        for _ in range(3):
            terminal.pump()
    assert hostile_in(terminal.output) == []
    assert b"\x1b" not in terminal.output
    figure("0 in what the commands print")


@pytest.mark.parametrize(
    "line",
    ['[profiles.ATTACK]\nendpoint = "https://x"', "theme = ATTACK", "interval = ATTACK",
     "[settings.keys]\nATTACK = ATTACK",
     "[profiles.lab]\nendpoint = ATTACK", '[profiles.lab]\nregion = "cn-north-4"\nzone = ATTACK',
     "ATTACK = [", "x = ATTACK y",
     '[profiles.lab]\nregion = "cn-north-4"\nproject_id = ATTACK',
     '[profiles.lab]\nregion = "cn-north-4"\nauth = ATTACK'],
)  # fmt: skip
@pytest.mark.parametrize("arguments", [["profiles"], []], ids=["profiles", "screen"])
def test_what_is_said_about_a_file_edited_by_hand_is_harmless(
    arguments: list[str], line: str, home: dict[str, str]
) -> None:
    write_files(home, "", config=line.replace("ATTACK", toml(ATTACK)) + "\n")
    with Terminal([sys.executable, "-m", "omstui", *arguments], environ=home) as terminal:
        if arguments or line.partition(" ")[0] != "[settings.keys]\nATTACK":
            assert terminal.wait(30) in {0, 2}, terminal.text
        else:
            terminal.until(lambda text: "● Project" in text, "the guided start")
            terminal.press("escape")  # alone: with another key behind it, a slow reader takes both for one
            terminal.until(lambda text: "Nothing was set up" in text, "the way out")
            terminal.press("q")
            assert terminal.wait(30) == 0
    assert hostile_in(terminal.output) == []
