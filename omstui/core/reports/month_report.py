"""The figures of all tasks for one month, with totals that say how many tasks they lack."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from omstui.core.reports.task_row import TaskRow
from omstui.core.task import SyncTask

FIGURES: Mapping[str, Callable[[SyncTask], int | None]] = MappingProxyType(
    {
        "monthly_acceptance_request": lambda task: task.monthly_acceptance_request,
        "monthly_success_object": lambda task: task.monthly_success_object,
        "monthly_failure_object": lambda task: task.monthly_failure_object,
        "monthly_skip_object": lambda task: task.monthly_skip_object,
        "pending": lambda task: task.pending,
        "monthly_size": lambda task: task.monthly_size,
    }
)
"""The reported figures of a task under the names of ShowSyncTask: objects, and bytes for the size."""


class Total(Struct, frozen=True):
    """The sum of a figure over the tasks that reported it."""

    value: int | None
    """``None`` when no task reported the figure."""

    missing: int
    """How many tasks did not report the figure: if there are any, the value is a minimum."""

    @property
    def is_complete(self) -> bool:
        """Whether every task reported the figure."""
        return self.missing == 0


class MonthReport(Struct, frozen=True):
    """The tasks with their figures, the totals of each profile, and the totals of all tasks."""

    rows: tuple[TaskRow, ...]
    by_profile: Mapping[str, Mapping[str, Total]]
    totals: Mapping[str, Total]

    @classmethod
    def of(cls, rows: Sequence[TaskRow]) -> "MonthReport":
        """Add up the figures of these tasks."""
        profiles = dict.fromkeys(row.profile for row in rows)
        by_profile = {name: _totals(row for row in rows if row.profile == name) for name in profiles}
        return cls(tuple(rows), MappingProxyType(by_profile), _totals(rows))


def figures_of(row: TaskRow) -> dict[str, int | None]:
    """Return the figures of one task; ``None`` for those that the service did not report."""
    return {name: read(row.task) if row.task is not None else None for name, read in FIGURES.items()}


def _totals(rows: Iterable[TaskRow]) -> Mapping[str, Total]:
    figures = [figures_of(row) for row in rows]
    totals = {}
    for name in FIGURES:
        known = [one[name] for one in figures]
        numbers = [number for number in known if number is not None]
        totals[name] = Total(sum(numbers) if numbers else None, len(known) - len(numbers))
    return MappingProxyType(totals)
