"""`omstui watch`: one line of JSON for each task, then one for each change, until it is ended."""

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from omstui.cli.context.context import USAGE, CliContext, UsageError
from omstui.cli.context.options import MakeParser, add_tasks, checked
from omstui.cli.output.lines import Json, JsonLines
from omstui.cli.output.row_json import SCHEMA_VERSION, record, row_schema, time_text
from omstui.core.reports.task_row import Change, ChangeKind
from omstui.core.settings import parse_interval
from omstui.core.watch.condition import Condition

if TYPE_CHECKING:
    import asyncio

    from omstui.backend.runtime.clock import Clock
    from omstui.cli.commands.watch_lines import Heartbeat


def watch_options(make: MakeParser) -> None:
    """Define the options of `omstui watch`."""
    parser = make(
        description="Watch the tasks as the screen does, and print a line of JSON for each task and for each change.",
        epilog="""\
The first line of a task says how it is, each further one what has changed; nothing is repeated while nothing changes.
It goes on without a network, takes over a renewed credential and what others change in the watch list, and ends on
SIGTERM, on ctrl+c, and when nobody reads any more.

exit codes:
  0 told to end, or nobody reads any more   2 usage or configuration   130 interrupted by ctrl+c

examples:
  omstui watch --jsonl
  omstui watch --jsonl --demo          a pretend OMS; needs no account
  omstui watch --jsonl invoices --interval 5m --heartbeat 10m
  omstui watch --jsonl | jq -r --unbuffered 'select(.condition == "failing") | .name'""",
    )
    parser.set_defaults(run=watch)
    add_tasks(parser)
    parser.add_argument("--jsonl", action="store_true", help="a line of JSON for each change; the only form there is")
    parser.add_argument(
        "--interval", dest="every", type=checked(parse_interval), metavar="60s", help="ask this often, 10s to 1h"
    )
    parser.add_argument(
        "--heartbeat", type=checked(parse_interval), metavar="10m", help="print a sign of life this often, 10s to 1h"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of a line, and watch nothing")


_READER_PAUSE = 5.0


def watch(args: argparse.Namespace, context: CliContext) -> int:
    """Watch until a signal, or until the output has no reader."""
    if args.schema:
        context.print(json.dumps(line_schema(), indent=2))
        return 0
    import asyncio  # slow to import, with the modules that ask, as below

    from omstui.backend.runtime.memory import limit_heap
    from omstui.backend.workspace import WorkspaceError

    limit_heap()
    try:
        return asyncio.run(_watch(args, context))
    except WorkspaceError as error:
        raise UsageError(USAGE, str(error)) from None


async def _watch(args: argparse.Namespace, context: CliContext) -> int:
    import asyncio

    from omstui.backend.runtime.threads import DaemonExecutor
    from omstui.cli.commands.watch_lines import ChangeReporter, report_heartbeats, watch_session
    from omstui.cli.tasks.asking import chosen_tasks, open_workspace, profile_meant
    from omstui.cli.terminal.signals import ended_by_signals

    loop = asyncio.get_running_loop()
    # A name server that does not answer must not delay quitting.
    loop.set_default_executor(DaemonExecutor())
    workspace = open_workspace(context, is_demo=args.pretend, interval=args.every)
    profile = profile_meant(args.profile, context, is_demo=args.pretend)
    tasks = await chosen_tasks(workspace, args.tasks, profile)
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    lines = JsonLines(context.stdout, lambda: end(0))
    clock = workspace.clock

    session = watch_session(workspace, tasks, args.tasks, profile)
    ChangeReporter(
        session,
        workspace,
        tell=lambda change: lines.put(change_line(change, clock)),
        say=lambda sentence: context.say(f"omstui: {sentence}"),
    )
    works = [session.run(), _until_unread(context, clock, end)]
    if args.heartbeat is not None:
        works.append(report_heartbeats(session, workspace, args.heartbeat, lambda one: lines.put(heartbeat_line(one))))

    with ended_by_signals(lambda code: _from_signal(loop, end, code)):
        running = [asyncio.create_task(work) for work in works]
        awaited: list[asyncio.Future[Any]] = [ended, *running]
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            if task.done():
                task.result()  # only a bug ends the watch by itself; it is raised here
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await session.aclose()
    if lines.error is not None and not isinstance(lines.error, BrokenPipeError):
        raise UsageError(USAGE, f"the output cannot be written: {lines.error.strerror}")
    return ended.result()


def _from_signal(loop: "asyncio.AbstractEventLoop", end: Callable[[int], None], code: int) -> None:
    loop.call_soon_threadsafe(end, code)


async def _until_unread(context: CliContext, clock: "Clock", end: Callable[[int], None]) -> None:
    """End when the output's reader has ended: without a change there is no write that would show it."""
    import asyncio

    from omstui.cli.terminal.signals import has_reader

    while has_reader(context.stdout):
        await clock.sleep(_READER_PAUSE)
    end(0)
    await asyncio.Event().wait()


def change_line(change: Change, clock: "Clock") -> Json:
    """Return the line for a task or its change."""
    now, row = clock.now(), change.row
    head = {"schema_version": SCHEMA_VERSION, "type": change.kind.value, "at": time_text(now)}
    if change.kind is ChangeKind.REMOVED:
        return {**head, "profile": row.profile, "sync_task_id": row.sync_task_id, "label": row.label}
    return {**head, "changed": list(change.changed), **record(row, now)}


def heartbeat_line(heartbeat: "Heartbeat") -> Json:
    """Return the line for a heartbeat."""
    return {
        "schema_version": SCHEMA_VERSION,
        "type": "heartbeat",
        "at": time_text(heartbeat.at),
        "conditions": heartbeat.conditions,
    }


def line_schema() -> Json:
    """Return the schema of a line (JSON Schema, draft 2020-12)."""
    row = row_schema()
    properties, required = row["properties"], row["required"]
    assert isinstance(properties, dict)  # noqa: S101 - `row_schema` made it
    assert isinstance(required, list)  # noqa: S101 - `row_schema` made it
    head = {"schema_version": {"const": SCHEMA_VERSION}, "at": {"type": "string", "format": "date-time"}}
    text = {"type": "string"}
    changed = {
        "description": "what is otherwise than it was told last; empty for the first line of a task",
        "type": "array",
        "items": text,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "omstui watch --jsonl, one line",
        "oneOf": [
            {
                "type": "object",
                "properties": {**head, "type": {"enum": ["task", "change"]}, "changed": changed, **properties},
                "required": [*head, "type", "changed", *required],
            },
            {
                "description": "the task is not watched any more",
                "type": "object",
                "properties": {**head, "type": {"const": "removed"}, **dict.fromkeys(_NAMES, text)},
                "required": [*head, "type", *_NAMES],
            },
            {
                "description": "a sign of life: how many tasks are in which condition",
                "type": "object",
                "properties": {
                    **head,
                    "type": {"const": "heartbeat"},
                    "conditions": {
                        "type": "object",
                        "propertyNames": {"enum": [condition.value for condition in Condition]},
                        "additionalProperties": {"type": "integer"},
                    },
                },
                "required": [*head, "type", "conditions"],
            },
        ],
    }


_NAMES = ("profile", "sync_task_id", "label")
