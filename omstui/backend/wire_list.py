"""Turns the bytes of a ListSyncTasks answer into a page of tasks."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from omstui.backend.wire import BadAnswer, check_length, is_in_range, range_reason, read_fields, told_apart
from omstui.core.task import ListedTask, SyncTask, check_task_id

if TYPE_CHECKING:
    import msgspec

_Fields = TypeVar("_Fields")


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the list."""

    tasks: tuple[ListedTask, ...]
    count: int | None
    """How many tasks the project has, by its own word."""

    length: int
    """How many tasks the page has, those included that cannot be asked for."""


@dataclass(frozen=True, slots=True)
class _Page(Generic[_Fields]):
    """A page as it stands in an answer."""

    tasks: list[_Fields] | None
    count: int | None = None


def decode_page(body: bytes) -> Page:
    """Read the body of a ListSyncTasks answer (API reference, ListSyncTasks, status 200).

    Null and absence are ``None``, unknown fields are ignored; so is what does not fit of a task. Tasks whose id cannot
    be asked for are counted only.

    Raises:
        BadAnswer: it is no JSON object of that form, or longer than the reference allows by far.
    """
    with told_apart(body, "a list of synchronization tasks"):
        wire = _page_decoder().decode(body)
        if not is_in_range(wire.count):
            raise BadAnswer(range_reason("count"))
        check_length("tasks", wire.tasks)
        listed = [read_fields(fields, counters=()).task for fields in wire.tasks or []]
    return Page(tuple(ListedTask(_id_of(task), task) for task in listed if _id_of(task)), wire.count, len(listed))


def _id_of(task: SyncTask) -> str:
    """Return the task's id; an empty one where a request path cannot hold it."""
    try:
        return check_task_id(task.sync_task_id or "")
    except ValueError:
        return ""


@cache
def _page_decoder() -> "msgspec.json.Decoder[_Page[dict[str, msgspec.Raw]]]":
    import msgspec  # not needed before the first answer

    return msgspec.json.Decoder(_Page[dict[str, msgspec.Raw]])
