"""The event log: what has happened, the latest last."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

from omstui.backend.history.history import MemoryHistory
from omstui.core.alerts.event import Event, Severity
from omstui.core.task import TaskRef
from omstui.ui.drawing.canvas import Canvas
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.events.lines import event_in_full, event_line, matches
from omstui.ui.events.log import EventLog
from omstui.ui.terminal.themes import THEMES
from tests.making import BEIJING, NOW, REF
from tests.ui.running import running

pytestmark = pytest.mark.slow

HOSTILE = "[/x]\x1b]0;gotcha\x07 evil\nline \x9b31m"
FAILED = Event(NOW, "burst", "120 new failures within 3 min", Severity.ALARM, *("prod", REF.sync_task_id), "images")
TOKEN = Event(NOW, "credential", "The credential of prod was refused", Severity.ALARM, "prod")


def event(number: int, *, words: str = "", name: str = "images", severity: Severity = Severity.NOTE) -> Event:
    at = NOW + timedelta(minutes=number)
    return Event(at, "stopped", words or f"number {number}", severity, REF.profile, REF.sync_task_id, name)


class Host(App[None]):
    """Shows a log, and keeps what it closes with."""

    CSS_PATH = "../../../omstui/ui/omstui.tcss"

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self.log_screen = log
        self.chosen: list[TaskRef | None] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    async def on_mount(self) -> None:
        await self.push_screen(self.log_screen, self.chosen.append)


class SlowHistory(MemoryHistory):
    """Tells its events once it may, as a file does that somebody else holds."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def events(self, limit: int = 1000) -> tuple[Event, ...]:
        await self.may_answer.wait()
        return await super().events(limit)


@dataclass
class Shown:
    app: Host
    pilot: Pilot[None]

    def text(self) -> list[str]:
        """Return the lines that the terminal shows, without the column of the scroll bar."""
        return [strip.text[:-1].rstrip() for strip in self.app.screen._compositor.render_strips()]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def shows(self, events: Sequence[Event]) -> None:
        self.app.log_screen.show_events(events)
        await self.pilot.pause()

    def selected(self) -> str:
        canvas = self.app.log_screen.query_one("#log", Canvas)
        return next(text_of(line) for line in canvas.lines if any("cursor" in span.role for span in line))


@asynccontextmanager
async def showing(events: Sequence[Event], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Shown]:
    app = Host(EventLog(events, BEIJING))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Shown(app, pilot)


@pytest.mark.parametrize("width", [40, 60, 75, 76, 80, 109, 110, 120, 200])
def test_a_line_has_glyph_date_time_severity_and_task_at_every_width(width: int) -> None:
    line = event_line(FAILED, BEIJING, width)
    text = text_of(line)
    assert width_of(line) == width
    assert text.startswith(" ✗ ")
    assert "alarm" in text
    assert "images" in text
    assert ("22 Nov" in text) or ("2026-11-22" in text)
    assert "17:40" in text
    assert ("UTC+08:00" in text) is (width >= 110)
    assert ("120 new failures" in text) is (width >= 76)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_hostile_text_is_tamed(width: int) -> None:
    line = event_line(event(1, words=HOSTILE, name=HOSTILE), BEIJING, width)
    full = event_in_full(event(1, words=HOSTILE, name=HOSTILE), BEIJING, width, 9)
    for text in (text_of(line), *map(text_of, full)):
        assert not set(text) & set("\x1b\x07\x9b\n")


def test_an_event_in_full_says_offset_severity_kind_profile_and_all_words() -> None:
    assert [text_of(line) for line in event_in_full(FAILED, BEIJING, 80, 4)] == [
        " 2026-11-22 17:40:05 UTC+08:00 · alarm · burst · prod",
        " images: 120 new failures within 3 min",
    ]
    assert [text_of(line) for line in event_in_full(TOKEN, BEIJING, 40, 9)] == [
        " 2026-11-22 17:40:05 UTC+08:00",
        " alarm · credential · prod",
        " The credential of prod was refused",
    ]
    assert event_in_full(None, BEIJING, 80, 4) == []


def test_words_of_an_event_that_do_not_all_fit_say_so() -> None:
    short, long = event(1, words="word " * 8), event(1, words="word " * 30)
    whole = [text_of(line) for line in event_in_full(short, BEIJING, 60, 3)]
    assert "…" not in "".join(whole)
    for width, height in ((40, 3), (60, 2), (60, 3), (80, 1)):
        lines = [text_of(line) for line in event_in_full(long, BEIJING, width, height)]
        assert len(lines) == height
        assert lines[-1].endswith("…")
        assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("needle", ["IMAGES", "prod", REF.sync_task_id[:8], "burst", "alarm", "120 NEW", ""])
def test_the_filter_looks_at_task_id_profile_kind_severity_and_words(needle: str) -> None:
    assert matches(FAILED, needle)
    assert not matches(FAILED, f"{needle}nothing of that")


async def test_an_empty_log_says_so() -> None:
    async with showing([]) as shown:
        assert "Nothing has happened yet" in shown.text()[1]
        await shown.press("enter", "j", "G", "escape")
        assert shown.app.chosen == [None]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 34)])
async def test_it_opens_with_the_latest_event_selected_and_in_view(size: tuple[int, int]) -> None:
    async with showing([event(number) for number in range(100)], size) as shown:
        text = shown.text()
        assert text[0].startswith(" Events  100  times UTC+08:00")
        assert any("number 99" in line for line in text)
        local = (NOW + timedelta(minutes=99)).astimezone(BEIJING)
        assert f"{local:%H:%M}" in shown.selected()
        assert max(map(len, text)) <= size[0]


async def test_what_is_read_stays_where_it_is_when_something_happens() -> None:
    events = [event(number) for number in range(100)]
    async with showing(events) as shown:
        await shown.press("up", "up")
        before = shown.text()
        await shown.shows([*events, event(100), event(101)])
        after = shown.text()
        assert after[1:] == before[1:]
        assert after[0].endswith("↓ 2 new below (G)")
        await shown.press("G")
        assert "new below" not in shown.text()[0]
        assert "number 101" in shown.selected()


async def test_where_there_is_room_new_events_appear_at_once() -> None:
    async with showing([event(1), event(2)]) as shown:
        before = shown.text()
        await shown.shows([event(1), event(2), event(3)])
        after = shown.text()
        assert "number 3" in after[3]
        assert after[1:3] == before[1:3]
        assert "new below" not in after[0]


async def test_what_is_read_stays_when_the_oldest_events_are_let_go() -> None:
    events = [event(number) for number in range(100)]
    async with showing(events) as shown:
        await shown.press("up", "up", "up")
        before = shown.text()
        await shown.shows([*events[1:], event(100)])
        assert shown.text()[2:-8] == before[2:-8]
        assert "number 96" in shown.selected()


async def test_it_filters_while_one_types_and_escape_clears_before_it_closes() -> None:
    async with showing([event(1, name="invoices"), event(2), event(3, name="invoices")]) as shown:
        await shown.press("slash", *"voic")
        assert shown.text()[0].startswith(" Events  2 of 3")
        assert not any("images" in line for line in shown.text())
        await shown.press("enter", "escape")
        assert shown.text()[0].startswith(" Events  3 ")
        await shown.press("slash", *"nowhere", "enter")
        assert "No event matches the filter" in shown.text()[1]
        await shown.press("enter", "escape", "escape")
        assert shown.app.chosen == [None]


async def test_enter_goes_to_the_task_and_stays_for_an_event_without_one() -> None:
    async with showing([TOKEN, FAILED]) as shown:
        await shown.press("up", "enter")
        assert shown.app.chosen == []
        await shown.press("down", "enter")
        assert shown.app.chosen == [FAILED.ref]


@pytest.mark.parametrize(("key", "number"), [("g", 0), ("home", 0), ("G", 99), ("end", 99), ("up", 98), ("k", 98)])
async def test_keys_move_the_selection(key: str, number: int) -> None:
    async with showing([event(number) for number in range(100)]) as shown:
        await shown.press(key)
        assert f"number {number}" in shown.selected()


async def test_pages_move_by_what_can_be_seen() -> None:
    async with showing([event(number) for number in range(100)]) as shown:
        await shown.press("pageup")
        first = shown.selected()
        assert "number 99" not in first
        await shown.press("pagedown")
        assert "number 99" in shown.selected()


async def test_ctrl_c_says_how_to_quit() -> None:
    async with running(seconds=10) as run:
        await run.press("l")
        await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        await run.press("ctrl+c")
        assert "esc, then q quit" in run.message()


# In the app


async def test_l_opens_the_log_of_the_running_app_and_enter_goes_to_the_task() -> None:
    async with running(seconds=120) as run:
        await run.press("j", "j", "l")
        await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        await run.pilot.pause(0.05)
        assert "images-to-obs" in run.text()
        assert "new failures" in run.text()
        await run.press("enter")
        await run.until(lambda: run.app.screen is run.main, "the list")
        assert run.main.stage.view.selected == run.state("images-to-obs").ref


async def test_a_task_that_is_filtered_away_is_shown_again() -> None:
    async with running(seconds=120) as run:
        await run.press("slash", *"logs", "enter", "l")
        await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        await run.press("enter")
        await run.until(lambda: run.main.stage.view.selected == run.state("images-to-obs").ref, "the task")
        assert "images-to-obs" in run.text()


async def test_a_task_that_is_not_on_the_list_any_more_is_named() -> None:
    async with running(seconds=120) as run:
        await run.press("l")
        await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        run.main.events.jump_to(TaskRef("prod-bj4", "gone-from-here"))
        assert run.main.events.log is None
        run.app.pop_screen()
        await run.pilot.pause()
        assert "gone-from-here of prod-bj4 is not on the list" in run.message()


async def test_what_happens_while_the_log_is_open_joins_it() -> None:
    async with running(seconds=10) as run:
        await run.press("l")
        await run.until(lambda: isinstance(run.app.screen, EventLog), "the log")
        assert "Nothing has happened yet" in run.text()
        await run.advance(110)
        assert "2 new failures" in run.text()


async def test_the_log_is_there_before_the_history_has_answered() -> None:
    history = SlowHistory()
    async with running(seconds=10, history=history) as run:
        await run.press("l", "slash", *"r", "space", *"19")
        assert isinstance(run.app.screen, EventLog)
        await run.pilot.pause(0.05)
        assert "Looking up what is remembered" in run.text()
        assert "Nothing has happened" not in run.text()
        for number in range(20):
            history.add_event(event(number))
        history.may_answer.set()
        await run.until(lambda: "number 19" in run.text(), "what is remembered")
        assert "1 of 20" in run.text()


async def test_the_log_takes_over_what_is_remembered_while_it_is_closed_again() -> None:
    async with running(seconds=10) as run:
        await run.press("l")
        await run.press("escape")
        await run.press("l", "l", "l")
        await run.until(lambda: "Nothing has happened yet" in run.text(), "the log")


async def test_what_is_remembered_comes_before_what_is_shown_and_is_not_new() -> None:
    remembered, seen = [event(number) for number in range(30)], [event(40), event(41)]
    async with showing(seen) as shown:
        shown.app.log_screen.recall([*remembered, *seen])
        await shown.pilot.pause()
        assert shown.selected() == text_of(event_line(seen[-1], BEIJING, 79))
        assert "new below" not in shown.text()[0]
        assert "number 29" in "\n".join(shown.text())
    async with showing(seen) as shown:
        await shown.press("k")
        shown.app.log_screen.recall([*remembered, *seen])
        await shown.pilot.pause()
        assert shown.selected() == text_of(event_line(seen[0], BEIJING, 79))
    async with showing([]) as shown:
        shown.app.log_screen.recall(remembered)
        await shown.pilot.pause()
        assert shown.selected() == text_of(event_line(remembered[-1], BEIJING, 79))


def test_times_are_of_the_zone_that_was_asked_for() -> None:
    assert "17:40:05" in text_of(event_line(FAILED, BEIJING, 120))
    assert isinstance(FAILED.at, datetime)
