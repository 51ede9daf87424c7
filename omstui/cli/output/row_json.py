"""A task's data for scripts: as a JSON object, as CSV columns, and the schema."""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import asdict, fields

from omstui.cli.output.lines import Json, cell
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.reports.task_row import TaskRow
from omstui.core.task import SyncTask
from omstui.core.watch.condition import Condition

SCHEMA_VERSION = 1
"""Changes when a field is removed or changes its meaning; a new field leaves it unchanged."""

_TIME = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": ["integer", "null"]}
_JSON_TYPES = {str | None: "string", int | None: "integer", bool | None: "boolean"}


class _Field(Struct, frozen=True):
    """One field: its meaning, its type, and a function that reads it from a row at a given time."""

    meaning: str
    type: Json
    read: Callable[[TaskRow, datetime], object]

    @property
    def schema(self) -> Json:
        return {"description": self.meaning, **self.type}


def _seconds(row: TaskRow, now: datetime) -> int | None:
    age = row.age(now)
    return int(age.total_seconds()) if age is not None else None


_FIELDS = {
    "profile": _Field("the profile that reaches the task", {"type": "string"}, lambda row, _: row.profile),
    "sync_task_id": _Field("the task's id", {"type": "string"}, lambda row, _: row.sync_task_id),
    "label": _Field("what people call it; may be empty", {"type": "string"}, lambda row, _: row.label),
    "condition": _Field(
        "how it is doing, the worst that holds",
        {"type": "string", "enum": [condition.value for condition in Condition]},
        lambda row, _: row.condition.value,
    ),
    "silent": _Field(
        "whether nothing has arrived for unusually long; known where a screen or a watch has been looking",
        {"type": "boolean"},
        lambda row, _: row.is_silent,
    ),
    "month": _Field(
        "the month that the figures count for",
        {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
        lambda row, _: str(row.month),
    ),
    "month_zone": _Field("the zone that names the month", {"type": "string"}, lambda row, _: str(row.zone)),
    "is_current_month": _Field(
        "whether that month is not over", {"type": "boolean"}, lambda row, _: row.is_current_month
    ),
    "is_final": _Field(
        "whether the figures never change again: the month was over in every time zone when they were asked for; "
        "null without figures",
        {"type": ["boolean", "null"]},
        lambda row, _: row.is_final,
    ),
    "answered_at": _Field("when the figures were answered", _TIME, lambda row, _: time_text(row.answered_at)),
    "age_seconds": _Field("how old the figures are", _COUNT, _seconds),
    "last_answered_at": _Field(
        "when the task last answered at all, in this run or before",
        _TIME,
        lambda row, _: time_text(row.last_answered_at),
    ),
    "request_id": _Field("the gateway's name for the request", _TEXT, lambda row, _: row.request_id),
    "credential_expires_at": _Field(
        "when the profile's credential ends, where that is known",
        _TIME,
        lambda row, _: time_text(row.credential_expires_at),
    ),
    "pending": _Field(
        "objects accepted and not done with; null when the counters contradict each other",
        _COUNT,
        lambda row, _: row.task.pending if row.task is not None else None,
    ),
    "new_failures": _Field(
        "failures beyond those marked as seen, or beyond those of the last look",
        _COUNT,
        lambda row, _: row.new_failures,
    ),
    "name": _Field(
        "what the list shows: the label, else the source bucket, else the id",
        {"type": "string"},
        lambda row, _: row.name,
    ),
}
_PROBLEM = {
    "kind": {"type": "string", "enum": [kind.value for kind in ProblemKind]},
    "text": {"type": "string"},
    "code": _TEXT,
    "status": _COUNT,
    "request_id": _TEXT,
    "retry_after_seconds": {"type": ["number", "null"]},
}
_TASK_FIELDS = tuple(field for field in fields(SyncTask))
COLUMNS = (
    *(name for name in _FIELDS if name != "name"),
    *(f"problem_{name}" for name in _PROBLEM),
    *(field.name for field in _TASK_FIELDS if field.name not in _FIELDS),
    "name",
)
"""The columns of CSV: the fields of JSON, with those of the problem and of the task on the same level.

A new column comes last, so that no other moves.
"""


def record(row: TaskRow, now: datetime) -> Json:
    """Return a task as a JSON object; `task` holds the fields of the answer under the service's own names."""
    return {
        **{name: field.read(row, now) for name, field in _FIELDS.items()},
        "problem": _problem(row.problem) if row.problem is not None else None,
        "task": asdict(row.task) if row.task is not None else None,
    }


def cells(row: TaskRow, now: datetime) -> list[str]:
    """Return a task as CSV cells, in the order of `COLUMNS`; unknown values are empty."""
    problem: Json = _problem(row.problem) if row.problem is not None else {}
    task: Json = asdict(row.task) if row.task is not None else {}
    flat = {
        **{name: field.read(row, now) for name, field in _FIELDS.items()},
        **{f"problem_{name}": problem.get(name) for name in _PROBLEM},
    }
    return [cell(flat[name] if name in flat else task.get(name)) for name in COLUMNS]


def row_schema() -> Json:
    """Return the schema of `record`."""
    task = {field.name: {"type": [_JSON_TYPES[field.type], "null"]} for field in _TASK_FIELDS}
    return {
        "type": "object",
        "properties": {
            **{name: field.schema for name, field in _FIELDS.items()},
            "problem": {"description": "why there are no figures", **_nullable(_PROBLEM)},
            "task": {
                "description": "the answer, under the names of ShowSyncTask; counts are of the month",
                **_nullable(task),
            },
        },
        "required": [*_FIELDS, "problem", "task"],
    }


def time_text(at: datetime | None) -> str | None:
    """Return a time by RFC 3339, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at is not None else None


def _nullable(properties: Json) -> Json:
    return {"type": ["object", "null"], "properties": dict(properties), "required": list(properties)}


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "kind": problem.kind.value,
        "text": problem.text,
        "code": problem.code,
        "status": problem.status,
        "request_id": problem.request_id,
        "retry_after_seconds": problem.retry_after,
    }
