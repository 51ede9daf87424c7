"""Finds the watched tasks that the words of a command line name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from omstui.cli.output.row_table import shown_name, some_of
from omstui.core.task import TaskRef, WatchedTask, WatchList
from omstui.core.text import tame
from omstui.core.watch.board import Recalled

_UNKNOWN: Mapping[TaskRef, str] = MappingProxyType({})


def of_profile(watchlist: WatchList, profile: str | None) -> WatchList:
    """Return the tasks of one profile; all of them for ``None``."""
    return WatchList(tuple(task for task in watchlist if profile in {None, task.ref.profile}))


def names_of(task: WatchedTask) -> set[str]:
    """Return the words that name a task: its id, alone or after its profile, and its label."""
    return {task.ref.sync_task_id, str(task.ref)} | ({task.label} if task.label else set())


def named(
    watchlist: WatchList, words: Iterable[str], buckets: Mapping[TaskRef, str] = _UNKNOWN
) -> dict[str, tuple[WatchedTask, ...]]:
    """Return the tasks that each word names: by id, by ``profile/id``, else by the name that the list shows.

    Args:
        watchlist: the tasks.
        words: what was typed, or copied from the column Task.
        buckets: source buckets, which are the names of tasks without a label.
    """
    by_id: dict[str, list[WatchedTask]] = {}
    by_name: dict[str, list[WatchedTask]] = {}
    for task in watchlist:
        for name in (task.ref.sync_task_id, str(task.ref)):
            by_id.setdefault(name, []).append(task)
        shown = task.label or buckets.get(task.ref)
        for name in {shown, tame(shown), shown_name(shown)} if shown else ():
            by_name.setdefault(name, []).append(task)
    return {word: tuple(by_id.get(word) or by_name.get(word) or ()) for word in words}


def source_buckets(recalled: Mapping[TaskRef, Recalled]) -> dict[TaskRef, str]:
    """Return the source buckets of the tasks, where an answer has named one."""
    buckets = {}
    for ref, known in recalled.items():
        samples = [sample for _, sample in sorted(known.months.items())] + [known.last]
        for sample in samples:
            if sample is not None and sample.task is not None and sample.task.src_bucket:
                buckets[ref] = sample.task.src_bucket
    return buckets


def ambiguity(word: str, tasks: Iterable[WatchedTask]) -> str:
    """Return a sentence that a word names several tasks, with the unique name of each."""
    names = [str(task.ref) for task in tasks]
    return f"{word[:60]!r} names {len(names)} tasks: write one of {some_of(names)}"
