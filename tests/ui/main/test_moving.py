"""One profile alone, and profiles in colours; several regions and tenants on one screen."""

import pytest
from msgspec.structs import replace

from omstui.core.task import TaskRef, WatchedTask
from omstui.demo.scenario import DR, LAB, LOGS, PROD
from tests.ui.running import Running, running

pytestmark = pytest.mark.slow


def names_shown(run: Running) -> set[str]:
    return {state.ref.profile for state in run.main.stage.rows}


async def test_p_shows_one_profile_after_the_other_and_then_all() -> None:
    async with running((120, 34)) as run:
        seen = []
        for _ in range(4):
            await run.press("P")
            seen.append(names_shown(run))
        assert seen == [{PROD}, {DR}, {LAB}, {PROD, DR, LAB}]


@pytest.mark.promise(6)
async def test_the_head_line_counts_the_tasks_of_profiles_that_are_not_shown() -> None:
    """Promise 6: looking elsewhere hides no alarm."""
    async with running((200, 34)) as run:
        before = run.text().splitlines()[0]
        assert "6 tasks" in before
        await run.press("P")
        after = run.text().splitlines()[0]
        assert f"6 tasks ({PROD}: 4 shown)" in after
        assert "1 token" in after
        assert "1 gone" in after


async def test_the_filter_works_on_top_and_escape_takes_one_away_after_the_other() -> None:
    async with running((120, 34)) as run:
        await run.press("P", "slash", *"logs", "enter")
        assert [state.name for state in run.main.stage.rows] == ["logs-archive"]
        await run.press("escape")
        assert names_shown(run) == {PROD}
        await run.press("escape")
        assert names_shown(run) == {PROD, DR, LAB}


async def test_the_palette_offers_each_profile() -> None:
    async with running((120, 34)) as run:
        assert f"Show the tasks of {DR} alone" in run.main.profiles.choices
        await run.main.run_action(run.main.profiles.choices[f"Show the tasks of {DR} alone"])
        await run.pilot.pause()
        assert names_shown(run) == {DR}


async def test_a_profile_s_colour_stands_in_its_rows_and_in_the_pane() -> None:
    async with running((120, 34)) as run:
        assert " P ! images-to-obs" not in run.text()
        run.workspace.profiles[PROD] = replace(run.workspace.profiles[PROD], color="red")
        run.main.session.use_profiles()
        await run.pilot.pause()
        assert " P ! images-to-obs" in run.text()
        assert " D ✗ cold-tier" in run.text()
        assert f"P {PROD}" in run.text()


async def test_the_same_id_in_two_tenants_is_two_rows_that_go_their_own_ways() -> None:
    """Three regions are on the screen; the task of one project is asked for in another one too, where it is gone."""
    async with running((120, 34)) as run:
        twin = WatchedTask(TaskRef(LAB, LOGS), "twin")
        run.main.editing.add_tasks([twin])
        await run.until(lambda: twin.ref in run.main.session.board.states, "the second row")
        await run.advance(120)
        await run.until(lambda: run.state("twin").problem is not None, "its answer")
        assert "gone" in run.row("twin")
        assert "syncing" in run.row("logs-archive")
        asked = {request.path for request in run.asked() if request.path.endswith(LOGS)}
        assert asked == {f"/v2/{run.workspace.profiles[name].project_id}/sync-tasks/{LOGS}" for name in (PROD, LAB)}
        hosts = {run.workspace.profiles[name].endpoint for name in (PROD, DR, LAB)}
        assert len(hosts) == 3
