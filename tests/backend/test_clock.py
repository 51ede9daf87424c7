"""The machine's clock: longer waits end together, none ends early, and short ones take what they take."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.backend.clock import SystemClock, until_quarter

NOW = 1_774_000_000.0
MOMENTS = st.floats(0.0, 2.0e9)


@pytest.mark.parametrize(
    ("into_the_second", "asked", "ends_at"),
    [
        (0.10, 0.30, 0.50),
        (0.10, 0.40, 0.50),
        (0.10, 0.45, 0.75),
        (0.10, 60.0, 60.25),
        (0.00, 1.00, 1.00),
        (0.40, 0.60, 1.00),
        (0.4003, 0.60, 1.00),  # the beat: it looked at the time a moment before
        (0.402, 0.60, 1.25),
    ],
)
def test_longer_waits_end_at_a_quarter_of_the_second(into_the_second: float, asked: float, ends_at: float) -> None:
    assert into_the_second + until_quarter(NOW + into_the_second, asked) == pytest.approx(ends_at, abs=1e-6)


@pytest.mark.parametrize("asked", [0.0, -1.0, 0.001, 0.2, 0.2499, float("inf")])
def test_short_ones_and_one_without_an_end_take_what_they_take(asked: float) -> None:
    assert until_quarter(NOW + 0.1, asked) == asked


@given(MOMENTS, st.floats(0.0, 1.0e6))
def test_none_is_shorter_by_more_than_a_millisecond_or_longer_by_more_than_a_quarter(now: float, asked: float) -> None:
    assert asked - 0.001_01 <= until_quarter(now, asked) <= asked + 0.25


async def test_the_clock_waits_so(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr("time.time", lambda: NOW + 0.1)
    for asked in (0.1, 0.3, 60.0):
        await SystemClock().sleep(asked)
    assert waits == pytest.approx([0.1, 0.4, 60.15], abs=1e-6)
