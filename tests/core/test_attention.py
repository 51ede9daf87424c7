"""When somebody last looked."""

from datetime import datetime, timedelta

import pytest

from omstui.core.attention import Attention
from omstui.core.board import Board
from omstui.core.glance import Glance
from omstui.core.judged import Judged
from omstui.core.watchlist import WatchedTask, WatchList
from tests.making import NOW, REF, sample


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def glance(seconds: float) -> Glance:
    return Glance(at(seconds), NOW)


def after(*steps: tuple[str, float]) -> float:
    """Return when the screen was looked at, in seconds, after these steps at their times."""
    made = Attention(glance(0), NOW)
    for what, seconds in steps:
        match what:
            case "key":
                made = made.key(glance(seconds))
            case "left":
                made = made.left(glance(seconds))
            case "returned":
                made = made.returned(at(seconds))
            case "hand":
                made = made.by_hand(glance(seconds))
    return (made.glance.at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), 0),
        ((("key", 30),), 30),
        ((("key", 30), ("key", 50)), 50),
        # Who comes back after a while has a minute to read.
        ((("key", 30), ("key", 90)), 30),
        ((("key", 30), ("key", 89)), 89),
        ((("key", 30), ("key", 900), ("key", 905), ("key", 959)), 30),
        ((("key", 30), ("key", 900), ("key", 905), ("key", 960)), 960),
        ((("key", 30), ("key", 900), ("key", 5000)), 5000),
        ((("key", 30), ("key", 900), ("key", 5000), ("key", 9000)), 5000),
        # A terminal that tells of its focus.
        ((("left", 40),), 40),
        ((("left", 40), ("returned", 4000)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4005)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4059)), 40),
        ((("left", 40), ("returned", 4000), ("key", 4060)), 4060),
        ((("left", 40), ("returned", 4000), ("left", 4002)), 40),
        ((("left", 40), ("returned", 4000), ("left", 4003)), 4003),
        ((("left", 40), ("returned", 4000), ("key", 4000)), 40),
        ((("left", 40), ("returned", 4000), ("left", 4000)), 40),
        # Who has left reads no more; and not every terminal tells of the return.
        ((("left", 40), ("returned", 4000), ("left", 4010), ("key", 4020), ("key", 4065)), 4010),
        ((("left", 40), ("returned", 4000), ("left", 4002), ("left", 4002.5)), 4002.5),
        ((("left", 40), ("returned", 4000), ("left", 4002), ("returned", 8000), ("left", 8100)), 8100),
        ((("key", 30), ("key", 900), ("left", 905)), 905),
        # By hand, at once.
        ((("key", 30), ("key", 900), ("hand", 901)), 901),
        ((("key", 30), ("key", 900), ("hand", 901), ("key", 905)), 905),
        # A clock that was set back holds nothing up.
        ((("key", 30), ("key", 900), ("key", -4000)), -4000),
    ],
)
def test_keys_and_focus_tell_when_somebody_looked(steps: tuple[tuple[str, float], ...], expected: float) -> None:
    assert after(*steps) == expected


def test_tasks_that_come_to_be_known_join_the_last_glance() -> None:
    made = Attention(glance(0), NOW)
    board = Board().watching(WatchList((WatchedTask(REF),)))
    assert made.with_new(Judged.of(board, NOW, 60.0)) is made
    known = board.filed(sample(at=at(5)), 60.0)
    assert made.with_new(Judged.of(known, at(5), 60.0)).glance.failed[REF][1] == 11
    assert made.with_new(Judged.of(known, at(5), 60.0)).glance.at == NOW
