"""The history stays small: what is old is thinned, what is too old goes, and the file gives room back."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from omstui.backend.history.history import KEPT_EVENTS
from omstui.backend.history.schema import open_database
from omstui.backend.history.tables import HistoryTables
from omstui.backend.history.thinning import EVERY, FULL, thinning
from omstui.backend.history.writes import AnswerSpan
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.counters import CounterSpan
from tests.making import BEIJING, NOW, REF, TASK, counting, sample

pytestmark = pytest.mark.slow

KEEP = timedelta(days=30)
GAP = timedelta(seconds=150)
HOUR = timedelta(hours=1)


def quick(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "history.db", quick)) as opened:
        yield opened


def fill(connection: sqlite3.Connection, begin: datetime, end: datetime, step: timedelta, ref: TaskRef = REF) -> None:
    """Let the counters change at every step."""
    tables, at, number = HistoryTables(connection, GAP), begin, 0
    connection.execute("BEGIN")
    while at < end:
        answer = sample(counting(synced=number), ref=ref, at=at)
        tables.add_answers(AnswerSpan(CounterSpan.of(counting(synced=number), answer.month, at), answer))
        at, number = at + step, number + 1
    connection.execute("COMMIT")


def thin(connection: sqlite3.Connection, now: datetime = NOW, keep: timedelta = KEEP) -> int:
    return len(list(thinning(connection, now, keep)))


def spans(connection: sqlite3.Connection, ref: TaskRef = REF) -> tuple[CounterSpan, ...]:
    return HistoryTables(connection, GAP).spans(ref, NOW - timedelta(days=900))


def test_what_is_old_keeps_the_last_reading_of_each_hour(connection: sqlite3.Connection) -> None:
    """What is younger than eight days stays as it is; what is older than the limit goes."""
    fill(connection, NOW - timedelta(days=31), NOW, timedelta(minutes=7))
    before = spans(connection)
    thin(connection)
    after = spans(connection)
    border = (NOW - FULL).replace(minute=0, second=0, microsecond=0)
    by_hour: dict[datetime, CounterSpan] = {}
    for one in before:
        if one.until >= NOW - KEEP and one.answered_at < border:
            by_hour[one.answered_at.replace(minute=0, second=0, microsecond=0)] = one
    young = [one for one in before if one.answered_at >= border]
    assert list(after) == [*by_hour.values(), *young]
    assert len(young) > 1_600


def test_the_last_reading_before_a_restart_or_a_new_month_is_kept_too(connection: sqlite3.Connection) -> None:
    """So that the figures with which a month ended are still there."""
    tables = HistoryTables(connection, GAP)
    start = datetime(2026, 10, 31, 23, 30, tzinfo=BEIJING)
    for minute in range(60):
        restarted = TASK if minute < 10 else replace(TASK, last_start_time=1_700_000_000_000)
        task = counting(restarted, synced=minute % 30)
        answer = sample(task, at=start + timedelta(minutes=minute))
        tables.add_answers(AnswerSpan(CounterSpan.of(task, answer.month, answer.answered_at), answer))
    thin(connection)
    kept = [(one.month, one.monthly_success_object) for one in spans(connection)]
    assert kept == [(Month(2026, 10), 9), (Month(2026, 10), 29), (Month(2026, 11), 29)]


def test_it_is_done_once_a_day_by_whoever_comes_first(connection: sqlite3.Connection, tmp_path: Path) -> None:
    fill(connection, NOW - timedelta(days=9), NOW - timedelta(days=8, hours=2), timedelta(minutes=30))
    assert thin(connection) > 0
    with closing(quick(tmp_path / "history.db")) as another:
        assert thin(another) == 0
        assert thin(another, NOW + EVERY - timedelta(seconds=1)) == 0
        assert thin(another, NOW + EVERY) > 0
        # A clock that was set back does not put it off for ever.
        assert thin(another, NOW - timedelta(days=100)) > 0


def test_each_step_is_small(connection: sqlite3.Connection) -> None:
    """So that what is handed over meanwhile, or another instance, never waits for long."""
    fill(connection, NOW - timedelta(days=12), NOW - timedelta(days=9), timedelta(minutes=2))
    before = connection.total_changes
    for _ in thinning(connection, NOW, KEEP):
        assert connection.total_changes - before <= 501
        before = connection.total_changes
        assert not connection.in_transaction
    assert len(spans(connection)) == 73


def test_months_events_and_tasks_beyond_the_limit_go(connection: sqlite3.Connection) -> None:
    tables, gone = HistoryTables(connection, GAP), TaskRef("lab", "gone")
    old = NOW - timedelta(days=31)
    for ref, at in ((REF, NOW), (gone, old)):
        tables.add_answers(AnswerSpan(CounterSpan.of(TASK, Month(2026, 10), at), sample(ref=ref, at=at)))
    for month in (Month(2026, 9), Month(2026, 10)):
        tables.add_month(sample(month=month))
        tables.acknowledge(TaskRef("lab", str(month)), month, 5, NOW)
    tables.add_event(Event(old, "silent", "long ago"))
    tables.add_event(Event(NOW, "silent", "now"))
    tables.note("lab", "zone", "UTC")
    thin(connection)
    assert [one.words for one in tables.events(9)] == ["now"]
    assert list(tables.recall([REF])[REF].months) == [Month(2026, 10)]
    assert connection.execute("SELECT profile, sync_task_id FROM task").fetchall() == [
        (REF.profile, REF.sync_task_id),
        ("lab", "2026-10"),
    ]
    assert connection.execute("SELECT count(*) FROM phase").fetchone() == (1,)
    assert tables.notes() == {("lab", "zone"): "UTC"}


def test_no_more_events_are_kept_than_said(connection: sqlite3.Connection) -> None:
    tables = HistoryTables(connection, GAP)
    connection.execute("BEGIN")
    for number in range(KEPT_EVENTS + 50):
        tables.add_event(Event(NOW + timedelta(seconds=number), "failures", str(number)))
    connection.execute("COMMIT")
    thin(connection)
    found = tables.events(20_000)
    assert [len(found), found[-1].words] == [KEPT_EVENTS, "50"]


def test_the_file_gives_back_what_it_no_longer_needs(connection: sqlite3.Connection, tmp_path: Path) -> None:
    fill(connection, NOW - timedelta(days=14), NOW - timedelta(days=9), timedelta(minutes=1))
    before = (tmp_path / "history.db").stat().st_size
    thin(connection)
    assert (tmp_path / "history.db").stat().st_size < before / 5


def test_a_year_of_fifty_tasks_fits_into_what_is_promised(
    connection: sqlite3.Connection, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Sixty megabytes, were every counter of every task to change each minute.

    A task has 8 days of minutes and 392 days of hours; here stands a fiftieth of its minutes and hours, for each of
    fifty tasks, as its rows would be.
    """
    rows_of_a_task = 8 * 1440 + 392 * 24
    part = rows_of_a_task // 50
    size: dict[int, int] = defaultdict(int)
    for number in range(50):
        ref = TaskRef("prod-bj4", f"0d146099-8cf4-437d-b6ef-88e04377{number:04}")
        tables = HistoryTables(connection, GAP)
        connection.execute("BEGIN")
        for minute in range(part):
            at = NOW + timedelta(minutes=minute)
            task = counting(
                accepted=88_120_004 + minute * 99, synced=88_120_000 + minute * 99, failed=70_000 + minute,
                skipped=minute, size=38_204_117_002_112 + minute * 123_456_789,
            )  # fmt: skip
            tables.add_answers(AnswerSpan(CounterSpan.of(task, Month(2026, 11), at), sample(task, ref=ref, at=at)))
        connection.execute("COMMIT")
        size[number] = (tmp_path / "history.db").stat().st_size
    whole = (size[49] - size[0]) / 49 * 50 * 50
    figure(f"history of 50 tasks over 400 days: {whole / 1e6:.0f} MB at most")
    assert whole < 60e6
