"""Which failures are news."""

from datetime import timedelta

import pytest

from omstui.core.alerts.failure_watch import BURST_SPAN, FailureWatch, Rise
from tests.making import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def told(
    *answers: int, known: int = 0, burst: int = 100, every: int = 1, restart_at: int | None = None
) -> list[tuple[int, Rise, int, int]]:
    """Return what is told of answers that come every so many minutes after the first: minute, kind, new, in all."""
    watch = FailureWatch.beginning(known, NOW).acknowledged_at(known)
    out = []
    for number, failed in enumerate(answers, 1):
        at = NOW + number * every * MINUTE
        watch = watch.answered(failed, at, span=BURST_SPAN, is_restart=number == restart_at)
        watch, news = watch.news(at, burst=burst, quiet=HOUR)
        if news is not None:
            out.append((number * every, news.rise, news.new, news.failed))
    return out


@pytest.mark.parametrize(
    ("known", "answers", "expected"),
    [
        (0, (0, 0), []),
        (5, (5, 5), []),
        (0, (1, 1), [(1, Rise.FIRST, 1, 1)]),
        (5, (5, 7), [(2, Rise.MORE, 2, 7)]),
        (5, (4, 5, 4, 5), []),
        (5, (4, 6), [(2, Rise.MORE, 1, 6)]),
        (5, (105,), [(1, Rise.BURST, 100, 105)]),
        (5, (104,), [(1, Rise.MORE, 99, 104)]),
        (0, (100,), [(1, Rise.BURST, 100, 100)]),
        (5, (4, 104), [(2, Rise.BURST, 100, 104)]),
        (5, (50, 104, 105), [(1, Rise.MORE, 45, 50), (3, Rise.BURST, 100, 105)]),
    ],
)
def test_only_a_rise_is_news(known: int, answers: tuple[int, ...], expected: list[tuple[int, Rise, int, int]]) -> None:
    assert told(*answers, known=known) == expected


def test_what_rises_within_the_quiet_is_told_at_its_end_in_one() -> None:
    assert told(*range(6, 80), known=5) == [(1, Rise.MORE, 1, 6), (61, Rise.MORE, 60, 66)]


def test_a_burst_may_come_within_the_quiet_but_no_second_one_and_nothing_less() -> None:
    assert told(6, *range(206, 20_000, 200), known=5) == [
        (1, Rise.MORE, 1, 6), (2, Rise.BURST, 201, 206),
    ]  # fmt: skip


def test_a_burst_may_come_within_any_quiet_that_no_burst_began() -> None:
    """However often failures were told before, and however a burst of long ago was."""
    slowly = (6, *[6] * 59, 7)
    assert told(*slowly, 207, known=5) == [(1, Rise.MORE, 1, 6), (61, Rise.MORE, 1, 7), (62, Rise.BURST, 201, 207)]
    long_ago = (205, *[205] * 129, 206)
    assert told(*long_ago, 406, known=5) == [
        (1, Rise.BURST, 200, 205), (131, Rise.MORE, 1, 206), (132, Rise.BURST, 201, 406),
    ]  # fmt: skip


def test_slow_failures_are_no_burst_however_many() -> None:
    assert {rise for _, rise, _, _ in told(*range(14, 1000, 9), known=5)} == {Rise.MORE}


def test_answers_further_apart_than_the_span_make_no_burst() -> None:
    assert told(205, known=5, every=11) == [(11, Rise.MORE, 200, 205)]
    assert told(205, known=5, every=10) == [(10, Rise.BURST, 200, 205)]


def test_after_counting_begins_anew_the_first_failure_is_one_again() -> None:
    watch = FailureWatch.beginning(900, NOW)
    watch = watch.answered(3, NOW + MINUTE, span=BURST_SPAN, is_restart=True)
    _, news = watch.news(NOW + MINUTE, burst=100, quiet=HOUR)
    assert news is not None
    assert (news.rise, news.new, news.failed) == (Rise.FIRST, 3, 3)


def test_marking_failures_as_seen_makes_the_next_ones_news_at_once() -> None:
    watch = FailureWatch.beginning(5, NOW)
    watch = watch.answered(7, NOW + MINUTE, span=BURST_SPAN, is_restart=False)
    watch, news = watch.news(NOW + MINUTE, burst=100, quiet=HOUR)
    assert news is not None
    watch = watch.acknowledged_at(7)
    assert watch.news(NOW + MINUTE, burst=100, quiet=HOUR)[1] is None
    watch = watch.answered(8, NOW + 2 * MINUTE, span=BURST_SPAN, is_restart=False)
    watch, news = watch.news(NOW + 2 * MINUTE, burst=100, quiet=HOUR)
    assert news is not None
    assert news.new == 1
    assert watch.acknowledged_at(7) is watch, "and after those it is quiet, however often it is looked at"


def test_failures_marked_as_seen_before_they_were_told_are_no_news() -> None:
    watch = FailureWatch.beginning(5, NOW).answered(9, NOW + MINUTE, span=BURST_SPAN, is_restart=False)
    assert watch.acknowledged_at(9).news(NOW + MINUTE, burst=100, quiet=HOUR)[1] is None


@pytest.mark.parametrize("acknowledged", [None, 5, 3])
def test_the_quiet_stays_when_nothing_more_is_marked_as_seen(acknowledged: int | None) -> None:
    watch = FailureWatch.beginning(5, NOW).acknowledged_at(5).answered(6, NOW, span=BURST_SPAN, is_restart=False)
    watch, _ = watch.news(NOW, burst=100, quiet=HOUR)
    assert watch.acknowledged_at(acknowledged).said == watch.said


@pytest.mark.parametrize("minutes", [0, 3, 10])
def test_a_burst_says_how_long_it_took(minutes: int) -> None:
    at = NOW + minutes * MINUTE
    watch = FailureWatch.beginning(5, NOW).answered(205, at, span=BURST_SPAN, is_restart=False)
    _, news = watch.news(NOW + 5 * MINUTE, burst=100, quiet=HOUR)
    assert news is not None
    assert (news.rise, news.new, news.span) == (Rise.BURST, 200, minutes * MINUTE)


def test_what_is_kept_is_bounded() -> None:
    watch = FailureWatch.beginning(0, NOW)
    for second in range(500):
        watch = watch.answered(0, NOW + timedelta(seconds=second), span=BURST_SPAN, is_restart=False)
    assert len(watch.recent) == 64
    assert watch.recent[-1][0] == NOW + timedelta(seconds=499)
