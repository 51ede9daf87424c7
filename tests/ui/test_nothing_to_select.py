"""Why no row is selected, and what helps."""

import pytest
from msgspec.structs import replace

from omstui.core.task import WatchList
from omstui.demo.scenario import PROD
from tests.ui.running import Running, running

pytestmark = pytest.mark.slow


def words_of(run: Running) -> str:
    """Return what the pane says, wherever its lines end."""
    return " ".join(run.lines_of("#pane").split())


@pytest.mark.parametrize("size", [(120, 34), (80, 24)], ids=str)
async def test_a_filter_that_matches_nothing_is_named_with_the_key_that_clears_it(size: tuple[int, int]) -> None:
    async with running(size) as run:
        await run.press("slash", *"zzz")
        assert "No task matches the filter zzz. esc clears the filter." in words_of(run)
        await run.press("enter", "escape")
        assert "No task" not in run.lines_of("#pane")


async def test_a_profile_without_tasks_is_named_and_escape_shows_all() -> None:
    async with running() as run:
        await run.main.run_action("show_profile('empty-one')")
        await run.pilot.pause()
        assert "No task of empty-one is on the list. esc shows all profiles." in words_of(run)
        await run.press("slash", *"zzz", "enter")
        assert "No task of empty-one matches the filter zzz" in words_of(run)
        await run.press("escape", "escape")
        assert run.lines_of("#pane").startswith("images-to-obs")


async def test_a_list_without_tasks_is_told_how_to_get_some_whatever_the_filter() -> None:
    async with running() as run:
        run.main.session.take_over(WatchList(()))
        await run.pilot.pause()
        assert words_of(run) == "No task selected. a adds tasks to the list."
        run.main.stage.view = replace(run.main.stage.view, profile=PROD)
        run.main.paint()
        assert words_of(run) == "No task selected. a adds tasks to the list."


async def test_in_forty_columns_the_sentence_is_whole_and_both_presses_of_escape_are_told() -> None:
    async with running((40, 12)) as run:
        await run.press("slash", *"zzzzzzzzzzzzzzzzzzzz", "enter", "enter")
        said = " ".join(" ".join(run.text().splitlines()[1:-1]).split())
        assert said == "No task matches the filter zzzzzzzzzzzzzzzzzzzz. esc twice clears the filter."
        await run.press("escape", "escape")
        assert "images-to-obs" in run.text()
