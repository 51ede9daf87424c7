"""What tests of every folder share."""

from datetime import UTC, datetime

import pytest

from omstui.demo.clock import SteppedClock

START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)


@pytest.fixture
def stepped_clock() -> SteppedClock:
    """A clock that stands at 2026-11-22 17:40:05 UTC+08:00 until advanced."""
    return SteppedClock(START)
