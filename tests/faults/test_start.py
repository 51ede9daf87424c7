"""What cannot be drawn, or cannot work, is said in one sentence before the terminal is touched."""

import os
import re
import resource
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.programs import cannot
from tests.faults.starting import OMSTUI, configure, environment, ran
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

LIMIT = 1.0
"""Seconds of processor time; a machine that is busy with other things takes longer by the clock."""

Figure = Callable[[str], None]


def told(argv: list[str], environ: dict[str, str], redirections: str = "") -> tuple[int, str, float]:
    """Run in a real terminal, with a shell's redirections; return code, words, and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *argv]
    with Terminal(command, environ=environ, columns=400) as terminal:
        modes = termios.tcgetattr(terminal.fd)
        code = terminal.wait(30)
        for _ in range(3):
            terminal.pump(0.02)
        assert termios.tcgetattr(terminal.fd) == modes
        assert b"\x1b" not in terminal.output, "the terminal is left alone"
        text = " ".join(terminal.text.split())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return code, text, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.fault("R5")
@pytest.mark.parametrize(
    ("redirections", "variables", "words"),
    [
        ("</dev/null", {}, "needs a terminal"),
        ("<&-", {}, "needs a terminal"),
        ("2>&1 | cat", {}, "needs a terminal"),
        ("2>&-", {}, "needs a terminal"),
        ("--demo </dev/null", {}, "needs a terminal"),
        ("", {"TERM": "dumb"}, "TERM does not say"),
        ("", {"TERM": ""}, "TERM does not say"),
        ("--demo", {"TERM": "dumb"}, "TERM does not say"),
    ],
    ids=["stdin at its end", "no stdin", "stderr is a pipe", "no stderr", "demo", "dumb", "no TERM", "dumb demo"],
)
def test_without_a_terminal_one_sentence_names_what_works(
    redirections: str, variables: dict[str, str], words: str, tmp_path: Path, figure: Figure
) -> None:
    code, text, cpu = told([*OMSTUI], environment(tmp_path, **variables), redirections)
    assert code == (0 if "|" in redirections else 2)  # a pipe's is its last program's
    assert re.fullmatch(r"omstui: [^.]*omstui once[^.]*", text), text
    assert words in text
    assert cpu < LIMIT
    assert list(tmp_path.iterdir()) == []
    figure(f"at most {0.1 * (cpu // 0.1 + 1):.1f} s of CPU")


@pytest.mark.fault("R5")
def test_all_streams_as_pipes_is_exit_code_2(tmp_path: Path) -> None:
    done = ran(environ=environment(tmp_path), text="")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert "omstui once" in done.err
    assert done.cpu_seconds < LIMIT


@pytest.mark.fault("R11")
@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "LANG": ""},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "de_DE.ISO-8859-1"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict"},
    ],
    ids=lambda variables: " ".join(f"{name}={value}" for name, value in variables.items()),
)
def test_no_encoding_turns_the_picture_into_escapes(variables: dict[str, str], tmp_path: Path, figure: Figure) -> None:
    with Terminal([*OMSTUI, "--demo"], environ=environment(tmp_path, **variables)) as terminal:
        terminal.until(lambda text: "images-to-obs" in text, "the tasks")
        terminal.press("?")
        terminal.until(lambda text: "Next task" in text, "the help")
        terminal.press("escape")
        terminal.until(lambda text: "Next task" not in text, "its end")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.output.decode()  # nothing but whole characters of UTF-8
    escapes = terminal.output.count(b"\\u") + terminal.output.count(b"\\x")
    assert escapes == 0
    figure(f"{escapes} escapes written out")


def is_toml(folder: Path, text: bytes) -> None:
    (folder / "config.toml").write_bytes(text)


def make_folder_of_it(folder: Path) -> None:
    (folder / "config.toml").unlink()
    (folder / "config.toml").mkdir()


def make_pipe_of_it(folder: Path) -> None:
    (folder / "config.toml").unlink()
    os.mkfifo(folder / "config.toml")


def link_it(folder: Path, device: str) -> None:
    (folder / "config.toml").unlink()
    (folder / "config.toml").symlink_to(device)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "not TOML": (lambda folder: is_toml(folder, b"[settings]\nascii = \n"), "line 2: is not TOML"),
    "not UTF-8": (lambda folder: is_toml(folder, b"[settings]\n# \xff\n"), "line 2: is not UTF-8"),
    "wrong value": (
        lambda folder: is_toml(folder, b'interval = "1s"\n'),
        "interval: an interval of 1s is not possible",
    ),
    "huge": (lambda folder: is_toml(folder, b"#" * 5_000_000), "is larger than 4 MiB"),
    "a folder": (make_folder_of_it, "is a folder, and only a regular file is read"),
    "a pipe": (make_pipe_of_it, "is a pipe, and only a regular file is read"),
    "a terminal": (lambda folder: link_it(folder, "/dev/tty"), "is a device, and only a regular file is read"),
    "a device without an end": (lambda folder: link_it(folder, "/dev/zero"), "is a device, and only a regular file"),
}


@pytest.mark.fault("R25")
@pytest.mark.parametrize("harm", BROKEN)
def test_a_broken_configuration_is_named_and_the_terminal_left_alone(harm: str, tmp_path: Path) -> None:
    folder = configure(tmp_path, "https://oms.example.com")
    break_it, words = BROKEN[harm]
    break_it(folder)
    code, text, cpu = told([*OMSTUI], environment(tmp_path))
    assert code == 2
    assert f"omstui: {folder}/config.toml" in text
    assert words in text
    assert text.endswith("when that is mended, run omstui again")
    assert cpu < LIMIT


def as_nobody(argv: list[str]) -> list[str]:
    """Run as someone whom a file's mode can keep out; root reads everything."""
    if os.geteuid():
        return argv
    if shutil.which("setpriv") is None:
        cannot("root reads every file, and there is no setpriv to be someone else")
    return [shutil.which("setpriv") or "", "--reuid=65534", "--regid=65534", "--clear-groups", *argv]


def test_a_configuration_without_permission_is_named(tmp_path: Path) -> None:
    folder = configure(tmp_path, "https://oms.example.com")
    (folder / "config.toml").chmod(0)
    for path in (tmp_path, *tmp_path.parents):
        if not path.stat().st_mode & 0o001 and not os.geteuid():
            path.chmod(path.stat().st_mode | 0o011)
    for path in (folder, folder.parent):
        path.chmod(0o755)
    argv = as_nobody([*OMSTUI])
    probe = subprocess.run(
        [*argv[:-3], *OMSTUI, "--version"], env=environment(tmp_path), capture_output=True, check=False
    )
    if probe.returncode:
        cannot("another user cannot run this Python")
    code, text, cpu = told(argv, environment(tmp_path))
    assert code == 2
    assert "config.toml: cannot be read: Permission denied; when that is mended, run omstui again" in text
    assert cpu < LIMIT


@pytest.mark.fault("R37")
@pytest.mark.skipif(sys.platform != "linux", reason="limits are set from outside")
@pytest.mark.parametrize("arguments", [(), ("--demo",), ("once",), ("doctor",), ("--help",)])
def test_without_free_descriptors_the_start_says_so(arguments: tuple[str, ...], tmp_path: Path) -> None:
    configure(tmp_path, "https://oms.example.com")
    argv = ["/bin/sh", "-c", 'ulimit -n 8; exec "$@"', "sh", *OMSTUI, *arguments]
    code, text, cpu = told(argv, environment(tmp_path))
    assert code == 2
    assert text == "omstui: this process has no free file descriptor: ulimit -n 1024, then start omstui again"
    assert cpu < LIMIT


def says_or_shows(shown: str, text: str) -> bool:
    return "no free file descriptor" in text or shown in text


@pytest.mark.fault("R37")
@pytest.mark.skipif(sys.platform != "linux", reason="limits are set from outside")
def test_a_screen_without_free_descriptors_lives_and_says_so(tmp_path: Path) -> None:
    """What is opened by a key is read from files, or from what was kept of them; with descriptors again, it opens."""
    with Terminal([*OMSTUI, "--demo"], environ=environment(tmp_path)) as terminal:
        terminal.until(lambda text: "images-to-obs" in text and "08:00" in text, "the tasks")
        before = resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE)
        for key, shown in (("h", "months and hours"), ("m", "enter"), ("?", "Next task")):
            resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE, (3, before[1]))
            terminal.press(key)
            terminal.until(partial(says_or_shows, shown), "what is wrong, or what the key opens")
            resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE, before)
            if shown not in terminal.text:
                terminal.press(key)
            terminal.until(lambda text, shown=shown: shown in text, "what the key opens")  # type: ignore[misc] # by key
            terminal.press("escape")
        terminal.until(lambda text: "Next task" not in text, "the main screen")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HTTPS_PROXY": "http://user:s3cr3t@[::"}, "HTTPS_PROXY holds no address of a proxy"),
        ({"ALL_PROXY": "s3cr3t://x"}, "ALL_PROXY holds no address of a proxy"),
        ({"SSL_CERT_FILE": "/nowhere"}, "SSL_CERT_FILE names no certificates that can be read (/nowhere)"),
        ({"SSL_CERT_DIR": "/nowhere"}, "SSL_CERT_DIR names no certificates that can be read (/nowhere)"),
    ],
)
def test_a_variable_that_makes_every_request_impossible_is_named(
    variables: dict[str, str], words: str, tmp_path: Path
) -> None:
    configure(tmp_path, "https://oms.example.com")
    code, text, cpu = told([*OMSTUI], environment(tmp_path, **variables))
    assert code == 2
    assert words in text
    assert text.endswith("correct or unset it; then run omstui again")
    assert "s3cr3t" not in text
    assert cpu < LIMIT


def test_such_a_variable_is_nothing_to_the_demo(tmp_path: Path) -> None:
    environ = environment(tmp_path, HTTPS_PROXY="http://[::", SSL_CERT_FILE="/nowhere")
    with Terminal([*OMSTUI, "--demo"], environ=environ) as terminal:
        terminal.until(lambda text: "images-to-obs" in text, "the tasks")
        terminal.press("q")
        assert terminal.wait() == 0
