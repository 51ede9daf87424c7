"""What the parser makes of arguments, and says of those that there are not."""

import re
import shlex
from itertools import product
from pathlib import Path

import pytest

from omstui.cli.arguments import parse
from omstui.demo.clock import SteppedClock
from tests.cli.machine import Machine


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--token", "hunter2"], "unrecognized arguments: --token (a secret is never an argument: login asks for it"),
        (["--password=hunter2"], "unrecognized arguments: --password (a secret is never an argument"),
        (["--sk", "hunter2", "--ak=hunter2"], "unrecognized arguments: --sk --ak (a secret is never an argument"),
        (["--frob=hunter2"], "unrecognized arguments: --frob. Next: omstui login --help\n"),
        (["lab", "hunter2"], "unrecognized arguments: one word too many. Next: omstui login --help\n"),
    ],
)
def test_a_secret_given_as_an_argument_is_not_repeated(machine: Machine, argv: list[str], words: str) -> None:
    assert machine.omstui("login", *argv) == 2
    assert words in machine.err
    assert "hunter2" not in machine.err


def test_a_secret_inside_a_command_is_not_repeated(machine: Machine) -> None:
    token = "MIIabcdEfgh0123456789+" * 20
    assert machine.omstui("login", "--auth", "command", "--token-command", f"echo {token}") == 2
    assert "argument --token-command: this is not a command: argument 1 looks like a secret" in machine.err
    assert token[:12] not in machine.err


def test_the_ways_to_sign_in_are_explained_where_they_are_chosen(machine: Machine) -> None:
    assert machine.omstui("login", "--help") == 0
    stores = "--secret-store {keyring,memory,file,kernel}"
    for words in ("  token  ", "  password  ", "  aksk  ", "  command  ", stores):
        assert words in machine.out


SCREEN_OPTIONS = {
    "--demo": [], "--profile": ["lab"], "--month": ["2026-10"], "--interval": ["30"], "--ascii": [],
    "--theme": ["once"],
    "--no-mouse": [], "--thin": [], "--kiosk": [], "--cycle": ["20s"], "--quiet": [], "--log-file": ["once"],
}  # fmt: skip
COMMANDS = {
    "login": [], "logout": [], "profiles": [], "add": ["x y"], "remove": ["x"], "list": ["--json"],
    "discover": ["--add", "x"], "regions": [], "once": ["x"], "watch": ["x", "--jsonl"], "report": [], "doctor": [],
    "completion": ["bash"],
}  # fmt: skip
TAKEN = {
    "--demo": {"list", "discover", "once", "watch", "report", "doctor"},
    "--profile": {"login", "logout", "add", "remove", "discover", "once", "watch", "report", "doctor"},
    "--month": {"once", "report"},
    "--interval": {"watch"},
}
"""The commands that have an option of the screen as well."""


@pytest.mark.parametrize(("option", "command"), [*product(SCREEN_OPTIONS, COMMANDS)])
def test_an_option_before_a_command_is_the_command_s_or_the_line_that_works_is_said(
    capsys: pytest.CaptureFixture[str], option: str, command: str
) -> None:
    value = SCREEN_OPTIONS[option]
    is_joined = bool(value) and len(command) % 2 == 0
    words = [f"{option}={value[0]}"] if is_joined else [option, *value]
    behind = [command, *COMMANDS[command]]
    argv = [*words, *behind]
    if command in TAKEN.get(option, set()):
        is_positional = option == "--profile" and command in {"login", "logout"}
        usual = parse([command, *(value if is_positional else words), *COMMANDS[command]])
        made = parse(argv)
        own = ("pretend", "profile", "of_month", "every")
        assert [getattr(made, name, None) for name in own] == [getattr(usual, name, None) for name in own]
        return
    with pytest.raises(SystemExit) as end:
        parse(argv)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said == f"omstui: {command} takes no {option}. Next: {shlex.join(['omstui', *behind])}\n"
    parse(shlex.split(said.rpartition("Next: ")[2])[1:])


def test_what_stands_behind_a_command_goes_before_what_stands_before_it() -> None:
    argv = ["--month", "2026-10", "--profile", "a", "report", "--month", "2026-11", "--profile", "b"]
    args = parse(argv)
    assert (str(args.of_month), args.profile) == ("2026-11", "b")


@pytest.mark.parametrize("option", ["--token-command", "--key-command"])
def test_the_line_that_works_keeps_the_other_options_and_holds_no_command(machine: Machine, option: str) -> None:
    command = ["login", "lab", option, "get hunter2", f"{option}=get hunter2"]
    assert machine.omstui("--profile=p", "--theme", "x", "--ascii", *command) == 2
    line = f"omstui --profile=p login lab {option} COMMAND {option}=COMMAND"
    assert machine.err == f"omstui: login takes no --ascii and no --theme. Next: {line}\n"


PIECE = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBW"


@pytest.mark.parametrize("token", [PIECE, PIECE * 7], ids=["piece", "token"])
@pytest.mark.parametrize(
    "words",
    [
        [],
        *([option] for option in ("--month", "--profile", "--interval", "--cycle", "--ascii list --label")),
        ["login"],
        *(["login", option] for option in ("--region", "--endpoint", "--auth", "--zone", "--secret-store")),
        ["discover", "--demo", "--add"],
        ["once", "--demo"],
        ["once", "--fail-on"],
        ["logout"],
        ["completion"],
    ],
    ids=" ".join,
)
def test_a_token_at_the_wrong_place_is_not_repeated(machine: Machine, words: list[str], token: str) -> None:
    assert machine.omstui(*" ".join(words).split(), token) != 0
    assert machine.err
    assert token[:12] not in machine.err


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["--frob"], "omstui"),
        (["frob"], "omstui"),
        (["--month", "13"], "omstui"),
        *((["once", *words], "omstui once") for words in (["--frob"], ["--month"], ["--json", "--csv"])),
        *(([name, "--frob"], f"omstui {name}") for name in COMMANDS if name != "once"),
    ],
)
def test_a_mistake_is_one_line_with_the_command_that_explains(machine: Machine, argv: list[str], command: str) -> None:
    """The line says what is wrong; what the command takes stands in its help."""
    assert machine.omstui(*argv) == 2
    assert re.fullmatch(rf"omstui: [^\n]+\. Next: {command} --help\n", machine.err)
