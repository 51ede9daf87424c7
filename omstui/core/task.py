"""A synchronization task as ShowSyncTask and ListSyncTasks describe it, and the list of watched tasks."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple, Self

from msgspec import Struct, field
from msgspec.structs import fields, force_setattr, replace

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind, Remedy

SYNCHRONIZING = "SYNCHRONIZING"
STOPPED = "STOPPED"

_LONGEST_ID = 255
_PARTS_A_PATH = frozenset("/\\?# ")
# A day away from both ends of the calendar, so that every zone on earth can show the time.
_EARLIEST_MS = 86_400_000
_LATEST_MS = 253_402_300_800_000 - 86_400_000


class TaskRef(NamedTuple):
    """Identifies one task: the profile that reaches it and its id there.

    It is a tuple because it is the key of most mappings: Python hashes and compares tuples in C.
    """

    profile: str
    sync_task_id: str

    def __str__(self) -> str:
        return f"{self.profile}/{self.sync_task_id}"


class SyncTask(Struct, frozen=True):
    """The 22 fields of a ShowSyncTask answer, named and typed as in the API reference.

    Each field may be missing: the reference guarantees none, and its own sample holds nulls. Enumerations stay text,
    since the service adds words without notice. The counters are month-to-date and count objects; `monthly_size` counts
    bytes.
    """

    sync_task_id: str | None = None
    src_cloud_type: str | None = None
    src_region: str | None = None
    src_bucket: str | None = None
    create_time: int | None = None
    last_start_time: int | None = None
    dst_bucket: str | None = None
    dst_region: str | None = None
    description: str | None = None
    status: str | None = None
    enable_kms: bool | None = None
    enable_metadata_migration: bool | None = None
    enable_restore: bool | None = None
    app_id: str | None = None
    monthly_acceptance_request: int | None = None
    monthly_success_object: int | None = None
    monthly_failure_object: int | None = None
    monthly_skip_object: int | None = None
    monthly_size: int | None = None
    object_overwrite_mode: str | None = None
    dst_storage_policy: str | None = None
    consistency_check: str | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether a user or a call has stopped the task."""
        return self.status == STOPPED

    @property
    def is_synchronizing(self) -> bool:
        """Whether the task accepts events; this does not mean that objects arrive."""
        return self.status == SYNCHRONIZING

    @property
    def created_at(self) -> datetime | None:
        """When the task was created; ``None`` when the answer holds no valid time."""
        return moment(self.create_time)

    @property
    def processed(self) -> int | None:
        """Finished objects: synced, failed or skipped; ``None`` when a counter is missing."""
        return _sum(self.monthly_success_object, self.monthly_failure_object, self.monthly_skip_object)

    @property
    def has_only_failed(self) -> bool:
        """Whether all objects that were processed this month failed."""
        return bool(self.processed) and self.monthly_failure_object == self.processed

    @property
    def pending(self) -> int | None:
        """Objects accepted but not finished; ``None`` when a counter is missing or counters contradict each other.

        Counters contradict each other near a change of month (an object is accepted in one month and finished in the
        next) and while the service updates them.
        """
        if self.monthly_acceptance_request is None or self.processed is None:
            return None
        difference = self.monthly_acceptance_request - self.processed
        return difference if difference >= 0 else None

    @property
    def has_contradicting_counters(self) -> bool:
        """Whether more objects are finished than were accepted."""
        accepted, processed = self.monthly_acceptance_request, self.processed
        return accepted is not None and processed is not None and processed > accepted


FIELD_NAMES = tuple(field.name for field in fields(SyncTask))
COUNTER_NAMES = tuple(name for name in FIELD_NAMES if name.startswith("monthly_"))


def moment(epoch_ms: int | None) -> datetime | None:
    """Convert epoch milliseconds to a time; ``None`` for null, 0 (unknown), and at or beyond the calendar's ends."""
    if epoch_ms is None or not _EARLIEST_MS <= epoch_ms < _LATEST_MS:
        return None
    seconds, milliseconds = divmod(epoch_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def failed_lists_place(sync_task_id: str, task: SyncTask) -> str | None:
    """Return the folder of the destination bucket in which the service lists failed objects, as documented.

    The text is foreign and not yet tamed; it is ``None`` when the answer does not name the bucket.
    """
    bucket = task.dst_bucket
    return f"obs://{bucket}/oms/sync_task/{sync_task_id}/failed_object_lists/" if bucket else None


def check_task_id(text: str) -> str:
    """Return the id when it can be part of a request path.

    The reference limits ids to 255 characters and shows only UUIDs, but does not guarantee them.

    Raises:
        ValueError: it cannot; the message says why and quotes at most 40 characters.
    """
    return check_id(text, "task id", _LONGEST_ID)


def check_id(text: str, what: str, longest: int) -> str:
    """Return an identifier that is printable, without blanks or slashes, and not a dot segment.

    Raises:
        ValueError: it is not; the message names `what`.
    """
    if not text:
        raise ValueError(f"the {what} is empty")
    if len(text) > longest:
        raise ValueError(f"the {what} has {len(text)} characters, at most {longest} are possible")
    if text in {".", ".."} or not text.isprintable() or not _PARTS_A_PATH.isdisjoint(text):
        raise ValueError(f"{text[:40]!r} is not a {what}")
    return text


def _sum(*counters: int | None) -> int | None:
    known = [counter for counter in counters if counter is not None]
    return sum(known) if len(known) == len(counters) else None


_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
TASK_ID = re.compile(rf"{_UUID.pattern}|[0-9a-fA-F]{{32}}")
"""The forms in which the service's reference shows ids."""

LONGEST_LABEL = 64


class WatchedTask(Struct, frozen=True):
    """An entry of the watch list: a task and its label."""

    ref: TaskRef
    label: str = ""


class WatchList(Struct, frozen=True):
    """The watched tasks in the user's order, each once; every change returns a new list."""

    tasks: tuple[WatchedTask, ...] = ()
    _by_ref: dict[TaskRef, WatchedTask] = field(default_factory=dict)
    """Finds an entry without a search through the list, which may be long."""

    def __post_init__(self) -> None:
        force_setattr(self, "_by_ref", {task.ref: task for task in self.tasks})

    def __iter__(self) -> Iterator[WatchedTask]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __contains__(self, ref: TaskRef) -> bool:
        return ref in self._by_ref

    def find(self, ref: TaskRef) -> WatchedTask | None:
        """Return the entry for this task, if it is watched."""
        return self._by_ref.get(ref)

    def first_of(self, profile: str) -> str | None:
        """Return the id of the first task that is watched by way of this profile, if there is one."""
        return next((task.ref.sync_task_id for task in self.tasks if task.ref.profile == profile), None)

    def added(self, new: Iterable[WatchedTask]) -> Self:
        """Return the list with these entries at its end; tasks that are already watched keep their entry."""
        tasks = list(self.tasks)
        known = {task.ref for task in tasks}
        for task in new:
            if task.ref not in known:
                known.add(task.ref)
                tasks.append(task)
        return replace(self, tasks=tuple(tasks))

    def removed(self, refs: Iterable[TaskRef]) -> Self:
        """Return the list without these tasks; tasks that are not on it are ignored."""
        unwanted = set(refs)
        return replace(self, tasks=tuple(task for task in self.tasks if task.ref not in unwanted))

    def inserted(self, task: WatchedTask, index: int) -> Self:
        """Return the list with the entry at this index, to undo a removal; unchanged when the task is on the list."""
        if task.ref in self:
            return self
        return replace(self, tasks=(*self.tasks[:index], task, *self.tasks[index:]))

    def relabelled(self, ref: TaskRef, label: str) -> Self:
        """Return the list with another label for this task."""
        return replace(
            self, tasks=tuple(replace(task, label=label) if task.ref == ref else task for task in self.tasks)
        )


def task_id_doubts(ids: Iterable[str]) -> str:
    """Return a warning about ids that do not have the form that the reference shows; they may still be valid.

    The warning quotes the first such id, not yet tamed, and counts the others; it is empty when there are none.
    """
    odd = list(dict.fromkeys(word for word in ids if not _UUID.fullmatch(word)))
    if not odd:
        return ""
    first, others = odd[0][:40], len(odd) - 1
    if not others:
        return f"{first} does not look like a task id, which is a UUID"
    return f"{first} and {others:,} other{'s' if others > 1 else ''} do not look like task ids, which are UUIDs"


def is_like_a_task_id(word: str) -> bool:
    """Whether a word has a form in which the service's reference shows ids."""
    return TASK_ID.fullmatch(word) is not None


LIST_PERMISSION = "oms:synctask:list"
"""The permission that listing tasks requires (API reference, ListSyncTasks)."""

_ADVICE = {
    ProblemKind.FORBIDDEN: f"Ask the administrator for {LIST_PERMISSION} in this project, or give the ids of its tasks",
    ProblemKind.GONE: "The region may not list tasks: give their ids",
}


class ListedTask(Struct, frozen=True):
    """A task of a project; its settings have no counters, since ListSyncTasks does not return them."""

    sync_task_id: str
    settings: SyncTask

    @property
    def route(self) -> str:
        """Source and destination, as ``AWS eu-west-1 logs → cn-north-4 logs``; foreign text, not yet tamed."""
        task = self.settings
        source = " ".join(part for part in (task.src_cloud_type, task.src_region, task.src_bucket) if part)
        target = " ".join(part for part in (task.dst_region, task.dst_bucket) if part)
        return f"{source or '–'} → {target or '–'}"


class Listing(Struct, frozen=True):
    """The tasks of a project in the service's order, each once."""

    tasks: tuple[ListedTask, ...] = ()
    remark: str = ""
    """What is wrong or missing, in a sentence; empty when the list is whole."""

    def unwatched(self, profile: str, watched: Collection[TaskRef]) -> tuple[WatchedTask, ...]:
        """Return an entry for each task that is not watched through this profile."""
        refs = [TaskRef(profile, task.sync_task_id) for task in self.tasks]
        return tuple(WatchedTask(ref) for ref in refs if ref not in watched)


def listing_advice(problem: Problem, profile: str, keys: Mapping[Remedy, str] = MappingProxyType({})) -> str:
    """Return what to do when listing tasks fails; the usual advice of a problem is about a single task."""
    if not problem.has_own_advice and not problem.is_foreign and problem.kind in _ADVICE:
        return _ADVICE[problem.kind]
    return problem.advice_for(profile, keys)
