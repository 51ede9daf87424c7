from hypothesis import given
from hypothesis import strategies as st

from omstui.core.task import TaskRef
from omstui.core.watchlist import WatchedTask, WatchList
from tests.steps import steps

REFS = st.builds(TaskRef, st.sampled_from("pq"), st.sampled_from("abcde"))
TASKS = st.builds(WatchedTask, REFS, st.sampled_from(["", "one", "two"]))
LISTS = st.lists(TASKS, max_size=8).map(lambda tasks: WatchList().added(tasks))


def refs(watchlist: WatchList) -> list[TaskRef]:
    return [task.ref for task in watchlist]


@given(LISTS, st.lists(TASKS))
def test_adding_keeps_what_is_there_and_appends_each_new_task_once(
    watchlist: WatchList, new: list[WatchedTask]
) -> None:
    added = watchlist.added(new)
    assert added.tasks[: len(watchlist)] == watchlist.tasks
    assert len(set(refs(added))) == len(added)
    assert set(refs(added)) == set(refs(watchlist)) | {task.ref for task in new}
    assert added.added(new) == added


@given(LISTS, st.lists(REFS))
def test_removing_takes_exactly_those_tasks_and_keeps_the_order(watchlist: WatchList, gone: list[TaskRef]) -> None:
    left = watchlist.removed(gone)
    assert list(left) == [task for task in watchlist if task.ref not in gone]
    assert left.removed(gone) == left


@given(LISTS, st.data())
def test_an_undone_removal_restores_the_list(watchlist: WatchList, data: st.DataObject) -> None:
    if not len(watchlist):
        return
    index = data.draw(st.integers(0, len(watchlist) - 1))
    task = watchlist.tasks[index]
    assert watchlist.removed([task.ref]).inserted(task, index) == watchlist


@given(LISTS, TASKS, st.integers(0, 20))
def test_inserting_is_once_only_at_its_place_or_at_the_end(watchlist: WatchList, task: WatchedTask, index: int) -> None:
    inserted = watchlist.inserted(task, index)
    if task.ref in watchlist:
        assert inserted == watchlist
    else:
        assert inserted.tasks.index(task) == min(index, len(watchlist))
        assert inserted.removed([task.ref]) == watchlist


@given(LISTS, REFS)
def test_another_label_changes_that_entry_alone(watchlist: WatchList, ref: TaskRef) -> None:
    relabelled = watchlist.relabelled(ref, "new")
    assert refs(relabelled) == refs(watchlist)
    assert [task.label for task in relabelled] == ["new" if task.ref == ref else task.label for task in watchlist]


@given(LISTS, REFS)
def test_a_task_is_found_when_it_is_watched(watchlist: WatchList, ref: TaskRef) -> None:
    found = watchlist.find(ref)
    assert (found is not None) == (ref in watchlist) == (ref in refs(watchlist))
    assert found is None or found.ref == ref


def test_a_long_list_is_not_walked_through_to_find_a_task() -> None:
    short, long = (WatchList(tuple(WatchedTask(TaskRef("p", f"{one}")) for one in range(size))) for size in (1, 999))
    last = TaskRef("p", "998")
    assert steps(lambda: (last in long, long.find(last))) == steps(lambda: (last in short, short.find(last)))
