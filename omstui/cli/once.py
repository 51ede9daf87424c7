"""`omstui once`: asks each task once, prints what came of it, and fails where that is wanted."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from omstui.backend.runtime.files import write_atomically
from omstui.backend.runtime.threads import DaemonExecutor
from omstui.backend.workspace import WorkspaceError
from omstui.cli.asking import asked_once, chosen_tasks, could_ask, open_workspace, profile_meant
from omstui.cli.columns import missing_for
from omstui.cli.csv_lines import csv_lines
from omstui.cli.row_json import COLUMNS, SCHEMA_VERSION, Json, cells, record, row_schema, time_text
from omstui.cli.row_table import PRETENDED, called, table, trouble_lines
from omstui.cli.surroundings import FAILED, RETRY, USAGE, CliContext, UsageError
from omstui.cli.textfile import exposition
from omstui.core.month import Month
from omstui.core.output.fail_on import FailCondition
from omstui.core.output.task_row import TaskRow

_READABLE_BY_ALL = 0o644
_INTERVAL = 60.0


def once(args: argparse.Namespace, around: CliContext) -> int:
    """Ask each task once."""
    if args.schema:
        around.put(json.dumps(schema(), indent=2))
        return 0
    month = around.chosen(args.of_month, "OMSTUI_MONTH", Month.parse)
    rows = _asked(args, around, month)
    now = around.clock.now()
    held = [
        (row, condition, reason)
        for row in rows
        for condition in args.fail_on
        if (reason := condition.reason(row, now, _INTERVAL)) is not None
    ]
    if args.textfile is not None:
        _write_textfile(args.textfile, exposition(rows))
    if args.json:
        around.put(json.dumps(_document(rows, month, held, now), indent=2))
    elif args.csv:
        for line in csv_lines([COLUMNS, *(cells(row, now) for row in rows)]):
            around.put(line)
    elif args.textfile is None:
        lines, lacking = table(rows, missing_for(around.stdout), around.width)
        for line in lines:
            around.put(line)
        if lacking is not None:
            around.say(lacking)
    for line in trouble_lines(rows):
        around.say(line)
    if args.pretend:
        around.say(PRETENDED)
    for row, condition, reason in held:
        around.say(f"{condition.word} holds for {called(row)} ({row.profile}): {reason}")
    _say_unknown(args.fail_on, rows, around)
    if held:
        return FAILED
    return 0 if could_ask(rows) else RETRY


def _write_textfile(path: Path, text: str) -> None:
    """Replace the file; a folder that is not there is a slip of the pen, since the collector would look elsewhere.

    Raises:
        UsageError: there is no such place.
        FileError: it cannot be written.
    """
    if path.is_dir():
        raise UsageError(USAGE, f"{path} is a folder: --textfile names a file in one, such as {path / 'omstui.prom'}")
    if not path.parent.is_dir():
        raise UsageError(USAGE, f"there is no folder {path.parent}: make it, or name the collector's with --textfile")
    write_atomically(path, text, _READABLE_BY_ALL)


def schema() -> Json:
    """Return the schema of what `--json` prints (JSON Schema, draft 2020-12)."""
    held = {"condition": {"type": "string"}, "profile": {"type": "string"}, "sync_task_id": {"type": "string"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "omstui once --json",
        "type": "object",
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "at": {"description": "when all had been asked", "type": "string", "format": "date-time"},
            "month": {
                "description": "the month that was asked for; null for the current one",
                "type": ["string", "null"],
            },
            "tasks": {"type": "array", "items": row_schema()},
            "failed_on": {
                "description": "the conditions of --fail-on that hold, and for which task",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {**held, "reason": {"type": "string"}},
                    "required": [*held, "reason"],
                },
            },
        },
        "required": ["schema_version", "at", "month", "tasks", "failed_on"],
    }


def _asked(args: argparse.Namespace, around: CliContext, month: Month | None) -> list[TaskRow]:
    async def ask() -> list[TaskRow]:
        # A name server that does not answer must not hold up the end.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        workspace = open_workspace(around, is_demo=args.pretend)
        tasks = await chosen_tasks(workspace, args.tasks, profile_meant(args.profile, around, is_demo=args.pretend))
        rows = await asked_once(workspace, tasks, month)
        if trouble := workspace.history.trouble:
            around.say(trouble)
        return rows

    try:
        return asyncio.run(ask())
    except WorkspaceError as trouble:
        raise UsageError(USAGE, str(trouble)) from None


def _document(
    rows: Sequence[TaskRow],
    month: Month | None,
    held: Sequence[tuple[TaskRow, FailCondition, str]],
    now: datetime,
) -> Json:
    return {
        "schema_version": SCHEMA_VERSION,
        "at": time_text(now),
        "month": str(month) if month is not None else None,
        "tasks": [record(row, now) for row in rows],
        "failed_on": [
            {
                "condition": condition.word,
                "profile": row.profile,
                "sync_task_id": row.sync_task_id,
                "reason": reason,
            }
            for row, condition, reason in held
        ],
    }


def _say_unknown(conditions: Sequence[FailCondition], rows: Sequence[TaskRow], around: CliContext) -> None:
    for condition in conditions:
        for row in rows:
            if condition.is_unknown(row):
                around.say(f"{condition.word} cannot be told for {called(row)}: the service does not report the figure")
