"""The events of this run are put together with those that are remembered."""

from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from omstui.backend.history.writer import HistoryFile
from omstui.core.alerts.alert_session import MOST_EVENTS, AlertSession
from omstui.core.alerts.event import Event
from omstui.core.task import WatchedTask, WatchList
from omstui.core.watch.board import Board
from omstui.core.watch.condition import Condition, ConditionIndex
from tests.making import NOW, REF, TASK, counting, sample

BETWEEN = timedelta(microseconds=1_700)
"""The screen is painted a little after the full second, and not on a whole millisecond."""


def index(board: Board, now: datetime) -> ConditionIndex:
    return ConditionIndex.of(board, now, 60.0)


async def test_an_event_that_the_history_file_has_kept_stands_in_the_log_once(tmp_path: Path) -> None:
    """The file cuts times to the millisecond, and keeps the line of the instance that came first."""
    alert_session = AlertSession(NOW - timedelta(minutes=1), 10)
    board = Board().watching(WatchList((WatchedTask(REF),))).filed(sample(at=NOW), 60.0)
    assert alert_session.check(index(board, NOW + BETWEEN)) == ()
    stopped = board.filed(sample(replace(TASK, status="STOPPED"), at=NOW + timedelta(minutes=1)), 60.0)
    events = alert_session.check(index(stopped, NOW + timedelta(minutes=1) + BETWEEN))
    assert [event.kind for event in events] == ["stopped"]
    history = HistoryFile(tmp_path / "history.db", lambda: NOW)
    for event in events:
        history.add_event(event)
    remembered = await history.events()
    await history.aclose()
    assert remembered != events
    assert [event.kind for event in alert_session.events(remembered)] == ["stopped"]
    sooner = tuple(_sooner(event) for event in remembered)
    assert alert_session.events(sooner) == sooner
    assert alert_session.events() == events


def test_what_comes_between_two_checks_is_told_and_a_key_takes_it_away() -> None:
    """The screen may be painted as often as it likes."""
    board = Board().watching(WatchList((WatchedTask(REF),))).filed(sample(at=NOW), 60.0)
    alert_session = AlertSession(NOW - timedelta(seconds=9), 10)
    painted = index(board, NOW)
    alert_session.check(painted)
    stopped = board.filed(sample(replace(TASK, status="STOPPED"), at=NOW + timedelta(seconds=1)), 60.0)
    for seconds in (1.1, 1.2, 1.3):
        painted = painted.at(stopped, NOW + timedelta(seconds=seconds))
        assert alert_session.changes(painted).now == {Condition.STOPPED: 1}
    alert_session.pressed(painted.at(stopped, NOW + timedelta(seconds=1.4)))
    painted = painted.at(stopped, NOW + timedelta(seconds=1.5))
    assert not alert_session.changes(painted).are_any
    alert_session.check(painted.at(stopped, NOW + timedelta(seconds=2)))
    assert not alert_session.changes(painted).are_any


def test_how_many_failures_people_know_of_is_kept_until_the_task_leaves_the_list() -> None:
    kept: dict[tuple[str, str], str | None] = {}
    alert_session = AlertSession(NOW - timedelta(minutes=1), 10, lambda *note: kept.update({note[:2]: note[2]}))
    watched = Board().watching(WatchList((WatchedTask(REF),)))
    first = watched.filed(sample(counting(failed=5), at=NOW), 60.0)
    alert_session.check(index(first, NOW))
    later = NOW + timedelta(minutes=1)
    board = first.filed(sample(counting(failed=7), at=later), 60.0)
    alert_session.check(index(board, later))
    note = (REF.profile, f"told {REF.sync_task_id}")
    assert kept == {note: "2026-11 7"}
    alert_session.check(index(board, later + timedelta(seconds=1)))
    assert kept == {note: "2026-11 7"}
    alert_session.check(index(board.watching(WatchList()), later + timedelta(seconds=2)))
    assert kept == {note: None}


def test_a_thousand_events_are_kept_and_no_more() -> None:
    """However long the screen is left open, and however much goes wrong: the oldest go, the latest stay."""
    refs = [REF._replace(sync_task_id=f"task-{number:04}") for number in range(MOST_EVENTS + 50)]
    alert_session = AlertSession(NOW - timedelta(minutes=1), 10)
    board = Board().watching(WatchList(tuple(map(WatchedTask, refs))))
    for ref in refs:
        board = board.filed(sample(ref=ref, at=NOW), 60.0)
    assert alert_session.check(index(board, NOW)) == ()
    told = list[Event]()
    for number, part in enumerate((refs[:100], refs[100:]), 1):
        at = NOW + number * timedelta(minutes=1)
        for ref in part:
            board = board.filed(sample(replace(TASK, status="STOPPED"), ref=ref, at=at), 60.0)
        told += alert_session.check(index(board, at))
    assert [event.kind for event in told] == ["stopped"] * len(refs)
    assert list(alert_session._events) == told[-MOST_EVENTS:]
    assert alert_session.events() == tuple(told[-MOST_EVENTS:])


def _sooner(event: Event) -> Event:
    return replace(event, at=event.at - timedelta(seconds=40))
