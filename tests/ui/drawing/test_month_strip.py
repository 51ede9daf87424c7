"""Twelve months side by side in the pane."""

from collections.abc import Mapping

import pytest

from omstui.core.month import Month
from omstui.core.task import SyncTask
from omstui.ui.drawing.line import text_of, width_of
from omstui.ui.drawing.month_strip import EIGHTHS, Strip, eighth, month_strip
from tests.making import NOVEMBER, TASK, counting

JANUARY = Month(2026, 1)


def strip(known: Mapping[Month, SyncTask], *, shown: Month = NOVEMBER, created: Month | None = None) -> Strip:
    return Strip(shown, NOVEMBER, created, known)


def drawn(known: Mapping[Month, SyncTask], width: int = 47, **options: Month) -> list[str]:
    return [text_of(line).rstrip() for line in month_strip(strip(known, **options), width)]


def test_twelve_names_stand_above_bars_with_dots_where_nothing_was_asked() -> None:
    """The tallest bar is the largest month's, which the caption tells."""
    known = {NOVEMBER: counting(accepted=400), Month(2026, 10): counting(accepted=800), JANUARY: counting(accepted=0)}
    caption, names, bars = drawn(known)
    assert caption == "Accepted by month, at most 800"
    assert names == "Dec Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov"
    assert bars == " ·   0   ·   ·   ·   ·   ·   ·   ·   ·  ███ ▄▄▄"


def test_a_figure_that_was_not_reported_is_a_dash_and_synced_objects_take_its_place_when_all_lack_it() -> None:
    without = counting(accepted=None)
    assert drawn({NOVEMBER: without, JANUARY: TASK})[2].endswith(" –")
    caption, _, bars = drawn({NOVEMBER: without})
    assert caption == f"Synced by month, at most {1_204_331 // 10_000 / 100:.2f} M"
    assert bars.endswith("███")
    caption, _, bars = drawn({NOVEMBER: SyncTask()})
    assert caption == "Accepted by month"
    assert bars.endswith(" –")


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (60, "Dec Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov"),
        (46, "De Ja Fe Ma Ap Ma Ju Ju Au Se Oc No"),
        (35, "De Ja Fe Ma Ap Ma Ju Ju Au Se Oc No"),
        (34, "D J F M A M J J A S O N"),
        (23, "D J F M A M J J A S O N"),
    ],
)
def test_names_are_shortened_where_there_is_little_room(width: int, names: str) -> None:
    lines = month_strip(strip({NOVEMBER: TASK}), width)
    assert text_of(lines[1]).rstrip() == names
    assert all(width_of(line) <= width for line in lines)


def test_with_less_room_still_there_is_no_strip() -> None:
    assert month_strip(strip({NOVEMBER: TASK}), 22) == []


def test_a_month_before_the_task_is_bare_and_cannot_be_clicked_others_can() -> None:
    lines = month_strip(strip({}, created=Month(2026, 3)), 47)
    actions = {span.text: span.action for span in lines[1] if span.text.strip()}
    assert actions["Feb"] == ""
    assert actions["Mar"] == "screen.show_month(2026, 3)"
    assert actions["Nov"] == "screen.show_month(2026, 11)"
    assert text_of(lines[2]).split() == ["·"] * 9


def test_the_shown_month_is_marked() -> None:
    lines = month_strip(strip({}, shown=Month(2026, 4)), 47)
    assert [span.text for span in lines[1] if "cursor" in span.role] == ["Apr"]


@pytest.mark.parametrize(
    ("shown", "first", "last"),
    [
        (NOVEMBER, Month(2025, 12), NOVEMBER),
        (Month(2025, 12), Month(2025, 12), NOVEMBER),
        (Month(2025, 11), Month(2024, 12), Month(2025, 11)),
        (Month(1970, 5), Month(2025, 12), NOVEMBER),
    ],
)
def test_the_twelve_months_end_now_unless_an_older_one_is_shown(shown: Month, first: Month, last: Month) -> None:
    months = strip({}, shown=shown).months
    assert (len(months), months[0], months[-1]) == (12, first, last)


def test_what_the_strip_wants_to_know_goes_from_the_present_backwards_to_the_task_s_creation() -> None:
    """The current month is watched anyway."""
    assert strip({}, created=Month(2026, 8)).wanted == tuple(Month(2026, number) for number in (10, 9, 8))


@pytest.mark.parametrize(
    ("value", "top", "bar"),
    [(1, 10**18, "▁"), (1, 8, "▁"), (2, 8, "▂"), (7, 8, "▇"), (8, 8, "█"), (9, 16, "▅"), (2**63 - 1, 2**63 - 1, "█")],
)
def test_a_bar_is_as_high_as_its_share_and_never_nothing(value: int, top: int, bar: str) -> None:
    assert eighth(value, top) == bar
    assert bar in EIGHTHS
