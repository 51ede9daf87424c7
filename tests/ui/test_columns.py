"""The watch list's rows."""

from datetime import timedelta

import pytest

from omstui.core.board import Track
from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.ui.columns import COLUMNS, FAILED, STATE, Context, Layout, arranged
from omstui.ui.columns import TASK as TASK_COLUMN
from omstui.ui.line import text_of, width_of
from tests.making import BEIJING, NOW, TASK, counting, sample, track

CONTEXT = Context(NOW, BEIJING, 60.0)


def drawn(one: Track, width: int = 90, context: Context = CONTEXT) -> str:
    return text_of(Layout.for_width(width).row(one, context))


def test_a_row_shows_glyph_word_figures_and_the_time_of_the_answer() -> None:
    row = drawn(track(sample(), label="images-to-obs"))
    assert row.split() == ["✓", "images-to-obs", "syncing", "1,204,331", "11", "0", "120", "38.2", "TB", "17:40:05"]


@pytest.mark.parametrize("width", range(39, 140))
def test_a_row_has_the_width_and_keeps_glyph_task_state_and_failed(width: int) -> None:
    """Whatever the width, each row and the titles take the same cells."""
    layout = Layout.for_width(width)
    names = [column.name for column, _ in layout.columns]
    assert {"Task", "State", "Failed"} <= set(names)
    assert names == [column.name for column in COLUMNS if column.name in names]
    header = layout.header(FAILED, reverse=False)
    rows = [
        track(sample(), label="x" * 80),
        track(sample(counting(synced=2**63 - 1, failed=2**63 - 1, size=2**63 - 1))),
    ]
    assert {width_of(layout.row(row, CONTEXT)) for row in rows} == {width_of(header)}
    assert width_of(header) <= width


def test_columns_leave_as_the_width_shrinks_and_never_come_back() -> None:
    gone: list[str] = []
    for width in range(140, 38, -1):
        names = [column.name for column, _ in Layout.for_width(width).columns]
        now_gone = [column.name for column in COLUMNS if column.name not in names]
        assert set(gone) <= set(now_gone)
        gone += [name for name in now_gone if name not in gone]
    assert gone == ["Skipped", "Size", "Pending", "Answered", "Synced"]


def test_failures_since_they_were_seen_stand_beside_the_count() -> None:
    row = drawn(track(sample(at=NOW - timedelta(seconds=60)), sample(counting(failed=14))))
    assert "14 +3" in row
    assert row.startswith(" ! ")
    assert "failing" in row


def test_missing_figures_are_dashes_and_never_zero() -> None:
    row = drawn(track(sample(SyncTask(status="STOPPED"))))
    assert row.split()[2:] == ["stopped", "–", "–", "–", "–", "–", "17:40:05"]
    assert "0 " not in row.split("stopped")[1].replace("17:40:05", "")


def test_a_row_without_an_answer_is_asking() -> None:
    row = drawn(track(label="new"))
    assert row.split() == ["…", "new", "asking", "–", "–", "–", "–", "–", "–"]


def test_a_problem_is_a_word_on_the_row_and_the_last_figures_keep_their_time() -> None:
    late = track(sample(at=NOW - timedelta(seconds=70)), sample(Problem(ProblemKind.SERVER, "503")))
    row = drawn(late)
    assert row.split()[0] == "✗"
    assert "server" in row
    assert "1,204,331" in row
    assert row.rstrip().endswith("17:38:55")


def test_an_old_answer_is_stale_in_words_with_its_age() -> None:
    row = drawn(track(sample(at=NOW - timedelta(minutes=25))))
    assert "stale 25m " in row


def test_an_unknown_status_is_shown_as_it_came() -> None:
    assert "pausing?" in drawn(track(sample(SyncTask(status="PAUSING"))))


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb", "[bold]x[/]", "\u202egpj.exe", "a\x07b"])
def test_foreign_names_are_tamed_and_not_read_as_markup(hostile: str) -> None:
    row = drawn(track(sample(), label=hostile))
    assert not {"\x1b", "\n", "\u202e", "\x07"} & set(row)
    if hostile.startswith("[bold]"):
        assert "[bold]x[/]" in row


def test_sorting_puts_equal_rows_in_the_users_order_and_trouble_first() -> None:
    tracks = [track(sample(ref=TaskRef("p", name)), ref=TaskRef("p", name), label=name) for name in ("b", "a", "c")]
    tracks.append(
        track(sample(Problem(ProblemKind.TOKEN, ""), ref=TaskRef("p", "t")), ref=TaskRef("p", "t"), label="t")
    )
    by_name = arranged(tracks, TASK_COLUMN, reverse=False, context=CONTEXT)
    assert [one.name for one in by_name] == ["a", "b", "c", "t"]
    by_state = arranged(tracks, STATE, reverse=False, context=CONTEXT)
    assert [one.name for one in by_state] == ["t", "b", "a", "c"]
    assert arranged(tracks, None, reverse=False, context=CONTEXT) == tracks


def test_every_column_sorts_rows_with_and_without_figures() -> None:
    tracks = [track(), track(sample()), track(sample(SyncTask())), track(sample(TASK))]
    for column in COLUMNS:
        assert len(arranged(tracks, column, reverse=True, context=CONTEXT)) == 4
