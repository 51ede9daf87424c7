"""Prints tasks as a table for people, with exact figures, month, zone and times."""

from collections.abc import Sequence
from math import ceil

from omstui.cli.output.lines import aligned, left_out, shortened, with_room
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.reports.task_row import TaskRow
from omstui.core.text import tame
from omstui.core.zone import offset_name

_WIDEST_NAME = 40
_MOST_NAMED = 5
_TITLES = (
    "State", "Task", "Profile", "Month", "Accepted", "Synced", "Failed", "New failed", "Skipped", "Pending",
    "Size (bytes)", "Answered",
)  # fmt: skip
_MONTH = _TITLES.index("Month")
"""Shown when the tasks are not all in the same month."""

_LEFT = frozenset({0, 1, 2, 3})
_SPARE = tuple(
    map(_TITLES.index, ("Size (bytes)", "Skipped", "Answered", "Accepted", "Pending", "Synced", "New failed"))
)
"""Columns that a narrow terminal leaves out, first one first."""

PRETENDED = "All of this is pretended, the trouble too. For tasks of your own: omstui login"
"""Printed below the demo's figures, whose problems come with advice like real ones."""

_LATER = {
    ProblemKind.THROTTLED: "The service throttles and named no time: run this again in a few minutes",
    ProblemKind.NETWORK: "Check the network and the proxy, then run this again",
    ProblemKind.SERVER: "Trouble on the service's side: run this again later",
}
"""The next step where no screen repeats the request."""

_NEXT = {
    ProblemKind.GONE: (  # from one answer only
        "Check the task id, the project and the region, and ask again in a minute; "
        "if it is still not there, omstui remove {task}"
    ),
    ProblemKind.BAD_ANSWER: "Something else may be answering at this address: omstui profiles",
    ProblemKind.INTERNAL: "A mistake in omstui",
}
"""The next step where the screen's advice is for a user who waits."""


def later(problem: Problem) -> str | None:
    """Return when to run the command again, for a problem that may pass by itself; ``None`` for others."""
    if problem.kind is ProblemKind.THROTTLED and problem.retry_after:
        return f"The service asked for {ceil(problem.retry_after)} s: run this again after that"
    return _LATER.get(problem.kind)


def table(rows: Sequence[TaskRow], missing: str, width: int | None) -> tuple[list[str], str | None]:
    """Return the table's lines, and a sentence about the columns that do not fit, if any.

    Args:
        rows: the tasks, at least one.
        missing: the sign for unknown values.
        width: cells of the terminal; ``None`` for no terminal, where all columns fit.
    """
    cells = [_TITLES, *(_cells(row, missing) for row in rows)]
    kept = with_room(cells, _SPARE, width, () if len({row.month for row in rows}) > 1 else (_MONTH,))
    lines = aligned([[row[number] for number in kept] for row in cells], _LEFT)
    return [*month_lines(rows), "", *lines], left_out(_TITLES, sorted({*kept, _MONTH}))


def problem_lines(rows: Sequence[TaskRow]) -> list[str]:
    """Return why tasks have no figures and what to do; a sentence for several tasks names them all."""
    by_problem: dict[tuple[str, str, str], list[TaskRow]] = {}
    for row in rows:
        problem = row.problem
        if problem is None:
            continue
        facts = ", ".join(one for one in (problem.code, problem.request_id and f"request {problem.request_id}") if one)
        said = problem.text.rstrip(".") + (f" ({facts})" if facts else "")
        by_problem.setdefault((row.condition.value, said, _next(row, problem)), []).append(row)
    return [
        f"{_who(those)}: {word}: {said}. {advice}.{_last(those)}" for (word, said, advice), those in by_problem.items()
    ]


def _who(rows: Sequence[TaskRow]) -> str:
    """Return the names of tasks by profile: ``images, logs (lab), invoices (prod)``."""
    by_profile: dict[str, list[str]] = {}
    for row in rows:
        by_profile.setdefault(row.profile, []).append(called(row))
    return ", ".join(f"{some_of(names)} ({tame(profile)})" for profile, names in by_profile.items())


def some_of(names: Sequence[str]) -> str:
    """Return the first of many names, and the number of the others."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _last(rows: Sequence[TaskRow]) -> str:
    """Return a sentence with the earliest and the latest time at which these tasks last answered."""
    times = sorted(row.last_answered_at for row in rows if row.last_answered_at is not None)
    ends = dict.fromkeys(f"{at:%Y-%m-%d %H:%M:%S}" for at in (*times[:1], *times[-1:]))
    return f" Last answered {' to '.join(ends)} UTC." if ends else ""


def called(row: TaskRow) -> str:
    """Return the name of a task for a sentence."""
    return shown_name(row.name)


def shown_name(name: str) -> str:
    """Return a task's name as in the column Task."""
    return shortened(tame(name), _WIDEST_NAME)


def _next(row: TaskRow, problem: Problem) -> str:
    """Return the next step: the screen's advice, without its keys."""
    if problem.kind is ProblemKind.GONE and not row.is_watched:
        return f"Check the id and the profile: omstui discover --profile {tame(row.profile)} lists what there is"
    if (advice := later(problem)) is not None:
        return advice
    if problem.kind in _NEXT:
        return _NEXT[problem.kind].replace("{task}", tame(f"{row.profile}/{row.sync_task_id}"))
    return problem.advice_for(row.profile)


def month_lines(rows: Sequence[TaskRow], running: str = "") -> list[str]:
    """Return lines with the month of the figures; profiles in several zones may have several months.

    Args:
        rows: the tasks.
        running: text after the name of a month that is not over.
    """
    by_month: dict[tuple[str, str, bool], list[TaskRow]] = {}
    for row in rows:
        by_month.setdefault(
            (row.month.title, offset_name(row.zone, row.month.middle), row.is_current_month), []
        ).append(row)
    lines = []
    for (title, zone, is_current), below in by_month.items():
        whose = f" ({', '.join(dict.fromkeys(row.profile for row in below))})" if len(by_month) > 1 else ""
        past = running if is_current else ", a past month"
        if not is_current and any(row.is_final is False for row in below):
            past += ", not final"
        lines.append(f"{title}{past}, months and times of {zone}{whose}")
    return lines


def _cells(row: TaskRow, missing: str) -> list[str]:
    task = row.task
    numbers: list[int | None] = [None] * 7
    if task is not None:
        numbers = [
            task.monthly_acceptance_request,
            task.monthly_success_object,
            task.monthly_failure_object,
            row.new_failures,
            task.monthly_skip_object,
            task.pending,
            task.monthly_size,
        ]
    figures = [missing if number is None else f"{number:,}" for number in numbers]
    answered = f"{row.answered_at.astimezone(row.zone):%H:%M:%S}" if row.answered_at is not None else missing
    return [row.condition.value, called(row), tame(row.profile), str(row.month), *figures, answered]
