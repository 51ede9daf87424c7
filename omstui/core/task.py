"""A synchronization task as ShowSyncTask describes it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple

SYNCHRONIZING = "SYNCHRONIZING"
STOPPED = "STOPPED"

_LONGEST_ID = 255
_PARTS_A_PATH = frozenset("/\\?# ")
# A day away from both ends of the calendar, so that every zone on earth can show the time.
_EARLIEST_MS = 86_400_000
_LATEST_MS = 253_402_300_800_000 - 86_400_000


class TaskRef(NamedTuple):
    """Names one task: the profile that reaches it and its id there.

    A tuple, since it is the key of nearly everything: hashed and compared without a line of Python.
    """

    profile: str
    sync_task_id: str

    def __str__(self) -> str:
        return f"{self.profile}/{self.sync_task_id}"


@dataclass(frozen=True, slots=True)
class SyncTask:
    """The 22 fields of a ShowSyncTask answer, named and typed as in the API reference.

    Each may be missing: the reference promises none, and its own sample holds nulls. Enumerations stay text, since new
    words appear without notice. The counters are month-to-date and count objects; `monthly_size` counts bytes.
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
        """Whether the task accepts events; it does not say that anything is flowing."""
        return self.status == SYNCHRONIZING

    @property
    def created_at(self) -> datetime | None:
        """When the task was created, as far as the answer holds a time of the calendar."""
        return moment(self.create_time)

    @property
    def last_started_at(self) -> datetime | None:
        """When the task was last started, as far as the answer holds a time of the calendar."""
        return moment(self.last_start_time)

    @property
    def processed(self) -> int | None:
        """Objects that are done with: synced, failed or skipped."""
        return _sum(self.monthly_success_object, self.monthly_failure_object, self.monthly_skip_object)

    @property
    def has_only_failed(self) -> bool:
        """Whether all that was processed this month has failed."""
        return bool(self.processed) and self.monthly_failure_object == self.processed

    @property
    def pending(self) -> int | None:
        """Objects accepted and not done with; ``None`` when a counter is missing or they contradict each other.

        They do near a change of month (accepted in one, finished in the next) and while they are being updated.
        """
        if self.monthly_acceptance_request is None or self.processed is None:
            return None
        difference = self.monthly_acceptance_request - self.processed
        return difference if difference >= 0 else None

    @property
    def has_contradicting_counters(self) -> bool:
        """Whether more objects are done with than were accepted."""
        accepted, processed = self.monthly_acceptance_request, self.processed
        return accepted is not None and processed is not None and processed > accepted


FIELD_NAMES = tuple(field.name for field in fields(SyncTask))
COUNTER_NAMES = tuple(name for name in FIELD_NAMES if name.startswith("monthly_"))


def moment(epoch_ms: int | None) -> datetime | None:
    """Turn epoch milliseconds into a time; ``None`` for null, for 0 (unknown) and at and beyond the calendar's ends."""
    if epoch_ms is None or not _EARLIEST_MS <= epoch_ms < _LATEST_MS:
        return None
    seconds, milliseconds = divmod(epoch_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def failed_lists_place(sync_task_id: str, task: SyncTask) -> str | None:
    """Return where, by the documentation, the service lists a task's failed objects; foreign text, not yet tamed.

    It is a folder of the destination bucket; ``None`` when the answer does not name that bucket.
    """
    bucket = task.dst_bucket
    return f"obs://{bucket}/oms/sync_task/{sync_task_id}/failed_object_lists/" if bucket else None


def check_task_id(text: str) -> str:
    """Return the id when it can stand in a request path.

    The reference bounds it at 255 characters and shows UUIDs only, without promising them.

    Raises:
        ValueError: it cannot; the message says why, without repeating more than a few characters.
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
