"""What the parser says of arguments that there are not."""

from pathlib import Path

import pytest

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
        (["--frob=hunter2"], "unrecognized arguments: --frob\n"),
        (["lab", "hunter2"], "unrecognized arguments: one word too many\n"),
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
