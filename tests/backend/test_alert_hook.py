"""The user's own program for alerts."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from omstui.backend.alert_hook import AT_ONCE, AlertHook, alert_json
from omstui.backend.auth.token_command import SECRET_VARIABLES
from omstui.core.alerts.event import Event, Severity
from tests.making import NOW, REF
from tests.proc import is_alive

EVENT = Event(NOW, "stopped", "It was stopped", Severity.WARNING, REF.profile, REF.sync_task_id, "images-to-obs")
HOSTILE = "a\x1b]0;gotcha\x07\x9b31m\u202eevil\nline\x00"
KEEP = "import sys; open(sys.argv[1] + '.new', 'wb').write(sys.stdin.buffer.read()); import os; os.rename(sys.argv[1] + '.new', sys.argv[1])"  # noqa: E501 - one program
HANG = "import os, subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); open(sys.argv[1] + '.new', 'w').write(f'{os.getpid()} {p.pid}'); os.rename(sys.argv[1] + '.new', sys.argv[1]); time.sleep(600)"  # noqa: E501 - one program
LEAVE = "import os, subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); open(sys.argv[1] + '.new', 'w').write(f'{p.pid}'); os.rename(sys.argv[1] + '.new', sys.argv[1]); sys.exit(int(sys.argv[2]))"  # noqa: E501 - one program
HANG_LIMIT = 3.0


def until(is_so: Callable[[], bool], what: str, limit: float = 30.0) -> None:
    end = time.monotonic() + limit
    while not is_so():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture
def environ() -> dict[str, str]:
    return {**os.environ, **dict.fromkeys(SECRET_VARIABLES, "a-secret-token-of-ours")}


def test_an_alert_is_one_line_of_json_with_these_fields() -> None:
    assert json.loads(alert_json(EVENT)) == {
        "schema_version": 1,
        "at": "2026-11-22T09:40:05Z",
        "kind": "stopped",
        "severity": "warning",
        "text": "It was stopped",
        "profile": "prod-bj4",
        "sync_task_id": "0d146099-8cf4-437d-b6ef-88e043771c8b",
        "name": "images-to-obs",
    }
    assert alert_json(EVENT).endswith(b"}\n")


def test_an_alert_about_a_profile_names_no_task_and_its_time_is_utc() -> None:
    event = Event(NOW.astimezone(timezone(timedelta(hours=8))), "credential", "It was refused", Severity.ALARM, "prod")
    document = json.loads(alert_json(event))
    assert document["sync_task_id"] is None
    assert document["at"] == "2026-11-22T09:40:05Z"


def test_foreign_text_is_tamed() -> None:
    event = Event(NOW, "stopped", HOSTILE, Severity.WARNING, HOSTILE, HOSTILE, HOSTILE)
    data = alert_json(event)
    assert data.count(b"\n") == 1
    assert all(32 <= byte < 127 for byte in data[:-1])
    document = json.loads(data)
    for field in ("text", "profile", "sync_task_id", "name"):
        assert not set(document[field]) & set("\x1b\x07\x9b\u202e\n\x00")


def test_the_program_reads_the_alert_and_has_no_secret_of_the_environment(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    place = tmp_path / "got"
    program = KEEP.replace("sys.stdin.buffer.read()", "sys.stdin.buffer.read() + repr(dict(os.environ)).encode()")
    AlertHook([sys.executable, "-c", f"import os; {program}", str(place)], environ=environ).tell(EVENT)
    until(place.exists, "the program")
    line, _, variables = place.read_text(encoding="utf-8").partition("\n")
    assert json.loads(line)["kind"] == "stopped"
    assert "PATH" in variables
    assert "a-secret-token-of-ours" not in variables


def test_it_has_a_session_of_its_own_and_no_terminal_to_print_to(tmp_path: Path, environ: dict[str, str]) -> None:
    place = tmp_path / "got"
    program = (
        "import os, sys; open(sys.argv[1] + '.new', 'w').write("
        "f'{os.getsid(0) == os.getpid()} {os.fstat(1).st_rdev == os.fstat(2).st_rdev == os.stat(os.devnull).st_rdev}');"
        "os.rename(sys.argv[1] + '.new', sys.argv[1])"
    )
    AlertHook([sys.executable, "-c", program, str(place)], environ=environ).tell(EVENT)
    until(place.exists, "the program")
    assert place.read_text(encoding="utf-8") == "True True"


def test_a_program_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "pids"
    hook = AlertHook([sys.executable, "-c", HANG, str(place)], environ=environ, time_limit=HANG_LIMIT)
    begun = time.monotonic()
    hook.tell(EVENT)
    assert time.monotonic() - begun < HANG_LIMIT
    until(place.exists, "the program")
    pids = [int(word) for word in place.read_text(encoding="ascii").split()]
    until(lambda: not any(map(is_alive, pids)), "their end")
    until(lambda: bool(caplog.messages), "a word about it")
    assert caplog.messages == [f"on_alert: {sys.executable[-60:]} did not end within {HANG_LIMIT:g} s, and was ended"]


@pytest.mark.parametrize("code", [0, 3])
def test_what_a_program_leaves_behind_ends_with_it(code: int, tmp_path: Path, environ: dict[str, str]) -> None:
    """However it has ended; else one would be left with each alert."""
    place = tmp_path / "pids"
    hook = AlertHook([sys.executable, "-c", LEAVE, str(place), str(code)], environ=environ, at_once=1)
    hook.tell(EVENT)
    until(place.exists, "the program")
    pids = [int(word) for word in place.read_text(encoding="ascii").split()]
    until(lambda: not any(map(is_alive, pids)), "their end")
    until(lambda: hook._slots._value == 1, "a free slot")


def test_at_most_a_few_run_at_once_and_the_rest_is_dropped_with_a_line_in_the_log(
    tmp_path: Path, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    hook = AlertHook([sys.executable, "-c", "import time; time.sleep(600)"], environ=environ, at_once=2)
    for _ in range(5):
        hook.tell(EVENT)
    assert len(caplog.messages) == 3
    assert "still busy with earlier alerts; dropped: stopped" in caplog.messages[0]
    hook.close()


def test_a_slot_is_free_again_once_a_program_has_ended(tmp_path: Path, environ: dict[str, str]) -> None:
    hook = AlertHook([sys.executable, "-c", KEEP, str(tmp_path / "got")], environ=environ, at_once=1)
    for _ in range(3):
        until(lambda: hook._slots._value == 1, "a free slot")
        (tmp_path / "got").unlink(missing_ok=True)
        hook.tell(EVENT)
        until((tmp_path / "got").exists, "the program")


def test_closing_ends_what_runs_and_nothing_runs_after_it(tmp_path: Path, environ: dict[str, str]) -> None:
    place = tmp_path / "pids"
    hook = AlertHook([sys.executable, "-c", HANG, str(place)], environ=environ)
    hook.tell(EVENT)
    until(place.exists, "the program")
    pids = [int(word) for word in place.read_text(encoding="ascii").split()]
    hook.close()
    until(lambda: not any(map(is_alive, pids)), "their end")
    until(lambda: hook._slots._value == AT_ONCE, "a free slot")
    hook.tell(EVENT)
    assert hook._slots._value == AT_ONCE


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/no/such/program"], "on_alert: /no/such/program cannot be started (FileNotFoundError)"),
        ([sys.executable, "-c", "raise SystemExit(7)"], f"on_alert: {sys.executable[-60:]} failed with exit code 7"),
    ],
)
def test_what_goes_wrong_is_said_in_the_log(
    argv: list[str], words: str, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        AlertHook(argv, environ=environ).tell(EVENT)
        until(lambda: bool(caplog.messages), "a line in the log")
    assert caplog.messages == [words]


def test_without_a_program_nothing_is_run(environ: dict[str, str]) -> None:
    hook = AlertHook([], environ=environ, at_once=1)
    hook.tell(EVENT)
    hook.tell(EVENT)
    assert hook._slots._value == 1
