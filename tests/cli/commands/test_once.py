"""`omstui once`: what it asks, what it prints where, and its exit codes."""

import csv
import io
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import asdict, replace
from prometheus_client.parser import text_string_to_metric_families

from omstui.backend.history.writer import HistoryFile
from omstui.backend.secrets.secret import Secret
from omstui.cli.commands.once import schema
from omstui.cli.output.row_json import COLUMNS
from omstui.cli.output.row_table import shown_name
from omstui.core.profile import Profile
from omstui.core.task import FIELD_NAMES, TaskRef
from omstui.core.watch.board import Recalled
from omstui.core.watch.condition import Condition
from omstui.demo.clock import SteppedClock
from tests.cli.machine import HOSTILE, ID, NORTH, TOKEN, Machine, error, task, unreachable
from tests.making import TASK
from tests.samples_reader import load_sample, sample_names

SCHEMA = Draft202012Validator(schema())
FACTS = asdict(TASK)


@pytest.fixture
def machine(tmp_path: Path, stepped_clock: SteppedClock) -> Machine:
    """A machine with one profile, its token, and two watched tasks."""
    machine = Machine(tmp_path, stepped_clock)
    machine.has_profiles("lab")
    machine.store.set("lab", Secret(TOKEN))
    machine.watches(task(1, label="images"), task(2))
    machine.answer = by_id({})
    return machine


def by_id(others: dict[str, Callable[[httpx.Request], httpx.Response] | dict[str, Any]]) -> Any:
    """Answer for each task as told, else well."""

    def answer(request: httpx.Request) -> httpx.Response:
        sync_task_id = request.url.path.rpartition("/")[2]
        told = others.get(sync_task_id, {})
        if callable(told):
            return told(request)
        return httpx.Response(200, json={**FACTS, "sync_task_id": sync_task_id, **told})

    return answer


def document(machine: Machine) -> Any:
    """What was printed as JSON, held against its schema."""
    made = json.loads(machine.out)
    SCHEMA.validate(made)
    return made


def test_a_history_without_an_answer_keeps_no_task_from_being_asked_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def recall(*_: object) -> dict[TaskRef, Recalled]:
        return {}

    monkeypatch.setattr(HistoryFile, "recall", recall)
    assert machine.omstui("once", "--json") == 0
    assert [row["new_failures"] for row in document(machine)["tasks"]] == [0, 0]


def test_each_task_is_asked_once_and_printed_with_its_month_and_zone(machine: Machine) -> None:
    assert machine.omstui("once") == 0
    assert len(machine.requests) == 2
    lines = machine.out.splitlines()
    assert lines[0] == "November 2026, months and times of UTC+08:00"
    assert lines[2].split() == [
        "State",
        "Task",
        "Profile",
        "Accepted",
        "Synced",
        "Failed",
        "New",
        "failed",
        "Skipped",
        "Pending",
        "Size",
        "(bytes)",
        "Answered",
    ]
    assert lines[3].split() == [
        "syncing", "images", "lab", "1,204,462", "1,204,331", "11", "0", "0", "120", "38,204,117,002,112", "17:40:05",
    ]  # fmt: skip
    assert lines[4].split()[1] == "oms-sdk-test-src"
    assert machine.err == ""


def test_a_task_of_which_all_has_failed_is_failing_at_its_first_answer(machine: Machine) -> None:
    """The example of the API reference."""
    all_failed = {
        "monthly_acceptance_request": 11, "monthly_success_object": 0,
        "monthly_failure_object": 11, "monthly_skip_object": 0,
    }  # fmt: skip
    machine.answer = by_id({ID.format(1): all_failed})
    for _ in range(2):  # that an answer is remembered does not mean that anybody has seen it
        assert machine.omstui("once", "--fail-on", "failing") == 1
        assert machine.out.splitlines()[3].split()[:2] == ["failing", "images"]
        assert "failing holds for images (lab): failing" in machine.err


def test_what_is_not_reported_is_a_dash_and_never_a_zero(machine: Machine) -> None:
    machine.answer = by_id({ID.format(1): {"monthly_failure_object": None, "monthly_size": None}})
    assert machine.omstui("once", "images") == 0
    assert machine.out.splitlines()[3].split()[5:10] == ["–", "–", "0", "–", "–"]


def test_what_keeps_several_tasks_from_answering_is_said_once_and_names_them(machine: Machine) -> None:
    """A name that cannot be looked up is one fact, however many tasks and profiles it keeps from answering."""
    machine.has_profiles("prod")
    machine.store.set("prod", Secret(TOKEN))
    machine.watches(task(3, "prod", label="other"), *(task(number) for number in range(10, 18)))

    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no") from socket.gaierror(-2, "no")

    machine.answer = unknown
    for command in ("once", "report"):
        assert machine.omstui(command) == 3
        told = [line for line in machine.err.splitlines() if "could not be looked up" in line]
        assert len(told) == 1
        who = f"images, {', '.join(ID.format(number) for number in (2, 10, 11, 12))} and 5 more (lab), other (prod): "
        assert told[0].startswith(who)


def test_words_about_trouble_go_to_stderr_with_what_to_run(machine: Machine) -> None:
    machine.answer = by_id({ID.format(1): error(404, "OMS.1009", "No resources found."), ID.format(2): error(503, "X")})
    assert machine.omstui("once") == 0
    assert "No resources found" not in machine.out
    assert "images (lab): gone: No resources found (OMS.1009, request abc). Check the task id" in machine.err
    assert f"ask again in a minute; if it is still not there, omstui remove lab/{ID.format(1)}" in machine.err
    assert "run this again later" in machine.err
    assert "asking goes on" not in machine.err
    assert "D takes" not in machine.err


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ({"Retry-After": "30"}, "The service asked for 30 s: run this again after that."),
        ({}, "The service throttles and named no time: run this again in a few minutes."),
    ],
)
@pytest.mark.parametrize("command", ["once", "discover"])
def test_of_throttling_it_is_said_what_time_the_service_named(
    machine: Machine, command: str, headers: dict[str, str], advice: str
) -> None:
    machine.answer = lambda _: httpx.Response(429, json={"error_code": "OMS.0001", "error_msg": "no"}, headers=headers)
    assert machine.omstui(command) == 3
    assert advice in machine.err


def test_what_removes_a_task_that_is_gone_removes_it_from_this_profile_alone(machine: Machine) -> None:
    machine.has_profiles("prod")
    machine.watches(task(1, "prod", label="twin"))
    machine.answer = by_id({ID.format(1): error(404, "OMS.1009", "No resources found.")})
    machine.omstui("once", "--profile", "lab")
    advice = machine.err.partition(", omstui remove ")[2].split(".")[0]
    assert machine.omstui("remove", advice) == 0
    assert {one.ref for one in machine.watchlist} == {task(2).ref, task(1, "prod").ref}


@pytest.mark.parametrize("command", ["once", "report"])
def test_a_task_that_is_gone_and_was_never_watched_is_not_to_be_removed(machine: Machine, command: str) -> None:
    """To remove it would fail; what the project has can be listed."""
    machine.answer = by_id({ID.format(7): error(404, "OMS.1009", "No resources found.")})
    machine.omstui(command, ID.format(7))
    assert "omstui remove" not in machine.err
    assert "Check the id and the profile: omstui discover --profile lab lists what there is" in machine.err


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["images"], [1]),
        ([ID.format(2)], [2]),
        (["images", ID.format(2)], [1, 2]),
        ([ID.format(7)], [7]),
        (["--profile", "lab"], [1, 2]),
    ],
)
def test_tasks_are_named_by_label_or_id_and_need_not_be_watched(
    machine: Machine, words: list[str], asked: list[int]
) -> None:
    assert machine.omstui("once", *words) == 0
    assert sorted(request.url.path.rpartition("/")[2] for request in machine.requests) == [ID.format(n) for n in asked]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "'nothing' names no watched task: omstui list"),
        (["--profile", "prod"], "there is no profile prod"),
        (["--month", "2026-13"], "there is no month 13"),
        (["--month", "2027-01"], "January 2027 is in the future: the current month is 2026-11"),
        (["--fail-on", "failed"], "'failed' is no condition to fail on"),
        (["--json", "--csv"], "not allowed with argument"),
    ],
)
def test_what_cannot_be_asked_is_named_before_anything_is_asked(machine: Machine, words: list[str], said: str) -> None:
    assert machine.omstui("once", *words) == 2
    assert said in machine.err
    assert machine.requests == []
    assert machine.out == ""


BUCKETS = {1: "photos", 2: "logs-of-the-whole-organization-in-all-regions-since-2019", 3: "logs-old", 4: "logs-old"}


@pytest.mark.parametrize("command", [["once"], ["report"], ["report", "--month", "2026-11"]])
@pytest.mark.parametrize(
    ("word", "asked"),
    [
        (f"lab/{ID.format(2)}", ["lab", 2]),
        (f"prod/{ID.format(2)}", ["prod", 2]),
        (f"prod/{ID.format(7)}", ["prod", 7]),
        ("images", ["lab", 1]),
        (BUCKETS[2], ["lab", 2]),
        (shown_name(BUCKETS[2]), ["lab", 2]),
    ],
)
def test_a_task_is_named_as_elsewhere(machine: Machine, command: list[str], word: str, asked: list[str | int]) -> None:
    """By its id behind a profile, and by what the column Task shows: the label, else the source bucket."""
    machine.has_profiles("prod", project_id="p2")
    machine.store.set("prod", Secret(TOKEN))
    machine.watches(task(2, "prod", label="other"))
    machine.answer = by_id({ID.format(number): {"src_bucket": bucket} for number, bucket in BUCKETS.items()})
    machine.omstui("once")
    machine.requests.clear()
    assert machine.omstui(*command, word) == 0
    project = {"lab": "p1", "prod": "p2"}[str(asked[0])]
    assert [request.url.path for request in machine.requests] == [f"/v2/{project}/sync-tasks/{ID.format(asked[1])}"]


@pytest.mark.parametrize("command", ["once", "report"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["logs-old"], f"'logs-old' names 2 tasks: write one of lab/{ID.format(3)}, lab/{ID.format(4)}"),
        (["images"], f"'images' names 2 tasks: write one of lab/{ID.format(1)}, prod/{ID.format(2)}"),
        ([ID.format(2)], f"'{ID.format(2)}' names 2 tasks: write one of lab/{ID.format(2)}, prod/{ID.format(2)}"),
        (["photos"], "'photos' names no watched task: omstui list shows ids and labels"),
        ([f"none/{ID.format(7)}"], "there is no profile none: omstui profiles lists them"),
        (["--profile", "lab", f"prod/{ID.format(2)}"], f"'prod/{ID.format(2)}' names no watched task"),
    ],
)
def test_a_name_of_several_tasks_or_of_none_is_said_before_anything_is_asked(
    machine: Machine, command: str, words: list[str], said: str
) -> None:
    """A task that has a label is not shown by its bucket, and so is not named by it."""
    machine.has_profiles("prod", project_id="p2")
    machine.store.set("prod", Secret(TOKEN))
    machine.watches(task(2, "prod", label="images"), task(3), task(4))
    machine.answer = by_id({ID.format(number): {"src_bucket": bucket} for number, bucket in BUCKETS.items()})
    machine.omstui("once")
    machine.requests.clear()
    assert machine.omstui(command, *words) == 2
    assert machine.err.startswith(f"omstui: {said}")
    assert machine.requests == []


def test_of_many_tasks_with_one_name_some_are_named(machine: Machine) -> None:
    machine.watches(*(task(number, label="twin") for number in range(10, 18)))
    assert machine.omstui("once", "twin") == 2
    assert machine.err.endswith(f"lab/{ID.format(14)} and 3 more\n")


def test_an_id_that_is_not_watched_needs_a_profile_where_there_are_several(machine: Machine) -> None:
    machine.has_profiles("prod")
    assert machine.omstui("once", ID.format(7)) == 2
    assert "--profile (lab, prod)" in machine.err


def test_the_variable_names_the_profile_too_but_none_of_the_demo(machine: Machine) -> None:
    machine.environ["OMSTUI_PROFILE"] = "prod"
    assert machine.omstui("once") == 2
    assert "there is no profile prod" in machine.err
    assert machine.omstui("once", "--profile", "lab") == 0
    assert machine.omstui("once", "--demo") == 0


def test_an_empty_list_says_what_to_run(machine: Machine) -> None:
    machine.omstui("remove", ID.format(1), ID.format(2))
    assert machine.omstui("once") == 2
    assert "omstui add ID" in machine.err


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (unreachable, 3),
        (error(401, "APIGW.0301"), 3),
        (error(503, "X"), 3),
        (error(404, "OMS.1009"), 0),
        (error(403, "OMS.0053"), 0),
        (lambda _: httpx.Response(404, html="<html>"), 3),
    ],
)
def test_only_when_nothing_could_be_asked_it_is_worth_trying_again(machine: Machine, answer: Any, code: int) -> None:
    machine.answer = answer
    assert machine.omstui("once") == code


def test_one_answer_is_enough_to_have_asked(machine: Machine) -> None:
    machine.answer = by_id({ID.format(1): error(503, "X")})
    assert machine.omstui("once") == 0


def test_a_refused_credential_is_tried_once(machine: Machine) -> None:
    machine.answer = error(401, "APIGW.0301", "decrypt token fail")
    assert machine.omstui("once") == 3
    assert len(machine.requests) == 1
    assert "omstui login lab" in machine.err


@pytest.mark.parametrize(
    ("conditions", "code", "said"),
    [
        ("failed>10", 1, "failed>10 holds for images (lab): 11 failed"),
        ("failed>11", 0, ""),
        ("stopped,gone", 1, "gone holds for oms-sdk"),
        ("network", 0, ""),
    ],
)
def test_a_condition_that_holds_is_named_and_makes_it_fail(
    machine: Machine, conditions: str, code: int, said: str
) -> None:
    machine.answer = by_id({ID.format(2): error(404, "OMS.1009")})
    assert machine.omstui("once", "--fail-on", conditions) == code
    assert said.partition("oms-sdk")[0] in machine.err


def test_a_condition_goes_before_not_having_been_able_to_ask(machine: Machine) -> None:
    machine.answer = unreachable
    assert machine.omstui("once", "--fail-on", "network") == 1


def test_a_figure_that_nobody_reports_is_said_not_to_be_known(machine: Machine) -> None:
    machine.answer = by_id({ID.format(1): {"monthly_failure_object": None}})
    assert machine.omstui("once", "images", "--fail-on", "failed>0") == 0
    assert "failed>0 cannot be told for images" in machine.err


def test_failures_since_the_last_look_are_new(machine: Machine) -> None:
    """Without a screen the last look is the last time that it was asked: the history remembers it."""
    assert machine.omstui("once", "--fail-on", "failed>+0") == 0
    machine.answer = by_id({ID.format(1): {"monthly_failure_object": 14}})
    assert machine.omstui("once", "--fail-on", "failed>+0") == 1
    assert "failed>+0 holds for images (lab): 3 newly failed" in machine.err
    assert machine.omstui("once", "--fail-on", "failed>+0") == 0


def test_figures_that_read_nothing_once_are_printed_and_leave_no_trace(machine: Machine) -> None:
    """The answer comes from a copy of the service that lags behind; the next one makes no failure new."""
    well = machine.answer
    assert machine.omstui("once", "--fail-on", "failed>+0") == 0
    nothing = {"monthly_acceptance_request": 0, "monthly_success_object": 0, "monthly_failure_object": 0}
    machine.answer = by_id({ID.format(1): nothing})
    assert machine.omstui("once", "--json") == 0
    assert document(machine)["tasks"][0]["task"]["monthly_success_object"] == 0
    machine.answer = well
    assert machine.omstui("once", "--fail-on", "failed>+0") == 0


def test_in_the_night_of_two_months_the_first_failures_of_the_new_one_are_new_once(machine: Machine) -> None:
    machine.clock.jump((datetime(2026, 11, 30, 15, 50, tzinfo=UTC) - machine.clock.now()).total_seconds())
    assert machine.omstui("once", "--fail-on", "failed>+0") == 0
    machine.clock.jump(3600)
    fresh = {"monthly_acceptance_request": 9, "monthly_success_object": 5, "monthly_failure_object": 2}
    machine.answer = by_id({ID.format(1): fresh})
    assert machine.omstui("once", "images", "--fail-on", "failed>+0") == 1
    machine.clock.jump(3600)
    assert machine.omstui("once", "images", "--fail-on", "failed>+0") == 0


def test_a_token_that_ends_soon_makes_it_fail(machine: Machine) -> None:
    ends_at = machine.clock.now() + timedelta(minutes=50)
    machine.iam_answer = lambda _: httpx.Response(
        200, json={"token": {"expires_at": f"{ends_at:%Y-%m-%dT%H:%M:%S.000000Z}"}}
    )
    assert machine.omstui("once", "--fail-on", "token<1h") == 1
    assert "token<1h holds for images (lab): the credential ends in 50 min" in machine.err
    assert machine.omstui("once", "--fail-on", "token<30m") == 0


def test_json_keeps_every_digit_and_the_names_of_the_service(machine: Machine) -> None:
    machine.answer = by_id({ID.format(1): {"monthly_size": 2**63 - 1}})
    assert machine.omstui("once", "--json", "--fail-on", "failed>0") == 1
    made = document(machine)
    assert made["tasks"][0]["task"]["monthly_size"] == 2**63 - 1
    assert set(made["tasks"][0]["task"]) == set(FIELD_NAMES)
    assert [held["condition"] for held in made["failed_on"]] == ["failed>0", "failed>0"]
    assert made["tasks"][0]["answered_at"] == made["at"] == "2026-11-22T09:40:05Z"


@pytest.mark.parametrize("name", [name for name in sample_names() if "iam" not in name])
def test_every_sample_gives_a_document_that_fits_the_schema(machine: Machine, name: str) -> None:
    canned = load_sample(name)
    headers = {key: value for key, value in canned.headers.items() if key.lower() != "content-length"}
    machine.answer = lambda _: httpx.Response(canned.status, headers=headers, content=canned.content)
    for options in ([], ["--month", "2026-03"]):
        assert machine.omstui("once", "images", "--json", *options) in {0, 3}
        (one,) = document(machine)["tasks"]
        assert (one["task"] is None) is (one["problem"] is not None)
    assert machine.omstui("once", "images", "--csv") in {0, 3}
    assert machine.out.isprintable() or set(machine.out) - {"\r", "\n"} == set("".join(machine.out.splitlines()))


def test_the_schema_is_one_and_refuses_what_is_not_a_document(machine: Machine) -> None:
    assert machine.omstui("once", "--schema") == 0
    assert machine.requests == []
    Draft202012Validator.check_schema(json.loads(machine.out))
    machine.omstui("once", "--json")
    made = document(machine)
    for spoiled in (
        {**made, "schema_version": 2},
        {**made, "tasks": [{**made["tasks"][0], "condition": "fine"}]},
        {**made, "tasks": [{**made["tasks"][0], "pending": "120"}]},
        {name: value for name, value in made.items() if name != "at"},
    ):
        assert not SCHEMA.is_valid(spoiled)


def test_csv_has_the_fields_of_json_as_columns(machine: Machine) -> None:
    machine.answer = by_id(
        {ID.format(1): {"description": 'a "b", c\r\nd', "src_bucket": "=cmd()"}, ID.format(2): error(404, "OMS.1009")}
    )
    assert machine.omstui("once", "--csv") == 0
    assert machine.out.count("\r\n") == 3
    first, second = csv.DictReader(io.StringIO(machine.out, newline=""))
    assert tuple(first) == COLUMNS
    assert first["description"] == 'a "b", c d'
    assert first["src_bucket"] == "'=cmd()"
    assert (first["monthly_size"], first["app_id"], first["enable_kms"]) == ("38204117002112", "", "false")
    assert (second["condition"], second["problem_code"], second["monthly_size"]) == ("gone", "OMS.1009", "")


def test_hostile_text_reaches_no_stream_as_it_is(machine: Machine) -> None:
    """The machine of these tests lets no escape through; here there is one in every place that others can write to."""
    machine.answer = by_id({ID.format(1): {"src_bucket": HOSTILE, "description": HOSTILE, "status": HOSTILE}})
    for option in ((), ("--json",), ("--csv",), ("--textfile", str(machine.home / "x.prom"))):
        assert machine.omstui("once", *option) == 0
        assert "\u202e" not in machine.out
    assert "\x1b" not in (machine.home / "x.prom").read_text(encoding="utf-8")


def test_a_past_month_is_asked_for_and_said_to_be_past(machine: Machine) -> None:
    assert machine.omstui("once", "--month", "2026-03") == 0
    assert machine.requests[0].url.params["query_time"] == "1773576000000"
    assert machine.out.startswith("March 2026, a past month, months and times of UTC+08:00")
    assert machine.omstui("once", "--month", "2026-11", "--json") == 0
    assert document(machine)["tasks"][0]["is_current_month"] is True


def test_months_of_several_zones_are_said_apart(machine: Machine) -> None:
    machine.config.put_profile(Profile("west", NORTH, "p2"), "UTC-04:00")
    machine.store.set("west", Secret(TOKEN))
    machine.watches(task(3, "west"))
    machine.clock = SteppedClock(datetime(2026, 11, 30, 20, tzinfo=UTC))
    assert machine.omstui("once") == 0
    assert machine.out.splitlines()[:2] == [
        "December 2026, months and times of UTC+08:00 (lab)",
        "November 2026, months and times of UTC-04:00 (west)",
    ]
    titles, *rows = [line.split() for line in machine.out.splitlines()[3:]]
    assert [row[titles.index("Month")] for row in rows] == ["2026-12", "2026-12", "2026-11"]
    assert "Without room here" not in machine.err
    assert machine.omstui("once", "--profile", "lab") == 0
    assert "Month" not in machine.out, "one month for all stands above the table"


def test_a_stream_without_the_dash_gets_a_plain_one(machine: Machine) -> None:
    from omstui.cli.output.lines import missing_for

    assert missing_for(io.TextIOWrapper(io.BytesIO(), encoding="ascii")) == "-"
    assert missing_for(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) == "–"


def test_the_textfile_is_what_prometheus_reads(machine: Machine) -> None:
    file = machine.home / "omstui.prom"
    machine.watches(task(3, label='a "b" c:\\new'))
    machine.answer = by_id({ID.format(2): error(503, "X"), ID.format(3): {"monthly_failure_object": None}})
    assert machine.omstui("once", "--textfile", str(file)) == 0
    assert machine.out == ""
    assert file.stat().st_mode & 0o777 == 0o644
    text = file.read_text(encoding="utf-8")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {family.type for family in families.values()} == {"gauge"}
    assert all(family.documentation for family in families.values())

    def values(name: str) -> dict[str, float]:
        return {sample.labels["sync_task_id"]: sample.value for sample in families[name].samples}

    assert values("omstui_up") == {ID.format(1): 1, ID.format(2): 0, ID.format(3): 1}
    assert values("omstui_answer_timestamp_seconds")[ID.format(1)] == machine.clock.now().timestamp() // 1
    assert values("omstui_month_failed_objects") == {ID.format(1): 11}
    assert values("omstui_month_synced_bytes")[ID.format(1)] == 38_204_117_002_112
    start = datetime(2026, 10, 31, 16, tzinfo=UTC).timestamp()
    assert values("omstui_month_start_timestamp_seconds")[ID.format(1)] == start
    labels = [sample.labels["label"] for sample in families["omstui_task_info"].samples]
    assert labels == ["images", "", 'a "b" c:\\new']
    states = [sample for sample in families["omstui_task_condition"].samples if sample.value]
    assert [state.labels["condition"] for state in states] == ["syncing", "server", "syncing"]
    assert len(families["omstui_task_condition"].samples) == 3 * len(Condition)


def test_a_textfile_that_cannot_be_written_is_said(machine: Machine) -> None:
    (machine.home / "file").write_text("")
    assert machine.omstui("once", "--textfile", str(machine.home / "file" / "omstui.prom")) == 2
    assert f"there is no folder {machine.home / 'file'}: make it" in machine.err
    assert machine.omstui("once", "--textfile", str(machine.home)) == 2
    assert f"{machine.home} is a folder: --textfile names a file" in machine.err
    assert machine.omstui("once", "--textfile", "/proc/omstui.prom") == 2
    assert "cannot be written" in machine.err


def test_a_slip_of_the_pen_makes_no_folder(machine: Machine) -> None:
    """The collector would go on reading the old file elsewhere."""
    assert machine.omstui("once", "--textfile", str(machine.home / "colector" / "omstui.prom")) == 2
    assert not (machine.home / "colector").exists()


def test_the_demo_needs_nothing_of_the_users(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SteppedClock(datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)))
    assert machine.omstui("once", "--demo", "--json") == 0
    assert [one["condition"] for one in document(machine)["tasks"]] == [
        "syncing", "syncing", "stopped", "server", "token", "gone",
    ]  # fmt: skip
    assert "All of this is pretended, the trouble too" in machine.err
    assert not machine.folders.config.exists()
    assert not machine.folders.state.exists()


def test_tasks_of_a_profile_that_is_not_there_are_said(machine: Machine) -> None:
    machine.watches(replace(task(9), ref=task(9).ref._replace(profile="old")))
    assert machine.omstui("once", "--json") == 0
    assert document(machine)["tasks"][2]["problem"]["kind"] == "endpoint"
