"""Where each column of the chart takes its figure from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from omstui.core.months.series import ACCEPTED, FAILED, SYNCED, Column, Source, columns, shown_counter
from omstui.core.watch.sample import FAILURE, REQUEST, SUCCESS, Statistic

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
TEN = NINE + timedelta(minutes=10)
FIVE = timedelta(minutes=5)
STATISTIC = Statistic(FIVE, {REQUEST: {NINE: 40, NINE + FIVE: 2}, SUCCESS: {NINE: 30}, FAILURE: {NINE + FIVE: 3}})


@dataclass(frozen=True)
class Bucket:
    """Ten minutes of own answers, watched for so many of them."""

    minutes: float
    increases: dict[str, int] = field(default_factory=dict)
    start_at: datetime = NINE
    end_at: datetime = TEN

    @property
    def watched(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def increase(self, counter: str) -> int | None:
        return self.increases.get(counter)


OWN = {ACCEPTED: 50, SYNCED: 49, FAILED: 1}


@pytest.mark.parametrize(
    ("bucket", "statistic", "column"),
    [
        (Bucket(10, OWN), None, (Source.OWN, 50, 1)),
        (Bucket(10, OWN), STATISTIC, (Source.OWN, 50, 1)),
        (Bucket(9, OWN), STATISTIC, (Source.OWN, 50, 1)),
        (Bucket(8.9, OWN), STATISTIC, (Source.SERVICE, 42, 3)),
        (Bucket(9, OWN), None, (Source.OWN, 50, 1)),
        (Bucket(8.9, OWN), None, (Source.PART, 50, 1)),
        (Bucket(8.9, OWN), Statistic(FIVE), (Source.PART, 50, 1)),
        (Bucket(0.1, {ACCEPTED: 0}), None, (Source.PART, 0, None)),
        (Bucket(0), STATISTIC, (Source.SERVICE, 42, 3)),
        (Bucket(0), None, (Source.NOBODY, None, None)),
        (Bucket(0), Statistic(FIVE), (Source.NOBODY, None, None)),
        (Bucket(10), STATISTIC, (Source.SERVICE, 42, 3)),
        (Bucket(10), None, (Source.NOBODY, None, None)),
        (Bucket(10, {ACCEPTED: 0}), None, (Source.OWN, 0, None)),
        (Bucket(10, {ACCEPTED: 0, FAILED: 0}), STATISTIC, (Source.OWN, 0, 0)),
        (Bucket(0), Statistic(FIVE, {REQUEST: {NINE: 1, NINE + FIVE: 1}}), (Source.SERVICE, 2, None)),
        (Bucket(0, start_at=NINE - FIVE, end_at=NINE + FIVE), STATISTIC, (Source.NOBODY, None, None)),
    ],
)
def test_own_figures_come_first_then_the_service_s_and_a_hole_stays_a_hole(
    bucket: Bucket, statistic: Statistic | None, column: tuple[Source, float | None, float | None]
) -> None:
    """What was watched in part gives way to a figure of the whole; zero is a figure."""
    assert columns([bucket], statistic, ACCEPTED) == (Column(bucket.start_at, bucket.end_at, *column),)


def test_synced_objects_are_filled_up_with_synced_ones() -> None:
    (column,) = columns([Bucket(0)], STATISTIC, SYNCED)
    assert (column.source, column.value) == (Source.SERVICE, 30)


@pytest.mark.parametrize(
    ("increases", "counter"),
    [
        ([{}, {}], ACCEPTED),
        ([{ACCEPTED: 1}, {SYNCED: 1}], ACCEPTED),
        ([{SYNCED: 0}, {}], SYNCED),
        ([{ACCEPTED: 0}, {}], ACCEPTED),
    ],
)
def test_accepted_objects_are_drawn_unless_only_synced_ones_are_reported(
    increases: list[dict[str, int]], counter: str
) -> None:
    assert shown_counter([Bucket(10, one) for one in increases]) == counter
