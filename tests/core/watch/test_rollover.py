from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.task import SyncTask
from omstui.core.watch.counters import CounterSpan
from omstui.core.watch.rollover import are_apart, counted_month, current_month, possible_months, rollover, service_time
from omstui.core.watch.sample import Sample
from tests.making import BEIJING, counting, sample, state

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
FULL, FRESH = counting(accepted=1000, synced=990, failed=7), counting(accepted=4, synced=2, failed=0)
ANEW = replace(FRESH, create_time=1_700_700_000_000)


def nov(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def dec(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def answered(task: SyncTask, at: datetime, month: Month | None = None) -> Sample:
    """A good answer for the current month, under the name of the profile's zone or under that month."""
    made = sample(task, at=at)
    return made if month is None else replace(made, month=month)


@pytest.mark.parametrize(
    ("at", "months"),
    [
        (nov(15), (NOVEMBER, NOVEMBER)),
        (nov(30, 9, 59), (NOVEMBER, NOVEMBER)),
        (nov(30, 10), (NOVEMBER, DECEMBER)),
        (dec(1, 11, 59), (NOVEMBER, DECEMBER)),
        (dec(1, 12), (DECEMBER, DECEMBER)),
    ],
)
def test_for_twenty_six_hours_it_may_be_either_month(at: datetime, months: tuple[Month, Month]) -> None:
    assert possible_months(at) == months


@pytest.mark.parametrize(
    ("known", "new", "month"),
    [
        pytest.param(None, answered(FULL, nov(15)), NOVEMBER, id="a first answer"),
        pytest.param(None, answered(FULL, nov(30, 17)), DECEMBER, id="a first one by the profile's zone"),
        pytest.param(None, answered(FULL, nov(30, 15)), NOVEMBER, id="also before its midnight"),
        pytest.param(None, answered(FULL, nov(15), OCTOBER), NOVEMBER, id="a name that cannot be"),
        pytest.param(None, answered(FULL, nov(30, 17), OCTOBER), NOVEMBER, id="nor here: the earlier of two"),
        pytest.param(
            answered(FULL, nov(30, 16)), answered(FULL, nov(30, 17)), DECEMBER, id="named before, the same figures"
        ),
        pytest.param(
            answered(FULL, nov(30, 15)), answered(FULL, nov(30, 17)), NOVEMBER, id="midnight here, the figures go on"
        ),
        pytest.param(
            answered(FULL, nov(30, 9)), answered(FRESH, nov(30, 10)), DECEMBER, id="the figures fall before midnight"
        ),
        pytest.param(
            answered(FULL, nov(30, 9)), answered(FRESH, nov(30, 9, 59)), NOVEMBER, id="they fall while it is nowhere"
        ),
        pytest.param(
            answered(FULL, nov(30, 9)), answered(counting(FULL, accepted=999), nov(30, 20)), NOVEMBER, id="a small dip"
        ),
        pytest.param(answered(FULL, nov(30, 9)), answered(ANEW, nov(30, 17)), NOVEMBER, id="a task made anew"),
        pytest.param(
            answered(FRESH, nov(30, 17)), answered(FRESH, dec(1, 11), NOVEMBER), DECEMBER, id="never back again"
        ),
        pytest.param(
            answered(FULL, nov(30, 15)), answered(FULL, dec(1, 12), NOVEMBER), DECEMBER, id="over everywhere, unmoved"
        ),
        pytest.param(answered(FULL, nov(30, 15), OCTOBER), answered(FRESH, nov(30, 15)), NOVEMBER, id="known long ago"),
    ],
)
def test_figures_keep_their_month_until_they_fall_or_it_is_over_everywhere(
    known: Sample | None, new: Sample, month: Month
) -> None:
    assert counted_month(known, new) == month


def test_a_change_of_month_carries_its_figures_and_when_it_may_have_begun() -> None:
    before, after = answered(FULL, nov(30, 15, 59)), answered(FRESH, nov(30, 16, 1), DECEMBER)
    after = replace(after, answered_at=nov(30, 16, 2))
    change = rollover(before, after)
    assert change is not None
    assert (change.ref, change.closed_month, change.has_fallen) == (before.ref, NOVEMBER, True)
    assert (change.began_after, change.began_by) == (nov(30, 15, 59), nov(30, 16, 1))
    assert change.last == CounterSpan.of(FULL, NOVEMBER, nov(30, 15, 59))
    assert change.first == CounterSpan.of(FRESH, DECEMBER, nov(30, 16, 2))


def test_a_month_that_ends_by_the_calendar_alone_says_so() -> None:
    change = rollover(answered(FULL, nov(30, 15)), answered(FULL, dec(1, 12), DECEMBER))
    assert change is not None
    assert not change.has_fallen


WRONGLY = answered(FULL, nov(30, 16, 30))
"""Named December by the profile's zone, while the service counts November."""


@pytest.mark.parametrize(
    ("before", "after", "turned_at", "closed"),
    [
        pytest.param(None, answered(FULL, nov(15)), None, None, id="nothing before"),
        pytest.param(answered(FULL, nov(15)), None, None, None, id="nothing after"),
        pytest.param(answered(FULL, nov(15)), answered(FULL, nov(16)), None, None, id="the same month"),
        pytest.param(answered(FULL, nov(15)), answered(FRESH, nov(16)), None, None, id="a fall amid the month"),
        pytest.param(answered(FULL, nov(30)), answered(ANEW, dec(2)), None, None, id="made anew"),
        pytest.param(answered(FULL, nov(30, 17)), answered(ANEW, nov(30, 18)), None, None, id="made anew at the end"),
        pytest.param(answered(FULL, nov(15)), answered(FRESH, dec(15)), None, NOVEMBER, id="a month later"),
        pytest.param(WRONGLY, answered(FRESH, dec(1, 1)), None, NOVEMBER, id="named too early"),
        pytest.param(WRONGLY, answered(FULL, dec(1, 1)), None, None, id="named too early, not fallen"),
        pytest.param(WRONGLY, answered(FRESH, dec(1, 1)), nov(30, 15), None, id="that has turned already"),
        pytest.param(WRONGLY, answered(FRESH, dec(1, 1)), nov(1, 1), NOVEMBER, id="the one before had turned"),
        pytest.param(answered(FULL, dec(1, 13)), answered(FRESH, dec(1, 14)), None, None, id="a fall after the day"),
        pytest.param(WRONGLY, answered(FRESH, dec(1, 13)), None, None, id="seen too late to tell"),
    ],
)
def test_only_the_end_of_a_month_is_a_change_of_month(
    before: Sample | None, after: Sample | None, turned_at: datetime | None, closed: Month | None
) -> None:
    change = rollover(before, after, turned_at)
    assert (change.closed_month if change is not None else None) == closed


@pytest.mark.parametrize(
    ("good", "now", "month"),
    [
        pytest.param(None, nov(30, 15), NOVEMBER, id="no answer, by the zone"),
        pytest.param(None, nov(30, 17), DECEMBER, id="no answer, after midnight"),
        pytest.param(answered(FULL, nov(30, 15)), nov(30, 17), DECEMBER, id="no answer since midnight"),
        pytest.param(answered(FULL, nov(30, 16, 30), NOVEMBER), nov(30, 17), NOVEMBER, id="still the old one"),
        pytest.param(answered(FRESH, nov(30, 11), DECEMBER), nov(30, 12), DECEMBER, id="already the new one"),
        pytest.param(answered(FRESH, nov(30, 11), DECEMBER), nov(28), NOVEMBER, id="a clock set back"),
        pytest.param(answered(FULL, nov(30, 17), NOVEMBER), dec(1, 12), DECEMBER, id="over everywhere"),
    ],
)
def test_the_current_month_is_the_one_that_the_service_counts(good: Sample | None, now: datetime, month: Month) -> None:
    assert current_month(good, now, BEIJING) == month


DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("here", "service", "apart"),
    [
        pytest.param(dec(20), dec(20), False, id="the same"),
        pytest.param(dec(20), dec(11), False, id="far apart, in one month for certain"),
        pytest.param(dec(20), nov(20), True, id="another month"),
        pytest.param(dec(33 - 13) + 13 * DAYS, dec(20), True, id="2 January, and 20 December"),
        pytest.param(nov(30, 9), nov(30, 18), True, id="one of them is in the night of two months"),
        pytest.param(nov(30, 15), nov(30, 18), True, id="both are"),
        pytest.param(nov(30, 16), nov(30, 16, 4), False, id="as far as an answer may be on its way"),
    ],
)
def test_clocks_are_apart_when_the_month_may_be_another(here: datetime, service: datetime, apart: bool) -> None:
    assert are_apart(here, service) is apart
    assert are_apart(service, here) is apart


def test_an_answer_by_a_wrong_clock_counts_for_the_month_of_the_services_own() -> None:
    """2 January here, 20 December there; after the clock was put right at once as well."""
    here, there = dec(20) + 13 * DAYS, dec(20)
    one = replace(answered(FULL, here), served_at=there)
    assert counted_month(None, one) == DECEMBER
    assert counted_month(answered(FULL, dec(19)), one) == DECEMBER
    assert rollover(answered(FULL, dec(19)), replace(one, month=DECEMBER)) is None
    named = replace(one, month=DECEMBER)
    minute = timedelta(minutes=1)
    assert service_time(named, here + minute) == there + minute
    assert current_month(named, here + minute, BEIJING) == DECEMBER
    assert service_time(named, there + minute) == there + minute, "the clock was put right"
    assert service_time(named, here + 15 * DAYS) == there + 15 * DAYS, "it was not, and nothing was answered since"
    assert current_month(named, here + 15 * DAYS, BEIJING) == Month(2027, 1)


SERVICE_ZONES = st.sampled_from(
    [UTC, BEIJING, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), ZoneInfo("America/Santiago")]
)


@given(SERVICE_ZONES, SERVICE_ZONES, st.lists(st.integers(1, 300), min_size=20, max_size=60))
def test_whatever_the_zones_the_name_follows_the_service(service: tzinfo, here: tzinfo, pauses: list[int]) -> None:
    """Watched through the turn, each answer stands under the month that the service counted, and one month ends.

    The first answer of the new month waits for the second one.
    """
    now = nov(30, 8)
    begins = datetime(2026, 12, 1, tzinfo=service).astimezone(UTC)
    made, ended, fallen = state(), [], 0
    for pause in [*pauses, 3000, 1, 1]:
        counted = int((now - (begins if now >= begins else nov(1))).total_seconds()) // 10
        one = sample(counting(accepted=counted, synced=counted, failed=0, skipped=0), at=now)
        before, made = made, made.filed(replace(one, month=Month.containing(now, here)), 60.0)
        assert made.good is not None
        fallen += now >= begins
        assert made.good.month == (DECEMBER if fallen > 1 else NOVEMBER)
        assert (made.held is not None) == (fallen == 1)
        assert fallen == 1 or current_month(made.good, now, here) == made.good.month
        if (change := made.turned_since(before)) is not None:
            ended.append(change.closed_month)
            assert change.began_after < begins <= change.began_by
        now += timedelta(minutes=pause)
    assert ended == [NOVEMBER]
