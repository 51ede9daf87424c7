"""Totals are the sums of what is known, and say what they lack."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omstui.core.reports.month_report import FIGURES, MonthReport, Total, figures_of
from omstui.core.reports.task_row import TaskRow
from omstui.core.task import SyncTask
from tests.making import NOW, counting, row_at, sample, state

WELL = row_at(state(sample()), NOW)
COUNTS = st.none() | st.integers(0, 2**63 - 1)


def test_a_missing_figure_is_not_a_zero() -> None:
    made = MonthReport.of([WELL, replace(WELL, task=counting(failed=None)), replace(WELL, task=None)])
    assert made.totals["monthly_failure_object"] == Total(11, 2)
    assert made.totals["monthly_size"] == Total(2 * 38_204_117_002_112, 1)
    assert not made.totals["monthly_size"].is_complete


def test_a_figure_that_nobody_reports_has_no_total() -> None:
    assert MonthReport.of([replace(WELL, task=SyncTask())]).totals["monthly_size"] == Total(None, 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), COUNTS, COUNTS), min_size=1))
def test_the_totals_of_the_profiles_make_the_total_of_all(tasks: list[tuple[str, int | None, int | None]]) -> None:
    rows: list[TaskRow] = [
        replace(WELL, profile=profile, task=counting(size=size, failed=failed)) for profile, size, failed in tasks
    ]
    made = MonthReport.of(rows)
    assert made.rows == tuple(rows)
    for name in FIGURES:
        parts = [totals[name] for totals in made.by_profile.values()]
        assert sum(part.value or 0 for part in parts) == (made.totals[name].value or 0)
        assert sum(part.missing for part in parts) == made.totals[name].missing
        assert sum(figures_of(row)[name] or 0 for row in rows) == (made.totals[name].value or 0)
