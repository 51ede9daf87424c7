"""The options of the commands that scripts run: `omstui once`, `watch` and `report`."""

import argparse
from pathlib import Path

from omstui.cli.parsers.parser import NAMES, AddParser, add_demo, checked, new_parser
from omstui.cli.surroundings import CliContext
from omstui.core.month import Month
from omstui.core.profile import check_profile_name
from omstui.core.settings import parse_interval

_ONCE_CODES = """\
exit codes:
  0 well   1 a condition of --fail-on holds   2 usage or configuration
  3 nothing could be asked: network or credential, try again   130 interrupted"""


def add_once(add_parser: AddParser) -> None:
    """Define `omstui once`."""
    parser = new_parser(
        add_parser,
        "once",
        help="ask each task once and print what it says",
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
month they begin anew, which a counter would take for a restart.

{_ONCE_CODES}

examples:
  omstui once
  omstui once --demo                   the tasks of a pretend OMS; needs no account
  omstui once invoices --month 2026-10
  omstui once --fail-on 'failed>+0,stopped,trouble,token<1h'
  omstui once --json | jq -r '.tasks[] | select(.condition != "syncing") | .name'
  omstui once --textfile /var/lib/node_exporter/textfile_collector/omstui.prom""",
    )
    parser.set_defaults(run=_once)
    _add_tasks(parser)
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


def add_watch(add_parser: AddParser) -> None:
    """Define `omstui watch`."""
    parser = new_parser(
        add_parser,
        "watch",
        help="print a line of JSON for each change",
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
    parser.set_defaults(run=_watch)
    _add_tasks(parser)
    parser.add_argument("--jsonl", action="store_true", help="a line of JSON for each change; the only form there is")
    parser.add_argument(
        "--interval", dest="every", type=checked(parse_interval), metavar="60s", help="ask this often, 10s to 1h"
    )
    parser.add_argument(
        "--heartbeat", type=checked(parse_interval), metavar="10m", help="print a sign of life this often, 10s to 1h"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of a line, and watch nothing")


def add_report(add_parser: AddParser) -> None:
    """Define `omstui report`."""
    parser = new_parser(
        add_parser,
        "report",
        help="print a month of all tasks, with totals",
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
    parser.set_defaults(run=_report)
    _add_tasks(parser)
    parser.add_argument(
        "--month", dest="of_month", type=checked(Month.parse), metavar="YYYY-MM", help="which (default: the last one)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as an object of JSON; --schema prints what is in it")
    form.add_argument("--csv", action="store_true", help="as CSV; totals are the rows of the kinds profile and total")
    form.add_argument("--markdown", action="store_true", help="as a table of Markdown")
    form.add_argument("--schema", action="store_true", help="print the JSON schema of --json, and ask nothing")


def _add_tasks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "tasks", nargs="*", metavar="ID|LABEL", help=f"which tasks: {NAMES} (default: all that are watched)"
    )
    parser.add_argument(
        "--profile", type=checked(check_profile_name), metavar="P", help="the tasks of this profile only"
    )
    add_demo(parser)


def _fail_on(text: str) -> object:
    from omstui.core.output.fail_on import parse_fail_on

    return parse_fail_on(text)


def _once(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.once import once

    return once(args, around)


def _watch(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.watch import watch

    return watch(args, around)


def _report(args: argparse.Namespace, around: CliContext) -> int:
    from omstui.cli.report import report

    return report(args, around)
