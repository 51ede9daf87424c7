"""`omstui login` by every way to sign in, over real sockets: what is sent how often, what is kept, what is said."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from omstui.backend.runtime.clock import SystemClock
from omstui.backend.secrets.calls import StoreError, StoreErrorKind
from omstui.backend.secrets.file import FileStore
from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import MemoryStore
from omstui.demo.clock import SteppedClock
from tests.backend.iam_server import PROJECT_ID, IamServer
from tests.cli.machine import (
    ACCESS_KEY,
    PASSWORD,
    SECRET_KEY,
    SECURITY_TOKEN,
    TOKEN,
    BrokenStore,
    Machine,
    Terminal,
)
from tests.cli.network import serving


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock, is_online=True)


@pytest.fixture
def server(stepped_clock: SteppedClock) -> Iterator[IamServer]:
    made = IamServer(stepped_clock, life=86_400.0)
    made.users = {("watcher", "ExampleAccount"): PASSWORD}
    made.keys = {ACCESS_KEY: SECRET_KEY}
    with serving(made) as served:
        yield served


def login(
    server: IamServer, auth: str, *more: str, project: tuple[str, str] = ("--project-id", PROJECT_ID)
) -> list[str]:
    place = ["--endpoint", server.url, "--iam-endpoint", server.url]
    return ["login", "lab", *place, *project, "--auth", auth, *more]


BY_NAME = ("--project-name", "cn-north-4")
USER = ("--user", "watcher", "--domain", "ExampleAccount")


# With a password


@pytest.mark.parametrize("project", [BY_NAME, ("--project-id", PROJECT_ID)])
def test_a_password_is_sent_once_and_kept_and_the_project_is_learned(
    machine: Machine, server: IamServer, project: tuple[str, str]
) -> None:
    argv = login(server, "password", *USER, "--secret-stdin", project=project)
    assert machine.omstui(*argv, stdin=f"{PASSWORD}\n") == 0
    (sign_in,), (question,) = server.sign_ins, server.questions
    assert json.loads(sign_in.body)["auth"]["identity"]["password"]["user"]["name"] == "watcher"
    assert question.path.startswith(f"/v2/{PROJECT_ID}/sync-tasks/")
    assert len(server.requests) == 2
    profile = machine.config.load().profiles["lab"]
    assert (profile.project_id, profile.user, profile.domain) == (PROJECT_ID, "watcher", "ExampleAccount")
    assert profile.project_name == ("cn-north-4" if project is BY_NAME else None)
    assert machine.stored() == PASSWORD
    assert "its password is in the memory" in machine.err
    assert "The present token is valid until 2026-11-23 09:40 UTC+00:00, 24 h; omstui gets the next one" in machine.err


def test_a_password_may_begin_and_end_with_blanks(machine: Machine, server: IamServer) -> None:
    server.users = {("watcher", "ExampleAccount"): f" {PASSWORD} "}
    assert machine.omstui(*login(server, "password", *USER, "--secret-stdin"), stdin=f" {PASSWORD} \r\n") == 0
    assert machine.stored() == f" {PASSWORD} "


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_refused_password_is_not_sent_again_and_nothing_changes(
    machine: Machine, server: IamServer, is_locked: bool
) -> None:
    machine.has_profiles("lab", auth="password", user="watcher", domain="ExampleAccount")
    machine.store.set("lab", Secret("older"))
    before = machine.folders.config_file.read_text()
    server.is_locked, server.users = is_locked, {}
    assert machine.omstui(*login(server, "password", "--secret-stdin"), stdin=PASSWORD) == 3
    assert len(server.requests) == 1
    assert machine.stored() == "older"
    assert machine.folders.config_file.read_text() == before
    words = "The user watcher is locked" if is_locked else "refuses the user watcher of the account ExampleAccount"
    assert words in machine.err
    assert "nothing is changed. The password was sent once, and is not sent again by itself" in machine.err
    assert "omstui login lab" in machine.err


def test_a_person_is_asked_for_all_that_a_password_needs(machine: Machine, server: IamServer) -> None:
    machine.secret = PASSWORD
    answers = Terminal(f"{server.url}\n{PROJECT_ID}\nwatcher\n\nExampleAccount\n{server.url}\n")
    assert machine.omstui("login", "lab", "--auth", "password", stdin=answers) == 0
    assert machine.prompts == ["Password of watcher in ExampleAccount (it is not shown): "]
    assert "the account name is empty" in machine.err
    assert machine.config.load().profiles["lab"].iam_endpoint == server.url
    assert len(server.sign_ins) == 1


# With access keys


@pytest.mark.parametrize("security_token", [None, SECURITY_TOKEN])
@pytest.mark.parametrize("project", [BY_NAME, ("--project-id", PROJECT_ID)])
def test_access_keys_sign_what_is_asked(
    machine: Machine, server: IamServer, security_token: str | None, project: tuple[str, str]
) -> None:
    lines = [ACCESS_KEY, SECRET_KEY]
    if security_token is not None:
        server.security_tokens = {ACCESS_KEY: security_token}
        lines.append(security_token)
    argv = login(server, "aksk", "--secret-stdin", project=project)
    assert machine.omstui(*argv, stdin="\r\n".join(lines)) == 0
    assert set(server.answers) == {200}
    (question,) = server.questions
    assert question.headers["x-project-id"] == PROJECT_ID
    assert "x-auth-token" not in question.headers
    assert len(server.requests) == (2 if project is BY_NAME else 1)
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID
    assert machine.stored() == "\n".join(lines)
    assert "its access key is in the memory" in machine.err


@pytest.mark.parametrize(
    ("keys", "ahead", "words"),
    [
        (
            (ACCESS_KEY, "wrong" * 8),
            0,
            "or its signature, and nothing is stored: the secret key does not belong to the",
        ),
        (("UNKNOWN", SECRET_KEY), 0, "nothing is stored: no such access key is known at http://127.0.0.1"),
        ((ACCESS_KEY, SECRET_KEY), 1200, "nothing is stored: This machine's clock is 20 minutes behind the gateway's"),
        ((ACCESS_KEY, SECRET_KEY, "token"), 0, "the service refused the access key or its signature"),
    ],
)
def test_a_refused_signature_is_explained_and_not_repeated(
    machine: Machine, server: IamServer, keys: tuple[str, ...], ahead: float, words: str
) -> None:
    server.date_ahead = ahead
    assert machine.omstui(*login(server, "aksk", "--secret-stdin"), stdin="\n".join(keys)) == 3
    assert len(server.requests) == 1
    assert words in machine.err
    again = "Check the access key, then: omstui login lab --endpoint http://127.0.0.1:"
    assert again in machine.err
    assert machine.err.endswith(" --secret-stdin\n")
    assert machine.stored() is None
    assert "UNKNOWN" not in machine.err


SDK = {"HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": SECRET_KEY, "HUAWEICLOUD_SDK_PROJECT_ID": PROJECT_ID}


@pytest.mark.parametrize("where", ["environment", "file"])
def test_the_sdks_keys_are_used_and_not_stored(machine: Machine, server: IamServer, where: str) -> None:
    if where == "environment":
        machine.environ |= SDK
    else:
        folder = machine.home / ".huaweicloud"
        folder.mkdir()
        written = f"[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\nproject_id = {PROJECT_ID}\n"
        (folder / "credentials").write_text(written)
    machine.has_profiles("lab", auth="aksk")
    machine.store.set("lab", Secret("older\nkeys"))
    assert machine.omstui(*login(server, "aksk", project=("--zone", "UTC"))) == 0
    assert machine.stored() is None, "an older key would go before those of the SDK"
    place = (
        "the environment (HUAWEICLOUD_SDK_AK)" if where == "environment" else f"{machine.home}/.huaweicloud/credentia"
    )
    assert f". Its access key is in {place}" in machine.err
    assert "and nothing is stored" in machine.err
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["secret"].startswith(place)
    assert machine.omstui("logout") == 0
    assert "is the SDK's and stays" in machine.err


def test_the_sdk_tells_the_project_of_a_new_profile(machine: Machine, server: IamServer) -> None:
    machine.environ |= SDK
    argv = ["login", "lab", "--endpoint", server.url, "--auth", "aksk"]
    assert machine.omstui(*argv) == 0
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID


def test_a_project_named_by_hand_goes_before_the_sdks(machine: Machine, server: IamServer) -> None:
    machine.environ |= {**SDK, "HUAWEICLOUD_SDK_PROJECT_ID": "another"}
    assert machine.omstui(*login(server, "aksk", project=BY_NAME)) == 0
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID
    assert server.questions[0].headers["x-project-id"] == PROJECT_ID


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ([ACCESS_KEY, SECRET_KEY, ""], f"{ACCESS_KEY}\n{SECRET_KEY}"),
        ([f" {ACCESS_KEY} ", f" {SECRET_KEY}\n", " "], f"{ACCESS_KEY}\n{SECRET_KEY}"),
        ([f"{ACCESS_KEY}\n{SECRET_KEY}"], f"{ACCESS_KEY}\n{SECRET_KEY}"),
        ([""], None),
    ],
    ids=["one by one", "with blanks", "pasted at once", "those of the SDK"],
)
def test_a_person_gives_keys_or_takes_the_sdks(
    machine: Machine, server: IamServer, typed: list[str], stored: str | None
) -> None:
    machine.environ |= SDK
    machine.typed = typed
    assert machine.omstui(*login(server, "aksk"), stdin=Terminal()) == 0
    assert machine.prompts[0] == (
        "Access key for profile lab (it is not shown; "
        "enter alone takes the one of the environment (HUAWEICLOUD_SDK_AK)): "
    )
    assert machine.stored() == stored


@pytest.mark.parametrize("typed", [[ACCESS_KEY, "", SECRET_KEY], [""], [ACCESS_KEY, "two words", ""]])
def test_half_a_key_is_refused_before_it_is_sent(machine: Machine, server: IamServer, typed: list[str]) -> None:
    machine.typed = typed
    assert machine.omstui(*login(server, "aksk"), stdin=Terminal()) == 2
    assert "nothing is changed" in machine.err
    assert not server.requests
    assert not machine.folders.config_file.exists()


# With a command


def command(machine: Machine, code: str) -> str:
    script = machine.home / "get-token.py"
    script.write_text(code)
    return f'"{sys.executable}" "{script}"'


@pytest.mark.parametrize("project", [BY_NAME, ("--project-id", PROJECT_ID)])
def test_a_commands_token_is_used_and_not_stored(machine: Machine, server: IamServer, project: tuple[str, str]) -> None:
    token = server.issue()
    line = command(machine, f"print({token!r})")
    assert machine.omstui(*login(server, "command", "--token-command", line, project=project)) == 0
    (question,) = server.questions
    assert question.headers["x-auth-token"] == token
    profile = machine.config.load().profiles["lab"]
    assert profile.token_command == (sys.executable, str(machine.home / "get-token.py"))
    assert profile.project_id == PROJECT_ID
    assert machine.stored() is None
    assert "Its tokens are those of the command, and nothing is stored" in machine.err
    assert "The present token is valid until" in machine.err
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["secret"] == f"command {Path(sys.executable).name}"
    assert machine.omstui("logout") == 0
    assert "goes on being run" in machine.err


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import sys; sys.exit('vault is sealed')",
            "failed with exit code 1; what it wrote to stderr is in the log; nothing is changed.",
        ),
        ("print('')", "prints nothing; nothing is changed."),
        (
            "print('MIIunknown' * 9)",
            "the service refused the token that the command printed, and nothing is stored: it",
        ),
    ],
)
def test_a_command_that_is_no_good_is_explained(machine: Machine, server: IamServer, code: str, words: str) -> None:
    line = command(machine, code)
    assert machine.omstui(*login(server, "command", "--token-command", line)) == 3
    assert words in machine.err
    assert not machine.folders.config_file.exists()


# With a token


def test_the_end_of_a_pasted_token_is_told_and_kept_beside_it(machine: Machine, server: IamServer) -> None:
    token = server.issue(3 * 3600.0)
    assert machine.omstui(*login(server, "token", "--secret-stdin", project=BY_NAME), stdin=token) == 0
    assert "The token is valid until 2026-11-22 12:40 UTC+00:00, 3 h." in machine.err
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["expires_at"] == "2026-11-22T12:40:05Z"
    assert machine.omstui("profiles") == 0
    assert machine.out.endswith("until 2026-11-22T12:40:05Z\n")
    machine.store.set("lab", Secret("another token"))
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["expires_at"] is None, "the note is about the other token"
    assert machine.omstui("logout") == 0
    assert machine.stored() is machine.stored("lab/expires_at") is None


def test_a_token_is_shown_to_no_iam_that_nobody_named(machine: Machine, server: IamServer) -> None:
    token = server.issue()
    argv = ["login", "lab", "--endpoint", server.url, "--project-id", PROJECT_ID, "--secret-stdin"]
    assert machine.omstui(*argv, stdin=token) == 0
    assert [request.path[:4] for request in server.requests] == ["/v2/"]


@pytest.mark.parametrize(
    ("projects", "code", "words"),
    [
        ([], 2, "there is no project named cn-north-4 that this credential may see. Check the name, or: omstui login"),
        (
            [{"id": "p1", "name": "cn-north-4"}, {"id": "p2", "name": "cn-north-4"}, {"id": "p3", "name": "other"}],
            2,
            "2 projects are named cn-north-4: p1, p2. Say which: omstui login lab --endpoint http",
        ),
        (
            [{"id": "a/b", "name": "cn-north-4"}],
            3,
            "could not be looked up, and nothing is changed: What IAM sends is no",
        ),
    ],
)
def test_a_projects_name_must_lead_to_one_id(
    machine: Machine, server: IamServer, projects: list[dict[str, object]], code: int, words: str
) -> None:
    server.projects = projects
    argv = login(server, "token", "--secret-stdin", project=BY_NAME)
    assert machine.omstui(*argv, stdin=server.issue()) == code
    assert words in machine.err
    assert not server.questions
    assert not machine.folders.config_file.exists()
    assert machine.stored() is None


def test_a_project_is_looked_up_by_who_may_not_list_the_accounts(machine: Machine, server: IamServer) -> None:
    server.may_list_projects = False
    assert machine.omstui(*login(server, "token", "--secret-stdin", project=BY_NAME), stdin=server.issue()) == 0
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID


def test_a_name_without_an_iam_is_not_looked_up(machine: Machine, server: IamServer) -> None:
    argv = ["login", "lab", "--endpoint", server.url, *BY_NAME, "--secret-stdin"]
    assert machine.omstui(*argv, stdin=server.issue()) == 2
    assert f"the IAM that belongs to {server.url} is not known" in machine.err
    assert not server.requests


# From one way or store to another


class FullStore(MemoryStore):
    """A keyring that takes nothing more."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        super().set("lab", Secret(secret))

    def set(self, account: str, secret: Secret) -> None:
        raise StoreError(StoreErrorKind.NOT_STORED, "The OS keyring did not keep the secret")


def test_another_way_forgets_the_secret_of_the_last_one_first(machine: Machine, server: IamServer) -> None:
    """What is stored for one way must not be sent as the secret of another."""
    machine.has_profiles("lab")
    machine.store = FullStore("an old token")
    argv = login(server, "password", *USER, "--secret-stdin")
    assert machine.omstui(*argv, stdin=PASSWORD) == 3
    assert machine.config.load().profiles["lab"].auth == "password"
    assert machine.stored() is None
    assert "its password is not stored. The OS keyring did not keep the secret; or choose a command" in machine.err


def test_the_same_way_keeps_the_last_secret_until_the_next_one_stands(machine: Machine, server: IamServer) -> None:
    machine.has_profiles("lab")
    machine.store = FullStore("an old token")
    assert machine.omstui(*login(server, "token", "--secret-stdin"), stdin=server.issue()) == 3
    assert machine.stored() == "an old token"


def test_a_locked_keyring_keeps_a_profile_from_changing_its_way(machine: Machine, server: IamServer) -> None:
    machine.has_profiles("lab")
    before = machine.folders.config_file.read_text()
    machine.store = BrokenStore(StoreErrorKind.LOCKED, "The OS keyring is locked: unlock it")
    assert machine.omstui(*login(server, "password", *USER, "--secret-stdin"), stdin=PASSWORD) == 3
    assert "the token that may be stored for profile lab must go first; nothing is changed. The OS key" in machine.err
    assert "unlock it; or keep the password elsewhere: --secret-store memory, or file" in machine.err
    assert machine.folders.config_file.read_text() == before


@pytest.mark.parametrize(
    ("auth", "options"),
    [("command", ()), ("aksk", ()), ("password", (*USER, "--secret-store", "file", "--secret-stdin"))],
)
def test_a_locked_keyring_does_not_bar_the_ways_that_do_without_it(
    machine: Machine, server: IamServer, auth: str, options: tuple[str, ...]
) -> None:
    machine.has_profiles("lab")
    machine.store = BrokenStore(StoreErrorKind.LOCKED, "The OS keyring is locked: unlock it")
    machine.environ |= SDK
    if auth == "command":
        options = ("--token-command", command(machine, f"print({server.issue()!r})"))
    assert machine.omstui(*login(server, auth, *options), stdin=PASSWORD) == 0
    assert machine.config.load().profiles["lab"].auth == auth
    told = "An older token of profile lab may still be stored. The OS keyring is locked: unlock it."
    assert machine.err.count(told) == 1


def test_what_served_the_last_way_stays_in_the_configuration(machine: Machine, server: IamServer) -> None:
    machine.has_profiles("lab", auth="password", user="u", domain="d")
    assert machine.omstui(*login(server, "token", "--secret-stdin"), stdin=server.issue()) == 0
    profile = machine.config.load().profiles["lab"]
    assert (profile.auth, profile.user, profile.domain) == ("token", "u", "d")


def test_a_plain_file_is_used_by_name_alone_and_says_what_it_is(machine: Machine, server: IamServer) -> None:
    machine.has_profiles("lab", auth="password", user="watcher", domain="ExampleAccount")
    machine.store.set("lab", Secret("older"))
    argv = login(server, "password", "--secret-store", "file", "--secret-stdin")
    assert machine.omstui(*argv, stdin=PASSWORD) == 0
    path = machine.folders.state / "secrets.json"
    assert f"its password is in the plain file {path} (0600)." in machine.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert FileStore(path).get("lab") == Secret(PASSWORD)
    assert machine.stored() is None, "the keyring does not hold an older one any more"
    assert machine.omstui("profiles", "--json") == 0
    (row,) = json.loads(machine.out)
    assert (row["secret_store"], row["secret"]) == ("file", f"plain file {path} (0600)")
    machine.store = BrokenStore()
    assert machine.omstui("logout") == 0
    assert not path.exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (StoreErrorKind.NONE, None),
        (StoreErrorKind.LOCKED, "An older token of profile lab may still be stored. Locked."),
    ],
)
def test_a_store_that_cannot_be_cleared_is_told_of(
    machine: Machine, server: IamServer, fault: StoreErrorKind, words: str | None
) -> None:
    machine.has_profiles("lab")
    machine.store = BrokenStore(fault, "Locked")
    argv = login(server, "token", "--secret-store", "file", "--secret-stdin")
    assert machine.omstui(*argv, stdin=server.issue()) == 0
    assert ("may still be stored" in machine.err) is (words is not None)
    assert (words or "") in machine.err


def test_memory_is_the_screens_and_nothing_is_stored(machine: Machine, server: IamServer) -> None:
    argv = login(server, "password", *USER, "--secret-store", "memory", project=BY_NAME)
    assert machine.omstui(*argv) == 0
    assert "its password is neither checked nor stored: give it inside omstui (T)" in machine.err
    assert not server.requests
    assert machine.config.load().profiles["lab"].project_id == ""
    assert machine.omstui(*argv, "--secret-stdin", stdin=PASSWORD) == 0
    assert "its password is not stored: give it inside omstui (T)" in machine.err
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID
    assert machine.stored() is None
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["secret"] == "memory, until omstui ends"


def test_a_name_cannot_be_looked_up_with_what_is_not_given(machine: Machine, server: IamServer) -> None:
    assert machine.omstui(*login(server, "token", "--secret-store", "memory", project=BY_NAME)) == 2
    assert "cannot be looked up without signing in: omstui login lab --project-id ID" in machine.err
    assert not machine.folders.config_file.exists()


# Real processes


@pytest.mark.parametrize("way", ["token", "password", "aksk", "temporary aksk"])
@pytest.mark.parametrize("store", ["file", "keyring"])
def test_a_real_process_reads_its_secret_from_a_pipe_and_tells_nobody(tmp_path: Path, way: str, store: str) -> None:
    served = IamServer(SystemClock(), users={("watcher", "ExampleAccount"): PASSWORD}, keys={ACCESS_KEY: SECRET_KEY})
    parts = {
        "token": [served.issue()],
        "password": [PASSWORD],
        "aksk": [ACCESS_KEY, SECRET_KEY],
        "temporary aksk": [ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN],
    }[way]
    served.security_tokens = {ACCESS_KEY: SECURITY_TOKEN} if len(parts) == 3 else {}
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    with serving(served):
        options = (*(USER if way == "password" else ()), "--secret-store", store, "--secret-stdin")
        argv = [sys.executable, "-m", "omstui", *login(served, way.removeprefix("temporary "), *options)]
        done = subprocess.run(
            argv, input="\n".join(parts), env=environ, capture_output=True, text=True, timeout=60, check=False
        )
    assert set(served.answers) <= {200, 201}
    assert done.returncode == (0 if store == "file" else 3), done.stderr
    why = "PYTHON_KEYRING_BACKEND is set to keyring.backends.fail.Keyring, and this machine has no keyring. Unset it,"
    assert (f"{why} or choose a command that prints" in done.stderr) is (store == "keyring")
    kept = list(tmp_path.rglob("secrets.json"))
    told = [path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path not in kept]
    assert told, "there is a config.toml"
    assert not [part for part in parts if part in done.stdout + done.stderr + "".join(told)]
    assert len(kept) == (store == "file")
    assert all(part in path.read_text() for path in kept for part in parts)


# With access keys from a command or an agency


@pytest.mark.parametrize("project", [BY_NAME, ("--project-id", PROJECT_ID)])
def test_a_key_commands_keys_sign_and_are_not_stored(
    machine: Machine, server: IamServer, project: tuple[str, str]
) -> None:
    machine.has_profiles("lab", auth="aksk")
    machine.store.set("lab", Secret("older\nkeys"))
    server.security_tokens = {ACCESS_KEY: SECURITY_TOKEN}
    printed = {"access": ACCESS_KEY, "secret": SECRET_KEY, "securitytoken": SECURITY_TOKEN}
    printed["expires_at"] = "2026-11-22T10:40:05Z"
    line = command(machine, f"print({json.dumps({'credential': printed})!r})")
    assert machine.omstui(*login(server, "aksk", "--key-command", line, project=project)) == 0
    assert set(server.answers) == {200}
    (question,) = server.questions
    assert question.headers["x-security-token"] == SECURITY_TOKEN
    profile = machine.config.load().profiles["lab"]
    assert profile.key_command == (sys.executable, str(machine.home / "get-token.py"))
    assert machine.stored() is None, "an older key is of no use any more"
    assert "Its access keys are those of the command, and nothing is stored" in machine.err
    assert "The present access keys are valid until 2026-11-22 10:40 UTC+00:00, 60 min;" in machine.err
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["secret"] == f"command {Path(sys.executable).name}"
    assert machine.omstui("doctor") == 0
    assert "accepted, from key command" in machine.out
    assert machine.omstui("logout") == 0
    assert "Its key command goes on being run for access keys" in machine.err


def test_a_command_is_given_the_secrets_that_are_named(machine: Machine, server: IamServer) -> None:
    machine.environ |= {"HW_SECRET_KEY": SECRET_KEY, "HW_ACCESS_KEY": ACCESS_KEY}
    keys = "{'access': os.environ['HW_ACCESS_KEY'], 'secret': os.environ['HW_SECRET_KEY']}"
    code = f"import json, os; print(json.dumps({keys}))"
    argv = login(server, "aksk", "--key-command", command(machine, code))
    assert machine.omstui(*argv) == 3
    assert "it was not given HW_ACCESS_KEY, HW_SECRET_KEY (login --command-env gives them)" in machine.err
    assert machine.omstui(*argv, "--command-env", "HW_SECRET_KEY, HW_ACCESS_KEY") == 0
    assert machine.config.load().profiles["lab"].command_env == ("HW_SECRET_KEY", "HW_ACCESS_KEY")
    assert machine.omstui("doctor") == 0


def test_a_key_command_takes_no_secret(machine: Machine, server: IamServer) -> None:
    machine.has_profiles("lab", auth="aksk", key_command=("get-keys",))
    assert machine.omstui("login", "lab", "--secret-stdin", stdin=f"{ACCESS_KEY}\n{SECRET_KEY}") == 2
    assert "a key command needs no secret: leave --secret-stdin out, or key_command out of config.toml" in machine.err
    assert not server.requests


def test_a_key_command_that_prints_no_keys_is_explained(machine: Machine, server: IamServer) -> None:
    line = command(machine, f"print({SECRET_KEY!r})")
    assert machine.omstui(*login(server, "aksk", "--key-command", line)) == 3
    assert "prints are no access keys: it is not JSON; nothing is changed. Check it, or give another:" in machine.err
    assert machine.err.rstrip().endswith('omstui login lab --key-command "..."') or "--key-command" in machine.err
    assert not machine.folders.config_file.exists()


def agency(has_agency: bool) -> Callable[[httpx.Request], httpx.Response]:
    """Answer as a server's metadata service and as an OMS that takes its keys."""

    def answer(request: httpx.Request) -> httpx.Response:
        match request.method, request.url.host, request.url.path:
            case "PUT", "169.254.169.254", "/meta-data/latest/api/token":
                return httpx.Response(200, text="a-session")
            case "GET", "169.254.169.254", "/openstack/latest/securitykey":
                keys = {"access": ACCESS_KEY, "secret": SECRET_KEY, "securitytoken": SECURITY_TOKEN}
                keys["expires_at"] = "2026-11-23T09:40:05.000000Z"
                return httpx.Response(200, json={"credential": keys}) if has_agency else httpx.Response(404)
        return httpx.Response(200, json={"status": "STOPPED"})

    return answer


ECS = ("login", "lab", "--region", "cn-north-4", "--project-id", PROJECT_ID, "--auth", "ecs")


def test_a_servers_agency_signs_and_nothing_is_stored(machine: Machine) -> None:
    machine.is_online, machine.answer = False, agency(has_agency=True)
    assert machine.omstui(*ECS) == 0
    session, keys, question = machine.requests
    assert session.headers["x-metadata-token-ttl-seconds"] == "21600"
    assert keys.headers["x-metadata-token"] == "a-session"
    assert question.url.host == "oms.cn-north-4.myhuaweicloud.com"
    assert question.headers["x-security-token"] == SECURITY_TOKEN
    assert question.headers["x-project-id"] == PROJECT_ID
    assert "Its access keys are those of this server's agency, and nothing is stored" in machine.err
    assert "The present access keys are valid until 2026-11-23 17:40 UTC+08:00" in machine.err
    assert machine.stored() is None
    assert machine.config.load().profiles["lab"].auth == "ecs"
    assert machine.omstui("profiles", "--json") == 0
    assert json.loads(machine.out)[0]["secret"] == "this server's agency"
    machine.omstui("doctor")
    assert "accepted, from this server's agency" in machine.out
    assert machine.omstui("logout") == 0
    assert "The agency of this server goes on giving it access keys" in machine.err


def test_a_server_without_an_agency_is_told_what_to_set(machine: Machine) -> None:
    machine.is_online, machine.answer = False, agency(has_agency=False)
    assert machine.omstui(*ECS) == 3
    assert "This server has no agency that gives it access keys: set one for the server in the ECS" in machine.err
    again = f"omstui login lab --region cn-north-4 --project-id {PROJECT_ID} --auth aksk"
    assert f"Elsewhere sign in another way: {again}" in machine.err
    assert not machine.folders.config_file.exists()


def test_an_agency_takes_no_secret(machine: Machine) -> None:
    assert machine.omstui(*ECS, "--secret-stdin", stdin=TOKEN) == 2
    assert "a server's agency needs no secret: leave --secret-stdin out; nothing is changed" in machine.err


# Where the SDK's variables say that IAM and OMS are


def test_the_sdks_variables_lead_to_iam_and_to_a_regions_oms(machine: Machine, server: IamServer) -> None:
    machine.environ["HUAWEICLOUD_SDK_IAM_ENDPOINT"] = server.url
    machine.environ["HUAWEICLOUD_SDK_REGION_OMS_CN_NORTH_4"] = f"{server.url},https://second.example"
    argv = ["login", "lab", "--region", "cn-north-4", *BY_NAME, "--auth", "password", *USER, "--secret-stdin"]
    assert machine.omstui(*argv, stdin=PASSWORD) == 0
    assert (len(server.sign_ins), len(server.questions)) == (1, 1)
    assert server.url not in machine.folders.config_file.read_text()
    assert machine.omstui("doctor") == 0
    assert f"HUAWEICLOUD_SDK_IAM_ENDPOINT is in force: IAM is asked at {server.url}, unless a profile" in machine.out
    assert f"OMS_CN_NORTH_4 is in force: OMS in cn-north-4 is asked at {server.url},https://second" in machine.out
    assert f"{server.url} answers" in machine.out


def test_the_sdks_file_says_where_iam_is_unless_the_profile_does(machine: Machine, server: IamServer) -> None:
    folder = machine.home / ".huaweicloud"
    folder.mkdir()
    written = f"[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\niam_endpoint = {server.url}\n"
    (folder / "credentials").write_text(written)
    machine.environ["HUAWEICLOUD_SDK_IAM_ENDPOINT"] = "http://127.0.0.1:9"
    argv = ["login", "lab", "--endpoint", server.url, *BY_NAME, "--auth", "aksk"]
    assert machine.omstui(*argv) == 0
    assert machine.config.load().profiles["lab"].project_id == PROJECT_ID
    assert machine.omstui(*argv, "--iam-endpoint", "http://127.0.0.1:9") == 3
