"""The watch list as it stands on the screen, as CSV."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO

from omstui.core.task_input import CSV_COLUMNS
from omstui.core.text import tame
from omstui.core.watch.board import Track
from omstui.core.watch.condition import judge
from omstui.ui.columns import Context, state_words

EXPORT_COLUMNS = (
    *CSV_COLUMNS,
    "name",
    "state",
    "month",
    "answered_at",
    "accepted",
    "synced",
    "failed",
    "new_failures",
    "skipped",
    "pending",
    "size_bytes",
    "status",
    "problem",
)
_FORMULA = ("=", "+", "-", "@")


def list_csv(rows: Sequence[Track], context: Context) -> str:
    """Write the rows in their order; what is not known is empty, and times are UTC.

    The figures are those of the last good answer, as on the screen: `answered_at` tells when, `state` how the task is.
    `omstui add -` takes the tasks back.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(EXPORT_COLUMNS)
    for track in rows:
        writer.writerow([_cell(value) for value in _values(track, context)])
    return out.getvalue()


def _values(track: Track, context: Context) -> Sequence[object]:
    task, good, problem = track.task, track.good, track.problem
    state = state_words(track, judge(track, context.now, context.interval))
    figures = (
        (
            task.monthly_acceptance_request,
            task.monthly_success_object,
            task.monthly_failure_object,
            track.new_failures,
            task.monthly_skip_object,
            task.pending,
            task.monthly_size,
            task.status,
        )
        if task is not None
        else (None,) * 8
    )
    answered_at = _utc(good.answered_at) if good is not None else None
    month = str(good.month) if good is not None else None
    ref = track.ref
    named = (ref.profile, ref.sync_task_id, track.watched.label, track.name)
    return (*named, state, month, answered_at, *figures, problem.text if problem is not None else None)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _cell(value: object) -> object:
    """Tame a text, and keep a spreadsheet from taking it for a formula."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = tame(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
