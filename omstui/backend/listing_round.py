"""Collects all pages of a project's list of tasks."""

from collections.abc import Awaitable, Callable

from omstui.backend.wire_list import Page
from omstui.core.problem import Problem
from omstui.core.task import ListedTask, Listing

PAGE = 100
"""Tasks that a page holds at most (API reference, ListSyncTasks)."""

LARGEST_OFFSET = 10_000
"""How far into the list the service goes (API reference, ListSyncTasks)."""

_MOST_PAGES = LARGEST_OFFSET // PAGE + 1


async def collected(ask: Callable[[int, int], Awaitable[Page | Problem]]) -> Listing | Problem:
    """Ask for one page after the other, as long as they bring something new.

    It ends whatever the service says: pages that repeat, or a count that does not fit, are remarked upon.

    Args:
        ask: asks for a page, by `limit` and `offset`.

    Returns:
        the list; the problem, when even the first page brought one.
    """
    tasks: dict[str, ListedTask] = {}
    offset = nameless = 0
    count: int | None = None
    for number in range(_MOST_PAGES):
        page = await ask(PAGE, offset)
        if isinstance(page, Problem):
            if not number:
                return page
            return Listing(tuple(tasks.values()), f"The list ends early, after {len(tasks):,} tasks: {page.text}")
        before, count = len(tasks), page.count
        tasks.update((task.sync_task_id, task) for task in page.tasks if task.sync_task_id not in tasks)
        nameless += page.length - len(page.tasks)
        offset += page.length
        is_full, is_short = page.length >= PAGE, page.count is not None and offset < page.count
        if len(tasks) == before or not (is_full or is_short) or offset > LARGEST_OFFSET:
            break
    return Listing(tuple(tasks.values()), _remark(len(tasks), nameless, count))


def _remark(found: int, nameless: int, count: int | None) -> str:
    """Say what does not fit together."""
    if nameless:
        return f"{nameless:,} task{'s have' if nameless > 1 else ' has'} no id that can be asked for"
    if count is not None and count != found:
        return f"The service speaks of {count:,} tasks and lists {found:,}"
    return ""
