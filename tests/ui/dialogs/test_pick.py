"""Choosing from what a project has."""

import asyncio

import pytest

from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.task import ListedTask, Listing, SyncTask, TaskRef, WatchedTask
from omstui.ui.dialogs.add import AddDialog
from omstui.ui.dialogs.pick import PickDialog
from tests.ui.dialogs.hosting import HOSTILE, IDS, SIZES, Host, paste, press, settled, type_text

FOUND = Listing(
    tuple(
        ListedTask(one, SyncTask(one, src_bucket=f"from-{number}", dst_bucket=f"to-{number}", status="SYNCHRONIZING"))
        for number, one in enumerate(IDS)
    )
)
DENIED = Problem(ProblemKind.FORBIDDEN, "denied", "OMS.0053", 403)


class Service:
    """Answers at once, or when it is told to; counts the questions."""

    def __init__(self, *outcomes: Listing | Problem, waits: bool = False) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []
        self.open = asyncio.Event()
        if not waits:
            self.open.set()

    async def find(self, profile: str) -> Listing | Problem:
        self.asked.append(profile)
        await self.open.wait()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


def picked(*numbers: int) -> tuple[WatchedTask, ...]:
    return tuple(WatchedTask(TaskRef("lab", IDS[number])) for number in numbers)


def dialog(service: Service, watched: tuple[int, ...] = ()) -> PickDialog:
    return PickDialog("lab", service.find, frozenset(task.ref for task in picked(*watched)))


async def test_the_project_is_asked_once_and_what_it_has_is_shown() -> None:
    service = Service(FOUND, waits=True)
    app = Host(dialog(service, watched=(0,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "Asking what lab has; one step back" in app.words
        service.open.set()
        await settled(pilot)
        assert service.asked == ["lab"]
        assert " ✓  from-0 → to-0" in app.shown
        assert "[ ] from-1 → to-1" in app.shown
        assert f"watched already · {IDS[0]}" in app.words


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        (("enter",), (1,)),
        (("space", "down", "down", "space", "enter"), (1, 3)),
        (("space", "space", "down", "enter"), (2,)),
        (("a", "space", "enter"), (2, 3, 4, 5)),
        (("end", "j", "j", "k", "space", "ctrl+s"), (2,)),
    ],
)
async def test_tasks_are_chosen_with_space_and_added_with_enter(
    keys: tuple[str, ...], numbers: tuple[int, ...]
) -> None:
    """The first is watched and is never chosen; the cursor begins there, so it is moved down first."""
    app = Host(dialog(Service(FOUND), watched=(0,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "down", *keys)
        assert app.results == [picked(*numbers)]


async def test_what_is_watched_is_not_added_again() -> None:
    app = Host(dialog(Service(FOUND), watched=(0,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "space", "enter")
        assert app.is_open


async def test_the_filter_hides_and_keeps_what_is_chosen() -> None:
    app = Host(dialog(Service(FOUND)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "space", "slash")
        await type_text(pilot, "to-4")
        await press(pilot, "enter")
        assert "from-0" not in app.shown
        await press(pilot, "space")
        assert "add 2" in app.shown
        assert "esc clear" in app.shown
        await press(pilot, "escape")
        assert app.is_open
        assert "esc back" in app.shown
        assert "[x] from-0" in app.shown
        await press(pilot, "enter")
        assert app.results == [picked(0, 4)]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (DENIED, "denied (OMS.0053). Ask the administrator for oms:synctask:list"),
        (Problem(ProblemKind.NETWORK, "Connection refused"), "Connection refused. Check the network"),
        (Listing(), "The project has no tasks in this region"),
        (Listing(FOUND.tasks, "The service speaks of 9 tasks and lists 6"), "speaks of 9 tasks and lists 6"),
        (Listing((ListedTask(IDS[0], SyncTask(src_bucket=HOSTILE, status=HOSTILE, description=HOSTILE)),)), IDS[0]),
    ],
)
async def test_trouble_is_told_in_words_and_leads_back(outcome: Listing | Problem, words: str) -> None:
    service = Service(outcome, FOUND)
    app = Host(dialog(service))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert words in app.words
        assert app.shown.replace("\n", "").isprintable()
        await press(pilot, "r")
        assert len(service.asked) == 2
        assert "from-3" in app.shown
        await press(pilot, "escape")
        assert app.results == [None]


@pytest.mark.parametrize("size", SIZES)
async def test_the_task_under_the_cursor_is_visible_at_every_size(size: tuple[int, int]) -> None:
    many = tuple(ListedTask(f"id-{number}", SyncTask(src_bucket=f"from-{number}")) for number in range(60))
    app = Host(dialog(Service(Listing(many))))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, *["pagedown"] * 6)
        assert "[ ] from-59" in app.shown
        assert "esc back" in app.shown


async def test_the_add_dialog_takes_what_was_chosen_and_asks_for_nothing_by_itself() -> None:
    service = Service(FOUND)
    app = Host(AddDialog(["lab"], "lab", frozenset(), service.find))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert not service.asked
        await press(pilot, "f2", "space", "enter")
        assert app.results == [picked(0)]


async def test_after_trouble_with_the_list_ids_can_still_be_pasted() -> None:
    """What was typed before the list was opened is there, and what was chosen there is not lost."""
    service = Service(DENIED, FOUND)
    app = Host(AddDialog(["lab"], "lab", frozenset(), service.find))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await paste(pilot, IDS[1])
        await press(pilot, "f2", "escape")
        assert "1 task to add" in app.words
        await press(pilot, "f2", "space", "enter")
        assert "1 accepted · 1 task to add" in app.words
        await press(pilot, "enter")
        assert app.results == [picked(0, 1)]


async def test_without_a_profile_there_is_nothing_to_list() -> None:
    service = Service(FOUND)
    app = Host(AddDialog([], None, frozenset(), service.find))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "f2")
        assert app.is_open
        assert not service.asked
