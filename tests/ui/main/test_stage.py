"""What a key works out, and what it takes as it is."""

import pytest

from omstui.core.month import Month
from tests.ui.running import running

BACK, ON = "left_square_bracket", "right_square_bracket"


@pytest.mark.parametrize("sort_column", [None, "State"])
async def test_a_key_assesses_no_task_and_builds_one_view_of_the_task(sort_column: str | None) -> None:
    """Steps of the cursor and of the month, also when the list is sorted by the tasks' conditions."""
    async with running() as run:
        stage, session = run.main.stage, run.main.session
        if sort_column is not None:
            run.main.arranging.action_sort_by(sort_column)
        await run.press("j", BACK)
        await run.until(lambda: Month(2026, 10) in run.state("logs-archive").months, "the past month")
        await run.press(ON)
        await run.advance(1)
        assessed = session.conditions().assessed
        for key in (BACK, ON, "k", "j", BACK, "t"):
            built = stage.details_built
            await run.press(key)
            assert stage.details_built == built + 1, key
        assert session.conditions().assessed == assessed
