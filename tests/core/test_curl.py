"""The request as a line for a shell."""

import shlex

import pytest

from omstui.core.curl import curl_line
from omstui.core.profile import Profile

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
