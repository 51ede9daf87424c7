from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, isinf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.settings import DEFAULT_INTERVAL, SHORTEST_INTERVAL
from omstui.core.watch.schedule import (
    FIRST_ROUND,
    Tries,
    first_pause,
    is_beyond,
    pause_after,
    regular_pause,
    slot,
    slower,
    throttle_window,
)

INTERVALS = st.sampled_from([10.0, 60.0, 90.0, 300.0, 3600.0])
PLACES = st.floats(0, 1, exclude_max=True)
CHANCES = st.floats(0, 1)
KINDS = [kind for kind in ProblemKind if kind is not ProblemKind.TOKEN]
SLOW = (ProblemKind.GONE, ProblemKind.FORBIDDEN, ProblemKind.ENDPOINT, ProblemKind.REFUSED)
PASSING = (ProblemKind.NETWORK, ProblemKind.SERVER, ProblemKind.BAD_ANSWER, ProblemKind.INTERNAL)


def pause(
    kind: ProblemKind, failures: int = 1, told: float | None = None, interval: float = 60, chance: float = 0
) -> float:
    return pause_after(Problem(kind, "trouble", retry_after=told), failures, interval, chance)


def test_once_a_minute_is_usual_and_ten_seconds_the_least() -> None:
    assert DEFAULT_INTERVAL == 60
    assert SHORTEST_INTERVAL == 10


@given(st.integers(1, 100))
def test_the_first_round_is_spread_over_four_seconds(count: int) -> None:
    pauses = [first_pause(position, count) for position in range(count)]
    assert FIRST_ROUND == 4
    assert pauses[0] == 0
    assert max(pauses) < FIRST_ROUND
    assert all(later - earlier == pytest.approx(FIRST_ROUND / count) for earlier, later in pairwise(pauses))


def test_no_tasks_need_no_pause() -> None:
    assert first_pause(0, 0) == 0


@given(st.floats(-1e6, 1e9), PLACES, INTERVALS)
def test_the_regular_pause_is_the_interval_and_at_most_a_quarter_more(
    asked: float, place: float, interval: float
) -> None:
    assert interval <= regular_pause(asked, place, interval) <= 1.25 * interval


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        pytest.param(1230.0, 60, id="in its place"),
        pytest.param(1230.5, 60, id="a little late"),
        pytest.param(1229.0, 61, id="a little early"),
        pytest.param(1220.0, 70, id="early"),
        pytest.param(1215.0, 75, id="a quarter early"),
        pytest.param(1200.0, 75, id="half an interval off"),
        pytest.param(1240.0, 75, id="late"),
    ],
)
def test_a_task_moves_towards_its_place(asked: float, seconds: float) -> None:
    assert regular_pause(asked, 0.5, 60) == pytest.approx(seconds)


@pytest.mark.parametrize("interval", [10.0, 60.0, 3600.0])
@pytest.mark.parametrize("count", range(5, 51))
def test_requests_that_began_together_are_spread_and_stay_so(count: int, interval: float) -> None:
    """A stretch of time that has room for one request on average never sees more than two."""
    asked = [100.0 + first_pause(position, count) for position in range(count)]
    for round_number in range(40):
        asked = [time + regular_pause(time, slot(position), interval) for position, time in enumerate(asked)]
        if round_number < 8:
            continue
        phases = sorted(time % interval for time in asked)
        phases += [phase + interval for phase in phases]
        for first in range(count):
            assert phases[first + 2] - phases[first] > interval / count
    settled = [regular_pause(time, slot(position), interval) for position, time in enumerate(asked)]
    assert settled == pytest.approx([interval] * count)


@pytest.mark.parametrize("lag", [0.0, 0.002, 0.005])
@pytest.mark.parametrize("position", range(5))
def test_timers_that_are_a_little_late_cost_little(position: int, lag: float) -> None:
    """Over a day of asking once a minute, rounds are 61 s long on average at most."""
    began = asked = 100.0
    for _ in range(1440):
        asked += regular_pause(asked, slot(position), 60) + lag
    assert (asked - began) / 1440 < 61


@given(st.integers(0, 10_000))
def test_a_slot_lies_within_the_interval(number: int) -> None:
    assert 0 <= slot(number) < 1


def test_a_new_task_takes_a_slot_of_its_own() -> None:
    assert len({slot(number) for number in range(1000)}) == 1000


@given(st.integers(1, 50), INTERVALS, CHANCES, st.none() | st.floats(0, 7200))
def test_a_refused_credential_is_not_tried_again(
    failures: int, interval: float, chance: float, told: float | None
) -> None:
    assert pause(ProblemKind.TOKEN, failures, told, interval, chance) == inf


@given(st.sampled_from(KINDS), st.integers(1, 1000), st.floats(0, 1e9), INTERVALS, CHANCES)
def test_nobody_is_asked_earlier_than_told(
    kind: ProblemKind, failures: int, told: float, interval: float, chance: float
) -> None:
    """Up to an hour, which is the longest that anybody is waited for."""
    assert pause(kind, failures, told, interval, chance) >= min(told, 3600)


@given(st.sampled_from(KINDS), st.integers(1, 1000), st.none() | st.floats(0, 1e9), INTERVALS, CHANCES)
def test_every_pause_ends_and_none_is_shorter_than_the_interval_unless_told(
    kind: ProblemKind, failures: int, told: float | None, interval: float, chance: float
) -> None:
    waited = pause(kind, failures, told, interval, chance)
    assert not isinf(waited)
    assert waited <= 3600 * 1.2
    if kind is not ProblemKind.THROTTLED or not told or failures > 1:
        assert waited >= interval


@given(st.sampled_from(KINDS), st.integers(1, 40), INTERVALS, CHANCES)
def test_pauses_do_not_shrink_while_trouble_lasts(
    kind: ProblemKind, failures: int, interval: float, chance: float
) -> None:
    assert pause(kind, failures + 1, None, interval, chance) >= pause(kind, failures, None, interval, chance)


@given(st.sampled_from(KINDS), st.integers(1, 40), st.none() | st.floats(1, 3600), INTERVALS, CHANCES)
def test_chance_adds_a_fifth_at_most_and_takes_nothing(
    kind: ProblemKind, failures: int, told: float | None, interval: float, chance: float
) -> None:
    plain = pause(kind, failures, told, interval, 0)
    assert plain <= pause(kind, failures, told, interval, chance) <= 1.2 * plain
    assert pause(kind, failures, told, interval, 1) == pytest.approx(1.2 * plain)


@pytest.mark.parametrize("kind", PASSING)
def test_passing_trouble_doubles_the_pause_up_to_five_minutes(kind: ProblemKind) -> None:
    assert [pause(kind, failures) for failures in range(1, 6)] == [60, 120, 240, 300, 300]
    assert [pause(kind, failures, interval=10) for failures in range(1, 8)] == [10, 20, 40, 80, 160, 300, 300]
    assert pause(kind, 5, interval=600) == 600
    assert pause(kind, 1, told=90) == 90
    assert pause(kind, 3, told=90) == 240


@pytest.mark.parametrize("kind", SLOW)
def test_lasting_trouble_is_looked_at_every_quarter_of_an_hour(kind: ProblemKind) -> None:
    assert [pause(kind, failures) for failures in (1, 2, 9)] == [900, 900, 900]
    assert pause(kind, interval=3600) == 3600
    assert pause(kind, told=1200) == 1200


@pytest.mark.parametrize(
    ("failures", "told", "interval", "seconds"),
    [
        pytest.param(1, None, 60, 60, id="not told"),
        pytest.param(1, None, 10, 60, id="not told, asked often"),
        pytest.param(1, 0, 60, 60, id="told nothing"),
        pytest.param(1, 30, 60, 30, id="as told the first time"),
        pytest.param(2, 30, 60, 120, id="that was not enough"),
        pytest.param(3, 30, 60, 240, id="nor that"),
        pytest.param(2, 600, 60, 600, id="told longer"),
        pytest.param(1, 600, 60, 600, id="told longer the first time"),
        pytest.param(20, None, 60, 3600, id="an hour at most"),
        pytest.param(1, 86_400, 60, 3600, id="an hour at most, whatever is told"),
    ],
)
def test_throttling_is_waited_out_as_told_and_then_longer(
    failures: int, told: float | None, interval: float, seconds: float
) -> None:
    assert pause(ProblemKind.THROTTLED, failures, told, interval) == seconds


def test_the_sorts_of_trouble_are_all_thought_of() -> None:
    assert {*SLOW, *PASSING, ProblemKind.THROTTLED, ProblemKind.TOKEN, ProblemKind.MISSING} == set(ProblemKind)


@pytest.mark.parametrize("failures", [1, 2, 9])
def test_a_task_that_is_missing_once_is_asked_for_after_the_usual_interval(failures: int) -> None:
    assert pause(ProblemKind.MISSING, failures) == 60
    assert pause(ProblemKind.MISSING, failures, told=90) == 90


def test_what_somebody_else_answers_may_pass_soon_and_is_asked_again_like_trouble_that_does() -> None:
    foreign = Problem(ProblemKind.ENDPOINT, "a portal", status=403, is_foreign=True)
    assert [pause_after(foreign, failures, 60, 0) for failures in range(1, 5)] == [60, 120, 240, 300]


@given(CHANCES, st.floats(1, 3600))
def test_a_first_throttling_is_waited_out_as_told_and_only_what_goes_beyond_that_is_ours(
    chance: float, told: float
) -> None:
    assert not is_beyond(pause(ProblemKind.THROTTLED, told=told, chance=chance), told)
    assert is_beyond(told * 1.21, told)
    assert is_beyond(1.0, None)


def test_each_throttling_stretches_the_interval_up_to_double() -> None:
    paces = [1.0]
    for _ in range(4):
        paces.append(slower(paces[-1]))
    assert paces == [1.0, 1.5, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("policy user over ratelimit,limit:200,time:5 minute", 300),
        ("limit:10,time:10 second", 10),
        ("limit:10, TIME: 1 Minutes", 60),
        ("time:1 second", 1),
        ("time:1 hour", 3600),
        ("time:1 day", 3600),
        ("time:999999 day", 3600),
        ("time:0 second", None),
        ("time:5 fortnight", None),
        ("time: minute", None),
        ("time:-5 minute", None),
        ("at this time: 5 minutes ago, time:1 minute", 300),
        ("limit:200", None),
        ("", None),
    ],
)
def test_the_window_in_a_throttling_text_is_found(text: str, seconds: float | None) -> None:
    assert throttle_window(text) == seconds


DAY = 86_400.0
HOUR = 3_600.0
MINUTE = 60.0
NOW = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)


def made(tries: Tries, count: int) -> list[float]:
    """Return the times of so many tries that nobody hurries, in minutes."""
    at = []
    for _ in range(count):
        at.append(tries.next_at / MINUTE)
        tries = tries.after(tries.next_at)
    return at


def test_a_refused_token_is_tried_after_5_and_15_and_then_every_60_minutes() -> None:
    assert made(Tries(0.0), 5) == [5, 20, 80, 140, 200]


def test_refused_keys_are_tried_after_5_and_15_minutes_and_then_every_8_hours() -> None:
    assert made(Tries(0.0, is_key=True), 6) == [5, 20, 500, 980, 1460, 1940]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, DAY)), max_size=40), st.booleans())
def test_keys_are_tried_four_times_in_24_hours_at_most_whoever_hurries(
    steps: list[tuple[bool, float]], is_clock_wrong: bool
) -> None:
    """So that five signatures in a row are wrong in a day and no more: a sixth would lock the key."""
    tries, at = Tries(0.0, is_key=True), []
    for is_wish, later in steps:
        tries = replace(tries, gateway_zero=NOW.timestamp() if is_clock_wrong else None)
        since = tries.last + later
        if tries.is_clock_right(NOW + timedelta(seconds=since), since):
            at.append(since)
        else:
            at.append(max(since, tries.allowed_at if is_wish else tries.next_at))
        tries = tries.after(at[-1])
    assert all(later - earlier > DAY - 0.001 for earlier, later in zip(at, at[4:], strict=False))


def test_a_person_may_make_the_next_try_once_the_last_is_five_minutes_old() -> None:
    first = Tries(0.0)
    assert first.allowed_at == 5 * MINUTE
    second = first.after(first.next_at).after(10 * MINUTE)
    assert second.allowed_at == 15 * MINUTE
    assert second.next_at == 70 * MINUTE, "it counts as the second try"


@pytest.mark.parametrize(
    ("ahead", "set_back", "is_right"),
    [(1200, 1200, True), (-1200, -1200, True), (1200, 1000, True), (1200, 800, False), (1200, 2400, False)],
)
def test_a_clock_is_right_again_when_it_is_within_five_minutes_of_the_gateways(
    ahead: float, set_back: float, is_right: bool
) -> None:
    """Whatever time has passed since the refusal."""
    at_refusal = NOW + timedelta(seconds=ahead)
    tries = Tries(50.0, is_key=True, gateway_zero=at_refusal.timestamp() - 50.0 - ahead)
    assert not tries.is_clock_right(at_refusal + timedelta(hours=2), 50.0 + 2 * HOUR)
    corrected = at_refusal + timedelta(hours=2, seconds=-set_back)
    assert tries.is_clock_right(corrected, 50.0 + 2 * HOUR) is is_right
    assert not tries.after(50.0 + 2 * HOUR).is_clock_right(corrected, 50.0 + 2 * HOUR), "one try, and no more"


def test_while_the_clock_is_wrong_one_try_of_keys_is_left_for_when_it_is_put_right() -> None:
    tries = Tries(0.0, is_key=True)
    for _ in range(3):
        tries = replace(tries, gateway_zero=NOW.timestamp())
        tries = tries.after(tries.next_at)
    tries = replace(tries, gateway_zero=NOW.timestamp())
    assert tries.next_at == 5 * MINUTE + DAY
    assert tries.is_clock_right(NOW + timedelta(hours=9), 9 * HOUR)
