"""The texts about a task that the user can copy, for other programs and for other people."""

import json
import shlex
from datetime import UTC, datetime
from urllib.parse import quote

from msgspec import Struct

from omstui.core.month import Month, query_time_ms
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import FIELD_NAMES, SyncTask, failed_lists_place
from omstui.core.text import tame
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Assessment
from omstui.core.watch.sample import Sample

TOKEN_VARIABLE = "OMSTUI_TOKEN"  # noqa: S105 - the name of a variable


def curl_line(profile: Profile, sync_task_id: str, query_time_ms: int) -> str:
    """Return a `curl` command for the request of omstui (API reference, ShowSyncTask); the token is a shell variable.

    Args:
        profile: the profile of the task.
        sync_task_id: the task.
        query_time_ms: epoch milliseconds inside the month.
    """
    segments = ("v2", profile.project_id, "sync-tasks", sync_task_id)
    path = "/".join(quote(segment, safe="", errors="replace") for segment in segments)
    url = f"{profile.endpoint}/{path}?query_time={query_time_ms}"
    headers = f'--header "Content-Type: application/json" --header "X-Auth-Token: ${TOKEN_VARIABLE}"'
    return f"curl --silent --show-error {headers} {shlex.quote(url)}"


class Excerpt(Struct, frozen=True):
    """One text that the user can copy."""

    key: str
    """The key that copies it."""

    name: str
    """A description such as ``the id``."""

    text: str
    """One or more lines without a final line break; a terminal reads nothing in it as a command."""


class Shown(Struct, frozen=True):
    """What the screen shows of a task."""

    good: Sample | None
    """The answer whose figures are shown, for the current month or a past one."""

    problem: Problem | None
    """Why they cannot be requested."""

    month: Month | None = None
    """The past month, ``None`` for the current one."""


def excerpts(
    state: TaskState, assessment: Assessment, shown: Shown, profile: Profile | None, now: datetime
) -> tuple[Excerpt, ...]:
    """Return the texts about a task that the user can copy.

    Args:
        state: the state of the task.
        assessment: its condition.
        shown: what the screen shows of it.
        profile: its profile, if configured.
        now: the present moment.
    """
    found = [Excerpt("i", "the id", tame(state.ref.sync_task_id)), Excerpt("r", "the row", row_text(state, assessment))]
    good, problem = shown.good, shown.problem
    if good is not None and good.task is not None:
        found.append(Excerpt("a", "the answer as JSON", answer_json(good.task)))
    if problem is not None:
        failure = state.failure if problem is state.problem else None
        at = failure.answered_at if failure is not None else None
        found.append(Excerpt("e", "the error with its request id", error_text(state, problem, at)))
    if profile is not None and profile.project_id:
        line = curl_line(profile, state.ref.sync_task_id, query_time_ms(shown.month, now))
        found.append(Excerpt("c", "a curl line without the token", tame(line)))
    if good is not None and good.task is not None and good.task.monthly_failure_object:
        place = failed_lists_place(state.ref.sync_task_id, good.task)
        found += [Excerpt("f", "the place of the failed lists", tame(place))] if place is not None else []
    return tuple(found)


def row_text(state: TaskState, assessment: Assessment) -> str:
    """Return the row with its figures in full, separated by tabs for a spreadsheet; figures not reported are empty."""
    task, good = state.task, state.good
    counters = ("monthly_success_object", "monthly_failure_object", "monthly_skip_object", "pending", "monthly_size")
    figures = (getattr(task, name) if task is not None else None for name in counters)
    cells = (
        state.name,
        assessment.condition.value,
        *("" if figure is None else str(figure) for figure in figures),
        _iso(good.answered_at) if good is not None else "",
        state.ref.sync_task_id,
        state.ref.profile,
    )
    return "\t".join(tame(cell) for cell in cells)


def answer_json(task: SyncTask) -> str:
    """Return an answer as JSON under the service's field names; missing fields are null, non-ASCII is escaped."""
    return json.dumps({name: getattr(task, name) for name in FIELD_NAMES}, indent=2)


def error_text(state: TaskState, problem: Problem, at: datetime | None) -> str:
    """Return what support asks for: the problem, the task, the time and the request id."""
    facts = {
        "task": f"{state.ref.sync_task_id} ({state.ref.profile})",
        "at": _iso(at) if at is not None else None,
        "status": problem.status,
        "code": problem.code,
        "request id": problem.request_id,
    }
    lines = [f"{problem.kind.value}: {problem.text}", *(f"{name}: {value}" for name, value in facts.items() if value)]
    return "\n".join(tame(line) for line in lines)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
