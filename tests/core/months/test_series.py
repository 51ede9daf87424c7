from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.months.series import Bucket, renewed, series
from omstui.core.task import COUNTER_NAMES
from omstui.core.watch.counters import CounterSpan
from tests.making import NOVEMBER, NOW

GAP = timedelta(seconds=150)
MINUTE = timedelta(minutes=1)
SYNCED, FAILED = "monthly_success_object", "monthly_failure_object"


def reading(minutes: float, synced: int | None, until: float | None = None, **other: object) -> CounterSpan:
    at = NOW + minutes * MINUTE
    made = CounterSpan(NOVEMBER, at, at if until is None else NOW + until * MINUTE, monthly_success_object=synced)
    return replace(made, **other)


def buckets(spans: list[CounterSpan], *, end: float = 30, width: float = 10, count: int = 3) -> tuple[Bucket, ...]:
    return series(spans, NOW + end * MINUTE, width * MINUTE, count, GAP)


def each(minutes: range, per_minute: int = 6) -> list[CounterSpan]:
    return [reading(minute, per_minute * minute) for minute in minutes]


@pytest.mark.parametrize(
    ("spans", "increases", "watched"),
    [
        pytest.param([], [None, None, None], [0, 0, 0], id="nobody ever watched"),
        pytest.param([reading(5, 9)], [None, None, None], [0, 0, 0], id="one answer tells of no time"),
        pytest.param(each(range(31)), [60, 60, 60], [10, 10, 10], id="watched all the time"),
        pytest.param([reading(0, 9, until=30)], [0, 0, 0], [10, 10, 10], id="nothing moved"),
        pytest.param([reading(2, 9), reading(3, 9)], [0, None, None], [1, 0, 0], id="nothing moved between two"),
        pytest.param([reading(0, 9, until=15)], [0, 0, None], [10, 5, 0], id="nothing moved, then nobody watched"),
        pytest.param(each(range(10, 16)), [None, 30, None], [0, 5, 0], id="watched for a part"),
        pytest.param(each(range(-60, 91)), [60, 60, 60], [10, 10, 10], id="more is known than is drawn"),
        pytest.param([reading(8, 0), reading(10.5, 10)], [8, 2, None], [2, 0.5, 0], id="spread over two"),
        pytest.param([reading(9, 0), reading(11, 3)], [1, 2, None], [1, 1, 0], id="whole numbers that add up"),
        pytest.param([reading(8, 0), reading(10.6, 10)], [None, None, None], [0, 0, 0], id="a gap"),
        pytest.param([reading(1, 9), reading(2, 4), reading(3, 5)], [1, None, None], [2, 0, 0], id="a fall"),
        pytest.param(
            [reading(1, 9), reading(2, 9, month=NOVEMBER.plus(1))], [None, None, None], [0, 0, 0], id="a new month"
        ),
        pytest.param([reading(1, 1), reading(2, 9, create_time=5)], [None, None, None], [0, 0, 0], id="made anew"),
        pytest.param([reading(1, 1), reading(2, 9, last_start_time=5)], [None, None, None], [0, 0, 0], id="started"),
        pytest.param([reading(1, 1), reading(2, None), reading(3, 5)], [4, None, None], [2, 0, 0], id="missing once"),
        pytest.param(
            [reading(1, 1), reading(2, None, until=4), reading(5, 9)],
            [None, None, None],
            [4, 0, 0],
            id="missing for long",
        ),
        pytest.param([reading(1, None, until=9)], [None, None, None], [8, 0, 0], id="watched, not reported"),
        pytest.param([reading(1, 5), reading(1, 6), reading(2, 7)], [1, None, None], [1, 0, 0], id="at one moment"),
        pytest.param(
            [reading(0, 1, until=9), reading(2, 1, until=10)], [0, None, None], [10, 0, 0], id="a clock set back"
        ),
    ],
)
def test_each_bucket_holds_what_rose_while_watched(
    spans: list[CounterSpan], increases: list[int | None], watched: list[float]
) -> None:
    made = buckets(spans)
    assert [bucket.increase(SYNCED) for bucket in made] == increases
    assert [bucket.watched / MINUTE for bucket in made] == watched


def test_buckets_follow_each_other_up_to_the_end() -> None:
    made = buckets([])
    assert [bucket.start_at for bucket in made] == [NOW, NOW + 10 * MINUTE, NOW + 20 * MINUTE]
    assert [bucket.end_at for bucket in made] == [NOW + 10 * MINUTE, NOW + 20 * MINUTE, NOW + 30 * MINUTE]
    assert buckets([], count=0) == ()
    assert buckets(each(range(31)), count=0) == ()


def test_each_counter_has_its_own_figures() -> None:
    first = CounterSpan(NOVEMBER, NOW, NOW, None, None, None, 10, 20, 30, None, 50)
    later = CounterSpan(NOVEMBER, NOW + MINUTE, NOW + MINUTE, None, None, None, 11, 22, 33, 44, 55)
    bucket = buckets([first, later])[0]
    assert [bucket.increase(name) for name in COUNTER_NAMES] == [1, 2, 3, None, 5]


def test_a_fall_of_one_counter_hides_no_other() -> None:
    made = buckets([reading(0, 5, monthly_failure_object=1), reading(1, 4, monthly_failure_object=3)])
    assert made[0].increase(SYNCED) is None
    assert made[0].increase(FAILED) == 2


STEPS = st.lists(
    st.tuples(
        st.integers(1, 200),  # seconds to the next reading
        st.integers(0, 400),  # seconds for which it holds
        st.none() | st.integers(0, 1000) | st.just(2**62),  # its rise; nothing reported
        st.sampled_from(["on", "on", "on", "on", "falls", "month", "restart", "anew"]),
    ),
    max_size=25,
)


@given(STEPS, st.integers(1, 900), st.integers(1, 30), st.integers(0, 4000))
def test_the_buckets_add_up_to_what_rose_while_watched(
    steps: list[tuple[int, int, int | None, str]], width: int, count: int, end: int
) -> None:
    """Whatever gaps, falls, months and restarts lie between; and none of them is negative."""
    now, value, rose, known = NOW, 5_000, 0, None
    made = [CounterSpan(NOVEMBER, now, now, monthly_success_object=value)]
    known = made[0]
    for pause, lasts, rise, what in steps:
        new_at: datetime = made[-1].until + timedelta(seconds=pause)
        one = replace(made[-1], answered_at=new_at, until=new_at + timedelta(seconds=lasts))
        match what:
            case "falls":
                value = value // 2
            case "month":
                one = replace(one, month=one.month.plus(1))
            case "restart":
                one = replace(one, last_start_time=(one.last_start_time or 0) + 1)
            case "anew":
                one = replace(one, create_time=(one.create_time or 0) + 1)
        value += rise or 0
        one = replace(one, monthly_success_object=None if rise is None else value)
        if rise is not None:
            before = known.monthly_success_object
            is_same = (known.month, known.create_time, known.last_start_time) == (
                one.month, one.create_time, one.last_start_time,
            )  # fmt: skip
            if is_same and before is not None and value >= before and one.answered_at - known.until <= GAP:
                rose += value - before
            known = one
        made.append(one)
    whole = series(made, made[-1].until + timedelta(seconds=1), timedelta(seconds=width), 1 + 16_000 // width, GAP)
    increases = [bucket.increase(SYNCED) for bucket in whole]
    assert sum(increase or 0 for increase in increases) == rose
    for bucket in series(made, NOW + timedelta(seconds=end), timedelta(seconds=width), count, GAP):
        assert (bucket.increase(SYNCED) or 0) >= 0
        assert timedelta() <= bucket.watched <= timedelta(seconds=width)
        assert bucket.increase(SYNCED) is None or bucket.watched > timedelta()


@given(STEPS, st.integers(60, 900), st.integers(1, 30), st.integers(0, 25), st.integers(0, 2))
def test_what_nothing_new_touches_is_taken_over_and_comes_to_the_same(
    steps: list[tuple[int, int, int | None, str]], width: int, count: int, known_count: int, moved: int
) -> None:
    """Readings are added, the last one grows, and the chart moves on by whole buckets."""
    made, value = [CounterSpan(NOVEMBER, NOW, NOW, monthly_success_object=0)], 0
    for pause, lasts, rise, what in steps:
        at = made[-1].until + timedelta(seconds=pause)
        value = value // 2 if what == "falls" else value + (rise or 0)
        until = at + timedelta(seconds=lasts)
        made.append(
            replace(made[-1], answered_at=at, until=until, monthly_success_object=None if rise is None else value)
        )
    first = made[: known_count + 1]
    grown = [*first[:-1], replace(first[-1], until=first[-1].answered_at), *made[len(first) :]]
    step = timedelta(seconds=width)
    end = NOW + step * 5
    known = series(first, end, step, count, GAP)
    later = end + moved * step
    wanted = {"end_at": later, "width": step, "count": count, "longest_gap": GAP}
    assert renewed(known, first, grown, **wanted) == series(grown, later, step, count, GAP)  # type: ignore[arg-type]  # as named above


def test_of_a_long_past_only_the_last_buckets_are_worked_out_anew() -> None:
    spans = each(range(1000))
    known = series(spans[:-1], NOW + 1000 * MINUTE, 100 * MINUTE, 10, GAP)
    after = renewed(known, spans[:-1], spans, end_at=NOW + 1000 * MINUTE, width=100 * MINUTE, count=10, longest_gap=GAP)
    assert [one is other for one, other in zip(known, after, strict=True)] == [True] * 9 + [False]
    assert after[-1].increase(SYNCED) == 6 * 99
    other_width = renewed(known, spans, spans, end_at=NOW + 1000 * MINUTE, width=50 * MINUTE, count=10, longest_gap=GAP)
    assert other_width == series(spans, NOW + 1000 * MINUTE, 50 * MINUTE, 10, GAP)
