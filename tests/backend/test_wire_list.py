"""Decoding of ListSyncTasks answers."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st

from omstui.backend.wire import LARGEST_INTEGER, BadAnswer
from omstui.backend.wire_list import decode_page
from omstui.core.task import ListedTask, SyncTask
from tests.generated import tried
from tests.samples_reader import load_sample


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_the_sample_arrives_with_what_it_says_of_each_task() -> None:
    sample = load_sample("13")
    page = decode_page(sample.content)
    assert isinstance(sample.body, dict)
    assert [task.sync_task_id for task in page.tasks] == [task["sync_task_id"] for task in sample.body["tasks"]]
    assert [task.settings.src_bucket for task in page.tasks] == [task["src_bucket"] for task in sample.body["tasks"]]
    assert page.count == sample.body["count"]


@pytest.mark.parametrize(
    ("fields", "ids", "length"),
    [
        ({"tasks": [], "count": 0}, [], 0),
        ({"tasks": None, "count": None}, [], 0),
        ({"tasks": [{"sync_task_id": "a"}, {}, {"sync_task_id": None}, {"sync_task_id": "b/c"}]}, ["a"], 4),
        ({"tasks": [{"sync_task_id": "a", "source_cdn": {"domain": "x"}, "new": 1}], "more": {}}, ["a"], 1),
    ],
)
def test_a_task_without_an_id_that_can_be_asked_for_is_counted_only(
    fields: dict[str, Any], ids: list[str], length: int
) -> None:
    page = decode_page(body(**fields))
    assert ([task.sync_task_id for task in page.tasks], page.length) == (ids, length)


@pytest.mark.parametrize(
    "unfit", [{"create_time": -1}, {"enable_kms": "false"}, {"monthly_size": "much"}, {"app_id": 7}, {"status": []}]
)
def test_a_field_that_does_not_fit_hides_no_task(unfit: dict[str, Any]) -> None:
    page = decode_page(body(tasks=[{"sync_task_id": "a", "src_bucket": "logs"} | unfit, {"sync_task_id": "b"}]))
    assert page.tasks == (
        ListedTask("a", SyncTask(sync_task_id="a", src_bucket="logs")),
        ListedTask("b", SyncTask(sync_task_id="b")),
    )


def test_a_text_that_is_far_too_long_is_cut_and_an_id_that_is_too_long_cannot_be_asked_for() -> None:
    page = decode_page(body(tasks=[{"sync_task_id": "a", "description": "x" * 9000}, {"sync_task_id": "b" * 9000}]))
    assert [(task.sync_task_id, task.settings.description) for task in page.tasks] == [("a", "x" * 1019 + "…")]
    assert page.length == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The answer is empty"),
        (b"[]", "a list, not an object"),
        (b"<html>", "HTML page"),
        (b'{"tasks": [', "ends too early"),
        (body(error_code="OMS.1"), "a list of synchronization tasks"),
        (body(tasks=[], count=-1), "count is out of range"),
        (body(tasks=[], count=LARGEST_INTEGER + 1), "count is out of range"),
        (body(tasks=["a"]), "a list of synchronization tasks"),
        (b'{"tasks": [{"status": "\\ud83d"}]}', "not valid Unicode"),
        (body(tasks=[{}] * 1001), "tasks holds more than 1,000 entries"),
    ],
)
def test_what_is_no_list_says_why(content: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        decode_page(content)


BODIES = st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: body(tasks=v))


@pytest.mark.fault("R22")
def test_no_bytes_break_the_decoder(figure: Callable[[str], None]) -> None:
    def check(content: bytes) -> None:
        with suppress(BadAnswer):
            decode_page(content)

    figure(f"{tried(BODIES, check)} lists")
