import asyncio
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from omstui.core.task import FIELD_NAMES
from omstui.demo.clock import SteppedClock
from omstui.demo.scenario import (
    BACKUP,
    DR,
    IMAGES,
    INVOICES,
    LAB,
    LOGS,
    OLD_PHOTOS,
    PROD,
    READINGS,
    demo_profiles,
    demo_scenario,
    demo_token,
    renewed_demo_token,
)
from omstui.demo.service import SeenRequest, SimulatedOms

PROJECT = demo_profiles()[PROD].project_id
TASKS = f"/v2/{PROJECT}/sync-tasks"
NOW_MS = 1_795_340_405_000
TOKEN = demo_token(PROD).reveal()


@pytest.fixture
def service(stepped_clock: SteppedClock) -> SimulatedOms:
    return SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)


async def test_an_answer_has_all_fields_and_the_headers_of_the_gateway(
    service: SimulatedOms, stepped_clock: SteppedClock
) -> None:
    answer = await service.answer("GET", f"{TASKS}/{LOGS}?query_time={NOW_MS}", TOKEN)
    assert answer.status == 200
    body = json.loads(answer.body)
    assert tuple(body) == FIELD_NAMES
    assert len(body) == 22
    assert body["sync_task_id"] == LOGS
    assert type(body["monthly_size"]) is int
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Server"] == "api-gateway"
    assert parsedate_to_datetime(answer.headers["Date"]) == stepped_clock.now()
    assert len(answer.headers["X-Request-Id"]) == 32


async def test_text_beyond_ascii_travels_as_utf_8(service: SimulatedOms) -> None:
    answer = await service.answer("GET", f"{TASKS}/{LOGS}?query_time={NOW_MS}", TOKEN)
    assert "日志".encode() in answer.body


@pytest.mark.parametrize(
    ("method", "target", "token", "error"),
    [
        pytest.param("GET", f"{TASKS}/x?query_time=1", None, (401, "APIGW.0301"), id="no token"),
        pytest.param("GET", f"{TASKS}/x?query_time=1", "", (401, "APIGW.0301"), id="an empty token"),
        pytest.param("GET", f"{TASKS}/x?query_time=1", "strange", (401, "APIGW.0301"), id="an unknown token"),
        pytest.param("GET", TASKS, None, (401, "APIGW.0301"), id="no token for the list"),
        pytest.param("GET", f"{TASKS}/{OLD_PHOTOS}?query_time=1", TOKEN, (404, "OMS.1009"), id="a task gone"),
        pytest.param("GET", f"/v2/x/sync-tasks/{LOGS}?query_time=1", TOKEN, (404, "OMS.1009"), id="no such project"),
        pytest.param("GET", "/", TOKEN, (404, "APIGW.0101"), id="the root"),
        pytest.param("GET", f"/v1/{PROJECT}/sync-tasks", TOKEN, (404, "APIGW.0101"), id="another version"),
        pytest.param("GET", f"{TASKS}/?query_time=1", TOKEN, (404, "APIGW.0101"), id="an empty id"),
        pytest.param("GET", f"{TASKS}/{LOGS}/events", TOKEN, (404, "APIGW.0101"), id="a call not simulated"),
        pytest.param("GET", "//[/", TOKEN, (404, "APIGW.0101"), id="no path at all"),
        pytest.param("POST", f"{TASKS}/{LOGS}/stop", TOKEN, (404, "APIGW.0101"), id="a writing call"),
        pytest.param("POST", TASKS, TOKEN, (405, "OMS.1008"), id="creating"),
        pytest.param("DELETE", f"{TASKS}/{LOGS}", TOKEN, (405, "OMS.1008"), id="deleting"),
        pytest.param("HEAD", f"{TASKS}/{LOGS}?query_time=1", TOKEN, (405, "OMS.1008"), id="asking for headers"),
        pytest.param("GET", f"{TASKS}/{LOGS}", TOKEN, (400, "OMS.0064"), id="no query_time"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=", TOKEN, (400, "OMS.0064"), id="an empty query_time"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=now", TOKEN, (400, "OMS.0064"), id="a word"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=-1", TOKEN, (400, "OMS.0064"), id="negative"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=1.5", TOKEN, (400, "OMS.0064"), id="a fraction"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time={2**63}", TOKEN, (400, "OMS.0064"), id="beyond 63 bits"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=1&query_time=2", TOKEN, (400, "OMS.0064"), id="twice"),
        pytest.param("GET", f"{TASKS}/{LOGS}?query_time=%D9%A1", TOKEN, (400, "OMS.0064"), id="an Arabic digit"),
        pytest.param("GET", f"{TASKS}?limit=0", TOKEN, (400, "OMS.0064"), id="a limit too small"),
        pytest.param("GET", f"{TASKS}?limit=101", TOKEN, (400, "OMS.0064"), id="a limit too large"),
        pytest.param("GET", f"{TASKS}?offset=10001", TOKEN, (400, "OMS.0064"), id="an offset too large"),
    ],
)
async def test_errors_have_the_status_and_the_code_of_the_reference(
    method: str, target: str, token: str | None, error: tuple[int, str], service: SimulatedOms
) -> None:
    answer = await service.answer(method, target, token)
    body = json.loads(answer.body)
    status, code = error
    assert (answer.status, body["error_code"]) == (status, code)
    assert body["error_msg"]
    assert body.get("request_id", answer.headers["X-Request-Id"]) == answer.headers["X-Request-Id"]
    assert ("request_id" in body) == code.startswith("APIGW")
    assert ("Allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("query_time", [0, NOW_MS, 2**63 - 1])
async def test_every_query_time_of_the_reference_is_answered(query_time: int, service: SimulatedOms) -> None:
    answer = await service.answer("GET", f"{TASKS}/{LOGS}?query_time={query_time}", TOKEN)
    assert answer.status == 200
    assert (json.loads(answer.body)["monthly_size"] > 0) == (query_time == NOW_MS)


async def test_a_token_opens_its_own_project_only(service: SimulatedOms) -> None:
    answer = await service.answer("GET", f"{TASKS}/{LOGS}?query_time={NOW_MS}", renewed_demo_token(LAB).reveal())
    assert json.loads(answer.body)["error_code"] == "OMS.1009"


async def test_an_expired_token_is_called_expired(service: SimulatedOms) -> None:
    answer = await service.answer("GET", f"{TASKS}/x?query_time=1", demo_token(DR).reveal())
    assert answer.status == 401
    assert "token expires, expires_at: 2026-11-22T08:02:05" in json.loads(answer.body)["error_msg"]


async def test_ids_are_taken_percent_encoded(service: SimulatedOms) -> None:
    encoded = "".join(f"%{ord(char):02X}" for char in LOGS)
    answer = await service.answer("GET", f"{TASKS}/{encoded}?query_time={NOW_MS}", TOKEN)
    assert json.loads(answer.body)["sync_task_id"] == LOGS


async def test_the_proxy_answers_with_a_page_and_no_request_id(service: SimulatedOms) -> None:
    answer = await service.answer("GET", f"{TASKS}/{INVOICES}?query_time={NOW_MS}", TOKEN)
    assert answer.status == 503
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert not {"X-Request-Id", "Retry-After"} & set(answer.headers)


async def test_a_throttled_answer_says_how_long_to_wait(service: SimulatedOms, stepped_clock: SteppedClock) -> None:
    await stepped_clock.advance(301)
    answer = await service.answer("GET", f"{TASKS}/{INVOICES}?query_time={NOW_MS}", TOKEN)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    assert json.loads(answer.body)["error_code"] == "APIGW.0308"
    assert "time:1 minute" in json.loads(answer.body)["error_msg"]


@pytest.mark.parametrize(
    ("query", "count", "shown"),
    [
        ("", 4, [IMAGES, LOGS, BACKUP, INVOICES]),
        ("?limit=100&offset=0", 4, [IMAGES, LOGS, BACKUP, INVOICES]),
        ("?limit=2&offset=1", 4, [LOGS, BACKUP]),
        ("?offset=9", 4, []),
        ("?status=STOPPED", 1, [BACKUP]),
        ("?status=SYNCHRONIZING&limit=1", 3, [IMAGES]),
        ("?status=PAUSED", 0, []),
    ],
)
async def test_the_list_holds_what_was_asked_for(
    query: str, count: int, shown: list[str], service: SimulatedOms
) -> None:
    body = json.loads((await service.answer("GET", TASKS + query, TOKEN)).body)
    assert body["count"] == count
    assert [task["sync_task_id"] for task in body["tasks"]] == shown


async def test_a_list_has_no_counters(service: SimulatedOms) -> None:
    (first, *_) = json.loads((await service.answer("GET", TASKS, TOKEN)).body)["tasks"]
    counters = {name for name in FIELD_NAMES if name.startswith("monthly_")}
    assert set(first) == set(FIELD_NAMES) - counters - {"enable_kms"} | {"source_cdn"}


async def test_the_list_of_a_foreign_project_is_empty(service: SimulatedOms) -> None:
    body = json.loads((await service.answer("GET", "/v2/x/sync-tasks", TOKEN)).body)
    assert body == {"tasks": [], "count": 0}


async def test_every_request_is_remembered_without_its_token(service: SimulatedOms) -> None:
    await service.answer("GET", f"{TASKS}/x?query_time=17", TOKEN)
    await service.answer("POST", "/elsewhere", None)
    await service.answer("GET", f"{TASKS}/x?query_time=now", "")
    assert list(service.seen) == [
        SeenRequest("GET", f"{TASKS}/x", 17, has_token=True),
        SeenRequest("POST", "/elsewhere", None, has_token=False),
        SeenRequest("GET", f"{TASKS}/x", None, has_token=False),
    ]
    assert TOKEN not in repr(service.seen)


def test_what_is_remembered_is_bounded(service: SimulatedOms) -> None:
    """A demo may stay open for weeks."""
    assert service.seen.maxlen == 10_000


async def test_request_ids_differ_from_request_to_request_and_not_from_run_to_run(
    stepped_clock: SteppedClock,
) -> None:
    runs = []
    for _ in range(2):
        service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock)
        answers = [await service.answer("GET", "/", None) for _ in range(3)]
        runs.append([answer.headers["X-Request-Id"] for answer in answers])
    assert len(set(runs[0])) == 3
    assert runs[0] == runs[1]


async def test_latency_is_time_of_the_clock(stepped_clock: SteppedClock) -> None:
    service = SimulatedOms(demo_scenario(stepped_clock.now()), stepped_clock, latency=0.5)
    async with httpx.AsyncClient(transport=service.transport()) as client, asyncio.TaskGroup() as group:
        asked = group.create_task(client.get("https://oms.example/"))
        await stepped_clock.advance(0.4)
        assert not asked.done()
        await stepped_clock.advance(0.2)
        assert asked.done()


async def test_an_httpx_client_gets_the_same_answers_by_the_transport(service: SimulatedOms) -> None:
    async with httpx.AsyncClient(transport=service.transport()) as client:
        response = await client.get(
            f"https://oms.example{TASKS}/{LOGS}", params={"query_time": NOW_MS}, headers={"X-Auth-Token": TOKEN}
        )
        refused = await client.get(f"https://oms.example{TASKS}/{LOGS}", params={"query_time": NOW_MS})
    direct = await service.answer("GET", f"{TASKS}/{LOGS}?query_time={NOW_MS}", TOKEN)
    assert response.status_code == 200
    assert response.content == direct.body
    assert response.headers["Server"] == "api-gateway"
    assert refused.status_code == 401
    assert [seen.has_token for seen in service.seen] == [True, False, True]
    assert {seen.query_time for seen in service.seen} == {NOW_MS}


async def test_one_minute_moves_the_counters(service: SimulatedOms, stepped_clock: SteppedClock) -> None:
    synced = []
    for _ in range(3):
        answer = await service.answer("GET", f"{TASKS}/{IMAGES}?query_time={NOW_MS}", TOKEN)
        synced.append(json.loads(answer.body)["monthly_success_object"])
        await stepped_clock.advance(timedelta(minutes=1).total_seconds())
    assert synced[0] < synced[1] < synced[2]


async def test_a_statistic_adds_up_to_what_the_counters_gained(
    service: SimulatedOms, stepped_clock: SteppedClock
) -> None:
    """Five-minute buckets for a day, whole ones only, and those without events left out."""
    end = stepped_clock.now().replace(minute=0, second=0, microsecond=0)
    begin = end - timedelta(hours=24)
    begin_ms, end_ms = (round(at.timestamp() * 1000) for at in (begin, end))
    target = f"{TASKS}/{IMAGES}/statistics?data_type=REQUEST,FAILURE,SIZE&start_time={begin_ms}&end_time={end_ms}"
    answer = await service.answer("GET", target, TOKEN)
    body = json.loads(answer.body)
    assert (answer.status, body["statistic_time_type"]) == (200, "FIVE_MINUTES")
    series = {
        one["data_type"]: {p["time_stamp"]: p["statistic_num"] for p in one["data"]} for one in body["statistic_datas"]
    }
    assert set(series) == {"REQUEST", "FAILURE", "SIZE"}
    assert len(series["REQUEST"]) == 288
    assert 0 not in series["FAILURE"].values()
    task = next(task for task in service.scenario.projects[0].tasks if task.sync_task_id == IMAGES)
    zone = service.scenario.zone
    before, after = (task.as_of(at, at, zone) for at in (begin, end))
    gained = (after.monthly_size or 0) - (before.monthly_size or 0)
    assert sum(series["SIZE"].values()) == gained


async def test_a_week_s_statistic_comes_by_the_hour(service: SimulatedOms) -> None:
    week = f"start_time={NOW_MS - 7 * 86_400_000}&end_time={NOW_MS}"
    answer = await service.answer("GET", f"{TASKS}/{IMAGES}/statistics?data_type=REQUEST&{week}", TOKEN)
    assert json.loads(answer.body)["statistic_time_type"] == "ONE_HOUR"


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (f"{TASKS}/{IMAGES}/statistics", "", 400, "OMS.0064"),
        (
            f"{TASKS}/{IMAGES}/statistics",
            "data_type=NEW&start_time=1700150400000&end_time=1700150500000",
            400,
            "OMS.0064",
        ),
        (
            f"{TASKS}/{IMAGES}/statistics",
            "data_type=SIZE&start_time=1700150400000&end_time=1700150400000",
            400,
            "OMS.0064",
        ),
        (
            f"{TASKS}/unknown/statistics",
            "data_type=SIZE&start_time=1700150400000&end_time=1700150500000",
            404,
            "OMS.1009",
        ),
    ],
)
async def test_a_statistic_that_cannot_be_answered_says_so(
    service: SimulatedOms, path: str, query: str, status: int, code: str
) -> None:
    answer = await service.answer("GET", f"{path}?{query}", TOKEN)
    assert (answer.status, json.loads(answer.body)["error_code"]) == (status, code)


async def test_a_region_without_statistics_does_not_know_the_path(service: SimulatedOms) -> None:
    project_id = demo_profiles()[LAB].project_id
    target = f"/v2/{project_id}/sync-tasks/{READINGS}/statistics?data_type=SIZE&start_time=1&end_time=2"
    answer = await service.answer("GET", target, renewed_demo_token(LAB).reveal())
    assert (answer.status, json.loads(answer.body)["error_code"]) == (404, "APIGW.0101")
