"""All pages of a list, whatever the service makes of them."""

from collections.abc import Callable

import pytest

from omstui.backend.oms.client import collected
from omstui.backend.oms.wire import Page
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import ListedTask, Listing, SyncTask

TROUBLE = Problem(ProblemKind.SERVER, "Server error 503", status=503)


def page(first: int, last: int, count: int | None) -> Page:
    tasks = tuple(ListedTask(f"task-{number}", SyncTask()) for number in range(first, last))
    return Page(tasks, count, len(tasks))


class Service:
    """Answers from a function of limit and offset, and remembers what it was asked."""

    def __init__(self, answer: Callable[[int, int], Page | Problem]) -> None:
        self._answer = answer
        self.asked: list[tuple[int, int]] = []

    async def ask(self, limit: int, offset: int) -> Page | Problem:
        self.asked.append((limit, offset))
        return self._answer(limit, offset)


@pytest.mark.parametrize(
    ("answer", "found", "asked", "remark"),
    [
        pytest.param(lambda _, at: page(0, 0, 0), 0, [0], "", id="nothing"),
        pytest.param(lambda _, at: page(at, 2, 2), 2, [0], "", id="one page"),
        pytest.param(lambda n, at: page(at, min(at + n, 250), 250), 250, [0, 100, 200], "", id="three pages"),
        pytest.param(lambda n, at: page(at, min(at + n, 100), 100), 100, [0, 100], "", id="just one page"),
        pytest.param(lambda _, at: page(at, min(at + 10, 25), 25), 25, [0, 10, 20], "", id="shorter pages"),
        pytest.param(lambda _, at: page(at, 7, None), 7, [0], "", id="no count"),
        pytest.param(
            lambda *_: page(0, 100, 900), 100, [0, 100], "The service speaks of 900 tasks and lists 100", id="repeats"
        ),
        pytest.param(
            lambda n, at: page(at, min(at + n, 250), 3), 250, [0, 100, 200],
            "The service speaks of 3 tasks and lists 250", id="a count that is too low",
        ),
        pytest.param(
            lambda _, at: page(at, min(at + 9, 9), 10**18), 9, [0, 9],
            f"The service speaks of {10**18:,} tasks and lists 9", id="a count that is too high",
        ),
        pytest.param(
            lambda _, at: Page((), 5, 2), 0, [0], "2 tasks have no id that can be asked for", id="no ids"
        ),
        pytest.param(
            lambda _, at: TROUBLE if at else page(0, 100, 150), 100, [0, 100],
            "The list ends early, after 100 tasks: Server error 503", id="trouble on the way",
        ),
    ],
)  # fmt: skip
async def test_pages_are_asked_for_as_long_as_they_bring_something_new(
    answer: Callable[[int, int], Page | Problem], found: int, asked: list[int], remark: str
) -> None:
    service = Service(answer)
    listing = await collected(service.ask)
    assert isinstance(listing, Listing)
    assert [task.sync_task_id for task in listing.tasks] == [f"task-{number}" for number in range(found)]
    assert service.asked == [(100, offset) for offset in asked]
    assert listing.remark == remark


@pytest.mark.parametrize("length", [1, 100])
async def test_an_endless_list_ends_at_the_largest_offset_and_after_a_hundred_pages(length: int) -> None:
    service = Service(lambda _, at: page(at, at + length, 10**9))
    listing = await collected(service.ask)
    assert isinstance(listing, Listing)
    assert len(service.asked) == 101
    assert max(offset for _, offset in service.asked) <= 10_000
    assert "speaks of 1,000,000,000 tasks" in listing.remark


async def test_trouble_with_the_first_page_is_the_answer() -> None:
    assert await collected(Service(lambda *_: TROUBLE).ask) == TROUBLE
