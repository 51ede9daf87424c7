"""`omstui once`: asks each task once, prints the result, and fails on request."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from omstui.backend.runtime.files import write_atomically
from omstui.cli.context.context import FAILED, RETRY, USAGE, CliContext, UsageError
from omstui.cli.context.options import MakeParser, add_tasks, checked
from omstui.cli.output.lines import Json, csv_lines, missing_for
from omstui.cli.output.row_json import COLUMNS, SCHEMA_VERSION, cells, record, row_schema, time_text
from omstui.cli.output.row_table import PRETENDED, called, problem_lines, table
from omstui.cli.output.textfile import exposition
from omstui.core.month import Month
from omstui.core.reports.fail_on import FailCondition
from omstui.core.reports.task_row import TaskRow

_ONCE_CODES = """\
exit codes:
  0 well   1 a condition of --fail-on holds   2 usage or configuration
  3 nothing could be asked: network or credential, try again   130 interrupted"""


def once_options(make: MakeParser) -> None:
    """Define the options of `omstui once`."""
    parser = make(
        description="Ask each task once, and print its condition and its figures of the month.",
        epilog=f"""\
Figures go to stdout, words to stderr. The figures are those of this answer: a task that did not answer has none.

--fail-on takes a list of these, parted by commas:
  failed>N     more than N objects have failed in the month; likewise skipped>N, pending>N
  failed>+N    more than N failures beyond those marked as seen on the screen, or beyond those of the last look
  token<1h     the credential ends within that time (s, m, h, d), as far as that is known
  trouble      the task does not answer, for whatever reason; or a reason by itself:
               token, gone, forbidden, endpoint, refused, bad-answer, throttled, network, server, internal
  failing      there are such failures, or all that was processed this month has failed
  stopped, unknown, stale
  silent       nothing has arrived for unusually long; known where a screen or omstui watch has been looking

--textfile writes the figures for Prometheus' textfile collector and prints nothing besides. They are gauges: each
month they start at 0, which a counter would take for a restart.

{_ONCE_CODES}

examples:
  omstui once
  omstui once --demo                   the tasks of a pretend OMS; needs no account
  omstui once invoices --month 2026-10
  omstui once --fail-on 'failed>+0,stopped,trouble,token<1h'
  omstui once --json | jq -r '.tasks[] | select(.condition != "syncing") | .name'
  omstui once --textfile /var/lib/node_exporter/textfile_collector/omstui.prom""",
    )
    parser.set_defaults(run=once)
    add_tasks(parser)
    parser.add_argument(
        "--month",
        dest="of_month",
        type=checked(Month.parse),
        metavar="YYYY-MM",
        help="a month (default: the current one)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as an object of JSON; --schema prints what is in it")
    form.add_argument("--csv", action="store_true", help="as CSV, the same fields as columns")
    form.add_argument("--schema", action="store_true", help="print the JSON schema of --json, and ask nothing")
    parser.add_argument(
        "--fail-on", type=checked(_fail_on), default=(), metavar="LIST", help="exit with 1 when one of these holds"
    )
    parser.add_argument("--textfile", type=Path, metavar="FILE", help="write FILE for Prometheus")


def _fail_on(text: str) -> object:
    from omstui.core.reports.fail_on import parse_fail_on

    return parse_fail_on(text)


_READABLE_BY_ALL = 0o644
_INTERVAL = 60.0


def once(args: argparse.Namespace, context: CliContext) -> int:
    """Ask each task once."""
    if args.schema:
        context.print(json.dumps(schema(), indent=2))
        return 0
    from omstui.cli.tasks.asking import could_ask  # loads all modules that ask, as below

    month = context.chosen(args.of_month, "OMSTUI_MONTH", Month.parse)
    rows = _asked(args, context, month)
    now = context.clock.now()
    held = [
        (row, condition, reason)
        for row in rows
        for condition in args.fail_on
        if (reason := condition.reason(row, now, _INTERVAL)) is not None
    ]
    if args.textfile is not None:
        _write_textfile(args.textfile, exposition(rows))
    if args.json:
        context.print(json.dumps(_document(rows, month, held, now), indent=2))
    elif args.csv:
        for line in csv_lines([COLUMNS, *(cells(row, now) for row in rows)]):
            context.print(line)
    elif args.textfile is None:
        lines, lacking = table(rows, missing_for(context.stdout), context.width)
        for line in lines:
            context.print(line)
        if lacking is not None:
            context.say(lacking)
    for line in problem_lines(rows):
        context.say(line)
    if args.pretend:
        context.say(PRETENDED)
    for row, condition, reason in held:
        context.say(f"{condition.word} holds for {called(row)} ({row.profile}): {reason}")
    _say_unknown(args.fail_on, rows, context)
    if held:
        return FAILED
    return 0 if could_ask(rows) else RETRY


def _write_textfile(path: Path, text: str) -> None:
    """Replace the file; a missing folder is an error, since the collector would read another one.

    Raises:
        UsageError: there is no such folder.
        FileError: it cannot be written.
    """
    if path.is_dir():
        raise UsageError(USAGE, f"{path} is a folder: --textfile names a file in one, such as {path / 'omstui.prom'}")
    if not path.parent.is_dir():
        raise UsageError(USAGE, f"there is no folder {path.parent}: make it, or name the collector's with --textfile")
    write_atomically(path, text, _READABLE_BY_ALL)


def schema() -> Json:
    """Return the JSON schema of `--json` (JSON Schema, draft 2020-12)."""
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


def _asked(args: argparse.Namespace, context: CliContext, month: Month | None) -> list[TaskRow]:
    import asyncio

    from omstui.backend.runtime.threads import DaemonExecutor
    from omstui.backend.workspace import WorkspaceError
    from omstui.cli.tasks.asking import asked_once, chosen_tasks, open_workspace, profile_meant

    async def ask() -> list[TaskRow]:
        # A name server that does not answer must not delay quitting.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        workspace = open_workspace(context, is_demo=args.pretend)
        tasks = await chosen_tasks(workspace, args.tasks, profile_meant(args.profile, context, is_demo=args.pretend))
        rows = await asked_once(workspace, tasks, month)
        if error := workspace.history.error:
            context.say(error)
        return rows

    try:
        return asyncio.run(ask())
    except WorkspaceError as error:
        raise UsageError(USAGE, str(error)) from None


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


def _say_unknown(conditions: Sequence[FailCondition], rows: Sequence[TaskRow], context: CliContext) -> None:
    for condition in conditions:
        for row in rows:
            if condition.is_unknown(row):
                context.say(
                    f"{condition.word} cannot be told for {called(row)}: the service does not report the figure"
                )
