"""What tests of every folder share."""

import os
import signal
from collections.abc import Callable
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


def pytest_configure() -> None:
    """Begin as a terminal's programs do: a shell may start what runs behind it with some signals ignored."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
    for name in ("COLUMNS", "LINES"):  # a worker is told the size of pytest's terminal, which is not that of a test's
        os.environ.pop(name, None)


@pytest.fixture
def stepped_clock() -> SteppedClock:
    """A clock that stands at 2026-11-22 17:40:05 UTC+08:00 until advanced."""
    return SteppedClock(START)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test's report name the rows of the fault table that it stands for."""
    item.user_properties += [("fault", mark.args[0]) for mark in item.iter_markers("fault")]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Report what was measured, for the fault table: `python -m tests.faults` prints it."""
    return lambda text: record_property("figure", text)
