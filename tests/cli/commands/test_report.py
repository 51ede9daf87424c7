"""`omstui report`: a month of all tasks, whose totals are the sums of what the service said."""

import csv
import io
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import asdict

from omstui.backend.secrets.secret import Secret
from omstui.cli.commands.report import schema
from omstui.core.month import Month
from omstui.core.profile import Profile
from omstui.core.reports.month_report import FIGURES
from omstui.core.task import TaskRef, WatchedTask
from omstui.demo.clock import SteppedClock
from omstui.demo.iam import Request
from omstui.demo.scenario import BACKUP, IMAGES, LOGS, PROD, demo_profiles, demo_scenario, demo_token
from omstui.demo.service import SimulatedOms
from tests.cli.machine import ID, NORTH, TOKEN, Machine, error, task, unreachable
from tests.making import TASK

SCHEMA = Draft202012Validator(schema())
OCTOBER = Month(2026, 10)
WATCHED = (IMAGES, LOGS, BACKUP)


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    return Machine(tmp_path, stepped_clock)


@pytest.fixture
def demo(machine: Machine) -> SimulatedOms:
    """A machine that watches three tasks of the pretend service."""
    profile = demo_profiles()[PROD]
    machine.config.put_profile(Profile("prod", profile.endpoint, profile.project_id, region=profile.region))
    machine.store.set("prod", demo_token(PROD))
    machine.watches(*(WatchedTask(TaskRef("prod", sync_task_id)) for sync_task_id in WATCHED))
    oms = SimulatedOms(demo_scenario(machine.clock.now()), machine.clock)

    def answer(request: httpx.Request) -> httpx.Response:
        asked = Request("GET", request.url.path, request.headers)
        made = oms._answer(asked, request.url.path, {"query_time": [request.url.params["query_time"]]})
        return httpx.Response(made.status, headers=dict(made.headers), content=made.body)

    machine.answer = answer
    return oms


def truth(oms: SimulatedOms, month: Month, now: datetime) -> dict[str, int]:
    """Add up what the service says of a month."""
    tasks = [task for task in oms.scenario.projects[0].tasks if task.sync_task_id in WATCHED]
    said = [task.as_of(now, month.middle, oms.scenario.zone) for task in tasks]
    return {name: sum(read(one) or 0 for one in said) for name, read in FIGURES.items()}


def numbers_of(row: dict[str, str]) -> dict[str, int]:
    return {name: int(row[name]) for name in FIGURES}


def has_lab(machine: Machine, answer: Any) -> None:
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    machine.watches(task(1, label="one"), task(2, label="two"))
    machine.answer = answer


def well(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=asdict(TASK))


def but_for(number: int, **facts: Any) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(ID.format(number)):
            return httpx.Response(200, json={**asdict(TASK), **facts}) if facts else error(503, "X")(request)
        return well(request)

    return answer


def test_a_month_is_the_sum_of_what_the_service_said(machine: Machine, demo: SimulatedOms) -> None:
    expected = truth(demo, OCTOBER, machine.clock.now())
    assert machine.omstui("report", "--month", "2026-10", "--json") == 0
    made = json.loads(machine.out)
    SCHEMA.validate(made)
    assert {name: total["value"] for name, total in made["totals"].items()} == expected
    assert {total["missing"] for total in made["totals"].values()} == {0}
    assert {request.url.params["query_time"] for request in machine.requests} == {"1792065600000"}

    assert machine.omstui("report", "--month", "2026-10", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(machine.out, newline="")))
    assert [row["kind"] for row in rows] == ["task", "task", "task", "total"]
    assert numbers_of(rows[-1]) == expected
    parts = [numbers_of(row) for row in rows[:-1]]
    assert {name: sum(part[name] for part in parts) for name in FIGURES} == expected

    assert machine.omstui("report", "--month", "2026-10") == 0
    assert machine.out.startswith("October 2026, a past month, months and times of UTC+08:00\n")
    last = machine.out.splitlines()[-1].split()
    assert last == ["Total", *(f"{number:,}" for number in expected.values())]
    assert machine.err == ""


def test_without_a_month_it_is_the_last_one_that_is_over_everywhere(machine: Machine) -> None:
    has_lab(machine, well)
    machine.config.put_profile(Profile("west", NORTH, "p2"), "UTC-04:00")
    machine.store.set("west", Secret(TOKEN))
    machine.watches(task(3, "west"))
    machine.clock = SteppedClock(datetime(2026, 11, 30, 20, tzinfo=UTC))
    assert machine.omstui("report", "--json") == 0
    assert json.loads(machine.out)["month"] == "2026-10"
    machine.clock = SteppedClock(datetime(2026, 12, 1, 20, tzinfo=UTC))
    assert machine.omstui("report", "--json") == 0
    assert json.loads(machine.out)["month"] == "2026-11"


@pytest.mark.parametrize("answer", [but_for(2), but_for(2, monthly_size=None)])
def test_a_total_that_lacks_something_says_at_least(machine: Machine, answer: Any) -> None:
    has_lab(machine, answer)
    assert machine.omstui("report") == 0
    assert machine.out.splitlines()[-1].endswith("at least 38,204,117,002,112")
    assert "the least that it can be" in machine.err
    assert machine.omstui("report", "--csv") == 0
    assert "monthly_size" in machine.out.splitlines()[-1].rpartition(",")[2].split()
    assert machine.omstui("report", "--json") == 0
    assert json.loads(machine.out)["totals"]["monthly_size"] == {"value": 38_204_117_002_112, "missing": 1}


def test_each_profile_has_a_total_where_there_are_several(machine: Machine) -> None:
    has_lab(machine, well)
    machine.has_profiles("prod")
    machine.store.set("prod", Secret(TOKEN))
    machine.watches(task(3, "prod"))
    assert machine.omstui("report") == 0
    totals = [line.split()[:3] for line in machine.out.splitlines() if line.startswith("Total")]
    assert totals == [
        ["Total", "lab", "2,408,924"],
        ["Total", "prod", "1,204,462"],
        ["Total", "3,613,386", "3,612,993"],
    ]


def test_markdown_takes_nothing_of_the_names_for_markup(machine: Machine) -> None:
    has_lab(machine, but_for(1))
    machine.omstui("remove", ID.format(1))
    machine.watches(task(1, label="a|b *c* <d> [e](f)"))
    assert machine.omstui("report", "--markdown") == 0
    lines = machine.out.splitlines()
    assert lines[0] == "## October 2026, a past month, months and times of UTC+08:00"
    assert len({line.replace("\\|", "").count("|") for line in lines[2:]}) == 1
    assert r"a\|b \*c\* \<d\> \[e\](f)" in machine.out


def test_a_month_that_is_not_over_is_said_to_grow_and_marked_in_its_heading(machine: Machine) -> None:
    """What goes to a file or into a mail is the heading, without what stderr says."""
    has_lab(machine, well)
    for option, heading in (((), ""), (("--markdown",), "## ")):
        assert machine.omstui("report", "--month", "2026-11", *option) == 0
        assert machine.out.startswith(f"{heading}November 2026, not over yet, months and times of UTC+08:00\n")
        assert "November 2026 is not over yet" in machine.err


def test_it_is_worth_trying_again_when_nothing_could_be_asked(machine: Machine) -> None:
    has_lab(machine, unreachable)
    assert machine.omstui("report") == 3
    assert machine.out.splitlines()[-1].split() == ["Total", "–", "–", "–", "–", "–", "–"]


def test_the_schema_is_printed_and_nothing_is_asked(machine: Machine) -> None:
    assert machine.omstui("report", "--schema") == 0
    Draft202012Validator.check_schema(json.loads(machine.out))
    assert machine.requests == []


@pytest.mark.parametrize(("hour", "is_final"), [(11, False), (12, True)])
def test_a_month_that_may_still_be_counted_somewhere_is_not_final_in_every_form(
    machine: Machine, hour: int, is_final: bool
) -> None:
    """November is over here since 16:00 UTC, and in every zone at 12:00 UTC on the next day."""
    has_lab(machine, well)
    machine.clock = SteppedClock(datetime(2026, 12, 1, hour, tzinfo=UTC))
    for option in ((), ("--markdown",)):
        assert machine.omstui("report", *option) == 0
        assert ("a past month, not final, months" in machine.out) is not is_final
        again = "November 2026 is not final before 2026-12-01 12:00 UTC. Then: omstui report --month 2026-11"
        assert (again in machine.err) is not is_final
    assert machine.omstui("report", "--json") == 0
    made = json.loads(machine.out)
    SCHEMA.validate(made)
    assert [made["is_final"], *(task["is_final"] for task in made["tasks"])] == [is_final] * 3
    assert machine.omstui("report", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(machine.out, newline="")))
    assert [row["is_final"] for row in rows] == [str(is_final).lower()] * 3


def test_figures_that_are_missing_are_not_final(machine: Machine) -> None:
    has_lab(machine, but_for(2))
    assert machine.omstui("report", "--month", "2026-03", "--json") == 0
    made = json.loads(machine.out)
    assert [made["is_final"], *(task["is_final"] for task in made["tasks"])] == [False, True, None]
    assert machine.omstui("report", "--month", "2026-03") == 0
    assert "not final" not in machine.out, "what is there is final"


def test_the_variable_names_the_month_and_the_option_goes_first(machine: Machine) -> None:
    has_lab(machine, well)
    machine.environ["OMSTUI_MONTH"] = "2026-03"
    for command in ("report", "once"):
        assert machine.omstui(command) == 0
        assert machine.out.startswith("March 2026, a past month, ")
        assert machine.omstui(command, "--month", "2026-04") == 0
        assert machine.out.startswith("April 2026, a past month, ")
    machine.environ["OMSTUI_MONTH"] = "Moon"
    assert machine.omstui("once") == 2
    assert "OMSTUI_MONTH" in machine.err


def test_a_month_that_is_not_over_by_the_services_clock_is_said_to_grow(machine: Machine) -> None:
    """This machine's clock is thirteen days ahead, in December."""
    has_lab(machine, well)
    served, answer = machine.clock.now(), machine.answer

    def dated(request: httpx.Request) -> httpx.Response:
        made = answer(request)
        made.headers["Date"] = format_datetime(served, usegmt=True)
        return made

    machine.answer = dated
    machine.clock.jump(13 * 86_400)
    assert machine.omstui("report") == 0
    assert "November 2026 is not over yet" in machine.err
