"""What a reading keeps of an answer."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from omstui.core.month import Month
from omstui.core.reading import READ_NAMES, Reading
from omstui.core.task import SyncTask

AT = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
TASK = SyncTask(
    status="SYNCHRONIZING",
    create_time=1,
    last_start_time=2,
    monthly_acceptance_request=10,
    monthly_success_object=7,
    monthly_failure_object=1,
    monthly_skip_object=0,
    monthly_size=4096,
)


def test_a_reading_keeps_the_fields_it_names() -> None:
    """Every kept field comes from the answer's field of the same name."""
    reading = Reading.of(TASK, Month(2026, 11), AT)
    assert {name: getattr(reading, name) for name in READ_NAMES} == {name: getattr(TASK, name) for name in READ_NAMES}
    assert {field.name for field in fields(Reading)} == {"month", "answered_at", "until", *READ_NAMES}
    assert (reading.month, reading.answered_at, reading.until) == (Month(2026, 11), AT, AT)


@pytest.mark.parametrize("name", READ_NAMES)
def test_another_value_of_any_kept_field_is_another_reading(name: str) -> None:
    """Null differs from a value as well."""
    reading = Reading.of(TASK, Month(2026, 11), AT)
    assert not reading.says(replace(reading, **{name: None}))  # type: ignore[arg-type]  # the names are of fields that may be null


def test_time_alone_makes_no_other_reading_but_the_month_does() -> None:
    """The same figures in the next month are other figures."""
    reading = Reading.of(TASK, Month(2026, 11), AT)
    assert reading.says(replace(reading, answered_at=AT + timedelta(days=1), until=AT + timedelta(days=2)))
    assert not reading.says(replace(reading, month=Month(2026, 12)))
