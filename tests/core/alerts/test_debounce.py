"""A state of which a change is news."""

from datetime import timedelta

import pytest

from omstui.core.alerts.debounce import WELL, Change, Cooldown, DebouncedState
from tests.making import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def told(
    states: str, *, hold: int = 0, quiet: int = 60, standing: DebouncedState | None = None
) -> list[tuple[int, str]]:
    """Return what is told when the state is this letter in each minute (``.`` for well), with the minute."""
    made = standing or DebouncedState()
    out = []
    for minute, letter in enumerate(states):
        state = WELL if letter == "." else letter
        made, change = made.seen(state, NOW + minute * MINUTE, hold=hold * MINUTE, quiet=quiet * MINUTE)
        if change is not None:
            out.append((minute, change.after))
    return out


@pytest.mark.parametrize(
    ("states", "hold", "expected"),
    [
        ("aaaa", 0, []),
        ("....", 0, []),
        (".a", 0, [(1, "a")]),
        (".aaaa", 0, [(1, "a")]),
        (".aa..", 0, [(1, "a"), (3, "")]),
        (".aaa", 2, [(3, "a")]),
        (".aa.", 2, []),
        (".a.aa.a.a", 2, []),
        (".aaa.aaaa", 2, [(3, "a")]),
        (".aaa...", 2, [(3, "a"), (6, "")]),
        (".abbb", 2, [(4, "b")]),
        (".ab", 0, [(1, "a"), (2, "b")]),
        ("a..", 0, [(1, "")]),
        ("aab", 0, [(2, "b")]),
    ],
)
def test_a_change_is_told_once_it_has_lasted(states: str, hold: int, expected: list[tuple[int, str]]) -> None:
    assert told(states, hold=hold) == expected


def test_the_first_state_is_no_news_and_its_end_says_that_nobody_was_told() -> None:
    standing, change = DebouncedState().seen("a", NOW, hold=MINUTE, quiet=HOUR)
    assert change is None
    standing, change = standing.seen(WELL, NOW + MINUTE, hold=timedelta(), quiet=HOUR)
    assert change == Change("a", WELL, was_told=False)
    standing, change = standing.seen("a", NOW + 2 * MINUTE, hold=timedelta(), quiet=HOUR)
    assert change == Change(WELL, "a", was_told=False)
    _, change = standing.seen(WELL, NOW + 3 * MINUTE, hold=timedelta(), quiet=HOUR)
    assert change == Change("a", WELL, was_told=True)


def test_what_comes_back_within_the_quiet_is_told_after_it_when_it_lasts() -> None:
    assert told(".a." + "a" * 20, quiet=10) == [(1, "a"), (2, ""), (11, "a")]


def test_what_comes_back_within_the_quiet_and_goes_is_not_told() -> None:
    assert told(".a.a.a.a.", quiet=10) == [(1, "a"), (2, "")]


def test_another_state_does_not_wait_for_the_quiet_of_the_first() -> None:
    assert told(".a.b.", quiet=10) == [(1, "a"), (2, ""), (3, "b"), (4, "")]


def test_each_time_a_state_is_told_it_waits_longer() -> None:
    assert told(".a." + "a" * 9 + "." + "a" * 30, quiet=10) == [(1, "a"), (2, ""), (11, "a"), (12, ""), (31, "a")]


def test_nothing_is_held_back_once_it_was_told_or_has_passed_by() -> None:
    """A task of which nothing is held back need not be looked at again."""
    well, _ = DebouncedState().seen(WELL, NOW, hold=MINUTE, quiet=HOUR)
    coming, _ = well.seen("a", NOW, hold=MINUTE, quiet=HOUR)
    assert (coming.coming, coming.since) == ("a", NOW)
    assert coming.seen(WELL, NOW, hold=MINUTE, quiet=HOUR) == (well, None)
    after, _ = coming.seen("a", NOW + MINUTE, hold=MINUTE, quiet=HOUR)
    assert after == DebouncedState("a", was_told=True, said={"a": Cooldown(NOW + MINUTE)})


def test_a_clock_that_is_set_back_begins_the_hold_anew_and_ends_the_quiet() -> None:
    standing, _ = DebouncedState().seen(WELL, NOW, hold=HOUR, quiet=HOUR)
    standing, _ = standing.seen("a", NOW, hold=HOUR, quiet=HOUR)
    earlier = NOW - timedelta(days=1)
    standing, change = standing.seen("a", earlier, hold=HOUR, quiet=HOUR)
    assert change is None
    standing, change = standing.seen("a", earlier + HOUR, hold=HOUR, quiet=HOUR)
    assert change is not None
    standing, change = standing.seen(WELL, earlier + HOUR, hold=timedelta(), quiet=HOUR)
    _, change = standing.seen("a", earlier, hold=timedelta(), quiet=HOUR)
    assert change is not None


@pytest.mark.parametrize(
    ("times", "minutes", "is_quiet"),
    [(1, 0, True), (1, 59, True), (1, 60, False), (2, 119, True), (2, 120, False), (3, 239, True), (3, 240, False),
     (40, 24 * 60 - 1, True), (40, 24 * 60, False), (1, -1, False)],
)  # fmt: skip
def test_the_quiet_doubles_up_to_a_day(times: int, minutes: int, is_quiet: bool) -> None:
    assert Cooldown(NOW, times).is_quiet(NOW + minutes * MINUTE, HOUR) is is_quiet


def test_a_quiet_that_is_long_from_the_beginning_still_becomes_four_times_as_long() -> None:
    least = timedelta(hours=60)
    assert Cooldown(NOW, 9).is_quiet(NOW + timedelta(hours=239), least)
    assert not Cooldown(NOW, 9).is_quiet(NOW + timedelta(hours=240), least)


@pytest.mark.parametrize(
    ("times", "minutes", "then"), [(1, 0, 2), (1, 119, 2), (1, 120, 1), (2, 239, 3), (2, 240, 1), (5, -1, 1)]
)
def test_after_twice_the_quiet_it_counts_from_the_beginning(times: int, minutes: int, then: int) -> None:
    at = NOW + minutes * MINUTE
    assert Cooldown(NOW, times).again(at, HOUR) == Cooldown(at, then)
