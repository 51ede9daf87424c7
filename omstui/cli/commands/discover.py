"""`omstui discover`: lists the tasks of each project, marks the watched ones, and can watch the others."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from omstui.cli.commands.watchlist import add_to_list
from omstui.cli.context.context import RETRY, USAGE, CliContext, UsageError
from omstui.cli.context.options import MakeParser, add_demo, checked
from omstui.cli.credentials.refusal import in_full
from omstui.cli.output.lines import aligned, left_out, missing_for, with_room
from omstui.cli.output.row_json import time_text
from omstui.cli.output.row_table import later
from omstui.cli.tasks.names import names_of
from omstui.core.problem import Problem
from omstui.core.profile import check_profile_name
from omstui.core.task import ListedTask, Listing, TaskRef, WatchedTask, WatchList, listing_advice
from omstui.core.text import tame

if TYPE_CHECKING:
    from omstui.backend.workspace import Workspace


def discover_options(make: MakeParser) -> None:
    """Define the options of `omstui discover`."""
    parser = make(
        description="Ask each profile's project which tasks it has, and mark those that are watched.",
        epilog="""\
Tasks go to stdout, words to stderr. It needs the permission oms:synctask:list; without it, omstui add ID watches
a task whose id is known.

exit codes: 0 well, 2 usage or configuration, 3 a project could not be asked, 130 interrupted

examples:
  omstui discover
  omstui discover --demo                   the tasks of a pretend OMS; needs no account
  omstui discover --profile prod --add     watch all that it has
  omstui discover --add 0d146099-8cf4-437d-b6ef-88e043771c8b
  omstui discover --json | jq -r '.tasks[] | select(.watched | not) | .sync_task_id'""",
    )
    parser.set_defaults(run=discover)
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="this profile only")
    parser.add_argument(
        "--add",
        nargs="*",
        metavar="ID",
        help="watch what is found and not watched yet: all of it, or these ids, prod/ID too; write it last",
    )
    parser.add_argument("--json", action="store_true", help="as an object of JSON")
    add_demo(parser)


SCHEMA_VERSION = 1
"""Changes when a field of `--json` is removed or changes its meaning; a new field leaves it unchanged."""

_TITLES = ("", "PROFILE", "TASK", "STATE", "FROM AND TO", "DESCRIPTION")
_SPARE = (_TITLES.index("DESCRIPTION"), _TITLES.index("FROM AND TO"))
"""Columns that are left out where they do not fit, in this order."""

_FIELDS = (
    "status",
    "src_cloud_type",
    "src_region",
    "src_bucket",
    "dst_region",
    "dst_bucket",
    "description",
)
_Found = Mapping[str, Listing | Problem]


def discover(args: argparse.Namespace, context: CliContext) -> int:
    """Ask each project for its tasks."""
    if args.add is not None and args.pretend:
        raise UsageError(USAGE, "the demo's tasks are on its list already: omstui --demo shows them")
    workspace, found, watchlist = _asked(args, context)
    watched = {task.ref for task in watchlist}
    if args.json:
        context.print(json.dumps(_document(found, watched), indent=2))
    elif args.add is None:
        _put_table(_rows(found, watched, missing_for(context.stdout)), context)
    _say(found, workspace, context)
    has_failed = any(isinstance(outcome, Problem) for outcome in found.values())
    new = [task for name, outcome in _listings(found) for task in outcome.unwatched(name, watched)]
    if args.add is not None:
        code = _added(args, new, found, context)
        return code or (RETRY if has_failed else 0)
    if new:
        whose = f" --profile {args.profile}" if args.profile else ""
        is_one = len(new) == 1
        context.say(
            f"{len(new):,} {'task is' if is_one else 'tasks are'} not watched. "
            f"To watch {'it' if is_one else 'them'}: omstui discover{whose} --add"
        )
    return RETRY if has_failed else 0


def _asked(args: argparse.Namespace, context: CliContext) -> "tuple[Workspace, _Found, WatchList]":
    import asyncio  # slow to import, with the modules that ask

    from omstui.backend.runtime.threads import DaemonExecutor
    from omstui.backend.workspace import WorkspaceError
    from omstui.cli.tasks.asking import open_workspace

    async def ask() -> "tuple[Workspace, _Found, WatchList]":
        # A name server that does not answer must not delay quitting.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        workspace = open_workspace(context, is_demo=args.pretend)
        names = list(workspace.profiles)
        if not names:
            raise UsageError(USAGE, "there is no profile yet: run omstui login")
        if args.profile is not None:
            if args.profile not in names:
                raise UsageError(USAGE, f"there is no profile {args.profile}: run omstui login {args.profile}")
            names = [args.profile]
        watchlist = await workspace.load_watchlist()
        outcomes = await asyncio.gather(*map(workspace.list_tasks, names))
        return workspace, dict(zip(names, outcomes, strict=True)), watchlist

    try:
        return asyncio.run(ask())
    except WorkspaceError as error:
        raise UsageError(USAGE, str(error)) from None


def _added(args: argparse.Namespace, new: Sequence[WatchedTask], found: _Found, context: CliContext) -> int:
    """Watch the new tasks, or those that were named."""
    words = set(args.add)
    listed = [TaskRef(name, task.sync_task_id) for name, listing in _listings(found) for task in listing.tasks]
    code = 0
    for stranger in sorted(words - {name for ref in listed for name in (ref.sync_task_id, str(ref))}):
        context.say(f"omstui: {stranger} is not among them: omstui discover lists what there is")
        code = USAGE
    wanted = [task for task in new if not words or not words.isdisjoint(names_of(task))]
    if wanted and args.json:  # stdout has JSON already
        context.watchlist.edit(lambda watchlist: watchlist.added(wanted))
    elif wanted:
        add_to_list(wanted, context)
    elif not code and listed:
        context.say("All of them are watched already. Next: omstui")
    return code


def _say(found: _Found, workspace: "Workspace", context: CliContext) -> None:
    """Print remarks on each profile; one that applies to several is printed once."""
    said: dict[str, list[str]] = {}
    for name, outcome in found.items():
        if isinstance(outcome, Problem):
            advice = later(outcome) or listing_advice(outcome, name)
            said.setdefault(f"{in_full(outcome)}. {advice}.", []).append(name)
        elif outcome.remark:
            said.setdefault(f"{outcome.remark}.", []).append(name)
        elif not outcome.tasks:
            place = workspace.profiles[name]
            where = place.region or place.endpoint
            said.setdefault(f"the project {place.project_id} has no tasks in {where}.", []).append(name)
    for sentence, names in said.items():
        context.say(f"{', '.join(names)}: {sentence}")


def _listings(found: _Found) -> list[tuple[str, Listing]]:
    return [(name, outcome) for name, outcome in found.items() if isinstance(outcome, Listing)]


def _rows(found: _Found, watched: set[TaskRef], missing: str) -> list[tuple[str, ...]]:
    """Return the cells of a line for each task, not yet tamed."""
    return [
        (
            "watched" if TaskRef(name, task.sync_task_id) in watched else "new",
            name,
            task.sync_task_id,
            (task.settings.status or missing).lower(),
            task.route.replace("→", "->").replace("–", missing),
            task.settings.description or "",
        )
        for name, listing in _listings(found)
        for task in listing.tasks
    ]


def _put_table(rows: Sequence[Sequence[str]], context: CliContext) -> None:
    if not rows:
        return
    lines = [_TITLES, *([tame(cell) for cell in row] for row in rows)]
    kept = with_room(lines, _SPARE, context.width)
    for line in aligned([[line[number] for number in kept] for line in lines], frozenset(range(len(kept)))):
        context.print(line)
    if (lacking := left_out(_TITLES, kept, "--json")) is not None:
        context.say(lacking)


def _document(found: _Found, watched: set[TaskRef]) -> Mapping[str, object]:
    problems = {name: outcome for name, outcome in found.items() if isinstance(outcome, Problem)}
    return {
        "schema_version": SCHEMA_VERSION,
        "tasks": [
            _record(name, task, TaskRef(name, task.sync_task_id) in watched)
            for name, listing in _listings(found)
            for task in listing.tasks
        ],
        "problems": [
            {"profile": name, "kind": problem.kind.value, "text": problem.text, "code": problem.code}
            for name, problem in problems.items()
        ],
        "remarks": [{"profile": name, "text": one.remark} for name, one in _listings(found) if one.remark],
    }


def _record(profile: str, task: ListedTask, is_watched: bool) -> Mapping[str, object]:
    return {
        "profile": profile,
        "sync_task_id": task.sync_task_id,
        "watched": is_watched,
        **{name: getattr(task.settings, name) for name in _FIELDS},
        "created_at": time_text(task.settings.created_at),
    }
