from datetime import UTC, datetime

import pytest

from omstui.core.zone import read_iso_time

AT = datetime(2020, 1, 4, 9, 5, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2020-01-04T09:05:22.701000Z", AT.replace(microsecond=701000)),
        ("2020-01-04T09:05:22Z", AT),
        ("2020-01-04T09:05:22", AT),
        ("2020-01-04T17:05:22+08:00", AT),
        ("2020-01-04", datetime(2020, 1, 4, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2020-13-04T09:05:22Z", None),
        ("soon", None),
        ("", None),
        (1578128722, None),
        (None, None),
        ({}, None),
    ],
)
def test_times_are_read_in_utc_and_rubbish_is_no_time(value: object, at: datetime | None) -> None:
    assert read_iso_time(value) == at
