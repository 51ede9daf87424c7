"""Turns the bytes of a ListSyncTasks answer into a page of tasks."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from omstui.backend.wire import LARGEST_INTEGER, BadAnswer, check_length, check_numbers, range_reason, told_apart
from omstui.core.listing import ListedTask
from omstui.core.task import SyncTask, check_task_id

if TYPE_CHECKING:
    import msgspec


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the list."""

    tasks: tuple[ListedTask, ...]
    count: int | None
    """How many tasks the project has, by its own word."""

    length: int
    """How many tasks the page has, those included that cannot be asked for."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it stands in an answer."""

    tasks: list[SyncTask] | None
    count: int | None = None


def decode_page(body: bytes) -> Page:
    """Read the body of a ListSyncTasks answer (API reference, ListSyncTasks, status 200).

    Null and absence are ``None``, unknown fields are ignored; tasks whose id cannot be asked for are counted only.

    Raises:
        BadAnswer: it is no JSON object of that form, or longer than the reference allows by far.
    """
    with told_apart(body, "a list of synchronization tasks"):
        wire = _page_decoder().decode(body)
    if wire.count is not None and not 0 <= wire.count <= LARGEST_INTEGER:
        raise BadAnswer(range_reason("count"))
    listed = wire.tasks or []
    check_length("tasks", listed)
    for task in listed:
        check_numbers(task)
    return Page(tuple(ListedTask(_id_of(task), task) for task in listed if _id_of(task)), wire.count, len(listed))


def _id_of(task: SyncTask) -> str:
    """Return the task's id; an empty one where a request path cannot hold it."""
    try:
        return check_task_id(task.sync_task_id or "")
    except ValueError:
        return ""


@cache
def _page_decoder() -> "msgspec.json.Decoder[_Page]":
    import msgspec  # not needed before the first answer

    return msgspec.json.Decoder(_Page)
