"""Events name their task, if they are about one."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from omstui.core.alerts.event import SAME_EVENT, Event, Severity
from omstui.core.task import TaskRef


def test_an_event_without_a_task_concerns_its_profile() -> None:
    """A credential is a profile's."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert Event(at, "credential", "refused", profile="prod").ref is None
    assert Event(at, "silent", "quiet", profile="prod", sync_task_id="a").ref == TaskRef("prod", "a")


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({}, True),
        ({"at": datetime(2026, 11, 22, tzinfo=UTC) + SAME_EVENT}, True),
        ({"at": datetime(2026, 11, 22, tzinfo=UTC) - SAME_EVENT}, True),
        ({"at": datetime(2026, 11, 22, tzinfo=UTC) + SAME_EVENT + timedelta(milliseconds=1)}, False),
        ({"at": datetime(2026, 11, 22, tzinfo=UTC) - SAME_EVENT - timedelta(milliseconds=1)}, False),
        ({"words": "It was started again"}, False),
        ({"severity": Severity.ALARM}, False),
        ({"sync_task_id": "b"}, False),
    ],
)
def test_what_two_instances_say_in_the_same_words_at_about_the_same_time_is_one_event(
    change: dict[str, object], is_same: bool
) -> None:
    event = Event(datetime(2026, 11, 22, tzinfo=UTC), "stopped", "It was stopped", profile="prod", sync_task_id="a")
    assert event.is_same_as(replace(event, **change)) is is_same
