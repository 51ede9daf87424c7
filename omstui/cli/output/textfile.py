"""Writes figures for Prometheus' textfile collector.

They are gauges without the month as a label. They start at 0 each month, and a server of the service that lags behind
may answer slightly less than before: a counter would take either for a restart, and count everything again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from omstui.core.month import first_moment
from omstui.core.reports.task_row import TaskRow
from omstui.core.task import SyncTask
from omstui.core.text import tame
from omstui.core.watch.condition import Condition

_Labels = Mapping[str, str]
_Line = tuple[_Labels, float | int]

_FIGURES: dict[str, tuple[str, Callable[[SyncTask], int | None]]] = {
    "omstui_month_accepted_objects": ("Objects accepted in the month.", lambda task: task.monthly_acceptance_request),
    "omstui_month_synced_objects": ("Objects synced in the month.", lambda task: task.monthly_success_object),
    "omstui_month_failed_objects": ("Objects that failed in the month.", lambda task: task.monthly_failure_object),
    "omstui_month_skipped_objects": ("Objects skipped in the month.", lambda task: task.monthly_skip_object),
    "omstui_month_synced_bytes": ("Bytes of the objects synced in the month.", lambda task: task.monthly_size),
    "omstui_pending_objects": ("Objects accepted and not done with.", lambda task: task.pending),
}


def exposition(rows: Sequence[TaskRow]) -> str:
    """Return the file's text; unknown values have no line."""
    answered = [(row, row.task) for row in rows if row.task is not None]
    families = [
        _family(
            "omstui_up",
            "Whether the task's latest request was answered.",
            ((_of(row), int(row.is_answered)) for row in rows),
        ),
        _family(
            "omstui_answer_timestamp_seconds",
            "When the task last answered.",
            ((_of(row), _stamp(row.last_answered_at)) for row in rows if row.last_answered_at is not None),
        ),
        _family(
            "omstui_task_condition",
            "1 for the condition that the task is in, 0 for all others.",
            (
                (_of(row) | {"condition": condition.value}, int(row.condition is condition))
                for row in rows
                for condition in Condition
            ),
        ),
        _family(
            "omstui_task_info",
            "What the task is called, and from where to where it synchronizes.",
            ((_of(row) | _info(row), 1) for row in rows),
        ),
        _family(
            "omstui_month_start_timestamp_seconds",
            "When the month began that the figures count for.",
            ((_of(row), _stamp(first_moment(row.month, row.zone))) for row, _ in answered),
        ),
        *(
            _family(name, words, ((_of(row), number) for row, task in answered if (number := read(task)) is not None))
            for name, (words, read) in _FIGURES.items()
        ),
        _family(
            "omstui_new_failed_objects",
            "Failures beyond those marked as seen, or beyond those of the last look.",
            ((_of(row), row.new_failures) for row in rows if row.new_failures is not None),
        ),
        _family(
            "omstui_credential_expiry_timestamp_seconds",
            "When the profile's credential ends, where that is known.",
            _expiries(rows),
        ),
    ]
    return "".join(families)


def _family(name: str, words: str, lines: Iterable[_Line]) -> str:
    written = [f"{name}{{{_labels(labels)}}} {number}\n" for labels, number in lines]
    return "".join([f"# HELP {name} {words}\n# TYPE {name} gauge\n", *written]) if written else ""


def _labels(labels: _Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    """Return a label's value, tamed and escaped for the text format."""
    return tame(text).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _of(row: TaskRow) -> dict[str, str]:
    """Return the labels that identify a task and never change; `omstui_task_info` has those that may change."""
    return {"profile": row.profile, "sync_task_id": row.sync_task_id}


def _info(row: TaskRow) -> dict[str, str]:
    task = row.task or SyncTask()
    facts = {
        "label": row.label,
        "src_bucket": task.src_bucket,
        "src_region": task.src_region,
        "dst_bucket": task.dst_bucket,
        "dst_region": task.dst_region,
    }
    return {name: value or "" for name, value in facts.items()}


def _expiries(rows: Iterable[TaskRow]) -> list[_Line]:
    ends = {row.profile: row.credential_expires_at for row in rows if row.credential_expires_at is not None}
    return [({"profile": profile}, _stamp(at)) for profile, at in ends.items()]


def _stamp(at: datetime) -> int:
    return int(at.timestamp())
