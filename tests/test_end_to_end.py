"""The real program, in a real terminal, over a real socket, with files of its own and a server that is not ours."""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.plain_oms import PlainOms
from tests.samples_reader import load_sample
from tests.terminal import Terminal, shows_six_tasks

TOKEN = "MIIEndToEndFakeToken" + "xY7q" * 30
PROJECT = "2c0689c860ad4728a497c91ec0844383"
IDS = [f"0d146099-8cf4-437d-b6ef-88e043771c{number:02}" for number in range(3)]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def answer(sync_task_id: str, query_time: int) -> tuple[int, Any]:
    if sync_task_id not in IDS:
        return 404, {"error_msg": "No resources found.", "error_code": "OMS.1009"}
    at = datetime.fromtimestamp(query_time / 1000, UTC)
    body = dict(load_sample("01").body)
    number = IDS.index(sync_task_id)
    body |= {
        "sync_task_id": sync_task_id,
        "src_bucket": f"bucket-{number}",
        "monthly_acceptance_request": 1000 * at.month + number,
        "monthly_success_object": 1000 * at.month + number,
        "monthly_failure_object": 0,
    }
    return 200, body


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment of its own: home, configuration and state in a new folder, no keyring, a good terminal."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT"} or name.startswith("PYTHON")
    }
    return kept | {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "OMSTUI_TOKEN": TOKEN,
    }


def omstui(*arguments: str, environ: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omstui", *arguments],
        env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def configure(oms: PlainOms, environ: dict[str, str]) -> None:
    done = omstui("login", "lab", "--endpoint", oms.url, "--project-id", PROJECT, "--auth", "token", environ=environ)
    assert done.returncode == 0, done.stderr
    done = omstui("add", *IDS, "--profile", "lab", environ=environ)
    assert done.returncode == 0, done.stderr


def query_times(oms: PlainOms, sync_task_id: str) -> list[datetime]:
    asked = [int(seen.query["query_time"][0]) for seen in oms.seen if seen.path.endswith(sync_task_id)]
    return [datetime.fromtimestamp(ms / 1000, UTC) for ms in asked]


def is_middle(at: datetime) -> bool:
    """Whether a month that is over was asked for."""
    return (at.day, at.hour, at.minute, at.second) == (15, 12, 0, 0)


def test_from_login_to_a_watched_month_and_back(home: dict[str, str], tmp_path: Path) -> None:
    """Rows fill, the pane follows, a past month is asked for in its middle; only GET is seen, and the token nowhere."""
    with PlainOms(answer, TOKEN) as oms:
        configure(oms, home)
        now = datetime.now(UTC)
        with Terminal([sys.executable, "-m", "omstui"], environ=home) as terminal:
            terminal.until(lambda text: all(f"bucket-{n}" in text for n in range(3)), "three rows")
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            terminal.press("j")
            terminal.until(lambda text: IDS[1] in text, "the second task in the pane")
            terminal.press("[")
            terminal.until(lambda text: "PAST MONTH" in text, "the past month")
            past = now.month - 1 or 12
            terminal.until(lambda text: f"{1000 * past + 1:,}" in text, "its figures")
            terminal.press("]")
            terminal.until(lambda text: "current" in text, "the current month")
            terminal.press("[", "t")
            terminal.until(lambda text: "current" in text and "PAST" not in text, "the current month by t")
            terminal.press("q")
            assert terminal.wait() == 0
            output = terminal.output
        months = [at.month for at in query_times(oms, IDS[1]) if is_middle(at)]
        assert past in months
        assert len(set(months)) == len(months), "each month is asked for once"
        assert {seen.method for seen in oms.seen} == {"GET"}
        assert all(seen.tokens == [TOKEN] for seen in oms.seen)
        assert len([at for at in query_times(oms, IDS[0]) if not is_middle(at)]) == 1, "about one a minute and task"
    for piece in (TOKEN[20:32], "xY7qxY7q"):
        assert piece.encode() not in output
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or piece.encode() not in path.read_bytes(), path
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_watch_list_follows_what_another_shell_does(home: dict[str, str]) -> None:
    with PlainOms(answer, TOKEN) as oms:
        configure(oms, home)
        with Terminal([sys.executable, "-m", "omstui"], environ=home) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            assert omstui("remove", IDS[1], environ=home).returncode == 0
            terminal.until(lambda text: "bucket-1" not in text, "the removal")
            Path(home["XDG_CONFIG_HOME"], "omstui", "watchlist.toml").write_text("[[task]\nid = ")
            terminal.until(lambda text: "watchlist.toml, line 1" in text, "the broken line's number")
            assert "bucket-2" in terminal.text, "the last good list stays"
            terminal.press("j")
            assert "watchlist.toml, line 1" in terminal.text, "it is told for as long as it is so"
            Path(home["XDG_CONFIG_HOME"], "omstui", "watchlist.toml").write_text("")
            terminal.until(lambda text: "0 tasks" in text and "line 1" not in text, "the mended list")
            terminal.press("q")
            assert terminal.wait() == 0


def test_a_refused_token_is_a_word_on_each_row_and_asked_no_more(home: dict[str, str]) -> None:
    with PlainOms(answer, TOKEN) as oms:
        configure(oms, home)
        oms.token = "another"
        oms.seen.clear()
        with Terminal([sys.executable, "-m", "omstui"], environ=home, columns=80, rows=24) as terminal:
            terminal.until(lambda text: len(re.findall(r"✗ \S+ +token", text)) == 3, "three refusals")
            terminal.until(lambda text: "f991eeec77df1692c74f253d765ca146" in text, "the request id")
            terminal.press("R")
            end = time.monotonic() + 2
            while time.monotonic() < end:
                terminal.pump()
            assert len(oms.seen) == 1
            terminal.press("q")
            assert terminal.wait() == 0


@pytest.mark.promise(5)
def test_the_screen_is_quiet_between_answers(home: dict[str, str]) -> None:
    """Ten seconds without an answer: the clock's cells, and nothing else, at less than 100 bytes a second."""

    def answer_of_new_task(sync_task_id: str, query_time: int) -> tuple[int, Any]:
        status, body = answer(sync_task_id, query_time)
        return status, body | {"create_time": time.time_ns() // 1_000_000}  # there are no months to fill in

    with PlainOms(answer_of_new_task, TOKEN) as oms:
        configure(oms, home)
        with Terminal([sys.executable, "-m", "omstui"], environ=home) as terminal:
            terminal.until(lambda text: text.count("syncing") == 3, "three answers")
            for _ in range(40):
                terminal.pump()
            before, written = terminal.text.splitlines(), len(terminal.output)
            asked, start = len(oms.seen), time.monotonic()
            while time.monotonic() < start + 10:
                terminal.pump()
            seconds = time.monotonic() - start
            assert len(oms.seen) == asked
            assert terminal.text.splitlines()[1:] == before[1:]
            assert terminal.text.splitlines()[0] != before[0]
            assert (len(terminal.output) - written) / seconds < 100


def test_without_a_terminal_it_says_so_and_ends(home: dict[str, str]) -> None:
    done = omstui("--demo", environ=home)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_of_unknown_kind_is_left_alone(home: dict[str, str], term: str) -> None:
    with Terminal([sys.executable, "-m", "omstui", "--demo"], environ=home | {"TERM": term}) as terminal:
        assert terminal.wait() == 2
        assert "TERM" in terminal.text
        assert b"\x1b" not in terminal.output


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--theme", "neon"], "no theme neon"), (["--profile", "nope"], "no profile nope"), (["--month", "x"], "month")],
)
def test_what_cannot_be_shown_is_named_and_the_terminal_left_alone(
    options: list[str], words: str, home: dict[str, str]
) -> None:
    with Terminal([sys.executable, "-m", "omstui", "--demo", *options], environ=home) as terminal:
        assert terminal.wait(30) == 2
        assert words in terminal.text
        assert b"\x1b" not in terminal.output


@pytest.mark.slow
def test_the_demo_needs_and_touches_nothing(home: dict[str, str], tmp_path: Path) -> None:
    environ = home | {"OMSTUI_TOKEN": "not used"}
    del environ["OMSTUI_TOKEN"]
    with Terminal([sys.executable, "-m", "omstui", "--demo"], environ=environ) as terminal:
        terminal.until(shows_six_tasks, "the six tasks")
        terminal.press("j", "[", "m", "escape", "q")
        assert terminal.wait() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.fault("R11")
@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"TERM": "linux"}])
def test_where_only_ascii_can_be_shown_only_ascii_is_drawn(home: dict[str, str], locale: dict[str, str]) -> None:
    with Terminal([sys.executable, "-m", "omstui", "--demo"], environ=home | locale) as terminal:
        terminal.until(shows_six_tasks, "the six tasks")
        terminal.press("j")
        for key, words in (("?", "Next task"), ("a", "esc")):
            before = terminal.text.count(words)
            terminal.press(key)
            terminal.until(lambda text, words=words, before=before: text.count(words) > before, f"what {key} opens")  # type: ignore[misc]  # mypy cannot infer defaults
            terminal.press("escape")
            terminal.until(lambda text, words=words, before=before: text.count(words) == before, f"the end of {key}")  # type: ignore[misc]  # as above
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.output.isascii()
        assert b"\\u" not in terminal.output


@pytest.mark.slow
def test_no_color_means_none(home: dict[str, str]) -> None:
    with Terminal([sys.executable, "-m", "omstui", "--demo"], environ=home | {"NO_COLOR": "1"}) as terminal:
        terminal.until(shows_six_tasks, "the six tasks")
        terminal.press("q")
        assert terminal.wait() == 0
        colours = re.findall(rb"\x1b\[[0-9;]*(?:38|48|3[0-7]|4[0-7]|9[0-7]);?[0-9;]*m", terminal.output)
        assert colours == []


def test_the_first_start_leads_to_a_watched_task(home: dict[str, str], tmp_path: Path) -> None:
    """With nothing configured and no keyring: profile, token and task in three steps, each checked; then figures."""
    environ = {name: value for name, value in home.items() if name != "OMSTUI_TOKEN"}
    with PlainOms(answer, TOKEN) as oms, Terminal([sys.executable, "-m", "omstui"], environ=environ) as terminal:
        terminal.until(lambda text: "It only reads" in text, "the first step")
        terminal.press("enter", oms.url, "enter", PROJECT, "enter")
        terminal.until(lambda text: "Paste the token" in text, "the second step")
        terminal.press("not-the-token", "enter")
        terminal.until(lambda text: "decrypt token fail" in text, "the refusal")
        terminal.press("\x15", f"\x1b[200~{TOKEN[:60]}\r\n{TOKEN[60:]}\x1b[201~")
        terminal.until(lambda text: f"{len(TOKEN)} characters" in text, "the token's length")
        terminal.press("enter")
        terminal.until(lambda text: "Task ids" in text, "the third step")
        terminal.press(IDS[0], "enter")
        terminal.until(lambda text: "kept in memory" in text.replace("\n", " "), "the warning")
        terminal.press("enter")
        terminal.until(lambda text: "bucket-0" in text and "syncing" in text, "the first figures")
        terminal.press("q")
        assert terminal.wait() == 0
        output = terminal.output
    for data in (output, *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())):
        assert TOKEN[20:32].encode() not in data
    assert IDS[0] in omstui("list", environ=environ).stdout
