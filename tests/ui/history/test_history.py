"""The history of one task, as a user opens it."""

import pytest

from omstui.core.month import Month
from omstui.demo.past import DemoHistory
from omstui.demo.scenario import demo_profiles, demo_scenario, demo_watchlist
from omstui.ui.history.screen import HistoryScreen
from tests.ui.running import START, Running, running

pytestmark = pytest.mark.slow


def remembering() -> DemoHistory:
    projects = {name: profile.project_id for name, profile in demo_profiles().items()}
    return DemoHistory(demo_scenario(START), demo_watchlist(), projects)


def past_questions(run: Running) -> list[str]:
    """Return what was asked for months that are over."""
    return [
        one.path for one in run.oms.seen if one.query_time is not None and one.query_time < START.timestamp() * 1000
    ]


@pytest.mark.parametrize("size", [(120, 34), (80, 24)])
async def test_months_and_chart_are_there_at_once_and_a_closed_month_is_not_asked_for(size: tuple[int, int]) -> None:
    async with running(size, history=remembering()) as run:
        await run.press("h")
        await run.advance(60)
        text = run.text()
        assert "Nov 2026" in text
        assert "Oct 2026   2,613,316" in text
        assert "closed" in text
        assert "last 24 hours" in text
        assert "▒ the service's statistic" in text
        assert past_questions(run) == []


async def test_it_survives_little_room_and_says_what_matters() -> None:
    async with running((40, 12), history=remembering()) as run:
        await run.press("h")
        await run.advance(5)
        lines = run.text().splitlines()
        assert lines[1].split() == ["Month", "Accepted", "Failed"]
        assert lines[2].split()[:2] == ["Nov", "2026"]


async def test_the_range_changes_by_a_key_and_enter_shows_the_month_in_the_pane() -> None:
    async with running(history=remembering()) as run:
        await run.press("h", "tab")
        await run.advance(5)
        assert "last 7 days" in run.text()
        await run.press("j", "j", "enter")
        await run.advance(2)
        assert "SEPTEMBER 2026" in run.text()
        await run.press("h", "escape")
        assert not isinstance(run.app.screen, HistoryScreen)


async def test_what_is_not_known_is_asked_for_slowly_while_it_is_looked_at() -> None:
    """Without a memory all visible months are missing: one every two seconds, once more to confirm, and never again."""
    async with running((80, 24)) as run:
        assert past_questions(run) == []
        await run.press("h")
        await run.advance(9)
        assert 2 <= len(past_questions(run)) <= 5
        await run.advance(45)
        visible = run.app.screen.months_in_view if isinstance(run.app.screen, HistoryScreen) else ()
        assert Month(2026, 10) in visible
        assert len(past_questions(run)) == len(visible) - 1
        assert "not final" in run.text()
        await run.advance(120)
        assert len(past_questions(run)) == 2 * (len(visible) - 1)
        assert "not final" not in run.text()
        await run.advance(1200)
        assert len(past_questions(run)) == 2 * (len(visible) - 1)


async def test_with_a_refused_credential_the_history_says_why_it_asks_for_nothing() -> None:
    """A token that was refused means that nothing is asked at all, and that is said."""
    async with running(history=remembering()) as run:
        await run.press("G", "k", "h")
        await run.advance(30)
        assert "Nothing of the past is asked for: token" in run.text()
        assert not [one for one in run.oms.seen if one.path.endswith("/statistics")]


async def test_where_the_region_has_no_statistic_the_history_says_so_and_does_not_ask_again() -> None:
    """A 404 there switches it off for the profile, quietly: the watch list stays well."""
    async with running(history=remembering(), without_statistics=True) as run:
        await run.press("h")
        await run.advance(10)
        remark = " ".join(run.text().split())
        assert "The service's own statistic is off for prod-bj4: " in remark
        assert "(404)" in remark
        await run.advance(900)
        assert len([one for one in run.oms.seen if one.path.endswith("/statistics")]) == 1
        await run.press("escape")
        assert "syncing" in run.row("logs-archive")
