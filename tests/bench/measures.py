"""What is measured; each measure starts programs of its own."""

import json
import re
import subprocess
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.goals import Figure, ratio
from tests.bench.keys import KINDS, FloorKeys, latencies, quantile
from tests.bench.watched import Watched, ahead_of_others, configure, cpu_seconds, project_id, resident_mib, serving
from tests.test_bytes import watching

SDK = "huaweicloudsdkoms"
_FEW, _MANY, _PROFILES = 20, 1000, 8
_INTERVAL = 60.0
_SMALLEST = "× the smallest app's"
_P50 = {"cursor": 1.8, "month step": 2.5}
_P99 = {"cursor": 1.5, "month step": 1.5, "picker": 1.5}
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure."""

    folder: Path
    is_quick: bool = False

    @property
    def starts(self) -> int:
        """How often each program is started."""
        return 3 if self.is_quick else 9

    @property
    def windows(self) -> int:
        """How often a state is watched."""
        return 1 if self.is_quick else 4

    @property
    def seconds(self) -> float:
        """How long a state is watched each time."""
        return 5.0 if self.is_quick else 30.0

    @property
    def blocks(self) -> int:
        """How often a kind of key is measured."""
        return 1 if self.is_quick else 6

    @property
    def presses(self) -> int:
        """How many keys are pressed each time."""
        return 30 if self.is_quick else 100

    @property
    def answers(self) -> int:
        """How many answers make a day of twenty tasks; in quick runs, some."""
        return 3_000 if self.is_quick else 28_800

    def home(self, name: str, url: str, tasks: int, profiles: int = 1) -> Path:
        """Make a home with the program's files."""
        return configure(self.folder / name, url, tasks, profiles)


@contextmanager
def _open(home: Path, interval: float, *more: str) -> Iterator[Watched]:
    """Run the screen until figures of many tasks are there."""
    with Watched(home, "tests.bench.screen", str(interval), *more) as watched:
        watched.until(lambda text: text.count(" syncing ") >= 20, "twenty answers", limit=60)
        yield watched
        watched.end()


@contextmanager
def _floor(plan: Plan) -> Iterator[Watched]:
    """Run the smallest app."""
    with Watched(plan.folder, "tests.bench.floor") as floor:
        floor.until(_is_floor, "the smallest app")
        yield floor
        floor.end()


def _is_floor(text: str) -> bool:
    return "floor 0" in text


def _seen(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/seen") as answer:
        seen: dict[str, Any] = json.load(answer)
        return seen


@ahead_of_others()
def starts(plan: Plan) -> list[Figure]:
    """CPU from a start to a picture, beside the mean of the smallest app's starts just before and just after."""
    with serving() as url:
        home = plan.home("first", url, _FEW)
        with _open(home, _INTERVAL):
            pass  # so that figures are known from before
    known, whole, demo = [], [], []
    (floor,) = _cpu_to(plan.folder, "tests.bench.floor", _is_floor)
    for _ in range(plan.starts):
        first, last = _cpu_to(
            home, "tests.bench.command", lambda text: text.count("task-00") >= _FEW, lambda text: "filter" in text
        )
        before, (floor,) = floor, _cpu_to(plan.folder, "tests.bench.floor", _is_floor)
        known.append((first, (before + floor) / 2))
        whole.append((last, (before + floor) / 2))
        (tasks,) = _cpu_to(plan.folder, "tests.bench.command --demo", _shows_demo_tasks)
        before, (floor,) = floor, _cpu_to(plan.folder, "tests.bench.floor", _is_floor)
        demo.append((tasks, (before + floor) / 2))
    return [
        ratio(f"CPU to the whole screen with the last known figures of {_FEW} tasks, {_SMALLEST}", whole, "ms", 2.0),
        ratio(f"CPU to the first picture of the last known figures, {_SMALLEST}", known, "ms", 0.6),
        ratio(f"CPU until `omstui --demo` shows its tasks, {_SMALLEST}", demo, "ms", 2.5),
    ]


def _shows_demo_tasks(text: str) -> bool:
    """Whether the demo's running tasks have their figures; `logs-archive` is the second of them."""
    return re.search("logs-archive +syncing", text) is not None


def _cpu_to(home: Path, command: str, *pictures: Callable[[str], bool]) -> list[float]:
    """Start a program, and return the CPU that it took to each of some pictures, in milliseconds."""
    with Watched(home, *command.split()) as watched:
        took = [1000 * watched.cpu_until(picture, f"a picture of {command}") for picture in pictures]
        watched.end()
    return took


@ahead_of_others()
def idle(plan: Plan) -> list[Figure]:
    """Nobody touches it and nothing is answered; the smallest app stands idle beside it."""
    with serving() as url, _open(plan.home("idle", url, _FEW), 3600) as watched, _floor(plan) as floor:
        watched.press("p")  # no past months are asked for meanwhile
        watched.leave_alone(8)
        _until_nothing_is_asked(url, watched)
        used, before = [], len(watched.output)
        for _ in range(plan.windows):
            began = cpu_seconds(watched.pid), cpu_seconds(floor.pid)
            watched.leave_alone(plan.seconds)
            used.append((_share(watched, began[0], plan), _share(floor, began[1], plan)))
        written = (len(watched.output) - before) / plan.seconds / plan.windows
    with watching("thin") as thin:
        quiet = [one for one in thin.seconds(120) if not one.rows_changed]
        rate = sum(len(one.written) for one in quiet) / len(quiet)
    return [
        ratio(f"idle, CPU, {_SMALLEST}", used, "%", 3.0),
        Figure("idle, to the terminal", written, "B/s", 100),
        Figure("idle with --thin, to the terminal", rate, "B/s", 10),
    ]


def _share(watched: Watched, began: float, plan: Plan) -> float:
    return 100 * (cpu_seconds(watched.pid) - began) / plan.seconds


def _until_nothing_is_asked(url: str, watched: Watched) -> None:
    """Wait for the months that are closed after the start, one every other second."""
    before = -1
    while (seen := _seen(url)["requests"]) != before:
        before = seen
        watched.leave_alone(5)


def answers_on_the_terminal(plan: Plan) -> list[Figure]:
    """What answers cost on the terminal, beside the least that a painter needs."""
    with watching() as watched:
        seconds = watched.seconds(60 if plan.is_quick else 180)
    single = [one.waste for one in seconds if one.rows_changed == 1]
    written, least = sum(len(one.written) for one in seconds), sum(one.minimum for one in seconds)
    return [
        Figure("an answer with five new figures, × the least bytes", max(single), "×", 1.1),
        Figure("rounds of 20 answers, × the least bytes", written / least, "×", 1.1),
    ]


@ahead_of_others()
def keys(plan: Plan) -> list[Figure]:
    """From a key to its effect; each key is followed by one in the smallest app."""
    figures: list[Figure] = []
    for words, tasks, profiles, interval, p50, p99 in (
        (f"{_FEW} tasks", _FEW, 1, _INTERVAL, _P50, _P99),
        (f"{_FEW} tasks, 40 answers a second", _FEW, 1, 0.5, {}, _P99),
        (f"{_MANY:,} tasks, 17 answers a second", _MANY, _PROFILES, _INTERVAL, {}, {}),
    ):
        home = f"keys-{tasks}-{interval:g}"
        with (
            serving() as url,
            _open(plan.home(home, url, tasks, profiles), interval) as watched,
            _floor(plan) as floor,
        ):
            watched.leave_alone(25 if tasks == _MANY else 8)
            floor_keys = FloorKeys(floor)
            took: dict[str, list[float]] = {kind: [] for kind in KINDS}
            least: list[float] = []  # of all kinds, since a hundredth of the keys says little when they are few
            for number in range(plan.blocks if p99 else 1):  # a figure without a goal is only looked at
                for kind in KINDS:  # by turns, so that a slow minute of the machine is not all one kind's
                    pairs = latencies(watched, floor_keys, kind, plan.presses, number)
                    took[kind] += [mine for mine, _ in pairs]
                    least += [floors for _, floors in pairs]
        for kind, found in took.items():
            for share, name, goals in ((0.5, "p50", p50), (0.99, "p99", p99)):
                pair = quantile(found, share), quantile(least, share)
                figures.append(ratio(f"a key, {name}: {kind}, {words}, {_SMALLEST}", [pair], "ms", goals.get(kind)))
    return figures


def memory(plan: Plan) -> list[Figure]:
    """A day of answers for twenty tasks, in minutes."""
    readings: list[tuple[int, float]] = []
    with serving() as url, _open(plan.home("memory", url, _FEW), _INTERVAL, "3") as watched:
        while not readings or readings[-1][0] < plan.answers:
            watched.leave_alone(1)
            readings.append((_seen(url)["requests"], resident_mib(watched.pid)))
    warm = next(one for one in readings if one[0] >= plan.answers // 3)
    last = readings[-1]
    growth = (last[1] - warm[1]) / max(last[0] - warm[0], 1) * 10_000
    return [
        Figure(f"memory after {last[0]:,} answers for {_FEW} tasks", last[1], "MiB", 48),
        Figure("growth in 10,000 answers", growth, "MiB", 0.5),
    ]


@ahead_of_others()
def many_tasks(plan: Plan) -> list[Figure]:
    """A thousand tasks on eight profiles, one of them dead; the service's own library asks at this pace beside it."""
    dead = project_id(_PROFILES - 1)
    gaps: list[float] = []
    costs: list[list[float]] = []
    python = _sdk_installed(plan)
    with ExitStack() as stack:
        url = stack.enter_context(serving(dead))
        watched = stack.enter_context(_open(plan.home("many", url, _MANY, _PROFILES), _INTERVAL))
        asking = [(watched.pid, url), *([stack.enter_context(_sdk(python))] if python else [])]
        watched.leave_alone(65)
        for _ in range(plan.windows):
            before = [(cpu_seconds(pid), _seen(of)["requests"]) for pid, of in asking]
            watched.leave_alone(max(plan.seconds, 15))
            after = [(cpu_seconds(pid), _seen(of)) for pid, of in asking]
            gaps += [gap for project, gap in after[0][1]["gaps"].items() if project != dead]
            costs.append(
                [
                    1000 * (cpu - cpu_before) / (seen["requests"] - requests)
                    for (cpu_before, requests), (cpu, seen) in zip(before, after, strict=True)
                ]
            )
    cost = f"{_MANY:,} tasks, CPU for each answer, × the bare request of the official library"
    return [
        # In the first rounds a task may be asked a quarter later, to find its place; a busy machine is a little late.
        Figure(f"{_MANY:,} tasks, longest time between two requests for one, a profile dead", max(gaps), "s", 80),
        ratio(cost, [(screen, bare) for screen, bare in costs], "ms", 0.8)
        if python
        else Figure(cost, None, "×", 0.8, f"{SDK} could not be installed"),
    ]


def _sdk_installed(plan: Plan) -> Path | None:
    """Return the Python of a venv with the official library; ``None`` where it cannot be had."""
    python = plan.folder / "sdk" / "bin" / "python"
    venv.create(plan.folder / "sdk", with_pip=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", SDK], capture_output=True, check=False)
    return None if done.returncode else python


@contextmanager
def _sdk(python: Path) -> Iterator[tuple[int, str]]:
    """Have the official library ask a service of its own; give its process and the service's address."""
    with serving() as url:
        argv = [str(python), "-m", "tests.bench.sdk", url, str(_INTERVAL / _MANY)]
        with subprocess.Popen(argv, cwd=_ROOT) as asking:
            try:
                yield asking.pid, url
            finally:
                asking.kill()


MEASURES: dict[str, Callable[[Plan], list[Figure]]] = {
    "first": starts,
    "idle": idle,
    "bytes": answers_on_the_terminal,
    "keys": keys,
    "memory": memory,
    "many": many_tasks,
}
