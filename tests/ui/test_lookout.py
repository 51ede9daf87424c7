"""What the look-out has told is put together with what is remembered."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from omstui.backend.history_file import HistoryFile
from omstui.core.board import Board
from omstui.core.event import Event
from omstui.core.watchlist import WatchedTask, WatchList
from omstui.ui.lookout import Lookout
from tests.making import NOW, REF, TASK, sample

BETWEEN = timedelta(microseconds=1_700)
"""The heart beats a little after the full second, and not on a whole millisecond."""


async def test_an_event_that_the_history_file_has_kept_stands_in_the_log_once(tmp_path: Path) -> None:
    """The file cuts times to the millisecond, and keeps the line of the instance that came first."""
    lookout = Lookout(NOW - timedelta(minutes=1), 60.0, 10)
    board = Board().watching(WatchList((WatchedTask(REF),))).filed(sample(at=NOW), 60.0)
    assert lookout.look(board, NOW + BETWEEN) == ()
    stopped = board.filed(sample(replace(TASK, status="STOPPED"), at=NOW + timedelta(minutes=1)), 60.0)
    events = lookout.look(stopped, NOW + timedelta(minutes=1) + BETWEEN)
    assert [event.kind for event in events] == ["stopped"]
    history = HistoryFile(tmp_path / "history.db", lambda: NOW)
    for event in events:
        history.add_event(event)
    remembered = await history.events()
    await history.aclose()
    assert remembered != events
    assert [event.kind for event in lookout.events(remembered)] == ["stopped"]
    sooner = tuple(_sooner(event) for event in remembered)
    assert lookout.events(sooner) == sooner
    assert lookout.events() == events


def _sooner(event: Event) -> Event:
    return replace(event, at=event.at - timedelta(seconds=40))
