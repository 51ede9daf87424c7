"""The machine's clock: longer waits end together, none ends early, and short ones take what they take."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.clock import SystemClock, moment_of, until_common_moment

NOW = 1_774_000_000.0
MOMENTS = st.floats(0.0, 2.0e9)


@pytest.mark.parametrize(
    ("into_the_second", "asked", "ends_at"),
    [
        (0.0000, 1.01, 1.0625),
        (0.0525, 1.01, 1.0625),
        (0.0526, 1.01, 1.1875),
        (0.1000, 1.05, 1.1875),
        (0.1000, 1.10, 1.3125),
        (0.9000, 1.01, 1.9375),
        (0.9500, 1.01, 2.0625),
        (0.1000, 60.0, 60.1875),
    ],
)
def test_longer_waits_end_at_eight_moments_of_the_second_and_never_at_the_full_one(
    into_the_second: float, asked: float, ends_at: float
) -> None:
    assert into_the_second + until_common_moment(NOW + into_the_second, asked) == pytest.approx(ends_at, abs=1e-6)


@pytest.mark.parametrize("asked", [0.0, -1.0, 0.001, 0.25, 1.0, float("inf")])
def test_short_ones_and_one_without_an_end_take_what_they_take(asked: float) -> None:
    assert until_common_moment(NOW + 0.05, asked) == asked


@given(MOMENTS, st.floats(0.0, 1.0e6))
def test_none_is_shorter_or_longer_by_more_than_an_eighth(now: float, asked: float) -> None:
    assert asked - 1e-6 <= until_common_moment(now, asked) <= asked + 0.125 + 1e-6


@pytest.mark.parametrize(
    ("seconds", "at"),
    [
        (NOW, datetime(2026, 3, 20, 9, 46, 40, tzinfo=UTC)),
        (0.0, datetime(1970, 1, 1, tzinfo=UTC)),
        (253_402_300_800.0, datetime(9999, 1, 1, tzinfo=UTC)),
        (1e30, datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_clock_beyond_the_calendar_tells_a_time_in_its_last_year(seconds: float, at: datetime) -> None:
    assert moment_of(seconds) == at


async def test_the_clock_waits_so(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr("time.time", lambda: NOW + 0.1)
    for asked in (0.1, 0.9, 60.0):
        await SystemClock().sleep(asked)
    assert waits == pytest.approx([0.1, 0.9, 60.0875], abs=1e-6)
