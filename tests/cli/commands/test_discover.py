"""`omstui discover`: what each project has, and what of it is put on the watch list."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from omstui.backend.secrets.secret import Secret
from omstui.core.task import WatchList
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, TOKEN, Machine, error, task, unreachable


def has(*numbers: int, **facts: Any) -> Callable[[httpx.Request], httpx.Response]:
    tasks = [{"sync_task_id": ID.format(number), "status": "SYNCHRONIZING", **facts} for number in numbers]
    return lambda _: httpx.Response(200, json={"tasks": tasks, "count": len(tasks)})


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    """A machine with two profiles of one region, of which one project has two tasks and the other may not list any."""
    machine = Machine(tmp_path, stepped_clock)
    machine.has_profiles("lab", project_id="p1")
    machine.has_profiles("prod", project_id="p2")
    for name in ("lab", "prod"):
        machine.store.set(name, Secret(TOKEN))
    machine.answer = lambda request: (
        has(1, 2, src_bucket="a", dst_bucket="b")(request)
        if "/p1/" in request.url.path
        else error(403, "OMS.0053", "denied")(request)
    )
    return machine


def test_each_project_is_asked_once_and_trouble_with_one_hides_no_other(machine: Machine) -> None:
    machine.watches(task(1))
    assert machine.omstui("discover") == 3
    lines = machine.out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["watched", "lab", ID.format(1)], ["new", "lab", ID.format(2)]]
    assert "a -> b" in lines[1]
    assert "prod: denied (OMS.0053, request abc). Ask the administrator for oms:synctask:list" in machine.err
    assert "1 task is not watched. To watch it: omstui discover --add" in machine.err
    assert sorted(request.url.path for request in machine.requests) == ["/v2/p1/sync-tasks", "/v2/p2/sync-tasks"]
    assert {request.method for request in machine.requests} == {"GET"}


def test_all_that_is_not_watched_is_added_without_labels(machine: Machine) -> None:
    machine.watches(task(1, label="one"))
    assert machine.omstui("discover", "--profile", "lab", "--add") == 0
    assert machine.out == f"{ID.format(2)}\n"
    assert machine.watchlist == WatchList((task(1, label="one"), task(2)))
    assert machine.omstui("discover", "--profile", "lab", "--add") == 0
    assert "watched already" in machine.err


def test_chosen_ids_alone_are_added_and_strangers_named(machine: Machine) -> None:
    assert machine.omstui("discover", "--profile", "lab", "--add", ID.format(2), ID.format(7)) == 2
    assert machine.watchlist == WatchList((task(2),))
    assert f"omstui: {ID.format(7)} is not among them" in machine.err
    assert machine.omstui("discover", "--add", f"lab/{ID.format(1)}", f"prod/{ID.format(7)}") == 2
    assert machine.watchlist == WatchList((task(2), task(1)))
    assert f"omstui: prod/{ID.format(7)} is not among them" in machine.err


def test_the_same_id_in_two_projects_is_two_tasks(machine: Machine) -> None:
    machine.answer = has(1)
    machine.watches(task(1))
    assert machine.omstui("discover", "--add") == 0
    assert machine.watchlist == WatchList((task(1), task(1, "prod")))


def test_scripts_read_tasks_and_problems(machine: Machine) -> None:
    machine.watches(task(2))
    assert machine.omstui("discover", "--json") == 3
    made = json.loads(machine.out)
    assert made["schema_version"] == 1
    assert [(one["sync_task_id"], one["watched"]) for one in made["tasks"]] == [
        (ID.format(1), False),
        (ID.format(2), True),
    ]
    assert made["problems"] == [{"profile": "prod", "kind": "forbidden", "text": "denied", "code": "OMS.0053"}]
    assert machine.omstui("discover", "--json", "--profile", "lab", "--add") == 0
    assert len(json.loads(machine.out)["tasks"]) == 2
    assert len(machine.watchlist) == 2


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--profile", "none"], 2, "there is no profile none: run omstui login none"),
        (["--demo", "--add"], 2, "omstui --demo"),
    ],
)
def test_what_cannot_be_asked_says_what_to_run(machine: Machine, argv: list[str], code: int, words: str) -> None:
    assert machine.omstui("discover", *argv) == code
    assert words in machine.err
    assert not machine.requests


def test_without_a_profile_there_is_one_thing_to_do(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    machine = Machine(tmp_path, stepped_clock)
    assert machine.omstui("discover") == 2
    assert "run omstui login" in machine.err


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (unreachable, 3, "lab: "),
        (has(), 0, "lab: the project p1 has no tasks in cn-north-4."),
        (has(1, 1, 1), 0, "lab: The service speaks of 3 tasks and lists 1."),
        (error(404, "OMS.1009", "none"), 3, "give their ids"),
    ],
)
def test_what_is_odd_about_an_answer_is_said(
    machine: Machine, answer: Callable[[httpx.Request], httpx.Response], code: int, words: str
) -> None:
    machine.answer = answer
    assert machine.omstui("discover", "--profile", "lab") == code
    assert words in machine.err


def test_hostile_text_reaches_no_terminal(machine: Machine) -> None:
    """The machine looks for escapes in all that is written."""
    machine.answer = has(1, description=HOSTILE, src_bucket=HOSTILE, status=HOSTILE)
    assert machine.omstui("discover", "--profile", "lab") == 0
    assert "\u202e" not in machine.out


def test_the_demo_is_discovered_without_an_account(tmp_path: Path, stepped_clock: SteppedClock) -> None:
    machine = Machine(tmp_path, stepped_clock)
    assert machine.omstui("discover", "--demo") == 3
    assert "new      lab-gy" in machine.out
    assert "dr-sg: " in machine.err


def test_trouble_that_several_profiles_have_is_said_once(machine: Machine) -> None:
    machine.answer = unreachable
    assert machine.omstui("discover") == 3
    (told,) = [line for line in machine.err.splitlines() if "refuses the connection" in line or "could not" in line]
    assert told.startswith("lab, prod: ")
    assert told.endswith("Check the network and the proxy, then run this again.")
