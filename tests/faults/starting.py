"""Starting the real program in a home that is thrown away."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OMSTUI = (sys.executable, "-m", "omstui")
TOKEN = "MIIFaultsToken" + "gH5t" * 4092 + "12"
assert len(TOKEN) == 16_384
PROJECT = "2c0689c860ad4728a497c91ec0844383"
TASK = "0d146099-8cf4-437d-b6ef-88e04377{:04}"


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment without anything of the person's who runs the tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **variables,
    }


def configure(home: Path, endpoint: str, labels: tuple[str, ...] = ("one", "two", "three"), **facts: str) -> Path:
    """Write a profile `lab` and a watched task for each label; return the folder."""
    folder = home / ".config" / "omstui"
    folder.mkdir(parents=True, mode=0o700)
    lines = "".join(f'{name} = "{value}"\n' for name, value in facts.items())
    (folder / "config.toml").write_text(
        f'[profiles.lab]\nendpoint = "{endpoint}"\nproject_id = "{PROJECT}"\n{lines}[settings]\ninterval = "10s"\n'
    )
    (folder / "watchlist.toml").write_text("\n".join(entry(number, label) for number, label in enumerate(labels)))
    return folder


def entry(number: int, label: str) -> str:
    """Return a watched task as the file has it."""
    return f'[[task]]\nid = "{TASK.format(number)}"\nprofile = "lab"\nlabel = "{label}"\n'


def answer(sync_task_id: str, query_time: int) -> tuple[int, object]:
    """Answer for any task."""
    return 200, {"sync_task_id": sync_task_id, "status": "SYNCHRONIZING", "monthly_success_object": query_time % 1000}


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run without a screen."""

    code: int
    out: str
    err: str
    seconds: float
    cpu_seconds: float


def ran(*arguments: str, environ: Mapping[str, str], stdin: int | None = None, text: str | None = None) -> Ran:
    """Run the program to its end, with pipes for streams."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [*OMSTUI, *arguments], env=environ, stdin=stdin, input=text, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(done.returncode, done.stdout, done.stderr, seconds, cpu)
