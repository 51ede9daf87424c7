"""`omstui report`: a month of all tasks with totals, as a table, as Markdown, as CSV or as JSON."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from omstui.cli.context.context import RETRY, USAGE, CliContext, UsageError
from omstui.cli.context.options import MakeParser, add_tasks, checked
from omstui.cli.output.lines import Json, aligned, cell, csv_lines, left_out, missing_for, with_room
from omstui.cli.output.row_json import SCHEMA_VERSION, record, row_schema, time_text
from omstui.cli.output.row_table import PRETENDED, called, month_lines, problem_lines
from omstui.core.month import Month
from omstui.core.reports.month_report import FIGURES, MonthReport, Total, figures_of
from omstui.core.reports.task_row import TaskRow
from omstui.core.task import WatchList
from omstui.core.text import tame

if TYPE_CHECKING:
    from omstui.backend.workspace import Workspace


def report_options(make: MakeParser) -> None:
    """Define the options of `omstui report`."""
    parser = make(
        description="Ask each task for a month, and print its figures with totals of each profile and of all.",
        epilog="""\
Without --month it is the last one that is over. A total says "at least" where a task did not answer or a figure was
not reported: nothing is taken for 0.

exit codes:
  0 well   2 usage or configuration   3 nothing could be asked: network or credential, try again   130 interrupted

examples:
  omstui report --month 2026-10
  omstui report --demo                 a pretend OMS; needs no account
  omstui report --markdown > october.md
  omstui report --json | jq .totals.monthly_size.value""",
    )
    parser.set_defaults(run=report)
    add_tasks(parser)
    parser.add_argument(
        "--month", dest="of_month", type=checked(Month.parse), metavar="YYYY-MM", help="which (default: the last one)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as an object of JSON; --schema prints what is in it")
    form.add_argument("--csv", action="store_true", help="as CSV; totals are the rows of the kinds profile and total")
    form.add_argument("--markdown", action="store_true", help="as a table of Markdown")
    form.add_argument("--schema", action="store_true", help="print the JSON schema of --json, and ask nothing")


_TITLES = ("Task", "Profile", "State", "Accepted", "Synced", "Failed", "Skipped", "Pending", "Size (bytes)")
_TEXTS = 3
"""Number of columns before the figures."""

_SPARE = tuple(map(_TITLES.index, ("Size (bytes)", "Skipped", "Pending", "Accepted", "State", "Synced")))
"""Columns that a narrow terminal leaves out, first one first."""

_COLUMNS = ("kind", "profile", "sync_task_id", "label", "condition", "month", "is_final", *FIGURES, "at_least")
_RUNNING = ", not over yet"
_MARKUP = frozenset("\\`*_[]<>|~#&")


def report(args: argparse.Namespace, context: CliContext) -> int:
    """Report a month."""
    if args.schema:
        context.print(json.dumps(schema(), indent=2))
        return 0
    from omstui.cli.tasks.asking import could_ask  # loads all modules that ask, as below

    month, rows = _asked(args, context)
    made, now = MonthReport.of(rows), context.clock.now()
    if args.json:
        context.print(json.dumps(_document(made, month, now), indent=2))
    elif args.csv:
        for line in csv_lines([_COLUMNS, *_csv_rows(made)]):
            context.print(line)
    else:
        cells = _cells(made, missing_for(context.stdout))
        kept = with_room([_TITLES, *cells], _SPARE, None if args.markdown else context.width)
        for line in _markdown(made, cells) if args.markdown else _table(made, cells, kept):
            context.print(line)
        if (lacking := left_out(_TITLES, kept)) is not None:
            context.say(lacking)
    for line in problem_lines(rows):
        context.say(line)
    if args.pretend:
        context.say(PRETENDED)
    if any(row.is_current_month for row in rows):
        context.say(f"{month.title} is not over yet: its figures will grow.")
    elif any(row.is_final is False for row in rows):
        final_at = f"{month.over_everywhere_at:%Y-%m-%d %H:%M} UTC"
        context.say(f"{month.title} is not final before {final_at}. Then: omstui report --month {month}")
    if not all(total.is_complete for total in made.totals.values()):
        context.say("Not every figure is known, so that a total is the least that it can be where it says so.")
    return 0 if could_ask(rows) else RETRY


def _asked(args: argparse.Namespace, context: CliContext) -> tuple[Month, list[TaskRow]]:
    import asyncio

    from omstui.backend.runtime.threads import DaemonExecutor
    from omstui.backend.workspace import WorkspaceError
    from omstui.cli.tasks.asking import asked_once, chosen_tasks, open_workspace, profile_meant

    chosen_month = context.chosen(args.of_month, "OMSTUI_MONTH", Month.parse)

    async def ask() -> tuple[Month, list[TaskRow]]:
        # A name server that does not answer must not delay quitting.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        workspace = open_workspace(context, is_demo=args.pretend)
        tasks = await chosen_tasks(workspace, args.tasks, profile_meant(args.profile, context, is_demo=args.pretend))
        month = chosen_month or _last_month(workspace, tasks)
        return month, await asked_once(workspace, tasks, month)

    try:
        return asyncio.run(ask())
    except WorkspaceError as error:
        raise UsageError(USAGE, str(error)) from None


def _last_month(workspace: "Workspace", tasks: WatchList) -> Month:
    """Return the last month that is over for all of these tasks.

    Raises:
        UsageError: the service cannot be asked for it.
    """
    now = workspace.clock.now()
    month = min(Month.containing(now, workspace.month_zone_of(task.ref)) for task in tasks).plus(-1)
    if not month.can_be_asked_for:
        raise UsageError(
            USAGE, f"the clock says {now:%Y-%m}, and no month before that can be asked for: set it, then run this"
        )
    return month


def schema() -> Json:
    """Return the JSON schema of `--json` (JSON Schema, draft 2020-12)."""
    total = {
        "type": "object",
        "properties": {
            "value": {"description": "the sum of what is known; null when nothing is", "type": ["integer", "null"]},
            "missing": {"description": "how many tasks it lacks", "type": "integer"},
        },
        "required": ["value", "missing"],
    }
    totals = {"type": "object", "properties": dict.fromkeys(FIGURES, total), "required": list(FIGURES)}
    properties = {
        "schema_version": {"const": SCHEMA_VERSION},
        "at": {"type": "string", "format": "date-time"},
        "month": {"type": "string"},
        "is_final": {
            "description": "whether the figures of all tasks are there and never change again",
            "type": "boolean",
        },
        "tasks": {"type": "array", "items": row_schema()},
        "totals_by_profile": {"type": "object", "additionalProperties": totals},
        "totals": totals,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "omstui report --json",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _document(made: MonthReport, month: Month, now: datetime) -> Json:
    return {
        "schema_version": SCHEMA_VERSION,
        "at": time_text(now),
        "month": str(month),
        "is_final": all(row.is_final for row in made.rows),
        "tasks": [record(row, now) for row in made.rows],
        "totals_by_profile": {name: _written(totals) for name, totals in made.by_profile.items()},
        "totals": _written(made.totals),
    }


def _written(totals: Mapping[str, Total]) -> Json:
    return {name: {"value": total.value, "missing": total.missing} for name, total in totals.items()}


def _csv_rows(made: MonthReport) -> list[list[str]]:
    rows = []
    for row in made.rows:
        texts: list[object] = ["task", row.profile, row.sync_task_id, row.label, row.condition.value, str(row.month)]
        rows.append([cell(value) for value in (*texts, row.is_final, *figures_of(row).values(), None)])
    for kind, name, totals in _all_totals(made):
        lacking = " ".join(figure for figure, total in totals.items() if not total.is_complete)
        numbers = [total.value for total in totals.values()]
        month = str(made.rows[0].month)
        below = made.rows if name is None else [row for row in made.rows if row.profile == name]
        is_final = all(row.is_final for row in below)
        rows.append([cell(value) for value in (kind, name, None, None, None, month, is_final, *numbers, lacking)])
    return rows


def _all_totals(made: MonthReport) -> list[tuple[str, str | None, Mapping[str, Total]]]:
    """Return the totals with their kind and profile; a single profile has no total of its own."""
    parts = made.by_profile.items() if len(made.by_profile) > 1 else ()
    return [*(("profile", name, totals) for name, totals in parts), ("total", None, made.totals)]


def _cells(made: MonthReport, missing: str) -> list[list[str]]:
    """Return the cells of tasks and totals, for people."""
    rows = []
    for row in made.rows:
        numbers = [missing if number is None else f"{number:,}" for number in figures_of(row).values()]
        rows.append([called(row), tame(row.profile), row.condition.value, *numbers])
    for _, name, totals in _all_totals(made):
        sums = [
            missing if total.value is None else f"{'' if total.is_complete else 'at least '}{total.value:,}"
            for total in totals.values()
        ]
        rows.append(["Total", tame(name or ""), "", *sums])
    return rows


def _table(made: MonthReport, cells: Sequence[Sequence[str]], kept: Sequence[int]) -> list[str]:
    texts = sum(number < _TEXTS for number in kept)
    lines = aligned([[row[number] for number in kept] for row in (_TITLES, *cells)], frozenset(range(texts)))
    tasks = 1 + len(made.rows)
    return [*month_lines(made.rows, _RUNNING), "", *lines[:tasks], "", *lines[tasks:]]


def _markdown(made: MonthReport, cells: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---"] * _TEXTS + ["---:"] * len(FIGURES)
    rows = [[_plain(text) for text in row] for row in cells]
    lines = [f"| {' | '.join(row)} |" for row in (_TITLES, rule, *rows)]
    return [f"## {'; '.join(month_lines(made.rows, _RUNNING))}", "", *lines]


def _plain(text: str) -> str:
    """Escape text so that Markdown finds no markup in it."""
    return "".join(f"\\{char}" if char in _MARKUP else char for char in text)
