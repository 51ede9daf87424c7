"""What makes a profile complete: options, what is known, and answers; what is missing is named or asked for."""

from pathlib import Path

import httpx
import pytest

from omstui.cli.credentials.profile_input import read_command
from omstui.core.profile import Profile
from omstui.demo.clock import SteppedClock
from tests.cli.machine import NORTH, TOKEN, Machine, Terminal


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            [],
            (
                "--region (or --endpoint) and --project-id (or --project-name) must be given for the new profile "
                "default: omstui login default --region cn-north-4 --project-id ID"
            ),
        ),
        (["lab", "--project-id", "p"], "omstui: --region (or --endpoint) must be given for the new profile lab: omst"),
        (["--region", "cn-north-4", "--secret-stdin"], "omstui: --project-id (or --project-name) must be given for"),
        (
            ["lab", "--auth", "password"],
            (
                "(or --project-name), --user and --domain must be given for the new profile lab: "
                "omstui login lab --auth password --region cn-north-4 --project-id ID --user U --domain ACCOUNT"
            ),
        ),
        (
            ["lab", "--auth", "password", "--endpoint", "https://a", "--project-name", "n", "--user", "u"],
            "omstui: --domain and --iam-endpoint must be given for the new profile lab",
        ),
        (
            ["lab", "--auth", "command", "--region", "cn-north-4", "--project-name", "n"],
            (
                "omstui: --token-command must be given for the new profile lab: omstui login lab --auth command "
                '--region cn-north-4 --project-id ID --token-command "vault read -field=token ..."'
            ),
        ),
        (["known", "--auth", "password"], "omstui: --user and --domain must be given for profile known: omstui login "),
        (["known", "--auth", "password", "--user", "u"], "login known --auth password --domain ACCOUNT"),
    ],
)
def test_what_is_missing_is_named_all_at_once_without_a_terminal(machine: Machine, argv: list[str], words: str) -> None:
    machine.has_profiles("known")
    before = machine.folders.config_file.read_text()
    assert machine.omstui("login", *argv, stdin=TOKEN) == 2
    assert words in machine.err
    assert not machine.requests
    assert not machine.iam_requests
    assert machine.folders.config_file.read_text() == before


def test_a_question_mark_lists_the_regions_with_their_places(machine: Machine) -> None:
    assert machine.omstui("login", stdin=Terminal("?\nap-southeast-3\np1\n")) == 0
    lines = machine.err.splitlines()
    assert "ap-southeast-3  Singapore                      UTC+08:00" in lines
    assert "la-south-2      Santiago                       America/Santiago" in lines
    assert machine.config.load().profiles["default"].region == "ap-southeast-3"


def test_enter_alone_means_the_project_of_the_region(machine: Machine) -> None:
    project = {"id": "p7", "name": "cn-north-4"}
    machine.iam_answer = lambda request: _json(200, {"projects": [project] if "name" in request.url.params else []})
    assert machine.omstui("login", stdin=Terminal("cn-north-4\n\n")) == 0
    profile = machine.config.load().profiles["default"]
    assert (profile.project_id, profile.project_name) == ("p7", "cn-north-4")
    assert "Project id (enter alone: look up the project cn-north-4): " in machine.err


def test_a_token_pasted_at_the_wrong_question_is_not_shown(machine: Machine) -> None:
    token = "MIIabcdEfgh0123456789" * 20
    assert machine.omstui("login", stdin=Terminal(f"{token}\ncn-north-4\n{token}/\np1\n")) == 0
    assert not any(token[start : start + 12] in machine.err for start in range(len(token) - 11))


def test_a_person_is_asked_for_a_command(machine: Machine) -> None:
    stdin = Terminal("'\n\nmissing-command --for 'a b'\n")
    assert machine.omstui(
        "login", "lab", "--region", "cn-north-4", "--project-id", "p", "--auth", "command", stdin=stdin
    )
    assert "this is not a command: no closing quotation" in machine.err
    assert "this is not a command: it names no program" in machine.err
    assert "missing-command is not there" in machine.err


@pytest.mark.parametrize(
    ("argv", "known", "expected"),
    [
        (["--project-name", "n2"], ("p1", "n1"), ("p9", "n2")),
        (["--project-id", "p2"], ("p1", "n1"), ("p2", None)),
        ([], ("p1", "n1"), ("p1", "n1")),
        (["--region", "cn-east-3"], ("p1", None), ("p1", None)),
    ],
)
def test_a_project_is_named_by_one_of_id_and_name(
    machine: Machine, argv: list[str], known: tuple[str, str | None], expected: tuple[str, str | None]
) -> None:
    machine.config.put_profile(Profile("lab", NORTH, known[0], region="cn-north-4", project_name=known[1]))
    machine.iam_answer = lambda _: _json(200, {"projects": [{"id": "p9", "name": "n2"}]})
    assert machine.omstui("login", "lab", *argv, "--secret-stdin", stdin=TOKEN) == 0
    profile = machine.config.load().profiles["lab"]
    assert (profile.project_id, profile.project_name) == expected


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("vault read -field=token oms/prod", ("vault", "read", "-field=token", "oms/prod")),
        ("'/opt/my tools/get' \"a b\" ''", ("/opt/my tools/get", "a b", "")),
        ("get $HOME; rm", ("get", "$HOME;", "rm")),
    ],
)
def test_a_command_is_parted_as_a_shell_would_and_nothing_in_it_expands(text: str, argv: tuple[str, ...]) -> None:
    assert read_command(text) == argv


def _json(status: int, body: object) -> httpx.Response:
    return httpx.Response(status, json=body)
