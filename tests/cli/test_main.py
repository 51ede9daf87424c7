"""The command line: which of option, variable and file holds, and what is said of what cannot be."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.secret import Secret
from omstui.cli.context.context import user_context
from omstui.cli.main import run
from omstui.core.month import Month
from omstui.core.settings import AlertSettings, Settings
from omstui.demo.clock import SteppedClock
from tests.cli.machine import ID, TOKEN, BrokenStore, Machine, task

NO_PROFILE = "there is no profile lab: omstui profiles lists them, omstui login lab makes it"


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


@pytest.mark.parametrize("argv", [[], ["--demo"], ["once", "--demo"], ["list"], ["report"]])
def test_a_clock_beyond_the_months_is_a_sentence(tmp_path: Path, argv: list[str]) -> None:
    machine = Machine(tmp_path, SteppedClock(datetime(9999, 1, 1, tzinfo=UTC)))
    machine.has_profiles("lab")
    assert machine.omstui(*argv) == 2
    words = "the clock of this machine says that it is the year 9999; there are 1970 to 9998"
    assert machine.err == f"omstui: {words}: set it, then run this again\n"
    assert not machine.opened


@pytest.mark.parametrize("argv", [["once", "--demo"], ["once"], ["once", "--month", "1970-01"], ["list"]])
def test_in_january_1970_all_commands_work(tmp_path: Path, argv: list[str]) -> None:
    machine = Machine(tmp_path, SteppedClock(datetime(1970, 1, 2, tzinfo=UTC)))
    machine.has_profiles("lab")
    machine.watches(task(1))
    assert machine.omstui(*argv) in {0, 3}
    assert "internal error" not in machine.err


@pytest.mark.parametrize("argv", [["report"], ["report", "--demo"]])
def test_a_report_of_december_1969_is_refused_in_a_sentence(tmp_path: Path, argv: list[str]) -> None:
    machine = Machine(tmp_path, SteppedClock(datetime(1970, 1, 2, tzinfo=UTC)))
    machine.has_profiles("lab")
    machine.watches(task(1))
    assert machine.omstui(*argv) == 2
    assert "the clock says 1970-01, and no month before that can be asked for: set it" in machine.err


def test_without_a_command_the_screen_opens_with_what_is_configured(machine: Machine) -> None:
    machine.has_profiles("lab")
    machine.folders.config_file.write_text(
        'interval = "90s"\ntheme = "plain"\n' + machine.folders.config_file.read_text()
    )
    assert machine.omstui() == 0
    assert machine.opened == [ScreenOptions(settings=Settings(interval=90.0, theme="plain"), folders=machine.folders)]
    assert not machine.requests


CONFIG = 'interval = "20s"\ntheme = "filed"\nascii = false\nmouse = true\n'


@pytest.mark.parametrize(
    ("environ", "argv", "expected"),
    [
        ({}, [], Settings(interval=20.0, theme="filed")),
        ({"OMSTUI_INTERVAL": "30s"}, [], Settings(interval=30.0, theme="filed")),
        ({"OMSTUI_INTERVAL": "30s"}, ["--interval", "40"], Settings(interval=40.0, theme="filed")),
        ({"OMSTUI_INTERVAL": ""}, [], Settings(interval=20.0, theme="filed")),
        ({"OMSTUI_THEME": "varied"}, [], Settings(interval=20.0, theme="varied")),
        ({"OMSTUI_THEME": "varied"}, ["--theme", "chosen"], Settings(interval=20.0, theme="chosen")),
        ({"OMSTUI_ASCII": "1"}, [], Settings(interval=20.0, theme="filed", ascii=True)),
        ({"OMSTUI_ASCII": "no"}, ["--ascii"], Settings(interval=20.0, theme="filed", ascii=True)),
        ({"OMSTUI_NO_MOUSE": "yes"}, [], Settings(interval=20.0, theme="filed", mouse=False)),
        ({"OMSTUI_NO_MOUSE": "0"}, ["--no-mouse"], Settings(interval=20.0, theme="filed", mouse=False)),
        ({}, ["--thin"], Settings(interval=20.0, theme="filed", thin=True)),
        ({"OMSTUI_THIN": "1"}, [], Settings(interval=20.0, theme="filed", thin=True)),
        ({}, ["--quiet"], Settings(interval=20.0, theme="filed", alerts=AlertSettings(quiet=True))),
        ({"OMSTUI_QUIET": "1"}, [], Settings(interval=20.0, theme="filed", alerts=AlertSettings(quiet=True))),
        ({"OMSTUI_QUIET": "0"}, [], Settings(interval=20.0, theme="filed")),
        ({"OMSTUI_NO_MOUSE": "0"}, [], Settings(interval=20.0, theme="filed", mouse=True)),
    ],
)
def test_an_option_goes_before_a_variable_and_that_before_the_file(
    machine: Machine, environ: Mapping[str, str], argv: list[str], expected: Settings
) -> None:
    machine.folders.config.mkdir(parents=True)
    machine.folders.config_file.write_text(CONFIG)
    machine.environ.update(environ)
    assert machine.omstui(*argv) == 0
    assert machine.opened[0].settings == expected


def test_month_profile_log_file_and_token_reach_the_screen(machine: Machine) -> None:
    machine.has_profiles("lab", "prod")
    machine.environ |= {
        "OMSTUI_MONTH": "2026-03",
        "OMSTUI_PROFILE": "lab",
        "OMSTUI_LOG_FILE": "/tmp/a.log",
        "OMSTUI_TOKEN": f" {TOKEN}\n",
    }
    assert machine.omstui() == 0
    assert machine.omstui("--month", "2026-04", "--profile", "prod", "--log-file", "b.log") == 0
    first, second = machine.opened
    assert (first.month, first.profile, first.log_file) == (Month(2026, 3), "lab", Path("/tmp/a.log"))
    assert (second.month, second.profile, second.log_file) == (Month(2026, 4), "prod", Path("b.log"))
    assert first.token == Secret(TOKEN)
    assert TOKEN not in repr(first)


def test_the_demo_reads_nothing_of_the_user(machine: Machine) -> None:
    machine.folders.config.mkdir(parents=True)
    machine.folders.config_file.write_text("broken")
    machine.environ |= {"OMSTUI_TOKEN": "not a token \u00e4"}
    machine.store = BrokenStore()
    assert machine.omstui("--demo", "--profile", "dr-sg", "--ascii") == 0
    assert machine.opened[0].demo
    assert machine.opened[0].token is None
    assert machine.opened[0].settings == Settings(ascii=True)


def test_the_exit_code_is_the_screens(machine: Machine) -> None:
    code = run(
        [],
        user_context(
            environ={},
            stdin=io.StringIO(),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            folders=machine.folders,
            keyring=machine.store,
            clock=machine.clock,
            transport=None,
            open_screen=lambda options: 129,
            ask_secret=lambda _: "",
        ),
    )
    assert code == 129


@pytest.mark.parametrize(
    ("environ", "argv", "words"),
    [
        ({"OMSTUI_INTERVAL": "1s"}, [], "OMSTUI_INTERVAL: an interval of 1s is not possible: from 10s to 1h"),
        ({"OMSTUI_MONTH": "May"}, [], "OMSTUI_MONTH: 'May' is not a month"),
        ({"OMSTUI_ASCII": "maybe"}, [], "OMSTUI_ASCII: 'maybe' is neither yes nor no"),
        ({"OMSTUI_PROFILE": "a b"}, [], "OMSTUI_PROFILE: 'a b' is not a profile name"),
        (
            {"OMSTUI_PROFILE": "lab"},
            [],
            NO_PROFILE,
        ),
        ({"OMSTUI_TOKEN": "t\u00f6ken"}, [], "OMSTUI_TOKEN: the token cannot be one: character 2 of 5"),
        ({}, ["--interval", "1s"], "argument --interval: an interval of 1s is not possible"),
        ({}, ["--month", "2026-13"], "argument --month: there is no month 13"),
        ({}, ["--profile", "lab"], NO_PROFILE),
        ({}, ["--profile", "lab", "list"], "list takes no --profile. Next: omstui list\n"),
        ({}, ["--demo", "add", "x"], "add takes no --demo. Next: omstui add x\n"),
        ({}, ["--mon=2026-01"], "unrecognized arguments"),
        ({}, ["login", "--token", "x"], "unrecognized arguments"),
        ({}, ["frob"], "invalid choice: 'frob'"),
    ],
)
def test_what_cannot_be_is_said_with_exit_code_2(
    machine: Machine, environ: Mapping[str, str], argv: list[str], words: str
) -> None:
    machine.environ.update(environ)
    assert machine.omstui(*argv) == 2
    assert words in machine.err
    assert machine.out == ""
    assert not machine.opened


def test_a_broken_config_file_is_named(machine: Machine) -> None:
    machine.folders.config.mkdir(parents=True)
    machine.folders.config_file.write_text("a = 1\nb =\n")
    for argv in ([], ["profiles"], ["add", ID.format(1)], ["login"], ["logout"]):
        assert machine.omstui(*argv) == 2
        _, broken = machine.err.splitlines()
        assert broken.startswith(f"omstui: {machine.folders.config_file}, line 2: is not TOML")


def test_what_the_config_file_holds_in_vain_is_remarked(machine: Machine) -> None:
    machine.folders.config.mkdir(parents=True)
    machine.folders.config_file.write_text("colour = 1\n")
    assert machine.omstui() == 0
    assert "colour means nothing to this version and is ignored" in machine.err


@pytest.mark.parametrize("command", [[], ["login"], ["logout"], ["profiles"], ["add"], ["remove"], ["list"]])
def test_help_stands_alone_with_an_example(machine: Machine, command: list[str]) -> None:
    assert machine.omstui(*command, "--help") == 0
    assert machine.out.startswith(" ".join(["usage: omstui", *command]))
    assert "example" in machine.out
    assert machine.err == ""


def test_the_version_is_told(machine: Machine) -> None:
    assert machine.omstui("--version") == 0
    assert machine.out == "omstui 0.1.0\n"
