"""The wall's picture, at every size and with every condition."""

from collections.abc import Sequence
from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import TaskRef
from omstui.core.watch.board import TaskState
from omstui.ui.drawing.big_letters import big_lines
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.list_columns import Context
from omstui.ui.wall.view import WallView, wall_lines
from omstui.ui.widgets.head_line import Head
from tests.making import NOW, TASK, counting, index_of, sample, state

SIZES = [(120, 32), (200, 58), (80, 22), (60, 16), (40, 10), (20, 5), (300, 100), (132, 41)]
TROUBLE = Problem(ProblemKind.TOKEN, "The token has expired")


def named(label: str, *outcomes: object, number: int = 0) -> TaskState:
    ref = TaskRef("prod", f"id-{label}-{number}")
    samples = [
        sample(outcome, ref=ref, at=NOW - timedelta(seconds=30 - place))  # type: ignore[arg-type] # a task or a problem
        for place, outcome in enumerate(outcomes)
    ]
    return state(*samples, ref=ref, label=label)


def view_of(
    states: Sequence[TaskState], *, is_ascii: bool = False, every: Sequence[TaskState] | None = None
) -> WallView:
    index = index_of(*(states if every is None else every))
    return WallView(
        tuple(states),
        tuple(states if every is None else every),
        Context(index, UTC),
        Head(index.counts, NOW, UTC),
        is_ascii,
    )


def picture(
    states: Sequence[TaskState], size: tuple[int, int] = (120, 32), *, shown: int = 0, is_ascii: bool = False
) -> str:
    view = view_of(states, is_ascii=is_ascii)
    return "\n".join(text_of(line).rstrip() for line in wall_lines(view, states[shown].ref, *size))


def has_big(shown: str, text: str, scale: int) -> bool:
    """Whether a text stands in the picture in this scale, its lines exactly below one another."""
    first, *rest = big_lines(text, scale)
    lines = [line.ljust(300) for line in shown.split("\n")]
    for top, line in enumerate(lines):
        at = line.find(first)
        while at >= 0:
            below = lines[top + 1 : top + 1 + len(rest)]
            if [one[at : at + len(first)] for one in below] == list(rest):
                return True
            at = line.find(first, at + 1)
    return False


WELL = named("images", TASK)
MANY = [
    WELL,
    named("logs-archive", replace(TASK, status="STOPPED")),
    named("cold-tier", TASK, TROUBLE),
    named("old", Problem(ProblemKind.GONE, "No such task")),
    named("发票", counting(synced=0, failed=7, accepted=7)),
]


@pytest.mark.parametrize("is_ascii", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shown", range(len(MANY)))
def test_it_fits_every_size(size: tuple[int, int], shown: int, is_ascii: bool) -> None:
    lines = wall_lines(view_of(MANY, is_ascii=is_ascii), MANY[shown].ref, *size)
    assert len(lines) == size[1]
    if size[0] >= 80:
        assert max(width_of(line) for line in lines) <= size[0]


@pytest.mark.parametrize(("size", "scale"), [((120, 32), 2), ((200, 58), 4), ((132, 41), 2)])
def test_all_figures_are_drawn_large_and_exactly(size: tuple[int, int], scale: int) -> None:
    """Five rows high at least."""
    shown = picture([WELL], size)
    for figure in ("1,204,331", "11", "120"):
        assert has_big(shown, figure, scale)
    assert any(has_big(shown, "✓ syncing", one) for one in (2, 3))
    assert any(has_big(shown, "images", one) for one in (2, 3, 4))
    assert any(has_big(shown, "<1 min", one) for one in (1, 2))
    assert "answered" in shown or has_big(shown, "answered", 1) or has_big(shown, "answered", 2)


def test_where_a_figure_is_rounded_the_exact_one_stands_beside_its_name() -> None:
    shown = picture([WELL], (80, 22))
    assert has_big(shown, "1.20M", 2)
    assert "Synced  1,204,331" in shown


def test_every_task_in_trouble_is_named_whichever_is_shown() -> None:
    for size in SIZES[:3]:
        for place in range(len(MANY)):
            shown = picture(MANY, size, shown=place)
            band = shown.partition("─" * 20)[2]
            for name in ("logs-archive", "cold-tier", "old"):
                assert name in band or has_big(band, name, 1) or has_big(band, name, 2)


def test_the_worst_is_named_first_and_with_its_word_where_letters_are_small() -> None:
    band = picture(MANY, (80, 22)).partition("─" * 20)[2]
    assert band.index("✗ cold-tier token") < band.index("✗ old gone") < band.index("■ logs-archive stopped")


def test_a_long_name_leaves_room_for_what_is_wrong() -> None:
    long = named("ein sehr langer Name für eine Aufgabe, 发票", replace(TASK, status="STOPPED"))
    (line,) = [line for line in picture([long, WELL], (40, 10), shown=1).split("\n") if "■" in line]
    assert line.startswith("  ■ ein sehr langer Name für")
    assert line.endswith("… stopped")
    assert cell_len(line) <= 40


def test_a_filter_hides_no_alarm() -> None:
    lines = wall_lines(view_of([WELL], every=MANY), WELL.ref, 80, 22)
    assert any("cold-tier token" in text_of(line) for line in lines)


def test_there_is_no_band_where_all_is_well() -> None:
    assert "─" not in picture([WELL])


def test_new_failures_stand_out_beside_all() -> None:
    failing = state(sample(counting(failed=11), at=NOW - timedelta(seconds=90)), sample(counting(failed=14)))
    shown = picture([failing])
    assert has_big(shown, "11 +3".replace("11", "14"), 2)
    roles = {
        span.role for line in wall_lines(view_of([failing]), failing.ref, 120, 32) for span in line if "█" in span.text
    }
    assert "bad strong" in roles


def test_old_figures_are_dim_and_their_age_is_said() -> None:
    old = state(sample(at=NOW - timedelta(minutes=7)))
    lines = wall_lines(view_of([old]), old.ref, 120, 32)
    shown = "\n".join(text_of(line) for line in lines)
    assert has_big(shown, "7 min", 1)
    assert "answered 09:33:05" in shown
    figure = big_lines("1,204,331", 2)[0]
    assert {span.role for line in lines for span in line if span.text == figure} == {"dim"}


def test_with_little_room_failures_come_before_what_is_pending() -> None:
    with_problems = [named(str(number), TROUBLE) for number in range(2)]
    lines = picture([*with_problems, named("a", TASK)], (36, 8), shown=2).splitlines()
    assert lines[1].endswith("…")
    assert [line.split()[0] for line in lines[3:6]] == ["Synced", "Failed", "Pending"]
    assert lines[6].startswith("───")


def test_of_an_answer_from_the_future_no_age_is_made_up() -> None:
    shown = picture([state(sample(at=NOW + timedelta(hours=1)))], (80, 24))
    assert has_big(shown, "AGE ?", 1) or "of unknown age" in shown


def test_a_task_that_was_never_answered_has_no_figures() -> None:
    shown = picture([named("old", Problem(ProblemKind.GONE, "No such task"))])
    assert has_big(shown, "no answer", 1)
    assert has_big(shown, "–", 2)
    assert not has_big(shown, "0", 2)


def test_a_name_that_has_no_letters_here_stands_as_it_is_written() -> None:
    assert "发票" in picture(MANY, shown=4)


def test_the_pace_has_the_time_over_which_it_was_seen() -> None:
    first = sample(counting(synced=1_000_000), at=NOW - timedelta(minutes=1))
    shown = picture([state(first, sample(counting(synced=1_000_084)))])
    assert has_big(shown, "84", 2)
    assert "  over 1 min" in shown


def test_a_slow_pace_is_not_nought() -> None:
    points = [
        sample(counting(synced=1_000_000 + (minute == 4)), at=NOW - timedelta(minutes=4 - minute))
        for minute in range(5)
    ]
    assert has_big(picture([state(*points)]), "0.2", 2)


def test_in_ascii_nothing_is_drawn_with_halves() -> None:
    for size in SIZES[:3]:
        assert not set(picture(MANY, size, is_ascii=True)) & set("▀▄")
    assert has_big(picture([WELL], is_ascii=True), "1,204,331", 2)


def test_without_a_task_it_says_so() -> None:
    assert "No task is watched" in text_of(wall_lines(view_of([]), None, 80, 22)[1])
    lines = wall_lines(view_of([], every=MANY), None, 80, 22)
    assert "No task matches the filter" in text_of(lines[1])
    assert any("cold-tier token" in text_of(line) for line in lines)
