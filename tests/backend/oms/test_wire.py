"""Decoding of ListSyncTasks answers."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.http.error_body import decode_problem, request_id_of
from omstui.backend.oms.wire import LARGEST_INTEGER, BadAnswer, _misfit, decode_page, decode_task, read_task
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import FIELD_NAMES, ListedTask, SyncTask
from omstui.core.text import tame
from tests.generated import tried
from tests.samples_reader import load_sample

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
TOKEN = "MIIFdQYJKoZIhvcNAQcCoIIFZjCCBWICAQMxDTALBglghkgBZQMEAgEwggNDBgkq"


def problem(
    status: int, body: Any = b"", headers: dict[str, str] | None = None, *, oms_host: str | None = None
) -> Problem:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_problem(status, headers or {}, content, NOW, oms_host=oms_host)


# Good answers


def test_all_22_fields_of_the_documented_answer_arrive_as_they_are() -> None:
    sample = load_sample("01")
    task = decode_task(sample.content)
    assert len(FIELD_NAMES) == 22
    assert {name: getattr(task, name) for name in FIELD_NAMES} == sample.body


@pytest.mark.parametrize("value", [0, 1, 2**53 - 1, 2**53, 2**53 + 1, 10**18 + 1, LARGEST_INTEGER])
def test_whole_numbers_stay_exact(value: int) -> None:
    assert decode_task(b'{"monthly_size": %d}' % value).monthly_size == value


@pytest.mark.parametrize(
    ("body", "task"),
    [
        (b'{"status":"STOPPED"}', SyncTask(status="STOPPED")),
        (b' \r\n{"status" : "STOPPED"}\n ', SyncTask(status="STOPPED")),
        (b'{"status":"HIBERNATING"}', SyncTask(status="HIBERNATING")),
        (b'{"status":null}', SyncTask()),
        (b'{"monthly_size":null,"enable_kms":null}', SyncTask()),
        (b'{"status":""}', SyncTask(status="")),
        (b'{"enable_kms":false}', SyncTask(enable_kms=False)),
        (b'{"status":"A","status":"B"}', SyncTask(status="B")),
        (b'{"status":"A","new":{"deep":[1.5,{"a":null}]},"list":[]}', SyncTask(status="A")),
        (b'{"description":"\\u001b[31m \\ud83d\\udce6"}', SyncTask(description="\x1b[31m 📦")),
    ],
)
def test_what_is_missing_or_new_is_no_trouble(body: bytes, task: SyncTask) -> None:
    assert decode_task(body) == task


@pytest.mark.parametrize("name", ["create_time", "monthly_failure_object", "monthly_size"])
@pytest.mark.parametrize("number", [0, 11, LARGEST_INTEGER])
def test_digits_in_quotes_are_a_number(name: str, number: int) -> None:
    """As the service's own library takes them."""
    assert read_task(b'{"%b":"%d","monthly_skip_object":3}' % (name.encode(), number)) == (
        SyncTask(**{name: number, "monthly_skip_object": 3}),  # type: ignore[arg-type]  # a field's name
        (),
    )


@pytest.mark.parametrize(
    ("name", "written", "remark"),
    [
        ("enable_kms", '"false"', "enable_kms is text, not true or false"),
        ("enable_restore", "1", "enable_restore is a whole number, not true or false"),
        ("app_id", "1250000000", "app_id is a whole number, not text"),
        ("description", '["a"]', "description is a list, not text"),
        ("status", "{}", "status is an object, not text"),
        ("create_time", "-1", f"create_time is out of range: numbers from 0 to {LARGEST_INTEGER} are possible"),
        ("create_time", "1.5", "create_time is a decimal number, not a whole number"),
        ("last_start_time", '"today"', "last_start_time is text, not a whole number"),
        ("last_start_time", "9" * 5000, f"last_start_time is out of range: numbers from 0 to {LARGEST_INTEGER} are "),
    ],
)
def test_a_setting_that_does_not_fit_is_not_reported_and_leaves_the_rest_as_it_is(
    name: str, written: str, remark: str
) -> None:
    fields = json.loads(load_sample("01").content) | {name: None}
    task, remarks = read_task(json.dumps(fields).replace(f'"{name}": null', f'"{name}": {written}').encode())
    assert {field: getattr(task, field) for field in FIELD_NAMES} == fields
    assert [one.startswith(remark) for one in remarks] == [True]


def test_each_field_that_does_not_fit_is_remarked_upon() -> None:
    _, remarks = read_task(b'{"status":7,"monthly_size":"11","enable_kms":"","create_time":-1}')
    assert [remark.split()[0] for remark in remarks] == ["create_time", "status", "enable_kms"]


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("sync_task_id", 255),
        ("src_cloud_type", 128),
        ("src_region", 100),
        ("src_bucket", 1024),
        ("dst_bucket", 1024),
        ("dst_region", 100),
        ("description", 255),
        ("status", 128),
        ("app_id", 255),
        ("object_overwrite_mode", 128),
        ("dst_storage_policy", 128),
        ("consistency_check", 128),
    ],
)
@pytest.mark.parametrize("rest", [{}, {"enable_kms": "unfit", "monthly_size": 7}])
def test_a_text_is_cut_where_it_is_four_times_as_long_as_the_reference_allows(
    name: str, bound: int, rest: dict[str, Any]
) -> None:
    """Also in an answer that is read field by field; the cut is marked."""
    longest = "ü" * (4 * bound)
    for written, kept in ((longest, longest), (longest + "ü", longest[:-1] + "…"), ("ü" * 900_000, longest[:-1] + "…")):
        assert getattr(decode_task(json.dumps({name: written, **rest}).encode()), name) == kept


def test_every_text_of_a_task_is_bounded() -> None:
    """A field that is new in the decoder has a bound as well."""
    texts = {name: "x" * 60_000 for name, kind in get_type_hints(SyncTask).items() if kind == str | None}
    task = decode_task(json.dumps(texts).encode())
    assert {name for name in texts if len(getattr(task, name)) > 4 * 1024} == set()


# Bad answers


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The answer is empty"),
        (b" \r\n\t", "The answer is empty"),
        (b"<!DOCTYPE html><html></html>", "The answer is an HTML page, not JSON"),
        (b"\n  <HTML>", "The answer is an HTML page, not JSON"),
        (b"<?xml version='1.0'?>", "The answer is an HTML page, not JSON"),
        (b"OK", "The answer is not JSON"),
        (b"\xef\xbb\xbf{}", "The answer is not JSON"),
        (b"\x1f\x8b\x08", "The answer is not JSON"),
        (b'{"status":"A"} {"status":"B"}', "The answer is not JSON"),
        (b'{"monthly_size":NaN}', "The answer is not JSON"),
        (b'{"monthly_size":01}', "The answer is not JSON"),
        (b'{"status":"a\nb"}', "The answer is not JSON"),
        (b"{", "Incomplete answer: the JSON text ends too early"),
        (b'{"status":"STOP', "Incomplete answer: the JSON text ends too early"),
        (b'{"status":"STOPPED"', "Incomplete answer: the JSON text ends too early"),
        (b'{"status":"\\ud83d"}', "The answer holds text that is not valid Unicode"),
        (b'{"new":"\\udce6"}', "The answer holds text that is not valid Unicode"),
        (b'{"status":"\xff"}', "The answer holds text that is not UTF-8"),
        (b'{"new":' + b"[" * 1_000_000, "The answer is nested too deeply"),
        (b"[]", "The answer is a list, not an object"),
        (b'[{"status":"STOPPED"}]', "The answer is a list, not an object"),
        (b"null", "The answer is null, not an object"),
        (b'"text"', "The answer is text, not an object"),
        (b"7", "The answer is a whole number, not an object"),
        (b"true", "The answer is true or false, not an object"),
        (b"{}", "The answer holds no field of a synchronization task"),
        (b'{"tasks":[],"count":0}', "The answer holds no field of a synchronization task"),
        (b'{"monthly_size":"11 "}', "monthly_size is text, not a whole number"),
        (b'{"monthly_size":"1e3"}', "monthly_size is text, not a whole number"),
        (b'{"monthly_size":""}', "monthly_size is text, not a whole number"),
        (b'{"monthly_size":true}', "monthly_size is true or false, not a whole number"),
        (b'{"monthly_size":"eleven","monthly_failure_object":11}', "monthly_size is text, not a whole number"),
        (b'{"status":404,"error":"Not Found","path":"/v2"}', "status is a whole number, not text"),
        (b'{"monthly_size":1.0}', "monthly_size is a decimal number, not a whole number"),
        (b'{"monthly_size":1e3}', "monthly_size is a decimal number, not a whole number"),
        (b'{"create_time":true}', "create_time is true or false, not a whole number"),
        (b'{"status":7}', "status is a whole number, not text"),
        (b'{"status":["STOPPED"]}', "status is a list, not text"),
        (b'{"description":{}}', "description is an object, not text"),
        (b'{"enable_kms":"false"}', "enable_kms is text, not true or false"),
        (b'{"enable_kms":0}', "enable_kms is a whole number, not true or false"),
    ],
)
def test_a_bad_answer_is_one_clear_sentence(body: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        decode_task(body)
    assert str(caught.value) == reason


@pytest.mark.parametrize("name", ["create_time", "last_start_time", "monthly_failure_object", "monthly_size"])
@pytest.mark.parametrize("written", ["-1", str(2**63), str(2**64), "9" * 25, "9" * 5000, "1e400", "-" + "9" * 5000])
def test_a_number_outside_the_documented_bounds_is_named(name: str, written: str) -> None:
    with pytest.raises(BadAnswer, match=f"{name} is out of range"):
        decode_task(f'{{"{name}":{written}}}'.encode())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Expected `int | null`, got `str` - at `$.monthly_size`", "monthly_size is text, not a whole number"),
        ("Expected `object`, got `array`", "The answer is a list, not an object"),
        ("Expected `uuid`, got `ext` - at `$.x`", "x is something else, not something else"),
        (
            "Integer out of range - at `$.monthly_size`",
            f"monthly_size is out of range: numbers from 0 to {LARGEST_INTEGER} are possible",
        ),
        ("words of another version", "The answer does not have the form of a synchronization task"),
    ],
)
def test_the_decoder_s_words_become_ours_and_unknown_ones_too(words: str, reason: str) -> None:
    assert _misfit(words, "a synchronization task") == reason


def test_a_reason_holds_no_text_of_the_answer() -> None:
    for body in (b'{"s3cr3t":1}', b'{"status":"s3cr3t"', b's3cr3t"', b'{"status":{"s3cr3t":1}}', b'["s3cr3t"]'):
        with pytest.raises(BadAnswer) as caught:
            decode_task(body)
        assert "s3cr3t" not in str(caught.value)
        assert caught.value.__cause__ is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_TASK_LIKE = st.dictionaries(st.sampled_from(FIELD_NAMES), _JSON, max_size=22)


@given(st.binary() | (_JSON | _TASK_LIKE).map(lambda value: json.dumps(value).encode()))
def test_bytes_are_a_task_within_bounds_or_a_bad_answer(body: bytes) -> None:
    try:
        task, remarks = read_task(body)
    except BadAnswer:
        return
    assert all(remark.split()[0] in FIELD_NAMES for remark in remarks)
    for name in FIELD_NAMES:
        value = getattr(task, name)
        assert value is None or isinstance(value, str | bool) or 0 <= value <= LARGEST_INTEGER


@given(st.binary(max_size=30), st.integers(min_value=0, max_value=600))
def test_a_damaged_answer_never_becomes_a_task_with_empty_values(junk: bytes, place: int) -> None:
    """Cut off anywhere, with or without rubbish behind: a bad answer, except where only blanks are gone."""
    content = load_sample("01").content
    damaged = content[:place] + junk
    try:
        task = decode_task(damaged)
    except BadAnswer:
        return
    assert task.sync_task_id is not None


# Error answers


@pytest.mark.parametrize(
    ("status", "body", "code", "text"),
    [
        (400, {"error_code": "OMS.0064", "error_msg": "Bad."}, "OMS.0064", "Bad."),
        (401, {"error_msg": "Bad.", "error_code": "APIGW.0301", "request_id": "8080"}, "APIGW.0301", "Bad."),
        (401, {"error": {"code": 401, "message": "Bad.", "title": "Unauthorized"}}, None, "Bad."),
        (401, {"error": {"code": 1061, "message": "Bad."}}, "1061", "Bad."),
        (401, {"error_code": "IAM.0061", "error_msg": "Bad."}, "IAM.0061", "Bad."),
        (403, {"error": {"error_code": "IAM.0003", "error_msg": "Bad."}}, "IAM.0003", "Bad."),
        (403, {"errorCode": "X.1", "errorMsg": "Bad."}, "X.1", "Bad."),
        (403, {"errorCode": "X.1", "errorMessage": "Bad."}, "X.1", "Bad."),
        (403, {"code": "X.1", "message": "Bad."}, "X.1", "Bad."),
        (403, {"error_code": "X.1", "error_msg": "Bad.", "encoded_authorization_message": TOKEN}, "X.1", "Bad."),
        (403, {"errors": [{"error_code": "X.1", "error_msg": "Bad."}]}, "X.1", "Bad."),
        (403, {"message": "Half.", "error": {"error_code": "X.1", "error_msg": "Whole."}}, "X.1", "Whole."),
        (403, {"error_code": "X.1", "message": "Bad."}, "X.1", "Bad."),
        (404, {"error_msg": "Bad."}, None, "Bad."),
        (404, {"error_code": "OMS.1009"}, "OMS.1009", "Error 404, without further words"),
        (404, {"error_code": "OMS.1009", "error_msg": None}, "OMS.1009", "Error 404, without further words"),
        (404, {"error_code": ["OMS.1009"], "error_msg": 7}, None, "Error 404, not in the service's format"),
        (404, {"error_code": True, "error_msg": "  "}, None, "Error 404, not in the service's format"),
        (404, {}, None, "Error 404, not in the service's format"),
        (404, [], None, "Error 404, not in the service's format"),
        (404, b"", None, "Error 404, with an empty answer"),
        (404, b" \n", None, "Error 404, with an empty answer"),
        (500, b"<html><h1>Internal</h1></html>", None, "Server error 500, not in the service's format"),
        (500, {"error_msg": "<html>"}, None, "Server error 500, not in the service's format"),
        (503, b"upstream connect error", None, "Server error 503, not in the service's format"),
        (503, b'{"error_msg":"\xff\xff"}', None, "��"),
        (503, b'{"error_msg":"\\ud800"}', None, "�"),
        (503, b"[" * 100_000, None, "Server error 503, not in the service's format"),
        (503, b'{"code":' + b"9" * 5000 + b"}", None, "Server error 503, not in the service's format"),
        (204, b"", None, "Status 204, with an empty answer"),
        (399, b"", None, "The address answers with a redirect (399), which is not followed"),
        (400, b"", None, "Error 400, with an empty answer"),
        (300, b"", None, "The address answers with a redirect (300), which is not followed"),
    ],
)
def test_every_envelope_is_read(status: int, body: Any, code: str | None, text: str) -> None:
    told = problem(status, body)
    assert (told.status, told.code, told.text) == (status, code, text)


@pytest.mark.parametrize(("depth", "text"), [(1, "Deep."), (4, "Deep."), (5, "Error 403, not in the service's format")])
def test_envelopes_are_looked_for_four_levels_deep(depth: int, text: str) -> None:
    body: dict[str, Any] = {"error_code": "X.1", "error_msg": "Deep."}
    for _ in range(depth - 1):
        body = {"error": body}
    assert problem(403, body).text == text


@pytest.mark.parametrize(("length", "text"), [(300, "x " * 149 + "xx"), (301, "x " * 149 + "x…")])
def test_a_text_is_cut_where_it_must_be_and_not_before(length: int, text: str) -> None:
    assert problem(403, {"error_msg": "x " * 149 + "x" * (length - 298)}).text == text


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"error_code": "OMS.1009", "error_msg": "x"}, ProblemKind.GONE),
        (400, {"error_code": "OMS.1009", "error_msg": "x"}, ProblemKind.GONE),
        (404, b"", ProblemKind.GONE),
        (404, {"error_code": "APIGW.0101", "error_msg": "x"}, ProblemKind.ENDPOINT),
        (401, {"error": {"code": 401, "message": "x"}}, ProblemKind.TOKEN),
        (400, {"error_code": "OMS.1001", "error_msg": "x"}, ProblemKind.SERVER),
        (302, {"error_code": "OMS.1009", "error_msg": "x"}, ProblemKind.ENDPOINT),
        (502, b"<html>", ProblemKind.SERVER),
        (429, b"", ProblemKind.THROTTLED),
        (204, b"", ProblemKind.BAD_ANSWER),
    ],
)
def test_the_code_goes_before_the_status(status: int, body: Any, kind: ProblemKind) -> None:
    assert problem(status, body).kind is kind


HTML = b"<html><head><title>404 Not Found</title></head></html>"
KEYSTONE = {"error": {"code": 404, "message": "The resource could not be found.", "title": "Not Found"}}
SOMEBODY_ELSE = "Somebody else answers at oms.example (a proxy, a portal, a wrong host): "
UNSURE = "It cannot be told who answers at oms.example (OMS, a proxy, a portal, a wrong host): "


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(HTML, "Error {}, not in the service's format", id="HTML"),
        pytest.param(b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "Error {}, not in the", id="XML"),
        pytest.param(b"", "Error {}, with an empty answer", id="nothing"),
        pytest.param(KEYSTONE, "The resource could not be found.", id="IAM's Keystone form"),
        pytest.param({"error_code": "IAM.0004", "error_msg": "No such."}, "No such.", id="IAM's code"),
        pytest.param({"message": "no Route matched"}, "no Route matched", id="another gateway's"),
        pytest.param({"status": 404}, "Error {}, not in the service's format", id="other JSON"),
        pytest.param({"error_code": 7, "error_msg": "No such."}, "No such.", id="a code that is no text"),
        pytest.param([], "Error {}, not in the service's format", id="a list"),
        pytest.param({"error_code": "404", "error_msg": "nginx"}, "nginx", id="a status for a code"),
        pytest.param({"error_code": "NoSuchKey", "error_msg": "No key."}, "No key.", id="a store's code"),
        pytest.param({"error_code": "x"}, "Error {}, without further words", id="a code alone"),
        pytest.param({"error_code": "OMS.01009", "error_msg": "x"}, "x", id="another product's code"),
        pytest.param({"error_code": "APIGEE.0302", "error_msg": "x"}, "x", id="another gateway's code"),
        pytest.param({"error_msg": "x", "path": "/"}, "x", id="one text and more"),
    ],
)
def test_where_oms_did_not_write_the_answer_it_says_nothing_of_a_task_or_a_right(
    status: int, body: Any, words: str
) -> None:
    told = problem(status, body, oms_host="oms.example")
    assert (told.kind, told.is_foreign, told.proves_credential) == (ProblemKind.ENDPOINT, True, False)
    assert told.text.startswith(SOMEBODY_ELSE + words.format(status))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error_msg": "404 Route Not Found"}),  # the default of another gateway
        (404, {"error_msg": "x", "request_id": "aa"}),
        (404, {"error_code": "", "error_msg": "x"}),
        (404, {"error_code": None, "error_msg": "x"}),
        (403, {"error_msg": "x"}),
        (403, {"error_code": "IAM.0003", "error_msg": "x"}),
        (403, {"error": {"code": "IAM.0003", "message": "x"}}),
    ],
)
def test_what_oms_may_have_written_and_others_too_raises_no_alarm_and_proves_nothing(status: int, body: Any) -> None:
    """Both fields of the flat form are optional, and a missing task's code is not documented (ShowSyncTask)."""
    told = problem(status, body, oms_host="oms.example")
    assert (told.kind, told.is_foreign, told.proves_credential) == (ProblemKind.ENDPOINT, True, False)
    assert told.text.startswith(UNSURE)
    assert told.may_be_no_denial is (status == 404)


@pytest.mark.parametrize("code", ["OMS.1009", "OMS.7777", "S3M.7777"])
@pytest.mark.parametrize("form", [lambda body: body, lambda body: {"error": body}])
def test_a_code_of_its_own_shows_that_oms_answers_whatever_its_number_and_envelope(
    code: str, form: Callable[[object], object]
) -> None:
    body = form({"error_code": code, "error_msg": "x"})
    told = problem(404, body, oms_host="oms.example")
    assert (told.kind, told.is_foreign, told.proves_credential) == (ProblemKind.GONE, False, True)
    kind = problem(403, body, oms_host="oms.example").kind
    assert kind is (ProblemKind.GONE if code == "OMS.1009" else ProblemKind.FORBIDDEN)


@pytest.mark.parametrize(
    ("body", "is_foreign"),
    [(HTML, True), (b"", True), ({"a": "x"}, True), (KEYSTONE, False), ({"error_code": "APIGW.0301"}, False)],
)
def test_a_401_stops_whether_the_service_or_a_proxy_wrote_it_and_says_which(body: Any, is_foreign: bool) -> None:
    """Asking on with a credential that may have been refused could lock its user."""
    told = problem(401, body, oms_host="oms.example")
    assert (told.kind, told.is_foreign) == (ProblemKind.TOKEN, is_foreign)
    assert told.is_renewable is (told.code == "APIGW.0301")
    assert told.text.startswith(SOMEBODY_ELSE) is is_foreign


@pytest.mark.parametrize("body", [b"", HTML, {"error_code": "OMS.1009", "error_msg": "x"}])
def test_a_redirect_is_somebody_elses_answer_whatever_it_says(body: Any) -> None:
    """OMS sends none: a portal does, and may let requests through again soon."""
    told = problem(302, body, oms_host="oms.example")
    assert (told.kind, told.is_foreign, told.proves_credential) == (ProblemKind.ENDPOINT, True, False)
    assert told.text == SOMEBODY_ELSE + "a redirect (302), which is not followed"
    assert told.advice_for("p").startswith("Check the network, the proxy")


def test_iam_has_several_forms_and_is_taken_at_its_status() -> None:
    assert problem(404, KEYSTONE).kind is ProblemKind.GONE
    assert problem(403, HTML).kind is ProblemKind.FORBIDDEN


@pytest.mark.parametrize("status", [500, 503])
def test_the_status_of_a_failing_server_goes_before_its_code(status: int) -> None:
    told = problem(status, {"error_code": "OMS.0001", "error_msg": "system error"}, oms_host="oms.example")
    assert (told.kind, told.text, told.proves_credential) == (ProblemKind.SERVER, "system error", False)


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({"X-Request-Id": "aa"}, {"request_id": "bb"}, "aa"),
        ({"x-request-id": "aa"}, {}, "aa"),
        ({"X-IAM-Trace-Id": "cc"}, {"request_id": "bb"}, "cc"),
        ({"X-IAM-Trace-Id": "cc", "X-Request-Id": "aa"}, {}, "aa"),
        ({"X-Request-Id": " "}, {"request_id": "bb"}, "bb"),
        ({}, {"error": {"request_id": "bb"}}, "bb"),
        ({}, {"request_id": 7}, None),
        ({}, b"<html>", None),
        ({"X-Request-Id": "\x1b[31m\u202e"}, {}, "�[31m�"),
        ({"X-Request-Id": "ab " * 100}, {}, "ab " * 20 + "ab…"),
        ({"X-Request-Id": TOKEN}, {}, "***"),
        ({"X-Request-Id": "d18befdd-eb82-41f3-8019-bbb593d74a3e"}, {}, "d18befdd-eb82-41f3-8019-bbb593d74a3e"),
    ],
)
def test_the_request_id_is_the_header_s_else_the_body_s(
    headers: dict[str, str], body: Any, request_id: str | None
) -> None:
    assert problem(500, body, headers).request_id == request_id
    assert problem(302, body, headers).request_id == request_id


def test_a_good_answer_s_request_id_comes_from_its_headers() -> None:
    assert request_id_of({"x-request-id": "8080d377bffeb6d519b0567c09cebe6b"}) == "8080d377bffeb6d519b0567c09cebe6b"
    assert request_id_of({}) is None


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("0", 1),
        ("3600", 3600),
        ("86400", 3600),
        ("9" * 400, 3600),
        ("-5", None),
        ("+5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW, usegmt=True), 1),
        (format_datetime(NOW + timedelta(days=2), usegmt=True), 3600),
        (format_datetime(NOW - timedelta(seconds=1), usegmt=True), None),
        ("Sunday, 22-Nov-26 09:41:05 GMT", 60),
        ("Sun Nov 22 09:41:05 2026", 60),
        ("Sun, 22 Nov 2026 17:41:05 +0800", 60),
        ("Sun, 99 Nov 2026 09:41:05 GMT", None),
        ("Sun, 22 Nov 2026 09:41:05 +9999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_an_hour(retry_after: str, seconds: float | None) -> None:
    for status in (429, 503):
        assert problem(status, b"", {"Retry-After": retry_after}).retry_after == seconds


WINDOW = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute"


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {}, 300),
        (429, {"Retry-After": "30"}, 30),
        (429, {"Retry-After": "rubbish"}, 300),
        (429, {"Retry-After": "-1"}, 300),
        (503, {}, None),
    ],
)
def test_without_the_header_the_window_in_the_text_counts(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    told = problem(status, {"error_code": "APIGW.0308", "error_msg": WINDOW}, headers)
    assert (told.kind, told.retry_after) == (ProblemKind.THROTTLED, seconds)


def test_texts_are_masked_tamed_and_cut() -> None:
    told = problem(
        401,
        {
            "error_code": "APIGW.0301\x1b" + "x " * 40,
            "error_msg": f"line 1\nX-Auth-Token: {TOKEN}\r\n\x1b]52;c;aGk=\x07 \u202e[bold] " + "long " * 100,
        },
    )
    assert told.text.startswith("line 1 X-Auth-Token: *** �]52;c;aGk=� �[bold] long")
    assert told.text.endswith("…")
    assert len(told.text) <= 300
    assert told.code is not None
    assert told.code.startswith("APIGW.0301�x x")
    assert len(told.code) <= 40


@pytest.mark.parametrize("before", [0, 35, 290, 299, 300, 4050, 4090, 4095, 8000])
@pytest.mark.parametrize("joint", ["", "\u200b", "\u00ad"], ids=["whole", "zero-width", "hyphen"])
def test_no_piece_of_a_token_survives_a_cut(before: int, joint: str) -> None:
    """Texts are cut for the screen and before they are tamed; a token may lie across either cut."""
    parts = joint.join(TOKEN[place : place + 20] for place in range(0, len(TOKEN), 20))
    told = problem(401, {"error_msg": "- " * (before // 2) + parts + " end"})
    assert not any(TOKEN[place : place + 12] in told.text for place in range(len(TOKEN) - 11))


def test_no_piece_of_a_token_survives_a_cut_that_masking_moves() -> None:
    """What stands at the cut of a long text comes to stand in front once the run before it is masked."""
    told = problem(401, {"error_msg": "x" * 4060 + " " + TOKEN})
    assert told.text == "*** ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 8000 + " the words " + "y" * 900_000, "*** the words …"),
        ("x" * 8150 + " the words " + TOKEN + "y" * 900_000, "*** the words …"),
        ("x" * 900_000 + " the words", "…"),
        ("x" * 8000 + " the words", "*** the words"),
    ],
)
def test_of_a_very_long_error_text_only_the_beginning_is_looked_at(text: str, shown: str) -> None:
    """To mask a megabyte would make the screen deaf; what may be half a secret at the cut is left out."""
    assert problem(500, {"error_msg": text}).text == shown


def test_of_very_many_objects_in_an_error_only_the_first_are_looked_at() -> None:
    outer = {"error_code": "OMS.0001"}
    assert problem(500, {"errors": [{}] * 98 + [{"error_msg": "words"}], **outer}).text == "words"
    assert problem(500, {"errors": [{}] * 99 + [{"error_msg": "words"}], **outer}).text != "words"


_HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "X-Request-Id", "X-IAM-Trace-Id", "Content-Type"]), st.text(), max_size=4
)
_ERROR_LIKE = st.dictionaries(
    st.sampled_from(["error", "error_code", "error_msg", "code", "message", "errorCode", "errorMsg", "request_id"]),
    _JSON,
    max_size=6,
)


@given(
    st.integers(min_value=100, max_value=999),
    _HEADERS,
    st.binary() | (_JSON | _ERROR_LIKE).map(lambda value: json.dumps(value).encode()),
)
def test_whatever_comes_is_a_problem_that_can_be_shown(status: int, headers: dict[str, str], body: bytes) -> None:
    told = decode_problem(status, headers, body, NOW)
    assert told.text
    for text, longest in ((told.text, 300), (told.code, 40), (told.request_id, 64)):
        assert text is None or (0 < len(text) <= longest and tame(text) == text)
    assert told.retry_after is None or 1 <= told.retry_after <= 3600
    assert not re.match(r"<(html|!doctype)", told.text, re.IGNORECASE)


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
