"""What tests of every folder share."""

from datetime import UTC, datetime

import pytest
from hypothesis import settings

from omstui.demo.clock import SteppedClock

START = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)

# No deadline, since nothing here asserts on wall time; the same cases in every run, since a suite is no lottery.
# `--hypothesis-profile=search` looks further.
settings.register_profile("omstui", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=5_000)
settings.load_profile("omstui")


@pytest.fixture
def stepped_clock() -> SteppedClock:
    """A clock that stands at 2026-11-22 17:40:05 UTC+08:00 until advanced."""
    return SteppedClock(START)
