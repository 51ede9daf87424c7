"""Short ways to make values that many tests need."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from omstui.core.month import Month
from omstui.core.problem import Problem
from omstui.core.reports.task_row import TaskRow, row_of
from omstui.core.task import SyncTask, TaskRef, WatchedTask
from omstui.core.watch.board import Board, TaskState
from omstui.core.watch.condition import ConditionIndex, assess
from omstui.core.watch.sample import Sample

_K = TypeVar("_K")
_V = TypeVar("_V")

NOW = datetime(2026, 11, 22, 9, 40, 5, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
NOVEMBER = Month(2026, 11)
REF = TaskRef("prod-bj4", "0d146099-8cf4-437d-b6ef-88e043771c8b")

TASK = SyncTask(
    sync_task_id=REF.sync_task_id,
    src_cloud_type="HuaweiCloud",
    src_region="cn-north-7",
    src_bucket="oms-sdk-test-src",
    create_time=1_700_639_560_751,
    last_start_time=1_700_639_560_751,
    dst_bucket="oms-sdk-test-dst",
    dst_region="cn-north-7",
    description="sync task test",
    status="SYNCHRONIZING",
    enable_kms=False,
    enable_metadata_migration=False,
    enable_restore=False,
    app_id=None,
    monthly_acceptance_request=1_204_462,
    monthly_success_object=1_204_331,
    monthly_failure_object=11,
    monthly_skip_object=0,
    monthly_size=38_204_117_002_112,
    object_overwrite_mode="SIZE_LAST_MODIFIED_COMPARISON_OVERWRITE",
    dst_storage_policy=None,
    consistency_check="size_last_modified",
)


def sample(
    outcome: SyncTask | Problem = TASK,
    *,
    ref: TaskRef = REF,
    at: datetime = NOW,
    month: Month | None = None,
    next_in: float | None = 60.0,
) -> Sample:
    """Make a sample that was asked for and answered at that time; for the current month unless one is named."""
    return Sample(
        ref=ref,
        month=month or Month.containing(at, BEIJING),
        is_current=month is None,
        asked_at=at,
        answered_at=at,
        task=outcome if isinstance(outcome, SyncTask) else None,
        problem=outcome if isinstance(outcome, Problem) else None,
        next_at=at + timedelta(seconds=next_in) if next_in is not None and month is None else None,
    )


def state(*samples: Sample, ref: TaskRef = REF, label: str = "", interval: float = 60.0) -> TaskState:
    """Make a task with these samples filed."""
    made = TaskState(WatchedTask(ref, label))
    for one in samples:
        made = made.filed(one, interval)
    return made


def counting(task: SyncTask = TASK, **counters: int | None) -> SyncTask:
    """Make a task with other counters: ``failed``, ``synced``, ``accepted``, ``skipped``, ``size``."""
    names = {
        "accepted": "monthly_acceptance_request",
        "synced": "monthly_success_object",
        "failed": "monthly_failure_object",
        "skipped": "monthly_skip_object",
        "size": "monthly_size",
    }
    changes: dict[str, int | None] = {names[name]: value for name, value in counters.items()}
    return replace(task, **changes)


def index_of(*states: TaskState, now: datetime = NOW, interval: float = 60.0) -> ConditionIndex:
    """Make an index of these tasks at that time."""
    return ConditionIndex.of(Board({one.ref: one for one in states}), now, interval)


def row_at(state: TaskState, now: datetime = NOW, **options: Any) -> TaskRow:
    """Make the row of a task as it is at that time, with the options of `row_of`."""
    return row_of(state, assess(state, now, 60.0).condition, now, **{"zone": BEIJING, **options})


def answered_board(count: int) -> Board:
    """Make a board of so many tasks of one profile, each answered at `NOW`."""
    refs = [TaskRef(REF.profile, f"task-{number:04}") for number in range(count)]
    return Board({ref: state(sample(ref=ref), ref=ref) for ref in refs})


class Unwalked(dict[_K, _V]):
    """A mapping of which single entries may be looked at, but not all of them."""

    def __iter__(self) -> Iterator[_K]:
        self.items()

    def items(self) -> NoReturn:
        raise AssertionError("all entries are walked through")

    values = items
