"""The chart of the last hours or days."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from omstui.core.months.series import Column, Source
from omstui.ui.drawing.chart import DAY, FEWEST_ROWS, GUTTER, RANGES, WEEK, Chart, Range, chart_lines, frame
from omstui.ui.drawing.line import text_of, width_of
from tests.making import BEIJING, NOW

HOUR = timedelta(hours=1)


def chart(columns: list[tuple[Source, float | None, float | None]], over: Range = DAY, cells: int = 1) -> Chart:
    """Make a chart whose last column ends at 18:00 in Beijing, one an hour."""
    end = datetime(2026, 11, 22, 10, tzinfo=UTC)
    starts = [end - HOUR * (len(columns) - number) for number in range(len(columns))]
    made = [Column(at, at + HOUR, *one) for at, one in zip(starts, columns, strict=True)]
    return Chart(made, over, cells, "Accepted", BEIJING)


def drawn(one: Chart, width: int = 60, height: int = 8) -> list[str]:
    return [text_of(line).rstrip() for line in chart_lines(one, width, height)]


def test_a_hole_is_no_zero_and_the_service_s_figures_look_otherwise() -> None:
    """Own bars, zero, a hole, the service's bar, a failure; the scale and the times beside them."""
    own, service, hole = Source.OWN, Source.SERVICE, Source.NOBODY
    columns = [(own, 800.0, 0.0), (own, 0.0, 0.0), (hole, None, None), (service, 400.0, None), (own, 100.0, 2.0)]
    lines = drawn(chart(columns), width=80)
    assert lines == [
        " Accepted objects per 1 h, last 24 hours" + "UTC+08:00".rjust(39),
        "    800 █",
        "        █",
        "        █  ▒",
        "        █  ▒▄",
        "      0 ──?┄!",
        "",
        "        █ seen here · ▒ the service's statistic · ? nobody watched · ! failures",
    ]


def test_a_column_seen_in_part_is_not_drawn_as_a_whole_one() -> None:
    """What fell into the rest of it is not known, so that a low one is no lull."""
    lines = drawn(chart([(Source.OWN, 800.0, 0.0), (Source.PART, 400.0, 0.0)]), width=80)
    assert [line[8:] for line in lines[1:6]] == ["█", "█", "█░", "█░", "─~"]
    assert lines[-1].strip() == "█ seen here · ░~ seen in part"


def test_every_sign_is_explained_at_80_columns_too() -> None:
    columns: list[tuple[Source, float | None, float | None]] = [
        (one, 1.0, 1.0) for one in Source if one != Source.NOBODY
    ]
    columns.append((Source.NOBODY, None, None))
    assert drawn(chart(columns), width=78)[-1] == (
        "        █ seen here · ░~ in part · ▒ the service's · ? nobody · ! failures"
    )


@pytest.mark.parametrize("over", RANGES)
@pytest.mark.parametrize("width", [12, 40, 60, 80, 120, 500])
@pytest.mark.parametrize("zone", [UTC, BEIJING, timezone(timedelta(hours=5, minutes=45))])
def test_columns_cover_the_range_up_to_now_and_begin_where_the_shown_zone_s_hours_do(
    over: Range, width: int, zone: timezone
) -> None:
    made = frame(over, NOW, zone, width)
    assert made.end_at - made.step < NOW <= made.end_at
    local = made.end_at.astimezone(zone)
    assert timedelta(hours=local.hour, minutes=local.minute, seconds=local.second) % made.step == timedelta()
    assert made.count * made.cells <= width - GUTTER
    if width >= 40:
        assert made.step * made.count == over.length


@pytest.mark.parametrize("over", RANGES)
@pytest.mark.parametrize("width", [9, 12, 40, 80, 120, 300])
@pytest.mark.parametrize("height", [FEWEST_ROWS, 7, 9, 20])
def test_it_fits_wherever_it_is_drawn(over: Range, width: int, height: int) -> None:
    placed = frame(over, NOW, BEIJING, width)
    columns = [
        Column(placed.end_at - placed.step * (placed.count - n), placed.end_at - placed.step * (placed.count - n - 1),
               (Source.OWN, Source.SERVICE, Source.NOBODY)[n % 3], None if n % 3 == 2 else float(n), float(n % 2))
        for n in range(placed.count)
    ]  # fmt: skip
    lines = chart_lines(Chart(columns, over, placed.cells, "Accepted", BEIJING), width, height)
    assert len(lines) <= height
    assert all(width_of(line) <= max(width, 40) for line in lines)


@pytest.mark.parametrize(("width", "height"), [(60, FEWEST_ROWS - 1), (GUTTER, 20)])
def test_without_room_there_is_no_chart(width: int, height: int) -> None:
    assert drawn(chart([(Source.OWN, 1.0, None)]), width, height) == []


def test_a_day_s_times_stand_below_the_hours_that_they_name() -> None:
    columns: list[tuple[Source, float | None, float | None]] = [(Source.OWN, 1.0, None)] * 24
    times = drawn(chart(columns), height=6)[-1]
    assert times.index("00:00") == GUTTER + 6
    assert times.index("12:00") == GUTTER + 18


def test_a_week_s_days_are_named() -> None:
    placed = frame(WEEK, NOW, BEIJING, 80)
    starts = [placed.end_at - placed.step * (placed.count - n) for n in range(placed.count)]
    columns = [Column(at, at + placed.step, Source.OWN, 1.0) for at in starts]
    assert "Mon 16  Tue 17" in drawn(Chart(columns, WEEK, 1, "Accepted", BEIJING), 80, 6)[-1]
