"""The request as a line for a shell."""

import json
import shlex
from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile
from omstui.core.reports.excerpt import Excerpt, Shown, answer_json, curl_line, error_text, excerpts, row_text
from omstui.core.task import FIELD_NAMES, TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import assess
from tests.making import BEIJING, NOW, REF, TASK, sample, state

PROFILE = Profile("prod", "https://oms.cn-north-4.myhuaweicloud.com", "2c0689c860ad4728a497c91ec0844383")


def test_the_line_asks_what_omstui_asks_and_leaves_the_token_to_the_shell() -> None:
    assert shlex.split(curl_line(PROFILE, "0d146099", 1_700_639_560_751)) == [
        "curl", "--silent", "--show-error", "--header", "Content-Type: application/json",
        "--header", "X-Auth-Token: $OMSTUI_TOKEN",
        f"{PROFILE.endpoint}/v2/{PROFILE.project_id}/sync-tasks/0d146099?query_time=1700639560751",
    ]  # fmt: skip


@pytest.mark.parametrize("sync_task_id", ["a'b", "$(reboot)", "`x`", "a;b", "a&b", 'a"b', "ä\ud800"])
def test_nothing_in_an_id_means_anything_to_a_shell(sync_task_id: str) -> None:
    line = curl_line(PROFILE, sync_task_id, 1)
    words = shlex.split(line)
    assert len(words) == 8
    assert line.count("$") == 1
    assert not set(words[-1].partition("://")[2]) & set("'$`;&\" ")
    assert words[-1].endswith("?query_time=1")


def test_no_id_leads_to_another_path() -> None:
    assert "/sync-tasks/a%2F..%2Fb%3Fc%23X%3F" in curl_line(PROFILE, "a/../b?c#X?", 1)


PROFILE_EXCERPT = Profile("prod-bj4", "https://oms.cn-north-4.myhuaweicloud.com", "2c0689c860ad4728a497c91ec0844383")
PROBLEM = Problem(ProblemKind.TOKEN, "The token has expired", code="APIGW.0307", status=401, request_id="7c2d1f")


def made(
    known: TaskState | None = None, profile: Profile | None = PROFILE_EXCERPT, month: Month | None = None
) -> dict[str, Excerpt]:
    """Return the texts for a track, by key."""
    one = known if known is not None else state(sample())
    found = excerpts(one, assess(one, NOW, 60.0), Shown(one.good, one.problem, month), profile, NOW)
    return {excerpt.key: excerpt for excerpt in found}


def test_a_task_that_is_well_has_everything_but_an_error() -> None:
    found = made()
    assert {key: excerpt.name for key, excerpt in found.items()} == {
        "i": "the id",
        "r": "the row",
        "a": "the answer as JSON",
        "c": "a curl line without the token",
        "f": "the place of the failed lists",
    }
    known = state(sample())
    assert found["i"].text == REF.sync_task_id
    assert found["r"].text == row_text(known, assess(known, NOW, 60.0))
    assert found["a"].text == answer_json(TASK)


def test_the_place_of_the_failed_lists_can_be_copied_where_objects_have_failed() -> None:
    """By the documentation, in the destination bucket."""
    assert made()["f"].text == f"obs://oms-sdk-test-dst/oms/sync_task/{REF.sync_task_id}/failed_object_lists/"
    for task in (replace(TASK, monthly_failure_object=0), replace(TASK, dst_bucket=None)):
        assert "f" not in made(state(sample(task)))


def test_a_task_that_was_never_answered_has_no_answer_to_copy() -> None:
    found = made(state(sample(PROBLEM)))
    assert list(found) == ["i", "r", "e", "c"]
    assert found["e"].name == "the error with its request id"
    assert found["r"].text.split("\t")[2:] == ["", "", "", "", "", "", REF.sync_task_id, "prod-bj4"]


def test_without_a_profile_there_is_no_request_to_repeat() -> None:
    assert "c" not in made(profile=None)
    assert "c" not in made(profile=replace(PROFILE_EXCERPT, project_id=""))


def test_the_row_holds_all_digits_for_a_sheet() -> None:
    one = state(sample())
    assert row_text(one, assess(one, NOW, 60.0)).split("\t") == [
        "oms-sdk-test-src", "syncing", "1204331", "11", "0", "120", "38204117002112", "2026-11-22T09:40:05Z",
        REF.sync_task_id, "prod-bj4",
    ]  # fmt: skip


def test_what_was_not_reported_is_an_empty_cell_and_not_nought() -> None:
    one = state(sample(replace(TASK, monthly_skip_object=None)))
    assert row_text(one, assess(one, NOW, 60.0)).split("\t")[4:6] == ["", ""]


def test_no_text_breaks_a_row_apart_or_commands_a_terminal() -> None:
    one = state(sample(replace(TASK, src_bucket="a\tb\n\x1b[2J")))
    row = row_text(one, assess(one, NOW, 60.0))
    assert row.count("\t") == 9
    assert "\x1b" not in row


def test_the_row_says_the_time_as_utc() -> None:
    at = NOW.astimezone(BEIJING)
    one = state(sample(at=at))
    assert row_text(one, assess(one, at, 60.0)).split("\t")[7] == "2026-11-22T09:40:05Z"


def test_the_answer_is_one_field_a_line() -> None:
    lines = answer_json(TASK).split("\n")
    assert (lines[0], lines[-1], len(lines)) == ("{", "}", len(FIELD_NAMES) + 2)
    assert lines[1] == f'  "sync_task_id": "{REF.sync_task_id}",'
    assert '"\\u007f"' in answer_json(replace(TASK, description="\x7f"))


def test_the_answer_has_every_field_and_only_printable_ascii() -> None:
    task = replace(TASK, description="\x1b]0;x\x07 \x7f Größe \u202e \ud800")
    text = answer_json(task)
    assert tuple(json.loads(text)) == FIELD_NAMES
    assert json.loads(text)["description"] == task.description
    assert all(" " <= char <= "~" or char == "\n" for char in text)


def test_the_error_says_what_support_asks_for() -> None:
    one = state(sample(), sample(PROBLEM, at=NOW + timedelta(minutes=1)))
    assert made(one)["e"].text.split("\n") == [
        "token: The token has expired",
        f"task: {REF.sync_task_id} (prod-bj4)",
        "at: 2026-11-22T09:41:05Z",
        "status: 401",
        "code: APIGW.0307",
        "request id: 7c2d1f",
    ]


def test_the_error_of_a_past_month_is_not_dated_by_the_present_one() -> None:
    """Trouble with the current month may have come at another time."""
    one = state(sample(), sample(PROBLEM, at=NOW + timedelta(minutes=1)))
    other = Problem(ProblemKind.SERVER, "Busy")
    found = excerpts(one, assess(one, NOW, 60.0), Shown(one.good, other, Month(2026, 9)), PROFILE_EXCERPT, NOW)
    assert found[3].text == f"server: Busy\ntask: {REF.sync_task_id} (prod-bj4)"


def test_a_refusal_without_a_request_has_no_time() -> None:
    one = replace(state(sample()), refusal=PROBLEM)
    assert "at: " not in made(one)["e"].text


def test_what_is_not_known_of_an_error_is_left_out() -> None:
    text = error_text(state(ref=TaskRef("p", "x")), Problem(ProblemKind.NETWORK, "No route"), None)
    assert text == "network: No route\ntask: x (p)"


def test_a_past_month_is_asked_for_as_the_screen_asks() -> None:
    assert "query_time=1789473600000" in made(month=Month(2026, 9))["c"].text
    assert "query_time=1795340405000" in made()["c"].text
