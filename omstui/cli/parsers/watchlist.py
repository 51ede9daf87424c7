"""The options of the commands that change and print the watch list."""

import argparse

from omstui.cli.parsers.parser import NAMES, ONLY, AddParser, add_demo, checked, new_parser
from omstui.cli.surroundings import CliContext
from omstui.core.profile import check_profile_name


def add_add(add_parser: AddParser) -> None:
    """Define `omstui add`."""
    parser = new_parser(
        add_parser,
        "add",
        help="watch tasks",
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
    parser.set_defaults(run=_add)
    parser.add_argument("ids", nargs="+", metavar="ID", help="a task's id, or - for stdin")
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help=ONLY)
    parser.add_argument("--label", metavar="L", help="what to call the task")


def add_remove(add_parser: AddParser) -> None:
    """Define `omstui remove`."""
    parser = new_parser(
        add_parser,
        "remove",
        help="watch tasks no longer",
        description="Take tasks off the watch list; nothing happens to the tasks themselves.",
        epilog="example:\n  omstui remove 0d146099-8cf4-437d-b6ef-88e043771c8b",
    )
    parser.set_defaults(run=_remove)
    parser.add_argument("ids", nargs="+", metavar="WATCHED", help=f"a task's {NAMES}")
    parser.add_argument("--profile", type=checked(check_profile_name), metavar="P", help="only below this profile")


def add_list(add_parser: AddParser) -> None:
    """Define `omstui list`."""
    parser = new_parser(
        add_parser,
        "list",
        help="print the watch list",
        description="Print the watched tasks: profile, id and label.",
        epilog="""\
What --csv and --toml print, omstui add - takes back.

examples:
  omstui list --json | jq -r '.[].sync_task_id'
  omstui list --csv > tasks.csv
  omstui list --demo                   the tasks of a pretend OMS; needs no account""",
    )
    parser.set_defaults(run=_list_tasks)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as a JSON array of objects")
    form.add_argument("--csv", action="store_true", help="as CSV")
    form.add_argument("--toml", action="store_true", help="as the watch list's own file has it")
    add_demo(parser)


def _add(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli import commands

    return commands.add(args, around)


def _remove(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli import commands

    return commands.remove(args, around)


def _list_tasks(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli import commands

    return commands.list_tasks(args, around)
