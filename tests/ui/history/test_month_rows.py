"""The table of months: what stands in its cells, what gives way, and the sentence below."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.months.month_table import Comparison, Figures, MonthRow, Projection
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.history.month_rows import change, header, month_line, sentence, state_of, titles_within

NOVEMBER = Month(2026, 11)
ROW = MonthRow(NOVEMBER, Figures(2_314_184, 2_309_670, 20, 4_388, 6_994_612_425_015), is_running=True)
OVER = replace(ROW, is_running=False, is_closed=True)
UNKNOWN = MonthRow(NOVEMBER, None)


def compared(accepted: int | None, before: int | None, *, at_same_point: bool = False) -> MonthRow:
    return replace(OVER, figures=Figures(accepted), compared=Comparison(Figures(before), at_same_point))


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (120, "Month Accepted Synced Failed Skipped Size Change"),
        (80, "Month Accepted Synced Failed Skipped Size Change"),
        (79, "Month Accepted Synced Failed Skipped Size Change"),
        (78, "Month Accepted Synced Failed Size Change"),
        (68, "Month Accepted Synced Failed Size"),
        (59, "Month Accepted Synced Failed"),
        (51, "Month Accepted Failed"),
        (40, "Month Accepted Failed"),
    ],
)
def test_columns_give_way_and_every_line_has_the_width(width: int, words: str) -> None:
    assert " ".join(text_of(header(width)).split()) == words
    for row in (ROW, OVER, UNKNOWN):
        assert width_of(month_line(row, width, is_under_cursor=False)) == width
    assert titles_within(width)[-1].width == 9


def test_figures_stand_to_the_right_in_their_columns() -> None:
    lines = [text_of(header(80)), text_of(month_line(OVER, 80, is_under_cursor=False))]
    assert [line.rstrip() for line in lines] == [
        " Month       Accepted      Synced   Failed   Skipped    Size   Change",
        " Nov 2026   2,314,184   2,309,670       20     4,388 6.99 TB        – closed",
    ]


def test_what_was_not_asked_for_is_bare_and_what_was_not_reported_is_a_dash() -> None:
    assert text_of(month_line(UNKNOWN, 80, is_under_cursor=False)).split() == ["Nov", "2026", "not", "asked"]
    bare = text_of(month_line(replace(OVER, figures=Figures()), 80, is_under_cursor=False)).split()
    assert bare == ["Nov", "2026", *["–"] * 6, "closed"]


@pytest.mark.parametrize(
    ("row", "word"),
    [(ROW, "current"), (OVER, "closed"), (replace(OVER, is_closed=False), "not final"), (UNKNOWN, "not asked")],
)
def test_a_word_says_how_final_figures_are(row: MonthRow, word: str) -> None:
    assert state_of(row) == word


@pytest.mark.parametrize(
    ("accepted", "before", "words"),
    [
        (125, 100, "+25.0 %"),
        (75, 100, "-25.0 %"),
        (100, 100, "+0.0 %"),
        (0, 100, "-100.0 %"),
        (1_099, 100, "+999.0 %"),
        (1_100, 100, "×11"),
        (10**12, 1, ">×100k"),
        (5, 0, ""),
        (None, 5, ""),
        (5, None, ""),
    ],
)
def test_change_is_told_where_both_figures_are_known(accepted: int | None, before: int | None, words: str) -> None:
    assert change(compared(accepted, before)) == words


def test_without_anything_like_it_there_is_no_change() -> None:
    assert change(OVER) == change(UNKNOWN) == ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (UNKNOWN, "November 2026: not asked for yet"),
        (OVER, "November 2026, closed: 2,314,184 accepted"),
        (
            replace(OVER, is_closed=False),
            "November 2026, not final: 2,314,184 accepted",
        ),
        (replace(OVER, figures=Figures()), "November 2026, closed: accepted objects are not reported"),
        (compared(125, 100), "November 2026, closed: 125 accepted · +25.0 % on October"),
        (
            replace(
                compared(125, 100, at_same_point=True),
                is_running=True,
                projection=Projection(Figures(250), timedelta(days=15, hours=3)),
            ),
            (
                "November 2026, so far: 125 accepted · +25.0 % on the same part of October"
                " · heading for 250 at the pace of the first 15 d"
            ),
        ),
        (
            replace(ROW, projection=Projection(Figures(2_317_999), timedelta(days=29))),
            "November 2026, so far: 2,314,184 accepted · heading for 2,317,999 at the pace of the first 29 d",
        ),
        (
            replace(ROW, projection=Projection(Figures(2_324_001), timedelta(days=29))),
            "November 2026, so far: 2,314,184 accepted · heading for 2.32 M at the pace of the first 29 d",
        ),
        (
            replace(ROW, projection=Projection(Figures(2_314_184), timedelta(days=29))),
            "November 2026, so far: 2,314,184 accepted",
        ),
        (
            replace(ROW, projection=Projection(Figures(), timedelta(days=2))),
            "November 2026, so far: 2,314,184 accepted",
        ),
    ],
)
def test_a_sentence_says_what_the_figures_rest_on(row: MonthRow, words: str) -> None:
    assert sentence(row) == words
