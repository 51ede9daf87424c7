"""`omstui doctor`: what it looks at, what it says of each trouble, and its exit codes."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from omstui.backend.history.schema import APPLICATION, open_database
from omstui.backend.secrets.calls import StoreErrorKind
from omstui.backend.secrets.expiry_note import note_expiry
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.cli.doctor.doctor import schema
from omstui.core.reports.finding import Level
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, TOKEN, BrokenStore, Machine, Terminal, task, unreachable
from tests.cli.machine import error as refusal
from tests.secret_service import clean_environment, mute_service

SCHEMA = Draft202012Validator(schema())
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    """A machine with one profile, its token, and a watched task; the terminal is said to be a good one."""
    machine = Machine(tmp_path, stepped_clock)
    machine.environ |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    machine.watches(task(1))
    machine.answer = well
    return machine


def well(request: httpx.Request) -> httpx.Response:
    """Answer each of the three questions as the service does."""
    if request.url.path.endswith("/statistics"):
        return httpx.Response(200, json={"statistic_time_type": "FIVE_MINUTES", "statistic_datas": []})
    if request.url.path.endswith("/sync-tasks"):
        return httpx.Response(200, json={"tasks": [], "count": 0})
    return httpx.Response(200, json={"sync_task_id": ID.format(1), "status": "SYNCHRONIZING"})


def only(part: str, answer: Answer) -> Answer:
    """Answer so where the path ends like this, else well."""
    return lambda request: answer(request) if request.url.path.endswith(part) else well(request)


def found(machine: Machine, *argv: str) -> dict[str, Any]:
    """Run the doctor and return its findings by check; of several with one name, the worst."""
    code = machine.omstui("doctor", "--json", *argv)
    document = json.loads(machine.out)
    SCHEMA.validate(document)
    assert document["exit_code"] == code
    order = list(Level)
    worst = sorted(document["findings"], key=lambda one: -order.index(one["level"]) if one["level"] != "skipped" else 0)
    checks: dict[str, Any] = {"code": code}
    for one in worst:
        checks.setdefault(one["check"], one)
    return checks


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_machine_in_order_has_no_error_and_is_asked_three_times(machine: Machine) -> None:
    checks = found(machine)
    assert checks.pop("code") == 0
    assert {one["check"] for one in checks.values() if one["level"] != "ok"} == {"terminal.tty", "clock"}
    assert [request.method for request in machine.requests] == ["GET"] * 3


def test_findings_stand_aligned_under_titles_with_what_to_run_below(machine: Machine) -> None:
    machine.answer = refusal(401, "APIGW.0301", "Incorrect IAM authentication information")
    assert machine.omstui("doctor") == 3
    lines = machine.out.splitlines()
    assert lines[0] == "Terminal"
    assert "Profile lab" in lines
    place = next(number for number, line in enumerate(lines) if "credential: refused" in line)
    assert lines[place].startswith("  error    credential: refused, from ")
    assert lines[place + 1] == "           next: omstui login lab"
    assert machine.err.splitlines()[-1].startswith("1 error, ")


@pytest.mark.parametrize(
    ("answer", "check", "level", "words", "code"),
    [
        (unreachable, "endpoint", "error", "could not be made", 3),
        (refusal(404, "APIGW.0101", "no such API"), "endpoint", "error", "is no OMS endpoint", 3),
        (lambda _: httpx.Response(404, html="<html>"), "endpoint", "error", "Somebody else answers at oms.cn-", 3),
        (lambda _: httpx.Response(401, html="<html>"), "endpoint", "error", "Somebody else answers at oms.cn-", 3),
        (refusal(503, "APIGW.0613"), "endpoint", "warning", "APIGW.0613", 0),
        (refusal(401, "APIGW.0301"), "credential", "error", "refused", 3),
        (refusal(403, "APIGW.0302"), "permission.get", "error", "oms:synctask:get", 3),
        (only(ID.format(1), refusal(404, "OMS.1009")), "permission.get", "warning", "is not in this project", 0),
        (only("/sync-tasks", refusal(403, "OMS.0206")), "permission.list", "warning", "oms:synctask:list", 0),
        (only("/statistics", refusal(403, "OMS.0206")), "permission.statistic", "warning", "holes in the chart", 0),
        (only("/statistics", refusal(404, "APIGW.0101")), "permission.statistic", "warning", "not to be had", 0),
    ],
)
def test_each_trouble_with_the_service_has_its_finding(
    machine: Machine, answer: Answer, check: str, level: str, words: str, *, code: int
) -> None:
    machine.answer = answer
    checks = found(machine)
    assert checks["code"] == code
    assert checks[check]["level"] == level
    assert words in checks[check]["text"]
    assert checks[check]["profile"] == "lab"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_somebody_else_answers_shows_nothing_of_credential_and_permissions(machine: Machine, status: int) -> None:
    machine.answer = lambda _: httpx.Response(status, html="<html>Sign in</html>")
    checks = found(machine)
    for check in ("credential", "permission.get", "permission.list", "permission.statistic"):
        assert checks[check]["level"] == "skipped"
    assert "no answer shows whether it is accepted" in checks["credential"]["text"]
    assert checks["endpoint"]["next"].startswith("check the network and the proxy")


def test_query_failed_or_no_permission_said_of_no_task_shows_nothing_where_the_list_is_given(machine: Machine) -> None:
    machine.omstui("remove", ID.format(1))
    machine.answer = lambda request: (
        well(request) if request.url.path.endswith("/sync-tasks") else refusal(400, "OMS.0053")(request)
    )
    checks = found(machine)
    assert (checks["code"], checks["credential"]["level"]) == (0, "ok")
    assert (checks["permission.get"]["level"], checks["permission.list"]["level"]) == ("skipped", "ok")
    machine.answer = refusal(403, "OMS.0053")
    assert found(machine)["permission.get"]["level"] == "error"


def test_a_watched_task_that_is_gone_can_be_removed_by_what_is_advised(machine: Machine) -> None:
    """Another profile may watch the same task, and go on doing so."""
    machine.answer = only(ID.format(1), refusal(404, "OMS.1009"))
    advice = found(machine)["permission.get"]["next"]
    assert advice == (
        "omstui doctor again in a minute; if it says the same, "
        f"omstui remove lab/{ID.format(1)}, or omstui login lab --project-id ID"
    )


def test_what_no_answer_shows_is_said_not_to_be_tried(machine: Machine) -> None:
    """A refused credential is sent once."""
    machine.answer = refusal(401, "APIGW.0301")
    checks = found(machine)
    assert len(machine.requests) == 1
    assert {checks[f"permission.{one}"]["level"] for one in ("get", "list", "statistic")} == {"skipped"}


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (30, "ok"), (400, "warning"), (-400, "warning")])
def test_a_clock_that_is_wrong_is_told_by_the_date_of_the_answer(machine: Machine, seconds: int, level: str) -> None:
    date = format_datetime(machine.clock.now() - timedelta(seconds=seconds), usegmt=True)

    def dated(request: httpx.Request) -> httpx.Response:
        answer = well(request)
        answer.headers["Date"] = date
        return answer

    machine.answer = dated
    clock = found(machine)["clock"]
    assert clock["level"] == level
    if level == "warning":
        assert f"400 s {'ahead of' if seconds > 0 else 'behind'}" in clock["text"]
        assert "timedatectl" in clock["next"]


def test_an_endpoint_is_tried_without_a_credential_where_there_is_none(machine: Machine) -> None:
    machine.store.delete("lab")
    machine.answer = refusal(401, "APIGW.0301")
    checks = found(machine)
    assert checks["code"] == 3
    assert checks["endpoint"]["level"] == "ok"
    assert checks["credential"]["next"] == "omstui login lab"
    assert [request.headers.get("X-Auth-Token") for request in machine.requests] == [None]


def test_the_token_of_the_environment_is_the_one_that_is_tried(machine: Machine) -> None:
    machine.environ["OMSTUI_TOKEN"] = TOKEN
    checks = found(machine)
    assert "OMSTUI_TOKEN" in checks["credential"]["text"]
    assert checks["secrets.environment"]["level"] == "ok"


def test_a_wrong_password_is_tried_once(machine: Machine) -> None:
    machine.has_profiles("lab", auth="password", user="u", domain="d")
    machine.store.set("lab", Secret("marked-Pass word!7"))
    machine.iam_answer = refusal(401, "IAM.0062", "wrong")
    checks = found(machine)
    assert checks["code"] == 3
    assert "IAM.0062" in checks["credential"]["text"]
    assert len(machine.iam_requests) == 1


def test_a_secret_that_only_the_screen_holds_is_not_missed(machine: Machine) -> None:
    machine.has_profiles("lab", secret_store="memory")
    checks = found(machine)
    assert checks["code"] == 0
    assert checks["credential"]["level"] == "skipped"


def test_offline_asks_nobody(machine: Machine) -> None:
    assert found(machine, "--offline")["endpoint"]["level"] == "skipped"
    assert machine.requests == []


def test_one_profile_can_be_looked_at_alone(machine: Machine) -> None:
    machine.has_profiles("other")
    machine.omstui("doctor", "--json", "--profile", "lab")
    assert {one["profile"] for one in json.loads(machine.out)["findings"]} == {None, "lab"}
    assert machine.omstui("doctor", "--profile", "nobody") == 2
    assert "omstui login nobody" in machine.err


@pytest.mark.parametrize(
    ("file", "text", "check", "level", "words"),
    [
        ("config.toml", "[settings]\ninterval = \n", "config.file", "error", "config.toml, line 2"),
        ("config.toml", '[settings]\ninterval = "1s"\n', "config.file", "error", "interval in [settings]"),
        ("config.toml", "[settings]\nnonsense = 1\n", "config.file", "warning", "nonsense"),
        ("config.toml", '[settings]\ntheme = "pink"\n', "config.theme", "error", "no theme pink"),
        ("config.toml", "", "config.profiles", "warning", "no profile"),
        ("config.toml", "", "watchlist.profile", "warning", "by way of lab"),
        ("watchlist.toml", "[[task]]\nid = 1\n", "watchlist.file", "error", "line 1"),
        ("watchlist.toml", "", "watchlist.file", "warning", "no task is watched"),
        ("config.toml", '[settings.keys]\n"month.next" = "j"\n', "keys.conflicts", "warning", "for month.next"),
        ("config.toml", '[settings.keys]\n"no.such" = "j"\n', "keys.conflicts", "warning", "no.such"),
        ("config.toml", '[settings.keys]\n"month.next" = "crtl+k"\n', "keys.conflicts", "warning", "which is no key"),
        ("config.toml", '[settings.keys]\n"month.next" = "f5"\n', "keys.conflicts", "ok", "1 remapped"),
    ],
)  # fmt: skip
def test_each_trouble_with_what_is_set_down_has_its_finding(
    machine: Machine, file: str, text: str, check: str, *, level: str, words: str
) -> None:
    write(machine.folders.config / file, text)
    checks = found(machine)
    assert checks[check]["level"] == level
    assert words in checks[check]["text"]
    assert level == "ok" or checks[check]["next"]
    assert checks["code"] == (2 if level == "error" else 0)


@pytest.mark.parametrize(
    ("name", "value", "check", "level"),
    [
        ("OMSTUI_INTERVAL", "1s", "variables.omstui", "error"),
        ("OMSTUI_INTERVAL", "90s", "variables.omstui", "ok"),
        ("OMSTUI_TOKEN", "kéy", "variables.omstui", "error"),
        ("OMSTUI_TEHME", "x", "variables.omstui", "warning"),
        ("HTTPS_PROXY", "http://user:marked-Pass@[", "variables.network", "error"),
        ("HTTPS_PROXY", "http://user:marked-Pass@proxy:3128", "variables.network", "ok"),
        ("SSL_CERT_FILE", "/no/such/file", "variables.network", "error"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://iam.example", "variables.network", "error"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example", "variables.sdk", "ok"),
        ("HUAWEICLOUD_SDK_REGION_OMS_CN_NORTH_4", "https://oms.example", "variables.sdk", "ok"),
        ("TERM", "dumb", "terminal.type", "warning"),
        ("TERM", "xterm", "terminal.colours", "ok"),
        ("TERM", "screen", "terminal.colours", "warning"),
        ("NO_COLOR", "", "terminal.colours", "ok"),
        ("LC_ALL", "de_DE.ISO-8859-1", "terminal.encoding", "warning"),
        ("STY", "1.pts", "terminal.screen", "ok"),
        ("TMUX", "/nowhere,1,0", "terminal.tmux.set-clipboard", "warning"),
    ],
)
def test_each_variable_is_judged_and_no_secret_in_it_repeated(
    machine: Machine, name: str, value: str, check: str, level: str
) -> None:
    machine.environ[name] = value
    checks = found(machine)
    assert checks[check]["level"] == level
    assert "marked-Pass" not in machine.out
    assert checks["code"] == (2 if level == "error" else 0)
    assert machine.requests == [] if level == "error" else machine.requests


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ALL_PROXY": "http://b:1"}, "in use: ALL_PROXY"),
        ({"HTTPS_PROXY": "http://a:1", "ALL_PROXY": "http://b:1"}, "in use: HTTPS_PROXY; not used: ALL_PROXY"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "in use: https_proxy; not used: HTTPS_PROXY"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b:1", "NO_PROXY": "x"}, "in use: NO_PROXY; not used: HTTPS_PROXY"),
    ],
)
def test_of_several_proxies_the_one_that_is_used_is_named(
    machine: Machine, environ: dict[str, str], words: str
) -> None:
    machine.environ.update(environ)
    assert found(machine)["variables.network"]["text"].startswith(words)


def test_a_terminal_is_known_for_one(machine: Machine) -> None:
    machine.omstui("doctor", "--offline", stdin=Terminal())
    assert "stdin or stderr is no terminal" in machine.out  # what is said goes to a pipe here


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions bind ordinary users of POSIX systems")
def test_a_folder_that_cannot_be_written_to_is_an_error(machine: Machine) -> None:
    machine.folders.config.chmod(0o500)
    try:
        assert found(machine)["files.config-folder"]["level"] == "error"
    finally:
        machine.folders.config.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX systems")
@pytest.mark.parametrize(
    ("place", "mode", "check"),
    [
        ("config", 0o755, "files.config-folder"),
        ("state", 0o750, "files.state-folder"),
        ("config/config.toml", 0o666, "files.config"),
        ("state/secrets.json", 0o644, "files.secrets"),
        ("state/history.db", 0o640, "files.history-mode"),
    ],
)
def test_what_is_open_to_others_is_told_with_the_command_that_closes_it(
    machine: Machine, place: str, mode: int, check: str
) -> None:
    FileStore(machine.folders.state / "secrets.json").set("lab", Secret(TOKEN))
    open_database(machine.folders.history_file).close()
    (machine.home / place).chmod(mode)
    finding = found(machine)[check]
    assert finding["level"] == "warning"
    assert finding["next"].startswith("chmod ")
    subprocess.run(finding["next"], shell=True, check=True)
    assert found(machine)[check]["level"] == "ok"


def test_a_folder_that_is_a_file_is_an_error(machine: Machine) -> None:
    write(machine.home / "state", "")
    checks = found(machine)
    assert checks["files.state-folder"]["level"] == "error"
    assert checks["code"] == 2


def damaged(path: Path) -> None:
    open_database(path).close()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "level", "words"),
    [
        (damaged, "error", "is damaged"),
        (lambda path: path.write_bytes(b"not a database, but long enough for one" * 100), "error", "is damaged"),
        (newer, "error", "written by a newer omstui"),
        (foreign, "error", "another program's"),
        (lambda path: path.mkdir(), "error", "is not a file"),
        (lambda path: path.touch(), "ok", "in order"),
        (lambda path: open_database(path).close(), "ok", "in order"),
    ],
)
def test_a_history_that_cannot_be_used_is_told_and_left_as_it_is(
    machine: Machine, make: Callable[[Path], object], level: str, words: str
) -> None:
    path = machine.folders.history_file
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    finding = found(machine)["files.history"]
    assert (finding["level"], words in finding["text"]) == (level, True)
    assert before == (path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize(
    ("fault", "level", "words"),
    [
        (StoreErrorKind.NONE, "error", "this machine has no keyring"),
        (StoreErrorKind.LOCKED, "error", "locked"),
        (StoreErrorKind.REFUSED, "error", "not one that omstui trusts"),
    ],
)
def test_a_keyring_that_a_profile_needs_is_missed(
    machine: Machine, fault: StoreErrorKind, level: str, words: str
) -> None:
    machine.store = BrokenStore(fault)
    checks = found(machine)
    assert checks["keyring"]["level"] == level
    assert words in checks["keyring"]["text"]
    assert checks["keyring"]["next"]
    assert checks["code"] == 3


KEYRING_WINDOW = f"unlock the keyring: {sys.executable} -m keyring get omstui doctor   then omstui doctor again"
OWN_KEYRING = "unlock the keyring: dbus-run-session -- bash -c "


@pytest.mark.skipif(sys.platform != "linux", reason="others always have a desktop")
@pytest.mark.parametrize(
    ("fault", "environ", "advice"),
    [
        (StoreErrorKind.LOCKED, {"DISPLAY": ":0"}, KEYRING_WINDOW),
        (StoreErrorKind.STUCK, {"WAYLAND_DISPLAY": "wayland-0"}, KEYRING_WINDOW),
        (StoreErrorKind.LOCKED, {}, OWN_KEYRING),
        (StoreErrorKind.STUCK, {}, OWN_KEYRING),
        (
            StoreErrorKind.REFUSED,
            {"PYTHON_KEYRING_BACKEND": "a.B"},
            "unset PYTHON_KEYRING_BACKEND, or name the system's",
        ),
        (StoreErrorKind.REFUSED, {}, "export PYTHON_KEYRING_BACKEND=keyring.backends.SecretService.Keyring"),
        (StoreErrorKind.NONE, {"DISPLAY": ":0"}, 'omstui login PROFILE --auth command --token-command "..."'),
        (StoreErrorKind.NONE, {}, 'omstui login PROFILE --auth command --token-command "..."'),
    ],
)
def test_what_is_wrong_with_a_keyring_decides_what_to_run(
    machine: Machine, fault: StoreErrorKind, environ: dict[str, str], advice: str
) -> None:
    machine.store = BrokenStore(fault)
    machine.environ |= environ
    told = found(machine)["keyring"]["next"]
    assert told.startswith(advice)
    is_without = not environ and fault is not StoreErrorKind.REFUSED
    assert told.count("gnome-keyring-daemon --unlock") == is_without


UNTRUSTED = """
import keyring.backend

class PlaintextKeyring(keyring.backend.KeyringBackend):
    priority = 99
    get_password = set_password = delete_password = None

class PasswordManager(keyring.backend.KeyringBackend):
    priority = 9
    set_password = delete_password = None
    def get_password(self, service, username):
        return None
"""


def looked_at(home: Path, environment: dict[str, str]) -> dict[str, str]:
    """Run the doctor on a machine as it really is, and return what it finds of its keyring."""
    write(home / ".config/omstui/config.toml", '[profiles.lab]\nregion = "cn-north-4"\nproject_id = "p"\n')
    command = [sys.executable, "-m", "omstui", "doctor", "--offline", "--json"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    finding: dict[str, str] = next(one for one in json.loads(run.stdout)["findings"] if one["check"] == "keyring")
    return finding


@pytest.mark.skipif(sys.platform != "linux", reason="others have a keyring without a message bus")
def test_without_a_message_bus_the_reason_is_told_and_what_to_run(tmp_path: Path) -> None:
    finding = looked_at(tmp_path, clean_environment(tmp_path))
    assert finding["level"] == "error"
    assert finding["text"].startswith("this machine has no keyring; lab would keep a secret there. There is no D-Bus ")
    assert finding["next"].startswith("omstui login PROFILE --auth command --token-command ")


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (
            "foreign.PlaintextKeyring",
            "trusts; lab would keep a secret there. The keyring foreign.PlaintextKeyring, which PYTHON_KEYRING_BACKEND",
        ),
        ("keyring.backends.fail.Keyring", "there. PYTHON_KEYRING_BACKEND chooses keyring.backends.fail.Keyring"),
        ("no.such.Keyring\x1b[31m", "there. PYTHON_KEYRING_BACKEND chooses no.such.Keyring\ufffd[31m"),
    ],
)
def test_a_keyring_that_somebody_chose_is_named(tmp_path: Path, backend: str, words: str) -> None:
    write(tmp_path / "foreign.py", UNTRUSTED)
    chosen = {"PYTHON_KEYRING_BACKEND": backend, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    finding = looked_at(tmp_path, clean_environment(tmp_path) | chosen)
    assert words in finding["text"]
    assert finding["next"].startswith("unset PYTHON_KEYRING_BACKEND, or name ")
    assert "gnome-keyring" not in finding["next"]


def test_a_keyring_that_a_person_named_is_named_with_where_they_named_it(tmp_path: Path) -> None:
    write(tmp_path / "foreign.py", UNTRUSTED)
    write(tmp_path / ".config/python_keyring/keyringrc.cfg", "[backend]\ndefault-keyring=foreign.PasswordManager\n")
    finding = looked_at(tmp_path, clean_environment(tmp_path) | {"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"})
    assert finding["level"] == "ok"
    assert finding["text"] == "keyring foreign.PasswordManager (named in keyringrc.cfg) answers"


def test_a_keyring_that_answers_is_named(machine: Machine) -> None:
    assert found(machine)["keyring"]["text"] == f"{machine.store.place} answers"


@pytest.mark.parametrize("mistake", ['auth = "tokn"\n', "auth = token\n"], ids=["a wrong word", "no TOML"])
def test_no_secret_is_called_unused_while_the_configuration_cannot_be_read(machine: Machine, mistake: str) -> None:
    """Its advice would delete the secret of the profile with the typo."""
    machine.has_profiles("lab", secret_store="file")
    FileStore(machine.folders.state / "secrets.json").set("lab", Secret(TOKEN))
    with machine.folders.config_file.open("a") as file:
        file.write(f"[profiles.other]\n{mistake}")
    machine.store = BrokenStore()
    machine.omstui("doctor", "--offline")
    assert "logout" not in machine.out
    assert "no profile" not in machine.out
    assert "which profiles use them is not known before config.toml can be read" in machine.out
    assert "whether a profile needs one is not known" in machine.out


@pytest.mark.parametrize(
    ("right", "mistyped"),
    [("[profiles.lab]", "[profile.lab]"), ("secret_store =", "secret_stor =")],
    ids=["a table", "a key"],
)
def test_no_secret_is_called_unused_while_the_configuration_holds_an_unknown_name(
    machine: Machine, right: str, mistyped: str
) -> None:
    """It may be the mistyped name of what uses the secret, and the advice would delete it."""
    machine.has_profiles("lab", secret_store="file")
    FileStore(machine.folders.state / "secrets.json").set("lab", Secret(TOKEN))
    path = machine.folders.config_file
    path.write_text(path.read_text().replace(right, mistyped))
    machine.omstui("doctor", "--offline", "--json")
    told = [one for one in json.loads(machine.out)["findings"] if one["check"].partition(".")[0] != "terminal"]
    advice = [one["next"] for one in told if one["next"]]
    assert not [one for one in advice if "logout" in one or "omstui login" in one]
    secrets = next(one for one in told if one["check"] == "secrets.file")
    assert secrets["next"] == f"correct {path} with an editor, then omstui doctor again"


def test_a_secret_of_another_profile_is_not_called_unused(machine: Machine) -> None:
    machine.has_profiles("lab", "prod", secret_store="file")
    FileStore(machine.folders.state / "secrets.json").set("lab", Secret(TOKEN))
    machine.omstui("doctor", "--offline", "--profile", "prod")
    assert "logout" not in machine.out


def test_each_mistake_in_the_configuration_is_a_finding_with_its_line(machine: Machine) -> None:
    write(
        machine.folders.config_file, 'interval = "5"\n\n[profiles.lab]\nproject_id = "p"\nregion = 3\ncolor = "pink"\n'
    )
    machine.omstui("doctor", "--offline", "--json")
    found = [one["text"] for one in json.loads(machine.out)["findings"] if one["check"] == "config.file"]
    places = [text.removeprefix(f"{machine.folders.config_file}, ")[:16] for text in found]
    assert places == ["line 1: interval", "line 5: region i", "line 6: color in"]


def test_a_keyring_that_nobody_needs_is_not_missed(machine: Machine) -> None:
    machine.has_profiles("lab", secret_store="file")
    FileStore(machine.folders.state / "secrets.json").set("lab", Secret(TOKEN))
    machine.store = BrokenStore()
    checks = found(machine)
    assert checks["keyring"]["level"] == "ok"
    assert checks["secrets.file"]["level"] == "warning"
    assert checks["code"] == 0


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ({"secret_store": "keyring"}, {"lab": "omstui logout lab, then omstui login lab", "old": "omstui logout old"}),
        ({"secret_store": "file", "auth": "command", "token_command": ("true",)}, {"lab": "omstui logout lab, then"}),
        ({"secret_store": "file"}, {"old": "omstui logout old"}),
    ],
)
def test_plaintext_that_no_profile_uses_any_more_is_told_as_long_as_it_is_there(
    machine: Machine, facts: dict[str, Any], left: dict[str, str]
) -> None:
    """A line taken out of the configuration by hand leaves the secret where it was."""
    machine.has_profiles("lab", **facts)
    store = FileStore(machine.folders.state / "secrets.json")
    for name in {"lab", *left}:
        store.set(name, Secret(TOKEN))
        note_expiry(store, name, Secret(TOKEN), machine.clock.now())
    assert machine.omstui("doctor", "--offline", "--json") == 0
    told = [one for one in json.loads(machine.out)["findings"] if "is still kept unencrypted" in one["text"]]
    assert [(one["check"], one["level"]) for one in told] == [("secrets.file", "warning")] * len(left)
    for one, (name, advice) in zip(told, left.items(), strict=True):
        assert one["text"].startswith(f"a secret of {name} is")
        assert one["next"].startswith(advice)
    for name in left:
        assert machine.omstui("logout", name) == 0
    assert machine.omstui("doctor", "--offline") == 0
    assert "is still kept" not in machine.out
    assert bool(store.accounts()) == (facts == {"secret_store": "file"})


def test_a_plain_file_that_is_none_of_ours_is_told(machine: Machine) -> None:
    path = machine.folders.state / "secrets.json"
    write(path, "{")
    path.chmod(0o600)
    finding = found(machine)["secrets.file"]
    assert (finding["level"], "it is not as omstui writes it" in finding["text"]) == ("warning", True)


def test_the_kernels_keyring_is_looked_at_where_a_profile_names_it(machine: Machine) -> None:
    """The machine's own, which containers may forbid."""
    assert "secrets.kernel" not in found(machine)
    machine.has_profiles("lab", secret_store="kernel")
    finding = found(machine)["secrets.kernel"]
    assert finding["level"] == "ok" or (finding["level"] == "error" and "omstui login lab" in finding["next"])


def test_hostile_text_reaches_no_terminal(machine: Machine) -> None:
    """The machine of the tests looks for escapes in all that is printed."""
    machine.environ |= {"TERM": HOSTILE, f"OMSTUI_{HOSTILE}": "x"}
    machine.answer = refusal(403, "OMS.0206", HOSTILE, HOSTILE)
    assert machine.omstui("doctor") == 3


def test_the_schema_is_printed_without_looking(machine: Machine) -> None:
    assert machine.omstui("doctor", "--schema") == 0
    assert json.loads(machine.out) == schema()
    assert machine.requests == []


def test_a_mute_keyring_does_not_hold_it_up(tmp_path: Path) -> None:
    """A real bus with a Secret Service that answers nothing: five seconds, as on the screen, and a way on."""
    with mute_service(tmp_path) as environment:
        write(tmp_path / ".config/omstui/config.toml", '[profiles.lab]\nregion = "cn-north-4"\nproject_id = "p"\n')
        command = [sys.executable, "-m", "omstui", "doctor", "--offline"]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 3
    assert "the keyring does not answer; lab would keep a secret there" in run.stdout
    assert "next: unlock the keyring" in run.stdout


@pytest.mark.skipif(shutil.which("tmux") is None and not os.environ.get("CI"), reason="not installed: tmux")
def test_a_real_tmux_is_asked_for_its_options(machine: Machine) -> None:
    # A path of its own: sockets have short names.
    tmux = ["tmux", "-L", f"omstui-doctor-{os.getpid()}", "-f", os.devnull]
    environ = {name: value for name, value in os.environ.items() if name != "TMUX"}
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], env=environ, check=True)
    try:
        asked = [*tmux, "display-message", "-p", "#{socket_path},#{pid},0"]
        machine.environ["TMUX"] = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        machine.environ["PATH"] = os.environ["PATH"]
        subprocess.run([*tmux, "set", "-g", "focus-events", "off"], check=True)
        finding = found(machine)["terminal.tmux.focus-events"]
        assert finding["level"] == "warning"
        assert finding["next"].startswith("tmux set -g focus-events on ")
        subprocess.run([*tmux, "set", "-g", "focus-events", "on"], check=True)
        assert found(machine)["terminal.tmux.focus-events"]["level"] == "ok"
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


@contextmanager
def stdin_holding(keys: bytes) -> Iterator[None]:
    """Let what is started read this from stdin, where the tests' own one is empty."""
    reading, writing = os.pipe()
    os.write(writing, keys)
    os.close(writing)
    before = os.dup(0)
    os.dup2(reading, 0)
    os.close(reading)
    try:
        yield
    finally:
        os.dup2(before, 0)
        os.close(before)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at sessions by /proc")
def test_what_is_called_tmux_gets_neither_keys_nor_the_terminal(machine: Machine, tmp_path: Path) -> None:
    """Whatever stands in PATH under this name: it reads nothing, and has a session of its own."""
    noted = tmp_path / "noted"
    write(tmp_path / "bin/tmux", f'#!/bin/sh\nset -- $(cat /proc/$$/stat)\necho "$(($6 == $$))<$(cat)>" >>{noted}\n')
    (tmp_path / "bin/tmux").chmod(0o755)
    machine.environ |= {"TMUX": "/nowhere,1,0", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    with stdin_holding(b"keys"):
        found(machine, "--offline")
    assert set(noted.read_text().splitlines()) == {"1<>"}


def test_the_demo_s_profiles_are_looked_at_and_nothing_of_the_user_s(
    tmp_path: Path, stepped_clock: SteppedClock
) -> None:
    """Its trouble is the demo's: one token has expired, and one task is gone."""
    machine = Machine(tmp_path, stepped_clock, store=BrokenStore())
    machine.environ |= {"OMSTUI_TOKEN": "t\u00f6ken", "HTTPS_PROXY": "nonsense://"}
    machine.folders.config.mkdir(parents=True)
    machine.folders.config_file.write_text("not TOML")
    before = sorted(tmp_path.rglob("*"))
    assert machine.omstui("doctor", "--demo", "--json") == 3
    found = {(one["profile"], one["check"]): one["level"] for one in json.loads(machine.out)["findings"]}
    assert found["prod-bj4", "credential"] == "ok"
    assert found["dr-sg", "credential"] == "error"
    assert found["lab-gy", "permission.get"] == "warning"
    assert {check.partition(".")[0] for profile, check in found if profile is None} == {"terminal"}
    assert machine.requests == []
    assert sorted(tmp_path.rglob("*")) == before
    assert "All of this is pretended" in machine.err
    assert machine.omstui("doctor", "--demo", "--profile", "prod-bj4") == 0
    assert machine.omstui("doctor", "--demo", "--profile", "none") == 2


def test_an_endpoint_s_error_is_told_once_and_named_for_the_other_profiles(machine: Machine) -> None:
    machine.has_profiles("prod")
    machine.store.set("prod", Secret(TOKEN))
    machine.answer = unreachable
    assert machine.omstui("doctor") == 3
    told = [line.strip() for line in machine.out.splitlines() if "endpoint: " in line]
    assert len(told) == 2
    assert told[1] == "error    endpoint: the same as for profile lab"
    assert "omstui login prod --region R" in machine.out
