"""News in the running app: heard, kept, and said since somebody looked."""

import pytest
from textual import events

from omstui.core.alerts.event import Event, Severity
from omstui.core.settings import AlertSettings, Settings
from omstui.ui.app import OmstuiApp
from omstui.ui.main.seeing import Events
from tests.making import NOW
from tests.ui.running import START, Running, running

pytestmark = pytest.mark.slow

ALARM = Event(NOW, "gone", "It is not there any more", Severity.ALARM, "prod", "id-1", "bad\x1b]0;x\x07name")
WARNING = Event(NOW, "stopped", "It was stopped", Severity.WARNING, "prod", "id-1", "images")


def written(app: OmstuiApp) -> list[str]:
    """Have what goes to the terminal beside the picture kept in a list."""
    kept: list[str] = []
    assert app._driver is not None
    app._driver.write = kept.append  # type: ignore[assignment,method-assign]  # the headless driver drops it
    return kept


def head(run: Running) -> str:
    return run.text().splitlines()[0]


async def kinds(run: Running) -> list[str]:
    return [event.kind for event in await run.workspace.history.events() if event.at >= START]


async def test_what_is_told_is_kept_and_heard() -> None:
    async with running(seconds=10) as run:
        sent = written(run.app)
        await run.advance(110)
        assert "failures" in await kinds(run)
        assert any(text.startswith("\x1b]9;omstui: images-to-obs: ") for text in sent)


async def test_a_quiet_screen_keeps_and_says_nothing_aloud() -> None:
    async with running(seconds=10, settings=Settings(alerts=AlertSettings(quiet=True))) as run:
        sent = written(run.app)
        await run.advance(110)
        assert "failures" in await kinds(run)
        assert not any("\x1b]9" in text for text in sent)


async def test_hostile_names_are_tamed_on_their_way_to_the_terminal() -> None:
    async with running(seconds=10) as run:
        sent = written(run.app)
        run.app.on_events_alerted(Events.Alerted((ALARM, WARNING)))
        notified = [text for text in sent if "]9;" in text]
        assert notified == ["\x1b]9;omstui: 2 alerts; bad�]0;x�name: It is not there any more\x07"]


async def test_where_notifications_have_nowhere_to_go_none_is_sent() -> None:
    async with running(seconds=10) as run:
        sent = written(run.app)
        run.app._terminal.multiplexer = None
        run.app.on_events_alerted(Events.Alerted((WARNING,)))
        assert not any("]9;" in text for text in sent)


async def test_an_ascii_screen_sends_ascii() -> None:
    async with running(seconds=10, settings=Settings(ascii=True)) as run:
        sent = written(run.app)
        run.app.on_events_alerted(Events.Alerted((ALARM,)))
        assert all(text.isascii() for text in sent if "]9;" in text)


# Failures marked as seen


async def test_what_is_marked_as_seen_is_remembered() -> None:
    async with running(seconds=300) as run:
        state = run.state("images-to-obs")
        assert state.new_failures
        await run.press("A")
        recalled = await run.workspace.history.recall([state.ref])
        task = run.state("images-to-obs").task
        assert task is not None
        assert state.good is not None
        assert recalled[state.ref].acknowledged == (state.good.month, task.monthly_failure_object)
        assert run.state("images-to-obs").new_failures == 0


async def test_failures_that_are_not_marked_as_seen_stay_new_after_a_restart() -> None:
    """What the first answer said counts as seen from then on, not what the last one did."""
    async with running(seconds=300) as run:
        state = run.state("images-to-obs")
        recalled = (await run.workspace.history.recall([state.ref]))[state.ref]
        assert recalled.last is not None
        assert recalled.last.task is not None
        assert recalled.acknowledged is not None
        failed = recalled.last.task.monthly_failure_object
        assert failed is not None
        assert failed - recalled.acknowledged[1] == state.new_failures > 0


async def test_one_key_marks_the_failures_of_all_tasks() -> None:
    async with running(seconds=300) as run:
        new = sum(state.new_failures for state in run.main.session.board.states.values())
        assert new
        await run.press("slash", *"logs", "enter", "X")
        assert f"{new} failures marked as seen" in run.message()
        assert not any(state.new_failures for state in run.main.session.board.states.values())
        await run.press("X")
        assert "No failures that are new" in run.message()


# Since somebody looked


async def test_the_head_says_what_has_changed_since_the_last_key() -> None:
    async with running(seconds=70) as run:
        await run.press("g")
        await run.advance(65)
        await run.press("g")
        await run.advance(600)
        assert "since 17:32: " in head(run)
        assert "new failures" in head(run)
        assert "since you looked" in run.lines_of("#pane")
        await run.press("g")
        await run.advance(30)
        assert "since 17:32: " in head(run), "who has just come back reads it"
        await run.advance(40)
        await run.press("g")
        await run.advance(1)
        assert "since 17:32" not in head(run)


async def test_the_terminals_focus_says_when_somebody_looked() -> None:
    async with running(seconds=70) as run:
        await run.advance(200)
        run.app.post_message(events.AppBlur())
        await run.advance(1)
        assert "since" not in head(run)
        await run.advance(300)
        assert "since 17:34: " in head(run)
        run.app.post_message(events.AppFocus())
        await run.advance(1)
        assert "since 17:34: " in head(run)


async def test_all_can_be_taken_as_seen_by_hand() -> None:
    async with running(seconds=600) as run:
        assert "since" in head(run)
        await run.press("ctrl+p")
        await run.pilot.press(*"all as seen now")
        await run.until(lambda: "Mark all as seen now" in run.text(), "the palette's answer")
        await run.press("enter")
        await run.until(lambda: "count as looked at" in run.message(), "an answer")
        assert "since" not in head(run)
        assert run.state("images-to-obs").new_failures, "failures are marked as seen by their own key"
