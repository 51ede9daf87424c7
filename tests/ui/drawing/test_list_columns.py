"""The watch list's rows."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import assess
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.list_columns import COLUMNS, FAILED, STATE, Column, Context, Layout, arranged
from omstui.ui.drawing.list_columns import TASK as TASK_COLUMN
from omstui.ui.drawing.task_words import activity_words, pending_words, speeds
from tests.making import BEIJING, NOW, TASK, counting, index_of, sample, state

MINUTE = timedelta(minutes=1)


def watched(*accepted_and_synced: tuple[int, int], size: int = 0) -> TaskState:
    """Answers a minute apart; each adds so many bytes."""
    return state(
        *(
            sample(
                counting(accepted=accepted, synced=synced, failed=0, skipped=0, size=size * number),
                at=NOW + number * MINUTE,
            )
            for number, (accepted, synced) in enumerate(accepted_and_synced)
        )
    )


def test_what_moves_is_told_with_its_basis() -> None:
    made = watched(*((60 * n, 30 * n) for n in range(6)), size=90_000_000)
    assert speeds(made) == {
        "monthly_acceptance_request": "+60/min over 5 min",
        "monthly_success_object": "+30/min over 5 min",
        "monthly_size": "1.50 MB/s over 5 min",
    }


def test_that_nothing_is_synced_is_told_and_nothing_else_that_stands_still() -> None:
    assert speeds(watched(*[(9, 9)] * 6)) == {"monthly_success_object": "+0/min over 5 min"}
    assert speeds(watched((9, 9))) == {}


def test_failures_have_a_speed_when_they_rise() -> None:
    made = state(sample(counting(failed=1)), sample(counting(failed=3), at=NOW + MINUTE))
    assert speeds(made)["monthly_failure_object"] == "+2.0/min over 1 min"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(state(), "", id="nothing known"),
        pytest.param(watched(*[(50, 10)] * 30), "", id="it stays"),
        pytest.param(watched(*((50 + n, 10) for n in range(42))), "growing for 41 min", id="it grows"),
        pytest.param(
            watched(*((1000, 10 * n) for n in range(31))),
            "empty in about 1 h 10 min at the pace of the last 10 min",
            id="it shrinks",
        ),
    ],
)
def test_pending_grows_or_will_be_gone(made: TaskState, words: str) -> None:
    assert pending_words(made) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(state(), "–", id="nothing known"),
        pytest.param(watched((5, 5)), "none seen", id="one answer"),
        pytest.param(watched(*[(5, 5)] * 21), "none seen; nothing in 20 min watched since", id="quiet since the start"),
        pytest.param(watched((5, 5), (6, 5)), "17:41:05", id="a rise"),
        pytest.param(watched((5, 5), *[(6, 5)] * 21), "17:41:05, quiet for 20 min", id="and quiet since"),
    ],
)
def test_the_last_activity_is_told_as_far_as_it_was_watched(made: TaskState, words: str) -> None:
    assert activity_words(made, NOW + 25 * MINUTE, BEIJING) == words


def test_no_activity_is_told_of_a_time_that_has_not_come_yet() -> None:
    made = watched((5, 5), *[(6, 5)] * 21)
    assert activity_words(made, NOW - 60 * MINUTE, BEIJING) == "not known"


def test_a_rise_that_nobody_saw_is_told_as_such() -> None:
    made = state(sample(counting(accepted=5)), sample(counting(accepted=9), at=NOW + 60 * MINUTE))
    assert activity_words(made, NOW + 60 * MINUTE, BEIJING) == "unseen"
    made = made.filed(sample(counting(accepted=9), at=NOW + 62 * MINUTE), 60.0)
    assert activity_words(made, NOW + 62 * MINUTE, BEIJING) == "unseen; nothing in 2 min watched since"


def of(*states: TaskState, now: datetime = NOW, interval: float = 60.0) -> Context:
    return Context(index_of(*states, now=now, interval=interval), BEIJING)


def drawn(one: TaskState, width: int = 90, now: datetime = NOW, interval: float = 60.0) -> str:
    return text_of(Layout.for_width(width).row(one, of(one, now=now, interval=interval)))


def test_a_row_shows_glyph_word_figures_and_the_time_of_the_answer() -> None:
    row = drawn(state(sample(), label="images-to-obs"))
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
        state(sample(), label="x" * 80),
        state(sample(counting(synced=2**63 - 1, failed=2**63 - 1, size=2**63 - 1))),
    ]
    assert {width_of(layout.row(row, of(row))) for row in rows} == {width_of(header)}
    assert width_of(header) <= width


def test_columns_leave_as_the_width_shrinks_and_never_come_back() -> None:
    gone: list[str] = []
    for width in range(140, 38, -1):
        names = [column.name for column, _ in Layout.for_width(width).columns]
        now_gone = [column.name for column in COLUMNS if column.name not in names]
        assert set(gone) <= set(now_gone)
        gone += [name for name in now_gone if name not in gone]
    assert gone == ["Skipped", "Size", "Pending", "Answered", "Synced"]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", COLUMNS, ids=lambda column: column.name)
def test_at_every_width_the_order_shows_and_every_title_is_whole(sort: Column, *, reverse: bool) -> None:
    """The mark stands beside the whole title; where the column is not shown, words name the order."""
    arrow = "▼" if reverse else "▲"
    for width in range(39, 140):
        layout = Layout.for_width(width)
        names = [column.name for column, _ in layout.columns]
        titles = text_of(layout.header(sort, reverse=reverse))
        assert width_of(layout.header(sort, reverse=reverse)) == width_of(layout.header(None, reverse=False))
        assert titles.replace(arrow, " ").split() == names
        is_marked = f"{sort.name}{arrow}" in titles
        assert is_marked == (sort.name in names)
        assert layout.order_unmarked(sort, reverse=reverse) == ("" if is_marked else f"{sort.name} {arrow}")


def test_only_a_reversed_list_order_needs_words() -> None:
    assert Layout.for_width(80).order_unmarked(None, reverse=False) == ""
    assert Layout.for_width(80).order_unmarked(None, reverse=True) == "list order ▼"


def test_failures_since_they_were_seen_stand_beside_the_count() -> None:
    row = drawn(state(sample(at=NOW - timedelta(seconds=60)), sample(counting(failed=14))))
    assert "14 +3" in row
    assert row.startswith(" ! ")
    assert "failing" in row


_UNITS = {"": 1} | {unit: 1000 ** (power + 1) for power, unit in enumerate("kMGTPE")}
_COUNTS = st.integers(0, 2**63 - 1) | st.integers(0, 10_000_000) | st.integers(0, 2000)


def _is_true(shown: str, value: int) -> bool:
    """Whether a figure, read back with its unit, is the value cut to three figures, or the value itself."""
    match = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?) ?([kMGTPE]?)", shown)
    assert match, shown
    number, unit = Decimal(match.group(1).replace(",", "")), _UNITS[match.group(2)]
    step = Decimal(1).scaleb(number.as_tuple().exponent) * unit if unit > 1 else Decimal(1)  # type: ignore[arg-type]  # finite
    figures = len(match.group(1).replace(".", ""))
    return number * unit <= value < number * unit + step and (unit == 1 or figures == 3)


@given(_COUNTS, _COUNTS, st.integers(39, 130))
def test_no_width_invents_a_number_of_failures(seen: int, new: int, width: int) -> None:
    """The new failures always stand there; the total, if it does, is true as far as it is written."""
    total = seen + new
    room = next(cells for column, cells in Layout.for_width(width).columns if column is FAILED)
    one = replace(state(sample(counting(failed=total))), acknowledged=seen)
    spans = FAILED.cell(one, assess(one, NOW, 60.0), of(one), room)
    assert width_of(spans) == room
    shown, plus, added = text_of(spans).partition("+")
    assert bool(plus) == bool(new)
    if new:
        assert _is_true(added, new)
        assert len(f"+{new:,}") > room or added == f"{new:,}"
    assert not shown.strip() or _is_true(shown.strip(), total)
    if shown.strip() and new:
        assert shown.endswith(" ")


@pytest.mark.parametrize(
    ("failed", "new", "shown"),
    [
        (14, 3, "     14 +3"),
        (1_100, 150, "1,100 +150"),
        (45_678, 150, "45.6k +150"),
        (45_678, 3, " 45,678 +3"),
        (1_234_567, 20, "1.23 M +20"),
        (1_234_567, 1_234, "    +1,234"),
        (2**63 - 1, 2**62, "     +4.61E"),
        (None, 0, "         –"),
    ],
)
def test_the_total_gives_way_to_the_new_failures(failed: int | None, new: int, shown: str) -> None:
    seen = failed - new if failed is not None else None
    one = replace(state(sample(counting(failed=failed))), acknowledged=seen)
    assert text_of(FAILED.cell(one, assess(one, NOW, 60.0), of(one), 10)).rjust(len(shown)) == shown


def test_missing_figures_are_dashes_and_never_zero() -> None:
    row = drawn(state(sample(SyncTask(status="STOPPED"))))
    assert row.split()[2:] == ["stopped", "–", "–", "–", "–", "–", "17:40:05"]
    assert "0 " not in row.split("stopped")[1].replace("17:40:05", "")


def test_a_row_without_an_answer_is_asking() -> None:
    row = drawn(state(label="new"))
    assert row.split() == ["…", "new", "asking", "–", "–", "–", "–", "–", "–"]


def test_a_problem_is_a_word_on_the_row_and_the_last_figures_keep_their_time() -> None:
    late = state(sample(at=NOW - timedelta(seconds=70)), sample(Problem(ProblemKind.SERVER, "503")))
    row = drawn(late)
    assert row.split()[0] == "✗"
    assert "server" in row
    assert "1,204,331" in row
    assert row.rstrip().endswith("17:38:55")


def test_an_old_answer_is_stale_in_words_with_its_age() -> None:
    row = drawn(state(sample(at=NOW - timedelta(minutes=25))))
    assert "stale 25m " in row


def test_of_an_answer_from_the_future_no_age_is_made_up() -> None:
    assert "stale ? " in drawn(state(sample(at=NOW + timedelta(minutes=25))))


def test_an_answer_of_before_midnight_shows_its_time_whole() -> None:
    now = NOW.replace(hour=16, minute=5)
    row = drawn(state(sample(at=now - timedelta(minutes=25))), now=now)
    assert row.rstrip().endswith(" 23:40:05")
    row = drawn(state(sample(at=now - timedelta(hours=20))), now=now)
    assert row.rstrip().endswith(" 22 04:05")


def test_a_row_that_is_stale_within_a_minute_says_seconds() -> None:
    one = state(sample(at=NOW - timedelta(seconds=25), next_in=10))
    assert "stale 25s" in drawn(one, interval=10.0)


def test_an_unknown_status_is_shown_as_it_came() -> None:
    assert "pausing?" in drawn(state(sample(SyncTask(status="PAUSING"))))


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb", "[bold]x[/]", "\u202egpj.exe", "a\x07b"])
def test_foreign_names_are_tamed_and_not_read_as_markup(hostile: str) -> None:
    row = drawn(state(sample(), label=hostile))
    assert not {"\x1b", "\n", "\u202e", "\x07"} & set(row)
    if hostile.startswith("[bold]"):
        assert "[bold]x[/]" in row


def test_sorting_puts_equal_rows_in_the_users_order_and_trouble_first() -> None:
    states = [state(sample(ref=TaskRef("p", name)), ref=TaskRef("p", name), label=name) for name in ("b", "a", "c")]
    states.append(
        state(sample(Problem(ProblemKind.TOKEN, ""), ref=TaskRef("p", "t")), ref=TaskRef("p", "t"), label="t")
    )
    by_name = arranged(states, TASK_COLUMN, reverse=False, context=of(*states))
    assert [one.name for one in by_name] == ["a", "b", "c", "t"]
    by_state = arranged(states, STATE, reverse=False, context=of(*states))
    assert [one.name for one in by_state] == ["t", "b", "a", "c"]
    assert arranged(states, None, reverse=False, context=of(*states)) == states


def test_every_column_sorts_rows_with_and_without_figures() -> None:
    outcomes: list[list[SyncTask]] = [[], [TASK], [SyncTask()], [TASK]]
    refs = [TaskRef("p", str(number)) for number in range(4)]
    states = [state(*(sample(one, ref=ref) for one in some), ref=ref) for ref, some in zip(refs, outcomes, strict=True)]
    for column in COLUMNS:
        assert len(arranged(states, column, reverse=True, context=of(*states))) == 4
