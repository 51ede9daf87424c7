"""Events name their task, if they are about one."""

from datetime import UTC, datetime

from omstui.core.event import Event
from omstui.core.task import TaskRef


def test_an_event_without_a_task_concerns_its_profile() -> None:
    """A credential is a profile's."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert Event(at, "credential", "refused", profile="prod").ref is None
    assert Event(at, "silent", "quiet", profile="prod", sync_task_id="a").ref == TaskRef("prod", "a")
