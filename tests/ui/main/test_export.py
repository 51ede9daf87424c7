"""The list as a file."""

import csv
import io
from pathlib import Path

from msgspec.structs import replace

from omstui.core.task_input import read_lines
from omstui.core.watch.board import TaskState
from omstui.ui.drawing.list_columns import Context
from omstui.ui.main.list import EXPORT_COLUMNS, list_csv
from tests.making import BEIJING, TASK, index_of, sample, state
from tests.ui.running import running


def written(one: TaskState) -> str:
    return list_csv([one], Context(index_of(one), BEIJING))


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_holds_the_exact_figures_with_the_time_of_their_answer() -> None:
    (row,) = records(written(state(sample(), label="images, all")))
    assert list(row) == list(EXPORT_COLUMNS)
    assert (row["label"], row["state"], row["month"]) == ("images, all", "syncing", "2026-11")
    assert (row["synced"], row["failed"], row["pending"]) == ("1204331", "11", "120")
    assert row["answered_at"] == "2026-11-22T09:40:05Z"
    assert row["problem"] == ""


def test_what_is_not_known_is_empty() -> None:
    (row,) = records(written(state()))
    assert {name for name, value in row.items() if value} == {"profile", "sync_task_id", "name", "state"} | (
        {"label"} if row["label"] else set()
    )


def test_foreign_text_is_no_formula_and_no_escape() -> None:
    one = state(sample(replace(TASK, status="=cmd|x\x1b[31m\u202e")))
    (row,) = records(written(one))
    assert row["status"].startswith("'=cmd")
    assert row["status"].isprintable()


def test_the_tasks_are_taken_back_by_add() -> None:
    one = state(sample(), label="images, all")
    good, bad = read_lines(written(one))
    assert not bad
    assert [(line.profile, line.sync_task_id, line.label) for line in good] == [
        (one.ref.profile, one.ref.sync_task_id, "images, all")
    ]


async def test_e_writes_what_the_list_shows_and_says_where(tmp_path: Path) -> None:
    async with running((160, 34)) as run:
        run.workspace.export_folders = (tmp_path,)
        await run.press("E")
        await run.until(lambda: "Wrote 6 tasks to" in run.message(), "the file")
        await run.press("P", "E")
        await run.until(lambda: "Wrote 4 of 6 tasks to" in run.message(), "the other file")
        first, second = sorted(tmp_path.iterdir(), key=lambda path: len(path.name))
        assert (first.name, second.name) == ("omstui-2026-11-22-173110.csv", "omstui-2026-11-22-173110-2.csv")
        rows = records(first.read_bytes().decode())
        assert [row["name"] for row in rows] == [state.name for state in run.main.session.board.states.values()]
        assert rows[0]["synced"] == str(run.state("images-to-obs").good.task.monthly_success_object)  # type: ignore[union-attr]  # it has answered


async def test_a_folder_that_takes_no_file_is_named_and_the_demo_writes_none(tmp_path: Path) -> None:
    async with running((160, 34)) as run:
        run.workspace.export_folders = (tmp_path / "gone",)
        await run.press("E")
        await run.until(lambda: "gone: nothing can be written there" in run.message(), "the reason")
    async with running((160, 34)) as run:
        await run.press("E")
        await run.until(lambda: "The demo writes no files" in run.message(), "the reason")
