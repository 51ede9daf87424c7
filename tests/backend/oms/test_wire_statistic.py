"""Decoding of ListSyncTaskStatistic answers."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from omstui.backend.oms.wire import LARGEST_INTEGER, BadAnswer, decode_statistic
from omstui.core.watch.sample import FAILURE, REQUEST, SIZE, Statistic
from tests.generated import tried
from tests.samples_reader import load_sample

MIDNIGHT_MS = 1_700_150_400_000
MIDNIGHT = datetime(2023, 11, 16, 16, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def body(series: Any, width: Any = "FIVE_MINUTES") -> bytes:
    return json.dumps({"sync_task_id": "x", "statistic_time_type": width, "statistic_datas": series}).encode()


def one(number: Any, time_stamp: Any = MIDNIGHT_MS, data_type: Any = REQUEST) -> list[Any]:
    return [{"data_type": data_type, "data": [{"time_stamp": time_stamp, "statistic_num": number}]}]


def test_the_documented_answer_arrives_bucket_by_bucket() -> None:
    """The bucket that the service left out is left out here as well."""
    statistic = decode_statistic(load_sample("14").content)
    assert statistic.width == FIVE
    assert set(statistic.series) == {REQUEST, FAILURE}
    numbers = {0: 1, 2: 20, 3: 13, 4: 12, 5: 10, 6: 11, 7: 9}
    assert statistic.series[REQUEST] == {MIDNIGHT + place * FIVE: number for place, number in numbers.items()}
    assert statistic.series[FAILURE] == {}
    assert statistic.between(REQUEST, MIDNIGHT + FIVE, MIDNIGHT + 2 * FIVE) == 0


@pytest.mark.parametrize(
    ("content", "statistic"),
    [
        (body([]), Statistic(FIVE, {})),
        (body(None), Statistic(FIVE, {})),
        (b'{"statistic_time_type":"ONE_HOUR"}', Statistic(timedelta(hours=1), {})),
        (body([{"data_type": "NEW", "data": []}]), Statistic(FIVE, {})),
        (body([{"data_type": None, "data": []}]), Statistic(FIVE, {})),
        (body([{"data_type": "NEW", "data": []}, *one(7)]), Statistic(FIVE, {REQUEST: {MIDNIGHT: 7}})),
        (body([{"data_type": "NEW"}] * 1000), Statistic(FIVE, {})),
        (body([{"data_type": "SIZE", "data": None}]), Statistic(FIVE, {SIZE: {}})),
        (body(one(LARGEST_INTEGER)), Statistic(FIVE, {REQUEST: {MIDNIGHT: LARGEST_INTEGER}})),
        (body(one(0)), Statistic(FIVE, {REQUEST: {MIDNIGHT: 0}})),
        (body(one(1) + one(2, MIDNIGHT_MS + 300_000)), Statistic(FIVE, {REQUEST: {MIDNIGHT: 1, MIDNIGHT + FIVE: 2}})),
    ],
)
def test_what_is_missing_or_new_is_no_trouble(content: bytes, statistic: Statistic) -> None:
    assert decode_statistic(content) == statistic


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The answer is empty"),
        (b" \n", "The answer is empty"),
        (b"<html>", "The answer is an HTML page, not JSON"),
        (b"[]", "The answer is a list, not an object"),
        (b"{", "Incomplete answer: the JSON text ends too early"),
        (b"nonsense", "The answer is not JSON"),
        (b'{"statistic_time_type":"\xff"}', "The answer holds text that is not UTF-8"),
        (b"{}", "statistic_time_type is not a width of buckets that is known"),
        (body([], None), "statistic_time_type is not a width of buckets that is known"),
        (body([], "ONE_DAY"), "statistic_time_type is not a width of buckets that is known"),
        (body({}), "statistic_datas is an object, not a list"),
        (body(one("12")), "The answer does not have the form of a statistic"),
        (body(one(None)), "The answer does not have the form of a statistic"),
        (body(one(-1)), "statistic_num is out of range: numbers from 0 to 9223372036854775807 are possible"),
        (body(one(2**63)), "statistic_num is out of range: numbers from 0 to 9223372036854775807 are possible"),
        (body(one(1, 0)), "time_stamp is no time of the calendar"),
        (body(one(1, LARGEST_INTEGER)), "time_stamp is no time of the calendar"),
        (body([{"data_type": "NEW"}] * 1001), "statistic_datas holds more than 1,000 entries"),
        (
            body([{"data_type": "SIZE", "data": [{"time_stamp": MIDNIGHT_MS, "statistic_num": 1}] * 1001}]),
            "data holds more than 1,000 entries",
        ),
    ],
)
def test_what_is_no_statistic_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer) as raised:
        decode_statistic(content)
    assert str(raised.value) == reason


BODIES = st.binary(max_size=60) | (
    st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)


@pytest.mark.fault("R22")
def test_whatever_comes_nothing_else_is_raised(figure: Callable[[str], None]) -> None:
    def check(content: bytes) -> None:
        with suppress(BadAnswer):
            decode_statistic(content)

    figure(f"{tried(BODIES, check)} statistics")
