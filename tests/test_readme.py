"""README tells the truth: its examples run, its links lead somewhere, and what it says of the code is the code's."""

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from omstui.backend.files import config_keys
from omstui.backend.files.config import ConfigFile
from omstui.backend.files.watchlist import WatchListFile
from omstui.backend.runtime.files import Folders
from omstui.backend.secrets.file import FileStore
from omstui.cli.arguments import parse, parser_for
from omstui.cli.doctor.config import READERS
from omstui.cli.doctor.secrets import WITHOUT_DESKTOP
from omstui.cli.output.row_json import record
from omstui.core.profile import Profile
from omstui.core.settings import Settings
from omstui.core.task import TaskRef, WatchedTask
from omstui.demo.scenario import BACKUP, IMAGES, LOGS, PROD, demo_profiles, demo_token
from tests.faults.programs import need
from tests.making import NOW, TASK, row_at, sample, state
from tests.readme import README, config_example, renewed
from tests.secret_service import clean_environment
from tests.terminal import Terminal

TEXT = README.read_text(encoding="utf-8")
HELP = "".join(parse([name]).parser.format_help() for name in ("once", "watch"))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXAMPLES = [
    line
    for language, block in FENCED.findall(TEXT)
    if language == "sh"
    for line in block.splitlines()
    if line.startswith(("omstui", 'eval "$(omstui'))
]
NAMED = sorted({code for code in re.findall(r"`(omstui [^`]+)`", FENCED.sub("", TEXT)) if "…" not in code})
PLACEHOLDERS = {"PROFILE": "prod", "SHELL": "bash", "R": "cn-north-4", "HOST": "host", "URL": "https://oms.example.com"}


def is_screen(line: str) -> bool:
    """Whether an example opens the screen."""
    words = shlex.split(line, comments=True)
    return words[0] == "omstui" and (len(words) == 1 or words[1].startswith("--"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 12
    assert len(NAMED) > 6


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    """Else: python -m tests.readme."""
    assert renewed(TEXT) == TEXT


def test_the_configuration_names_every_key_and_means_the_defaults(tmp_path: Path) -> None:
    example = config_example().removeprefix("```toml\n").removesuffix("\n```")
    path = tmp_path / "config.toml"
    path.write_text(example.replace('"month.previous"', '# "month.previous"'))
    config = ConfigFile(path).load()
    assert config.settings == Settings()
    assert config.remarks == ()
    assert config.profiles["prod"].project_id
    named = set(re.findall(r"\b([a-z_]+)\b", example))
    known = {*config_keys.SETTINGS, *config_keys.PROFILE, *config_keys.ALERTS, "keys"}
    assert known - named == set()


def anchors() -> set[str]:
    """Return the names that headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", TEXT), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", FENCED.sub("", TEXT)))))
def test_links_and_pictures_lead_somewhere(target: str) -> None:
    if target.startswith("#"):
        assert target[1:] in anchors()
    else:
        assert (README.parent / target).is_file()


def test_details_are_closed() -> None:
    assert TEXT.count("<details>") == TEXT.count("</details>") == TEXT.count("<summary>") == TEXT.count("</summary>")


def test_the_first_thing_is_a_picture() -> None:
    assert TEXT.splitlines()[2].startswith("![")


@pytest.mark.parametrize("code", NAMED)
def test_commands_named_in_the_text_can_be_given(code: str) -> None:
    """They are read, not run."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(code)]
    assert parse(words[1:]).run


def test_the_doctor_knows_every_variable_that_the_help_names() -> None:
    """Else it would take one of ours for a slip of the pen."""
    named = set(re.findall(r"OMSTUI_[A-Z_]+", parser_for().format_help()))
    assert len(named) > 8
    assert named == set(READERS)


@contextmanager
def demo_server(environ: dict[str, str]) -> Iterator[str]:
    """Serve the pretend OMS as a person does, and give its address."""
    command = [sys.executable, "-m", "omstui.demo"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://[\d.:]+", server.stdout.readline())
            assert address is not None
            yield address.group()
        finally:
            server.kill()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home with a profile at the pretend OMS, its token in a plain file, and three watched tasks."""
    home = tmp_path_factory.mktemp("home")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environ = clean_environment(home) | {"PATH": path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    folders = Folders(home / ".config/omstui", home / ".local/state/omstui")
    with demo_server(environ) as address:
        environ["ADDRESS"] = address
        profile = Profile("prod", address, demo_profiles()[PROD].project_id, secret_store="file")
        ConfigFile(folders.config_file).put_profile(profile)
        FileStore(folders.state / "secrets.json").set("prod", demo_token(PROD))
        tasks = [WatchedTask(TaskRef("prod", one), label) for one, label in ((IMAGES, "images"), (LOGS, "logs"))]
        WatchListFile(folders.watchlist_file).edit(lambda watchlist: watchlist.added(tasks))
        (home / "tasks.csv").write_text(f"sync_task_id,label\n{BACKUP},backup\n", encoding="utf-8")
        yield environ


@pytest.mark.parametrize("line", [line for line in EXAMPLES if not is_screen(line)])
def test_examples_run_as_they_stand(environment: dict[str, str], line: str) -> None:
    """In a shell, against the pretend OMS; only what a person would type or end by hand is put in."""
    if "| jq" in line and shutil.which("jq") is None:
        line = line.partition("|")[0]
    if line.startswith("omstui login"):
        token, address = demo_token(PROD).reveal(), environment["ADDRESS"]
        line = line.partition("#")[0].replace("--region cn-north-4", f"--endpoint {address}")
        line = f"printf %s {token} | {line} --secret-stdin --secret-store file"
        line = re.sub(r"--project-id \w+", f"--project-id {demo_profiles()[PROD].project_id}", line)
    if line.startswith("omstui watch"):
        line = "omstui watch --jsonl | head -1"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        env=environment,
        cwd=environment["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    fails_by_design = "--fail-on" in line  # a condition may hold in the pretend OMS, and says so
    assert run.returncode in ({0, 1} if fails_by_design else {0}), run.stderr
    assert "Traceback" not in run.stderr
    assert "usage:" not in run.stderr


@pytest.mark.parametrize(
    "line", [line for line in (TEXT + HELP).splitlines() if re.match(r" *omstui (once|watch).*\| jq ", line)]
)
def test_the_fields_that_examples_print_are_filled_without_a_label(line: str) -> None:
    """A blank line names no task; the filter itself runs where jq is installed."""
    row = record(row_at(state(sample()), NOW), NOW)
    asked = re.findall(r"\.(\w+)", line.partition("| jq ")[2].replace(".tasks[]", ""))
    assert len(asked) == 2
    assert all(row[name] for name in asked)
    if jq := shutil.which("jq"):
        words = shlex.split(line.partition("| jq ")[2].replace("!=", "==").replace('"failing"', '"syncing"'))
        stdin = json.dumps({"tasks": [row]} if "omstui once" in line else row)
        ran = subprocess.run([jq, *words], input=stdin, capture_output=True, text=True, timeout=60, check=True)
        assert ran.stdout == f"{TASK.src_bucket}\n"


def test_after_trying_it_the_command_is_found() -> None:
    """What follows is typed as it stands, so that the way from a checkout to a command on the path is told first."""
    tried, _, _ = TEXT.partition("## Use it")
    for way in ("source .venv/bin/activate", "pipx install .", "uv tool install ."):
        assert f"`{way}`" in tried


def unit() -> configparser.ConfigParser:
    """Return the unit for systemd."""
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation has it
    read.read_string(next(block for language, block in FENCED.findall(TEXT) if language == "ini"))
    return read


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """By systemd's own check, which also looks whether the program is there."""
    (systemd_analyze,) = need("systemd-analyze")
    block = next(block for language, block in FENCED.findall(TEXT) if language == "ini")
    path = tmp_path / "omstui-wall.service"
    path.write_text(block.replace("/opt/omstui/bin/omstui", sys.executable))
    check = [systemd_analyze, "verify", "--man=no", "--recursive-errors=no", str(path)]
    run = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_unit_s_command_lives_on_a_console_and_ends_as_the_unit_says(environment: dict[str, str]) -> None:
    """A terminal of its own as stdin, stdout and stderr, and none of a login's variables, as systemd gives them."""
    service = unit()["Service"]
    assert {service[f"Standard{name}"] for name in ("Input", "Output", "Error")} == {"tty"}
    program, *options = service["ExecStart"].split()
    assert program.endswith("/bin/omstui")
    name, _, term = service["Environment"].partition("=")
    environ = {"HOME": environment["HOME"], "PATH": "/usr/bin:/bin", "USER": service["User"], name: term}
    with Terminal([sys.executable, "-m", "omstui", *options], columns=128, rows=48, environ=environ) as terminal:
        terminal.until(lambda text: "Synced" in text and "prod" in text, "a task in big figures", limit=60)
        assert terminal.text.isascii()
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == int(service["SuccessExitStatus"])


def test_the_wall_in_tmux_can_be_looked_at_and_not_changed(environment: dict[str, str], tmp_path: Path) -> None:
    """The two commands as they stand, with a server of its own."""
    (tmux,) = need("tmux")
    block = next(block for language, block in FENCED.findall(TEXT) if "tmux attach -r" in block)
    own = f"{shlex.quote(tmux)} -S {shlex.quote(str(tmp_path / 'tmux'))} -f /dev/null"
    start, attach = (line.replace("tmux", own, 1) for line in block.splitlines() if line.startswith("tmux "))
    environ = environment | {"SHELL": "/bin/sh"}
    try:
        subprocess.run(["bash", "-c", start], env=environ, timeout=60, check=True)
        with Terminal(["/bin/bash", "-c", attach], environ=environ) as terminal:
            terminal.until(lambda text: "prod" in text and " of " in text, "a task in big figures", limit=60)
            terminal.press("\x11", "\x11", "?")
            terminal.resize(100, 30)
            terminal.until(lambda text: "prod" in text and " of " in text, "a task in big figures", limit=60)
            assert "Keys" not in terminal.text
    finally:
        subprocess.run(["bash", "-c", f"{own} kill-server"], env=environ, timeout=60, check=False)


def test_the_lines_that_unlock_a_keyring_without_a_desktop_do(environment: dict[str, str]) -> None:
    """As they stand: the password is asked for and not shown, the keyring is there, and the screen opens."""
    need("dbus-run-session", "gnome-keyring-daemon")
    block = next(block for language, block in FENCED.findall(TEXT) if "gnome-keyring-daemon" in block)
    with Terminal(["/bin/bash", "-c", block], environ=environment) as terminal:
        terminal.until(lambda text: "keyring password:" in text, "the question")
        terminal.press("pass word\r")
        terminal.until(lambda text: "images" in text, "a watched task", limit=60)
        assert b"pass word" not in terminal.output
        terminal.press("q")
        assert terminal.wait() == 0
    assert (Path(environment["HOME"]) / ".local/share/keyrings/login.keyring").exists()


def test_doctor_names_the_lines_that_unlock_a_keyring_without_a_desktop() -> None:
    block = next(block for language, block in FENCED.findall(TEXT) if "gnome-keyring-daemon" in block)
    assert " ".join(block.split()) == WITHOUT_DESKTOP


@pytest.mark.parametrize("line", [line for line in EXAMPLES if is_screen(line)])
def test_examples_that_open_the_screen_do(environment: dict[str, str], line: str) -> None:
    words = shlex.split(line, comments=True)
    with Terminal([sys.executable, "-m", *words], environ=environment) as terminal:
        terminal.until(lambda text: "images" in text, "a watched task")
