"""When a month ended is written down and read again."""

from datetime import UTC, datetime

import pytest

from omstui.core.watch.rollover import MonthEnd
from tests.making import NOVEMBER

AT = datetime(2026, 11, 30, 16, 0, 57, tzinfo=UTC)


def test_what_is_written_is_read_but_for_what_only_one_run_needs() -> None:
    assert MonthEnd.parse(str(MonthEnd(NOVEMBER, AT, failed=11))) == MonthEnd(NOVEMBER, AT)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11", "2026-13 2026-11-30T16:00:57+00:00", "2026-11 yesterday", "2026-11 2026-11-30T16:00:57", "a b c"],
)
def test_anything_else_is_nothing(text: str) -> None:
    assert MonthEnd.parse(text) is None
