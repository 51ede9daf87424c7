"""Reads the last answers of the history without waiting, for the first picture after the start."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from omstui.backend.history.tables import DamagedHistory, stored_moment, stored_month
from omstui.core.task import COUNTER_NAMES, FIELD_NAMES, SyncTask, TaskRef
from omstui.core.watch.board import Recalled
from omstui.core.watch.sample import Sample

NOTHING: Mapping[TaskRef, Recalled] = MappingProxyType({})
_NUMBERS = frozenset({"create_time", "last_start_time", *COUNTER_NAMES})
_SWITCHES = frozenset(name for name in FIELD_NAMES if name.startswith("enable_"))
_LAST = """
    SELECT profile, sync_task_id, answer.month, asked, answered, body, acknowledged.month, failures
    FROM answer JOIN task ON task.number = answer.task LEFT JOIN acknowledged ON acknowledged.task = answer.task
    WHERE is_current
"""


def last_answers(path: Path) -> Mapping[TaskRef, Recalled]:
    """Return the last good answer of each task and the failures that the user had seen; other fields stay empty.

    It never waits: a file that is missing, locked by a writer, damaged or of another version gives an empty mapping.
    The screen later reads the whole history, waits for it, and shows what is wrong with it.
    """
    if not path.is_file():
        return NOTHING
    import sqlite3
    from urllib.parse import quote

    from omstui.backend.history.schema import APPLICATION, MIGRATIONS

    try:
        address = f"file://{quote(os.fsencode(path.resolve()))}?mode=ro"  # Python 3.14's `as_uri` loads ssl for this
        with closing(sqlite3.connect(address, uri=True, timeout=0.0)) as connection:
            form = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            return dict(_read(connection.execute(_LAST))) if form == [APPLICATION, len(MIGRATIONS)] else NOTHING
    except (sqlite3.Error, DamagedHistory, OSError, ValueError, TypeError, RecursionError):
        return NOTHING


def _read(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[TaskRef, Recalled]]:
    for profile, sync_task_id, month, asked, answered, body, seen_month, failures in rows:
        ref = TaskRef(str(profile), str(sync_task_id))
        fields = json.loads(str(body))
        task = _task(fields)
        served = fields.get("served_at")
        sample = Sample(
            ref,
            stored_month(month),
            is_current=True,
            asked_at=stored_moment(asked),
            answered_at=stored_moment(answered),
            task=task,
            served_at=stored_moment(served) if served is not None else None,
        )
        seen = (stored_month(seen_month), failures) if isinstance(failures, int) else None
        yield ref, Recalled(last=sample, acknowledged=seen)


def _task(fields: object) -> SyncTask:
    """Return the stored task; a value of the wrong type becomes ``None``."""
    if not isinstance(fields, dict):
        raise TypeError("not a task")
    known: dict[str, object] = {}
    for name in FIELD_NAMES:
        kind = bool if name in _SWITCHES else int if name in _NUMBERS else str
        value = fields.get(name)
        known[name] = value if type(value) is kind else None
    return SyncTask(**known)  # type: ignore[arg-type]  # the types are checked above
