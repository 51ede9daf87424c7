"""A notification of the terminal's own."""

from datetime import UTC, datetime

import pytest

from omstui.core.alerts.event import Event, Severity
from omstui.ui.terminal.notification import notification, notification_text

AT = datetime(2026, 11, 22, tzinfo=UTC)
STOPPED = Event(AT, "stopped", "It was stopped", Severity.WARNING, "prod", "id-1", "images")
REFUSED = Event(AT, "credential", "The credential of prod was refused", Severity.ALARM, "prod")
HOSTILE = "a\x1b]0;gotcha\x07\x9b31m\u202eevil\nline\x00" * 30


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([STOPPED], "omstui: images: It was stopped"),
        ([REFUSED], "omstui: The credential of prod was refused"),
        ([STOPPED, REFUSED], "omstui: 2 alerts; images: It was stopped"),
    ],
)
def test_it_names_the_task_and_what_happened(events: list[Event], expected: str) -> None:
    assert notification_text(events) == expected


@pytest.mark.parametrize(
    ("multiplexer", "expected"),
    [
        ("", "\x1b]9;omstui: x\x07"),
        ("tmux", "\x1bPtmux;\x1b\x1b]9;omstui: x\x07\x1b\\"),
        ("screen", "\x1bP\x1b]9;omstui: x\x07\x1b\\"),
    ],
)
def test_a_multiplexer_is_asked_to_pass_it_on(multiplexer: str, expected: str) -> None:
    assert notification("omstui: x", multiplexer) == expected


@pytest.mark.parametrize("multiplexer", ["", "tmux", "screen"])
def test_hostile_text_cannot_end_it_or_begin_another(multiplexer: str) -> None:
    event = Event(AT, "stopped", HOSTILE, Severity.WARNING, HOSTILE, HOSTILE, HOSTILE)
    text = notification_text([event])
    assert len(text) <= 160
    assert not set(text) & set("\x1b\x07\x9b\u202e\n\x00")
    plain = notification("x", multiplexer)
    for hostile in (text, HOSTILE[:700]):
        made = notification(hostile, multiplexer)
        assert [char for char in made if ord(char) < 32] == [char for char in plain if ord(char) < 32]
        assert "\x9b" not in made
