"""`omstui add`, `remove` and `list`: the commands that change and print the watch list."""

import argparse
from collections.abc import Sequence

from msgspec.structs import replace

from omstui.backend.files.watchlist import written_toml
from omstui.backend.history.last_answers import last_answers
from omstui.backend.secrets.redact import mask
from omstui.cli.context.context import (
    FIRST_PROFILE,
    FIRST_TASK,
    USAGE,
    CliContext,
    UsageError,
    need_profile,
    profile_name,
)
from omstui.cli.context.options import NAMES, ONLY, MakeParser, add_demo, checked
from omstui.cli.output.lines import table_lines
from omstui.cli.tasks.names import ambiguity, named, of_profile, source_buckets
from omstui.core.profile import check_profile_name
from omstui.core.task import LONGEST_LABEL, TaskRef, WatchedTask, WatchList, check_task_id, task_id_doubts
from omstui.core.task_input import Line, read_lines, repeated, written_csv
from omstui.core.text import NOT_KEPT, holds_token, tame


def add_options(make: MakeParser) -> None:
    """Define the options of `omstui add`."""
    parser = make(
        description="Put tasks on the watch list, and print the ids that are new there.",
        epilog="""\
A task is named by its id, by prod/ID where prod is a profile, or by an address of the console that holds the id.

With - they are read from stdin, one a line; a label may follow, # begins a comment. CSV whose first line names its
columns (profile, sync_task_id, label) and TOML as omstui list prints them are taken as well. Bad lines are named and
the others are added.

examples:
  omstui add 0d146099-8cf4-437d-b6ef-88e043771c8b --label invoices
  omstui add - --profile prod < tasks.txt
  ssh other omstui list --csv | omstui add -""",
    )
    parser.set_defaults(run=add)
    parser.add_argument("ids", nargs="+", metavar="ID", help="a task's id, or - for stdin")
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help=ONLY)
    parser.add_argument("--label", metavar="L", help="what to call the task")


def remove_options(make: MakeParser) -> None:
    """Define the options of `omstui remove`."""
    parser = make(
        description="Take tasks off the watch list; nothing happens to the tasks themselves.",
        epilog="example:\n  omstui remove 0d146099-8cf4-437d-b6ef-88e043771c8b",
    )
    parser.set_defaults(run=remove)
    parser.add_argument("ids", nargs="+", metavar="WATCHED", help=f"a task's {NAMES}")
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="only below this profile")


def list_options(make: MakeParser) -> None:
    """Define the options of `omstui list`."""
    parser = make(
        description="Print the watched tasks: profile, id and label.",
        epilog="""\
What --csv and --toml print, omstui add - takes back.

examples:
  omstui list --json | jq -r '.[].sync_task_id'
  omstui list --csv > tasks.csv
  omstui list --demo                   the tasks of a pretend OMS; needs no account""",
    )
    parser.set_defaults(run=list_tasks)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as a JSON array of objects")
    form.add_argument("--csv", action="store_true", help="as CSV")
    form.add_argument("--toml", action="store_true", help="as the watch list's own file has it")
    add_demo(parser)


_LONGEST_STDIN = 4 * 1024 * 1024
_MOST_SAID = 20
"""Bad lines that are printed; the others are only counted."""


def add(args: argparse.Namespace, context: CliContext) -> int:
    """Watch tasks."""
    config = context.load_config()
    if args.profile is not None:
        need_profile(args.profile, config)
    lines, bad = _lines(args, context)
    default = None
    if not lines or any(line.profile is None for line in lines):
        default = profile_name(args.profile, context, config)
        need_profile(default, config)
    where = _place(args)
    names = {None, *config.profiles}
    unknown = [line for line in lines if line.profile not in names]
    lines = [line for line in lines if line.profile in names]
    wanted = [WatchedTask(TaskRef(line.profile or default or "", line.sync_task_id), line.label) for line in lines]
    bad += [
        f"{where} {line.number}: there is no profile {line.profile}: omstui login {line.profile}" for line in unknown
    ]
    _say_some(bad, "bad", where, context)
    again = [f"{where} {one.number}: {one.reason}, and is taken once" for one in repeated(lines, default, where)]
    _say_some(again, "repeated", where, context)
    if doubts := task_id_doubts(task.ref.sync_task_id for task in wanted):
        context.say(f"{mask(doubts)}: omstui discover lists the project's tasks")
    if wanted:
        add_to_list(wanted, context)
    return USAGE if bad or not wanted else 0


def add_to_list(wanted: Sequence[WatchedTask], context: CliContext) -> None:
    """Put tasks on the watch list, print the ids that are new there, and report how many are."""
    before = WatchList()

    def added(watchlist: WatchList) -> WatchList:
        nonlocal before
        before = watchlist
        return watchlist.added(wanted)

    new = [task for task in context.watchlist.edit(added) if task.ref not in before]
    for task in new:
        context.print(tame(task.ref.sync_task_id))
    known = len({task.ref for task in wanted}) - len(new)
    already = f"; {known} already there" if known else ""
    context.say(f"{_count(len(new), 'task')} added to {context.folders.watchlist_file}{already}. Next: omstui")


def _lines(args: argparse.Namespace, context: CliContext) -> tuple[list[Line], list[str]]:
    """Return the tasks that the arguments name, and sentences about invalid ones."""
    if "-" in args.ids:
        if len(args.ids) > 1 or args.label is not None:
            raise UsageError(USAGE, "- stands alone: ids and labels are then read from stdin")
        if context.stdin.isatty():
            context.say("Task ids, one a line, a label may follow; ctrl+d ends.")
        lines, bad = read_lines(context.read(_LONGEST_STDIN))
        said = [f"{_place(args)} {line.number}: {line.reason}" for line in bad]
        return lines, said if lines or said else ["there is no task id on stdin"]
    label = tame(args.label or "")
    if holds_token(label):
        raise UsageError(USAGE, f"the label: {NOT_KEPT}")
    if len(label) > LONGEST_LABEL:
        raise UsageError(
            USAGE, f"a label has {LONGEST_LABEL} characters at most; this one has {len(label)}: shorten it"
        )
    if args.label is not None and len(args.ids) > 1:
        raise UsageError(USAGE, "--label names one task: add the others by themselves")
    good, wrong = [], []
    for number, text in enumerate(args.ids, 1):
        try:
            good.append(_argument(text, label, number))
        except ValueError as error:
            wrong.append(f"{_place(args)} {number}: {error}")
    return good, wrong


def _say_some(sentences: Sequence[str], what: str, where: str, context: CliContext) -> None:
    """Print the first of many sentences, and the number of the others."""
    for sentence in sentences[:_MOST_SAID]:
        context.say(f"omstui: {sentence}")
    if (more := len(sentences) - _MOST_SAID) > 0:
        context.say(f"omstui: and {_count(more, f'more {what} {where}')}")


def _place(args: argparse.Namespace) -> str:
    """Return what the numbers of bad ids count."""
    return "line" if "-" in args.ids else "argument"


def _argument(text: str, label: str, number: int) -> Line:
    """Read an id, or a word that contains one: an address, ``profile/id``.

    Raises:
        ValueError: it contains none.
    """
    if holds_token(text):
        raise ValueError(NOT_KEPT)
    if "/" in text and len(found := read_lines(text)[0]) == 1:
        return Line(found[0].sync_task_id, label or found[0].label, found[0].profile, number)
    return Line(check_task_id(text), label, None, number)


def remove(args: argparse.Namespace, context: CliContext) -> int:
    """Stop watching tasks."""
    profile = context.chosen(args.profile, "OMSTUI_PROFILE", check_profile_name)
    unwanted: dict[str, tuple[WatchedTask, ...]] = {}

    def remove(watchlist: WatchList) -> WatchList:
        own = of_profile(watchlist, profile)
        unwanted.clear()
        unwanted.update(named(own, args.ids))
        if missing := [word for word, tasks in unwanted.items() if not tasks]:
            unwanted.update(named(own, missing, source_buckets(last_answers(context.folders.history_file))))
        return watchlist.removed(tasks[0].ref for tasks in unwanted.values() if len(tasks) == 1)

    context.watchlist.edit(remove)
    code = 0
    for word, tasks in unwanted.items():
        if len(tasks) == 1:
            context.print(tame(tasks[0].ref.sync_task_id))
            continue
        code = USAGE
        below = f" by way of {profile}" if profile else ""
        unknown = f"{mask(word)} is not watched{below}: omstui list shows what is"
        context.say(f"omstui: {ambiguity(word, tasks) if tasks else unknown}")
    removed = len({tasks[0].ref for tasks in unwanted.values() if len(tasks) == 1})
    context.say(f"{_count(removed, 'task')} removed from {context.folders.watchlist_file}.")
    return code


def list_tasks(args: argparse.Namespace, context: CliContext) -> int:
    """Print the watch list."""
    if args.pretend:
        from omstui.cli.context.demo import demo_context  # loads the demo

        context = demo_context(context)
    if args.csv or args.toml:
        watchlist = WatchList(tuple(replace(task, label=tame(task.label)) for task in context.watchlist.load()))
        for line in written_csv(watchlist) if args.csv else written_toml(watchlist).splitlines():
            context.print(line)
        return 0
    rows = [
        {"profile": task.ref.profile, "sync_task_id": task.ref.sync_task_id, "label": task.label}
        for task in context.watchlist.load()
    ]
    for line in table_lines(rows, as_json=args.json):
        context.print(line)
    if not rows:
        context.say(f"No task is watched yet. Next: {FIRST_TASK if context.load_config().profiles else FIRST_PROFILE}")
    return 0


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
