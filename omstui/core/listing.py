"""The tasks that a project has, as ListSyncTasks tells them."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from omstui.core.problem import Problem, ProblemKind
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watchlist import WatchedTask

LIST_PERMISSION = "oms:synctask:list"
"""The action that the identity must be allowed to use for it (API reference, ListSyncTasks)."""

_ADVICE = {
    ProblemKind.FORBIDDEN: f"Ask the administrator for {LIST_PERMISSION} in this project, or give the ids of its tasks",
    ProblemKind.GONE: "The region may not list tasks: give their ids",
}


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task of a project; its settings come without counters, which ListSyncTasks does not tell."""

    sync_task_id: str
    settings: SyncTask

    @property
    def route(self) -> str:
        """Where it moves things from and to: ``AWS eu-west-1 logs → cn-north-4 logs``; foreign text, not yet tamed."""
        task = self.settings
        source = " ".join(part for part in (task.src_cloud_type, task.src_region, task.src_bucket) if part)
        target = " ".join(part for part in (task.dst_region, task.dst_bucket) if part)
        return f"{source or '–'} → {target or '–'}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a project has, in the service's order, each task once."""

    tasks: tuple[ListedTask, ...] = ()
    remark: str = ""
    """What is wrong or missing, in a sentence; empty when the list is whole."""

    def unwatched(self, profile: str, watched: Collection[TaskRef]) -> tuple[WatchedTask, ...]:
        """Return an entry for each task that is not watched by way of this profile."""
        refs = [TaskRef(profile, task.sync_task_id) for task in self.tasks]
        return tuple(WatchedTask(ref) for ref in refs if ref not in watched)


def listing_advice(problem: Problem, profile: str) -> str:
    """Return what to do about trouble with the list, where a problem's own advice speaks of one task."""
    own = problem.advice_for(profile)
    is_general = own == replace(problem, code=None).advice_for(profile)
    return _ADVICE.get(problem.kind, own) if is_general else own
