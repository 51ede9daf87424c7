"""`omstui watch` as a process: what ends it, and that it always ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest
from jsonschema import Draft202012Validator

from omstui.cli.commands.watch import line_schema
from omstui.demo.clock import SteppedClock
from tests.cli.machine import Machine

SCHEMA = Draft202012Validator(line_schema())
DEMO = (sys.executable, "-m", "omstui", "watch", "--jsonl", "--demo")
TASKS_OF_THE_DEMO = 6

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of Unix")]


@contextmanager
def watching(home: Path, stdout: IO[bytes] | int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    process = subprocess.Popen(
        [*DEMO, *options], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, env=environ
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def first_lines(process: subprocess.Popen[bytes]) -> list[dict[str, object]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(TASKS_OF_THE_DEMO)]


def said(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.read().decode()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)], ids=str)
def test_it_ends_well_when_it_is_told_to(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with watching(tmp_path, subprocess.PIPE) as process:
        lines = first_lines(process)
        process.send_signal(number)
        assert process.wait(60) == code
        assert said(process) == ""
    for line in lines:
        SCHEMA.validate(line)
    assert {line["type"] for line in lines} == {"task"}


def test_it_ends_when_nobody_reads_any_more_though_nothing_changes(tmp_path: Path) -> None:
    with watching(tmp_path, subprocess.PIPE, "backup-2025") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert said(process) == ""


def test_a_reader_who_does_not_read_cannot_keep_it_from_ending(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while os.write(writing, bytes(4096)):
                pass
        os.set_blocking(writing, True)
        with watching(tmp_path, writing) as process:
            _wait_for_writing(process.pid)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 128 + signal.SIGTERM
    finally:
        os.close(reading)
        os.close(writing)


def _wait_for_writing(pid: int) -> None:
    """Wait until a process stands in a call that has its standard output as the first argument."""
    call = Path(f"/proc/{pid}/syscall")
    try:
        call.read_text()
    except OSError:
        pytest.skip("this system does not say what a process waits for")
    seen = 0
    for _ in range(6000):
        seen = seen + 1 if call.read_text().split()[1:2] == ["0x1"] else 0
        if seen > 5:
            return
        time.sleep(0.01)
    raise AssertionError("it does not write")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, watching(tmp_path, full) as process:
        assert process.wait(60) == 2
        assert "the output cannot be written: No space left on device" in said(process)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--interval", "1s"], "an interval of 1s is not possible"),
        (["--heartbeat", "soon"], "'soon' is not an interval"),
        (["nothing"], "'nothing' names no watched task"),
        ([], "no task is watched"),
    ],
)
def test_what_cannot_be_watched_is_named(machine: Machine, words: list[str], said: str) -> None:
    machine.has_profiles("lab")
    assert machine.omstui("watch", "--jsonl", *words) == 2
    assert said in machine.err
    assert machine.out == ""


def test_the_schema_is_printed_and_nothing_is_asked(machine: Machine) -> None:
    assert machine.omstui("watch", "--schema") == 0
    assert json.loads(machine.out) == line_schema()
    assert machine.requests == []


def test_help_says_how_it_ends(machine: Machine) -> None:
    assert machine.omstui("watch", "--help") == 0
    assert "130 interrupted" in machine.out


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)
