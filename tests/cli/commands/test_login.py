"""`omstui login` checks first, then keeps, and explains each answer."""

import hashlib
import shlex
import sys
import threading
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from omstui.backend.secrets.secret import Secret
from omstui.backend.secrets.store import KeyringStore, MemoryStore
from omstui.cli.arguments import parse
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.cli.machine import (
    ACCESS_KEY,
    ID,
    NO_TASK,
    NORTH,
    PASSWORD,
    SECRET_KEY,
    TOKEN,
    Machine,
    Terminal,
    error,
    task,
    unreachable,
)


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


FOREIGN: list[Callable[[httpx.Request], httpx.Response]] = [
    lambda _: httpx.Response(404, html="<html>Not Found</html>"),
    lambda _: httpx.Response(403, html="<html>Blocked</html>"),
    lambda _: httpx.Response(401, html="<html>Sign in</html>"),
    lambda _: httpx.Response(404, json={"error": {"code": 404, "message": "Not found", "title": "Not Found"}}),
    lambda _: httpx.Response(404, text="<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"),
    lambda _: httpx.Response(404),
    error(404, "404", "nginx"),
    error(404, "NoSuchKey"),
]
"""What a proxy, a portal, IAM, a web server, another gateway and a store answer."""

LOGIN = ["login", "lab", "--region", "cn-north-4", "--project-id", "p1"]
PASSWORD_WAY = ["--auth", "password", "--user", "u", "--domain", "d"]
COMMAND_WAY = ["--auth", "command", "--token-command", "get-token"]


def test_login_checks_with_one_get_and_keeps_profile_and_secret(machine: Machine) -> None:
    machine.answer = error(404, "OMS.1009")
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=f"X-Auth-Token: {TOKEN[:100]}\n{TOKEN[100:]}\n") == 0
    (request,) = machine.requests
    assert request.method == "GET"
    assert str(request.url) == (
        f"{NORTH}/v2/p1/sync-tasks/{NO_TASK}?query_time={round(machine.clock.now().timestamp() * 1000)}"
    )
    assert request.headers["X-Auth-Token"] == TOKEN
    profile = machine.config.load().profiles["lab"]
    assert profile == Profile(
        "lab",
        NORTH,
        "p1",
        region="cn-north-4",
        zone=timezone(timedelta(hours=8)),
    )
    assert machine.store.get("lab") == Secret(TOKEN)
    assert TOKEN not in machine.folders.config_file.read_text()
    assert machine.out == ""
    told = f"Read {len(TOKEN)} characters, sha256 {hashlib.sha256(TOKEN.encode()).hexdigest()[:8]}…; asking the service"
    assert told in machine.err
    assert "Next: omstui add ID --profile lab" in machine.err


def test_what_does_not_look_like_a_project_id_is_warned_of_once_and_taken(machine: Machine) -> None:
    warning = "The project id does not look like one, which has 32 hex digits: compare it with My Credentials"
    assert machine.omstui(*LOGIN[:-1], "short", "--secret-stdin", stdin=TOKEN) == 0
    assert warning in machine.err
    assert machine.config.load().profiles["lab"].project_id == "short"
    assert machine.omstui(*LOGIN[:-1], "short", "--secret-stdin", stdin=TOKEN) == 0
    assert warning not in machine.err
    assert machine.omstui(*LOGIN[:-1], "0" * 32, "--secret-stdin", stdin=TOKEN) == 0
    assert warning not in machine.err


def test_login_checks_with_a_watched_task_where_there_is_one(machine: Machine) -> None:
    machine.watches(task(1, "prod"), task(2, "lab"))
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 0
    assert machine.requests[0].url.path.endswith(ID.format(2))
    assert machine.err.endswith("Next: omstui\n")


def test_login_asks_for_what_is_missing_until_the_answers_will_do(machine: Machine) -> None:
    answers = Terminal("a.b\nhttp://example.com\nhttp://127.0.0.1:9\n\na/b\np7\n")
    assert machine.omstui("login", stdin=answers) == 0
    profile = machine.config.load().profiles["default"]
    assert (profile.endpoint, profile.region, profile.project_id) == ("http://127.0.0.1:9", None, "p7")
    assert machine.prompts == ["Token for profile default (it is not shown): "]
    assert machine.store.get("default") == Secret(TOKEN)
    assert "'a.b' is not a region: write it as cn-north-4" in machine.err
    assert "use https (http is for loopback only)" in machine.err
    assert "the project id is empty" in machine.err
    assert "'a/b' is not a project id" in machine.err


def test_an_endless_question_ends_with_the_input(machine: Machine) -> None:
    assert machine.omstui("login", stdin=Terminal("cn-north-4\n")) == 2
    assert "nothing was entered" in machine.err
    assert not machine.folders.config_file.exists()


def test_login_renews_a_known_profile_without_asking_for_more_than_the_secret(machine: Machine) -> None:
    machine.config.put_profile(Profile("lab", "https://oms.example.com/x", "p1"), "America/Santiago")
    before = machine.folders.config_file.read_text()
    assert machine.omstui("login", "lab", stdin=Terminal("")) == 0
    assert str(machine.requests[0].url).startswith("https://oms.example.com/x/v2/p1/")
    assert machine.folders.config_file.read_text() == before
    assert machine.store.get("lab") == Secret(TOKEN)


def test_login_changes_only_what_is_given(machine: Machine) -> None:
    machine.config.put_profile(Profile("lab", "https://oms.example.com", "p1"), "America/Santiago")
    assert machine.omstui("login", "lab", "--project-id", "p2", "--secret-stdin", stdin=TOKEN) == 0
    assert 'zone = "America/Santiago"' in machine.folders.config_file.read_text()
    assert machine.omstui("login", "lab", "--zone", "UTC", "--secret-stdin", stdin=TOKEN) == 0
    profile = machine.config.load().profiles["lab"]
    assert (profile.endpoint, profile.project_id, str(profile.zone)) == ("https://oms.example.com", "p2", "UTC")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["login", *LOGIN[2:]], "pipe it into omstui login default --secret-stdin"),
        ([*LOGIN, "--secret-stdin"], "the token is empty; nothing is changed"),
        (["login", "a b"], "argument PROFILE: 'a b' is not a profile name"),
        (["login", "--region", "evil.com/"], "argument --region: 'evil.com/' is not a region"),
        (["login", "--endpoint", "http://oms.example.com"], "argument --endpoint: the endpoint"),
        (["login", "--endpoint", "https://a", "--region", "b"], "not allowed with argument"),
        (["login", "--project-id", "a/b"], "argument --project-id: 'a/b' is not a project id"),
        (["login", "--zone", "Moon"], "argument --zone: 'Moon' is not a time zone"),
        (["login", "--iam-endpoint", "http://iam.example"], "argument --iam-endpoint: the IAM endpoint 'http://iam"),
        (
            ["login", "--project-id", "p", "--project-name", "n"],
            "--project-name: not allowed with argument --project-id",
        ),
        (["login", "--user", " "], "argument --user: the user name is empty"),
        (["login", "--domain", "a\nb"], "argument --domain: the account name cannot be one"),
        (["login", "--project-name", ""], "argument --project-name: the project name is empty"),
        (["login", "--token-command", "a 'b"], "argument --token-command: this is not a command: no closing quotation"),
        (["login", "--token-command", " "], "argument --token-command: this is not a command: it names no program"),
        (["login", "--secret-store", "cloud"], "invalid choice: 'cloud'"),
        ([*LOGIN, "--auth", "aksk", "--secret-stdin"], "access keys are given as two or three lines"),
        (
            [*LOGIN, "--auth", "aksk"],
            "no file HOME/.huaweicloud/credentials, and there is no terminal to ask for the access key: pipe it into",
        ),
        ([*LOGIN, *PASSWORD_WAY], "there is no terminal to ask for the password: pipe it into omstui login lab --s"),
        ([*LOGIN, *PASSWORD_WAY, "--secret-stdin"], "the password is empty; nothing is changed"),
        ([*LOGIN, *COMMAND_WAY, "--secret-stdin"], "a token command needs no secret: leave --secret-stdin out"),
        (["login", "--auth", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_login_without_a_terminal_names_what_is_missing_or_wrong(machine: Machine, argv: list[str], words: str) -> None:
    assert machine.omstui(*argv) == 2
    assert words.replace("HOME", str(machine.home)) in machine.err
    assert not machine.requests
    assert not machine.iam_requests
    assert not machine.folders.config_file.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\ntwo", "the password must stand on one line, without characters that cannot be printed"),
        ("a\x00b", "the password must stand on one line, without characters that cannot be printed"),
        ("x" * 1025, "the password has 1,025 characters, at most 1,024 are possible"),
    ],
)
def test_what_is_no_password_is_sent_to_nobody(machine: Machine, text: str, words: str) -> None:
    assert machine.omstui(*LOGIN, *PASSWORD_WAY, "--secret-stdin", stdin=text) == 2
    assert f"{words}; nothing is changed" in machine.err
    assert not machine.iam_requests


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://oms.cn-north-4.myhuaweicloud.com", "iam.cn-north-4.myhuaweicloud.com"),
        ("https://oms.ap-southeast-5.myhuaweicloud.com", "iam.myhuaweicloud.com"),
        ("https://oms.eu-west-101.myhuaweicloud.eu", "iam.eu-west-101.myhuaweicloud.eu"),
        ("https://oms.example", None),
    ],
)
def test_when_a_token_ends_is_asked_of_the_regions_iam_and_may_stay_unknown(
    machine: Machine, endpoint: str, host: str | None
) -> None:
    machine.iam_answer = unreachable
    argv = ["login", "lab", "--endpoint", endpoint, "--project-id", "p1", "--secret-stdin"]
    assert machine.omstui(*argv, stdin=TOKEN) == 0
    assert {request.url.host for request in machine.iam_requests} == ({host} if host is not None else set())
    assert {request.headers["X-Subject-Token"] for request in machine.iam_requests} <= {TOKEN}
    assert "valid until" not in machine.err


def test_a_refused_token_is_not_taken_to_iam(machine: Machine) -> None:
    machine.answer = error(401, "APIGW.0301")
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 3
    assert not machine.iam_requests


@pytest.mark.parametrize(
    ("answer", "code", "is_kept", "words"),
    [
        (error(404, "OMS.1009"), 0, True, "its token is in the memory"),
        (error(400, "OMS.1009"), 0, True, "its token is in the memory"),
        (error(404, ""), 3, False, "nothing is stored: It cannot be told who answers at "),
        (error(403, "IAM.0003"), 3, False, "nothing is stored: It cannot be told who answers at "),
        (error(400, "OMS.0064"), 0, True, "found fault with the request: no (OMS.0064, request abc)"),
        (error(403, "OMS.0206"), 3, True, "may not look at tasks: no (OMS.0206, request abc). Ask the administrator"),
        (
            error(401, "APIGW.0301", "token expires"),
            3,
            False,
            "refused the token, and nothing is stored: it has expired. It says: token expires (APIGW.0301, request",
        ),
        (error(404, "APIGW.0101"), 3, False, "this is not an OMS endpoint, and nothing is stored: no (APIGW.0101"),
        (unreachable, 3, False, "could not be checked, and nothing is stored: "),
        (error(429, "APIGW.0308"), 3, False, "could not be checked, and nothing is stored: no (APIGW.0308"),
        (error(500, "OMS.1001"), 3, False, "could not be checked, and nothing is stored: no (OMS.1001"),
        (error(503, "OMS.0001"), 3, False, "could not be checked, and nothing is stored: no (OMS.0001"),
        *(
            (answer, 3, False, f"nothing is stored: Somebody else answers at {NORTH.removeprefix('https://')} (a proxy")
            for answer in FOREIGN
        ),
        (error(400, "APIGW.0106"), 3, False, "could not be checked"),
        (lambda _: httpx.Response(200, text="<html>"), 3, False, "could not be checked, and nothing is stored: "),
        (
            lambda _: httpx.Response(302, headers={"Location": "https://a"}),
            3,
            False,
            "(a proxy, a portal, a wrong host): a redirect (302)",
        ),
    ],
)
def test_each_answer_to_the_check_is_explained(
    machine: Machine, answer: Callable[[httpx.Request], httpx.Response], code: int, is_kept: bool, words: str
) -> None:
    machine.answer = answer
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == code
    assert words in machine.err
    assert "omstui" in machine.err.splitlines()[-1]
    assert (machine.store.get("lab") is not None) is is_kept
    assert machine.folders.config_file.exists() is is_kept


UNSURE = error(400, "OMS.0053", "query failed or no permission")


@pytest.mark.parametrize(
    ("of_list", "code", "is_kept", "words"),
    [
        (lambda _: httpx.Response(200, json={"tasks": [], "count": 0}), 0, True, "its token is in the memory"),
        (error(403, "OMS.0206"), 3, True, "may not look at tasks: query failed or no permission (OMS.0053"),
        (error(404, "APIGW.0101"), 3, True, "may not look at tasks: query failed or no permission (OMS.0053"),
        (error(401, "APIGW.0301"), 3, False, "refused the token, and nothing is stored"),
        (unreachable, 3, False, "could not be checked, and nothing is stored: "),
    ],
)
def test_query_failed_or_no_permission_said_of_no_task_is_told_apart_by_asking_for_the_list(
    machine: Machine, of_list: Callable[[httpx.Request], httpx.Response], code: int, is_kept: bool, words: str
) -> None:
    machine.answer = lambda request: (of_list if request.url.path.endswith("/sync-tasks") else UNSURE)(request)
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == code
    assert len(machine.requests) == 2
    assert words in machine.err
    assert ("administrator" in machine.err) is ("may not look" in machine.err)
    assert (machine.store.get("lab") is not None) is is_kept


@pytest.mark.parametrize(
    ("of_list", "code", "is_kept", "words"),
    [
        (lambda _: httpx.Response(200, json={"tasks": [], "count": 0}), 0, True, "its token is in the memory"),
        (error(403, "OMS.0206"), 3, True, "may not look at tasks: no (OMS.0206"),
        (error(404, ""), 3, False, "nothing is stored: It cannot be told who answers at "),
        (unreachable, 3, False, "could not be checked, and nothing is stored: "),
    ],
)
@pytest.mark.parametrize("is_watched", [True, False])
def test_where_it_cannot_be_told_who_says_that_there_is_no_such_task_the_list_decides(
    machine: Machine,
    of_list: Callable[[httpx.Request], httpx.Response],
    code: int,
    *,
    is_kept: bool,
    words: str,
    is_watched: bool,
) -> None:
    """The code of a missing task is not documented: without one it may be OMS that answers, or anybody else."""
    if is_watched:
        machine.watches(task(2, "lab"))
    machine.answer = lambda request: (of_list if request.url.path.endswith("/sync-tasks") else error(404, ""))(request)
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == code
    assert words in machine.err
    assert (machine.store.get("lab") is not None) is is_kept


def test_of_a_watched_task_it_is_a_denial_and_nothing_else_is_asked(machine: Machine) -> None:
    machine.watches(task(2, "lab"))
    machine.answer = UNSURE
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 3
    assert len(machine.requests) == 1
    assert "Ask the administrator" in machine.err


def test_a_failed_renewal_leaves_the_old_secret(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.store.set("lab", Secret("old"))
    machine.answer = error(401, "APIGW.0301")
    assert machine.omstui("login", "lab", "--secret-stdin", stdin=TOKEN) == 3
    assert machine.store.get("lab") == Secret("old")
    assert machine.err.endswith("Get a new one, then: omstui login lab\n")


def test_without_a_keyring_the_profile_is_saved_and_the_ways_out_are_named(machine: Machine) -> None:
    class NoKeyring:
        def get_password(self, service: str, username: str) -> str | None:
            from keyring.errors import NoKeyringError

            raise NoKeyringError

        set_password = delete_password = get_password

    machine.store = KeyringStore(backend=NoKeyring())  # type: ignore[arg-type] # see above
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 3
    assert "lab" in machine.config.load().profiles
    sentence = machine.err.splitlines()[-1]
    assert "but its token is not stored, since this machine has no keyring: choose a command that" in sentence
    offers = [
        "--auth command",
        "--auth aksk",
        "--secret-store kernel",
        "in memory for one run (omstui, then T",
        "--secret-store file",
    ]
    places = [sentence.index(offer) for offer in offers]
    assert places == sorted(places)
    assert not machine.folders.state.exists(), "nothing is written anywhere else"


def test_the_environments_token_is_used_and_never_stored(machine: Machine) -> None:
    machine.environ["OMSTUI_TOKEN"] = TOKEN
    assert machine.omstui(*LOGIN) == 0
    assert machine.requests[0].headers["X-Auth-Token"] == TOKEN
    assert machine.store.get("lab") is None
    assert "OMSTUI_TOKEN serves it as long as it is set, and is not stored" in machine.err


def test_a_secret_from_stdin_is_stored_although_the_environments_goes_first(machine: Machine) -> None:
    machine.environ["OMSTUI_TOKEN"] = "other"
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 0
    assert machine.requests[0].headers["X-Auth-Token"] == TOKEN
    assert machine.store.get("lab") == Secret(TOKEN)
    assert "OMSTUI_TOKEN is set and goes before stored tokens: unset it to use this one" in machine.err


def test_ctrl_c_at_the_prompt_is_an_interruption(machine: Machine) -> None:
    class Interrupted(Terminal):
        def readline(self, *_: object) -> str:  # type: ignore[override] # nothing is read
            raise KeyboardInterrupt

    assert machine.omstui("login", stdin=Interrupted()) == 130
    assert not machine.folders.config_file.exists()


def test_a_token_of_the_environment_does_not_stand_in_for_another_way(machine: Machine) -> None:
    machine.environ["OMSTUI_TOKEN"] = TOKEN
    machine.has_profiles("lab", auth="password", user="u", domain="d")
    machine.iam_answer = lambda _: httpx.Response(401, json={"error_code": "IAM.0062", "error_msg": "no"})
    assert machine.omstui("login", "lab", "--secret-stdin", stdin=PASSWORD) == 3
    assert [request.method for request in machine.iam_requests] == ["POST"]
    assert not machine.requests


def test_a_mistake_of_ours_shows_no_secret(machine: Machine) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("a bug")

    machine.iam_answer = broken
    assert machine.omstui(*LOGIN, *PASSWORD_WAY, "--secret-stdin", stdin=PASSWORD) == 70
    assert "omstui has failed" in machine.err
    crash = (machine.folders.state / "crash.txt").read_text()
    assert "RuntimeError: a bug" in crash
    assert PASSWORD not in crash
    assert not machine.folders.config_file.exists()


class Unlocking(MemoryStore):
    """A keyring, as a backend, that keeps something once a person has answered it, which takes three seconds."""

    priority = 5.0

    def get_password(self, service: str, username: str) -> str | None:
        secret = self.get(username)
        return secret.reveal() if secret is not None else None

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait(3)
        self.set(username, Secret(password))

    def delete_password(self, service: str, username: str) -> None:
        self.delete(username)


def test_a_person_at_a_terminal_has_time_to_unlock_the_keyring(machine: Machine) -> None:
    """And is told what is waited for; where nobody is, the deadline holds."""
    machine.store = KeyringStore(backend=Unlocking(), deadline=2)
    assert machine.omstui(*LOGIN, "--secret-stdin", stdin=TOKEN) == 3
    assert "is not stored" in machine.err
    assert "Waiting" not in machine.err
    machine.store = KeyringStore(backend=Unlocking(), deadline=2)
    assert machine.omstui(*LOGIN, stdin=Terminal()) == 0
    assert machine.stored() == TOKEN
    assert "Waiting up to 30 s for the OS keyring" in machine.err


COMMAND = ("--token-command", f"{sys.executable} -c 'print(40 * chr(77))' extra-argument x")


@pytest.mark.parametrize(
    "options",
    [
        ["--region", "cn-north-4", "--project-id", "p1"],
        ["--endpoint", "https://oms.example.com", "--project-id", "p1", "--zone", "Europe/Dublin"],
        ["--region", "cn-north-4", "--project-id", "p1", "--auth", "aksk", "--secret-store", "file"],
        ["--region", "cn-north-4", "--project-id", "p1", "--auth", "command", *COMMAND],
    ],
)
def test_what_tries_a_new_profile_again_is_a_whole_command_without_a_secret(
    machine: Machine, options: list[str]
) -> None:
    """Nothing is kept of a new profile that does not work, so that its name alone would not do."""
    machine.answer = error(401, "APIGW.0301", "odd")
    is_command = "command" in options
    stdin = f"{ACCESS_KEY}\n{SECRET_KEY}" if "aksk" in options else TOKEN
    argv = ["login", "lab", *options, *([] if is_command else ["--secret-stdin"])]
    assert machine.omstui(*argv, stdin=stdin) == 3
    line = machine.err.rpartition("then: omstui ")[2].strip()
    made, meant = (vars(parse(words)) for words in (shlex.split(line), argv))
    if is_command:
        assert made.pop("token_command") == ("...",)
        assert meant.pop("token_command")[-1] == "x"
        assert "extra-argument" not in machine.err
    same = made.keys() - {"parser", "run"}
    assert {name: made[name] for name in same} == {name: meant[name] for name in same}


def test_what_tries_a_known_profile_again_is_its_name(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.answer = error(401, "APIGW.0301", "odd")
    assert machine.omstui("login", "lab", "--secret-stdin", stdin=TOKEN) == 3
    assert machine.err.endswith("Get a new one, then: omstui login lab\n")


def test_a_wrong_region_of_a_new_profile_is_written_once_in_what_tries_again(machine: Machine) -> None:
    machine.answer = error(404, "APIGW.0101", "API not found")
    argv = ["login", "lab", "--region", "cn-north-4", "--project-id", "p1", "--secret-stdin"]
    assert machine.omstui(*argv, stdin=TOKEN) == 3
    assert "Check the region: omstui login lab --project-id p1 --secret-stdin --region R, or" in machine.err


def test_another_zone_alone_leaves_the_credential_and_all_else_as_it_was(machine: Machine) -> None:
    """The screen advises this command, which must not cost anyone a token."""
    machine.has_profiles("prod", auth="password", user="u", domain="d", secret_store="memory")
    machine.has_profiles("lab", project_name="north")
    machine.store.set("lab", Secret(TOKEN))
    before = machine.config.load().profiles
    assert machine.omstui("login", "lab", "--zone", "UTC-03:00", stdin=Terminal()) == 0
    assert machine.prompts == []
    assert machine.requests == []
    assert machine.stored() == TOKEN
    after = machine.config.load().profiles
    assert str(after["lab"].zone) == "UTC-03:00"
    assert {**after, "lab": replace(after["lab"], zone=before["lab"].zone)} == before
    assert "Its token stays as it is; omstui login lab renews it." in machine.err
