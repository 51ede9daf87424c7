"""Asks for tasks without a screen."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from msgspec.structs import replace

from omstui.backend.http.environment import network_variables_error
from omstui.backend.runtime.threads import in_daemon_thread
from omstui.backend.screen_options import ScreenOptions
from omstui.backend.secrets.redact import mask
from omstui.backend.user_workspace import user_workspace
from omstui.backend.workspace import Workspace
from omstui.cli.context.context import FIRST_PROFILE, FIRST_TASK, USAGE, CliContext, UsageError, no_such_profile
from omstui.cli.tasks.names import ambiguity, named, names_of, of_profile, source_buckets
from omstui.core.month import Month
from omstui.core.profile import check_profile_name
from omstui.core.reports.task_row import TaskRow, row_of
from omstui.core.settings import parse_interval
from omstui.core.task import TaskRef, WatchedTask, WatchList, check_task_id, is_like_a_task_id
from omstui.core.watch.activity import Activity
from omstui.core.watch.board import Board
from omstui.core.watch.condition import Condition, ConditionIndex
from omstui.core.watch.counters import longest_gap
from omstui.core.watch.rollover import counted_at, possible_months

_ANSWERS = frozenset({Condition.GONE, Condition.FORBIDDEN, Condition.REFUSED})
"""Problems that are answers of the service, which could therefore be asked."""

_HABIT = timedelta(days=14)
"""How far back a task's usual silence is looked up."""


def open_workspace(context: CliContext, *, is_demo: bool, interval: float | None = None) -> Workspace:
    """Create the workspace, with the user's profiles, credentials and history, or with the demo's.

    Args:
        context: the files, stores, clock and network.
        is_demo: whether to use nothing of the user's.
        interval: seconds between two requests for a task; ``None`` for the variable or the configuration.

    Raises:
        UsageError: the environment cannot be used.
        FileError: `config.toml` cannot be read.
    """
    interval = context.chosen(interval, "OMSTUI_INTERVAL", parse_interval)
    if is_demo:
        from omstui.core.settings import Settings
        from omstui.demo.workspace import demo_workspace

        return demo_workspace(context.clock, Settings() if interval is None else Settings(interval=interval))
    if (reason := network_variables_error(context.environ)) is not None:
        raise UsageError(USAGE, f"{reason}; then run the command again")
    settings = context.load_config().settings
    if interval is not None:
        settings = replace(settings, interval=interval)
    options = ScreenOptions(settings=settings, folders=context.folders, token=context.token())
    return user_workspace(
        options,
        context.clock,
        environ=context.environ,
        home=context.home,
        keyring=context.stores.keyring,
        transport=context.transport,
    )


def profile_meant(option: str | None, context: CliContext, *, is_demo: bool) -> str | None:
    """Return the profile whose tasks are meant, ``None`` for all; the user's variable does not apply to the demo.

    Raises:
        UsageError: the variable contains no valid profile name.
    """
    return option if is_demo else context.chosen(option, "OMSTUI_PROFILE", check_profile_name)


def chosen(watchlist: WatchList, words: Sequence[str], profile: str | None) -> WatchList:
    """Return the watched tasks with these ids or labels, or all; only those of one profile if one is named."""
    wanted = set(words)
    own = of_profile(watchlist, profile)
    return WatchList(tuple(task for task in own if not words or not wanted.isdisjoint(names_of(task))))


async def chosen_tasks(workspace: Workspace, words: Sequence[str], profile: str | None) -> WatchList:
    """Return the meant tasks; an id that is not on the watch list is accepted when its profile is clear.

    Raises:
        UsageError: a word names none or several, or there is none.
        WorkspaceError: the watch list cannot be read.
    """
    if profile is not None and profile not in workspace.profiles:
        raise no_such_profile(profile)
    tasks = of_profile(await workspace.load_watchlist(), profile)
    if words:
        found = named(tasks, words)
        if missing := [word for word, meant in found.items() if not meant and not _holds_an_id(word)]:
            recalled = await workspace.history.recall(task.ref for task in tasks)
            found |= named(tasks, missing, source_buckets(recalled))
        refs = dict.fromkeys(_one(word, meant, workspace, profile) for word, meant in found.items())
        tasks = WatchList(tuple(task for task in tasks if task.ref in refs)).added(map(WatchedTask, refs))
    if not tasks.tasks and not workspace.profiles:
        raise UsageError(USAGE, f"there is no profile yet: {FIRST_PROFILE}")
    if not tasks.tasks:
        by_way = f" by way of {profile}" if profile else ""
        raise UsageError(USAGE, f"no task is watched{by_way}: {FIRST_TASK}; or name the ids of tasks here")
    return tasks


def _one(word: str, meant: Sequence[WatchedTask], workspace: Workspace, profile: str | None) -> TaskRef:
    """Return the task that a word names; a word that matches no watched task must be a task id.

    Raises:
        UsageError: it names several, or none.
    """
    if len(meant) == 1:
        return meant[0].ref
    if meant:
        raise UsageError(USAGE, ambiguity(word, meant))
    owner, _, sync_task_id = word.rpartition("/")
    if not _holds_an_id(word) or (owner and profile not in {None, owner}):
        shown = "omstui list shows ids and labels, omstui once the names of the others"
        raise UsageError(USAGE, f"{mask(word)[:60]!r} names no watched task: {shown}")
    profile = owner or profile
    if profile is None and len(workspace.profiles) != 1:
        if not workspace.profiles:
            raise UsageError(USAGE, f"there is no profile yet to ask for {word}: {FIRST_PROFILE}")
        names = ", ".join(workspace.profiles)
        raise UsageError(
            USAGE, f"{word} is not on the watch list: say by way of which profile to ask, --profile ({names})"
        )
    if profile is not None and profile not in workspace.profiles:
        raise no_such_profile(profile)
    return TaskRef(profile or next(iter(workspace.profiles)), check_task_id(sync_task_id))


def _holds_an_id(word: str) -> bool:
    return is_like_a_task_id(word.rpartition("/")[2])


def month_asked(month: Month | None, now: datetime, zone: tzinfo) -> Month | None:
    """Return the month if it is a past one; ``None`` for the current month.

    Raises:
        UsageError: it is in the future.
    """
    if month is None:
        return None
    current = Month.containing(now, zone)
    if month > current:
        raise UsageError(USAGE, f"{month.title} is in the future: the current month is {current}")
    return None if month == current else month


async def asked_once(workspace: Workspace, tasks: WatchList, month: Month | None) -> list[TaskRow]:
    """Ask for each task once, and return the resulting rows, in the order of the list.

    Good answers are stored in the history, as the screen does it.

    Args:
        workspace: asks.
        tasks: the tasks to ask for.
        month: the month, ``None`` for the current one.

    Raises:
        UsageError: the month is in the future.
        WorkspaceError: the watch list cannot be read.
    """
    now, interval = workspace.clock.now(), workspace.settings.interval
    watched = await workspace.load_watchlist()
    months = {task.ref: month_asked(month, now, workspace.month_zone_of(task.ref)) for task in tasks}
    present = [ref for ref, asked in months.items() if asked is None]
    past = [ref for ref, asked in months.items() if asked is not None]
    board = Board(silent_after=workspace.settings.silent_after).watching(tasks)
    try:
        board = await with_habits(workspace, board, present)
        samples = await workspace.ask_once(present, None)
        if past:
            samples |= await workspace.ask_once(past, month)
        for ref, sample in samples.items():
            if not sample.is_current:
                workspace.history.record(sample)
                at = sample.served_at
                if at is not None and sample.month >= Month.containing(at, workspace.month_zone_of(ref)):
                    months[ref] = None  # by the service's clock the month is not over
            # A past month is assessed as if it were the current one.
            after = board.filed(replace(sample, is_current=True), interval)
            shown = after.unheld(ref, interval)
            # No second answer will confirm figures that have fallen: they are kept where a month may have ended.
            may_have_ended = len({*possible_months(counted_at(sample))}) > 1
            kept = (shown if may_have_ended else after).states[ref]
            for one in kept.taken_since(board.states[ref]) if sample.is_current else ():
                workspace.history.record(one)
            board = shown
    finally:
        await workspace.history.aclose()
    ends, index = workspace.credentials.expiries(), ConditionIndex.of(board, workspace.clock.now(), interval)
    return [
        replace(
            row_of(
                state,
                index.condition(ref),
                index.now,
                zone=workspace.month_zone_of(ref),
                month=months[ref],
                expires_at=ends.get(ref.profile),
            ),
            is_watched=ref in watched,
        )
        for ref, state in board.states.items()
    ]


def could_ask(rows: Iterable[TaskRow]) -> bool:
    """Whether the service has answered about any task; otherwise another try may help."""
    return any(row.is_answered or row.condition in _ANSWERS for row in rows)


async def with_habits(workspace: Workspace, board: Board, refs: Iterable[TaskRef]) -> Board:
    """Return the board with the stored data of these tasks: what the user has seen, and their habits."""
    refs, now, interval = list(refs), workspace.clock.now(), workspace.settings.interval
    recalled = await workspace.history.recall(refs)
    board = board.with_recalled(recalled, now, workspace.month_zone_of, interval)
    for ref in refs:
        if ref not in recalled or recalled[ref].last is None:
            continue
        spans = await workspace.history.spans(ref, now - _HABIT)
        activity = await in_daemon_thread(Activity.of, spans, longest_gap(interval))
        board = board.learning(ref, activity.habit)
    return board
