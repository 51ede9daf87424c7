"""What is used of httpx's libraries beyond their documented interface."""

import httpx
import pytest

from omstui.backend.http.compat import was_closed_by_peer
from omstui.backend.http.errors import Timeouts, Trail, network_problem


@pytest.mark.parametrize(
    ("words", "is_known", "told"),
    [
        ("Server disconnected without sending a response.", True, "not HTTP"),
        ("peer closed connection without sending complete message body", True, "not HTTP"),
        ("the other side has gone", False, "not HTTP"),
    ],
)
def test_a_broken_connection_is_told_by_words_and_is_a_problem_with_other_words_too(
    words: str, is_known: bool, told: str
) -> None:
    error = httpx.RemoteProtocolError(words)
    assert was_closed_by_peer(error) is is_known
    text = network_problem(error, Trail(), "https://oms.example", Timeouts()).text
    assert (told not in text) is is_known
