"""One measure for each goal; each starts programs of its own."""

import json
import subprocess
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.goals import Figure
from tests.bench.keys import KINDS, Latency, latencies, latency_of
from tests.bench.watched import Watched, configure, cpu_seconds, project_id, resident_mib, serving
from tests.test_bytes import watching

SDK = "huaweicloudsdkoms"
_FEW, _MANY, _PROFILES = 20, 1000, 8
_INTERVAL = 60.0
_AS_THE_SDK = "the same, × the bare request of the official library"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure."""

    folder: Path
    is_quick: bool = False

    @property
    def starts(self) -> int:
        """How often a start is measured."""
        return 2 if self.is_quick else 7

    @property
    def seconds(self) -> float:
        """How long a state is watched."""
        return 5.0 if self.is_quick else 30.0

    @property
    def presses(self) -> int:
        """How many keys of a kind."""
        return 30 if self.is_quick else 200

    @property
    def answers(self) -> int:
        """How many answers make a day of twenty tasks; in quick runs, some."""
        return 3_000 if self.is_quick else 28_800

    def home(self, name: str, url: str, tasks: int, profiles: int = 1) -> Path:
        """Make a folder with the program's files."""
        return configure(self.folder / name, url, tasks, profiles)


@contextmanager
def _open(folder: Path, interval: float, *more: str) -> Iterator[Watched]:
    """Run the screen until figures of many tasks are there."""
    with Watched(folder, "tests.bench.screen", str(folder), str(interval), *more) as watched:
        watched.until(lambda text: text.count(" syncing ") >= 20, "twenty answers", limit=60)
        yield watched
        watched.end()


def _seen(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/seen") as answer:
        seen: dict[str, Any] = json.load(answer)
        return seen


def first_picture(plan: Plan) -> list[Figure]:
    """Goal 1: from the start to the last known figures, against the smallest app's first paint."""
    floor, known, whole = [], [], []
    with serving() as url:
        folder = plan.home("first", url, _FEW)
        with _open(folder, 60):
            pass  # what is known from before
    for _ in range(plan.starts):
        with Watched(folder, "tests.bench.floor") as watched:
            floor.append(watched.cpu_until(lambda text: "floor 0" in text, "the smallest app"))
            watched.end()
        with Watched(folder, "tests.bench.screen", str(folder), "60") as watched:
            known.append(watched.cpu_until(lambda text: text.count("task-00") >= _FEW, "the last known figures"))
            whole.append(watched.cpu_until(lambda text: "filter" in text, "the whole screen"))
            watched.end()
    base = median(floor)
    return [
        Figure(1, "CPU to the last known figures, × the smallest app", median(known) / base, "×", 1.2),
        Figure(1, "CPU to the whole screen, × the smallest app", median(whole) / base, "×"),
        Figure(1, "the smallest app, CPU", 1000 * base, "ms"),
    ]


def idle(plan: Plan) -> list[Figure]:
    """Goal 2: nobody touches it and nothing is answered."""
    figures = []
    with serving() as url, _open(plan.home("idle", url, _FEW), 3600) as watched:
        watched.press("p")  # no past months are asked for meanwhile
        watched.leave_alone(8)
        _until_nothing_is_asked(url, watched)
        cpu, written = cpu_seconds(watched.pid), len(watched.output)
        watched.leave_alone(plan.seconds)
        share = (cpu_seconds(watched.pid) - cpu) / plan.seconds
        figures.append(Figure(2, "idle, CPU", 100 * share, "%", 0.5))
        figures.append(Figure(2, "idle, to the terminal", (len(watched.output) - written) / plan.seconds, "B/s", 100))
    with Watched(plan.folder, "tests.bench.floor") as floor:
        floor.until(lambda text: "floor 0" in text, "the smallest app")
        floor.leave_alone(2)
        cpu = cpu_seconds(floor.pid)
        floor.leave_alone(plan.seconds)
        figures.append(
            Figure(2, "the smallest app idle, CPU", 100 * (cpu_seconds(floor.pid) - cpu) / plan.seconds, "%")
        )
        floor.end()
    with watching("thin") as thin:
        quiet = [one for one in thin.seconds(120) if not one.rows_changed]
        rate = sum(len(one.written) for one in quiet) / len(quiet)
        figures.append(Figure(2, "idle with --thin, to the terminal", rate, "B/s", 10))
    return figures


def _until_nothing_is_asked(url: str, watched: Watched) -> None:
    """Wait for the months that are closed after the start, one every other second."""
    before = -1
    while (seen := _seen(url)["requests"]) != before:
        before = seen
        watched.leave_alone(5)


def answers_on_the_terminal(plan: Plan) -> list[Figure]:
    """Goal 3: what answers cost on the terminal, against the least that a painter needs."""
    with watching() as watched:
        seconds = watched.seconds(60 if plan.is_quick else 180)
    single = [one.waste for one in seconds if one.rows_changed == 1]
    written, least = sum(len(one.written) for one in seconds), sum(one.minimum for one in seconds)
    return [
        Figure(3, "an answer with five new figures, × the least bytes", max(single), "×", 1.5),
        Figure(3, "rounds of 20 answers, × the least bytes", written / least, "×", 1.5),
    ]


def keys(plan: Plan) -> list[Figure]:
    """Goal 4: from a key to its effect."""
    figures: list[Figure] = []
    with Watched(plan.folder, "tests.bench.floor") as floor:
        floor.until(lambda text: "floor 0" in text, "the smallest app")
        took = []
        for number in range(plan.presses):
            took.append(floor.latency("x", lambda: f"floor {number + 1}" in floor.text, "the key"))  # noqa: B023 - looked at at once
            floor.leave_alone(0.03)
        figures += _latency("the smallest app, a key", latency_of(took), None, None)
        floor.end()
    for words, tasks, profiles, interval, p50, p99 in (
        (f"{_FEW} tasks", _FEW, 1, 60.0, 12.0, 30.0),
        (f"{_FEW} tasks, 40 answers a second", _FEW, 1, 0.5, 12.0, 30.0),
        (f"{_MANY} tasks, 17 answers a second", _MANY, _PROFILES, 60.0, None, 60.0),
    ):
        with (
            serving() as url,
            _open(plan.home(f"keys-{tasks}-{interval:g}", url, tasks, profiles), interval) as watched,
        ):
            watched.leave_alone(25 if tasks == _MANY else 8)
            for kind in KINDS:
                found = latency_of(latencies(watched, kind, plan.presses))
                figures += _latency(f"{kind}, {words}", found, p50, p99)
    return figures


def _latency(what: str, found: Latency, p50: float | None, p99: float | None) -> list[Figure]:
    return [
        Figure(4, f"{what}: p50", found.p50, "ms", p50),
        Figure(4, f"{what}: p99", found.p99, "ms", p99, f"worst {found.worst:.0f}"),
    ]


def memory(plan: Plan) -> list[Figure]:
    """Goal 5: a day of answers for twenty tasks, in minutes."""
    readings: list[tuple[int, float]] = []
    with serving() as url, _open(plan.home("memory", url, _FEW), 60, "3") as watched:
        while not readings or readings[-1][0] < plan.answers:
            watched.leave_alone(1)
            readings.append((_seen(url)["requests"], resident_mib(watched.pid)))
    warm = next(one for one in readings if one[0] >= plan.answers // 3)
    last = readings[-1]
    growth = (last[1] - warm[1]) / max(last[0] - warm[0], 1) * 10_000
    return [
        Figure(5, f"memory after {last[0]:,} answers for {_FEW} tasks", last[1], "MiB", 55),
        Figure(5, "growth in 10,000 answers", growth, "MiB", 0.5),
    ]


def many_tasks(plan: Plan) -> list[Figure]:
    """Goal 6: a thousand tasks on eight profiles, one of them dead; and what the service's own library takes."""
    dead = project_id(_PROFILES - 1)
    with serving(dead) as url, _open(plan.home("many", url, _MANY, _PROFILES), _INTERVAL) as watched:
        watched.leave_alone(65)
        _seen(url)
        cpu, before = cpu_seconds(watched.pid), _seen(url)["requests"]
        watched.leave_alone(15 if plan.is_quick else 80)
        used, seen = cpu_seconds(watched.pid) - cpu, _seen(url)
    answers = seen["requests"] - before
    gaps = [gap for project, gap in seen["gaps"].items() if project != dead]
    figures = [
        # In the first rounds a task may be asked a quarter later, to find its place; a busy machine is a little late.
        Figure(6, f"{_MANY:,} tasks, longest time between two requests for one, a profile dead", max(gaps), "s", 80),
        Figure(6, "CPU for each answer, all in", 1000 * used / answers, "ms"),
    ]
    python = _sdk_installed(plan)
    if python is None:
        return [*figures, Figure(6, _AS_THE_SDK, None, "×", 1.0, f"{SDK} could not be installed")]
    with serving() as url:
        bare, in_a_row = (_sdk(plan, python, url, pause) for pause in (_INTERVAL / _MANY, 0.0))
    note = f"{SDK} at this pace: {1000 * bare:.2f} ms; one request after the other: {1000 * in_a_row:.2f} ms"
    return [*figures, Figure(6, _AS_THE_SDK, used / answers / bare, "×", 1.0, note)]


def _sdk_installed(plan: Plan) -> Path | None:
    """Return the Python of a venv with the official library; ``None`` where it cannot be had."""
    python = plan.folder / "sdk" / "bin" / "python"
    venv.create(plan.folder / "sdk", with_pip=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", SDK], capture_output=True, check=False)
    return None if done.returncode else python


def _sdk(plan: Plan, python: Path, url: str, pause: float) -> float:
    """Return the processor's time that the official library takes for a request, in seconds."""
    argv = [str(python), "-m", "tests.bench.sdk", url, "200" if plan.is_quick else "800", str(pause)]
    return float(subprocess.run(argv, stdout=subprocess.PIPE, text=True, cwd=_ROOT, check=True).stdout)


MEASURES: dict[str, Callable[[Plan], list[Figure]]] = {
    "first": first_picture,
    "idle": idle,
    "bytes": answers_on_the_terminal,
    "keys": keys,
    "memory": memory,
    "many": many_tasks,
}
