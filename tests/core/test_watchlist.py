import pytest
from hypothesis import given
from hypothesis import strategies as st

from omstui.core.task import TaskRef, check_task_id
from omstui.core.watchlist import LONGEST_LABEL, BadLine, Line, WatchedTask, WatchList, read_lines

UUID = "0d146099-8cf4-437d-b6ef-88e043771c8b"
MANY = "more than one task id: write each on a line of its own"
OTHER = "d18befdd-eb82-41f3-8019-bbb593d74a3e"

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


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("\n  \n# a comment\n", [], id="blank lines and comments"),
        pytest.param(UUID, [Line(UUID)], id="an id"),
        pytest.param(f"{UUID}\r\n{OTHER}\r\n", [Line(UUID), Line(OTHER)], id="many lines"),
        pytest.param(f"{UUID} images to obs", [Line(UUID, "images to obs")], id="a label"),
        pytest.param(f"{UUID}\timages # ours", [Line(UUID, "images")], id="a label and a comment"),
        pytest.param(f'["{UUID}",', [Line(UUID)], id="a line of JSON"),
        pytest.param(f"<{UUID}>; 'images'", [Line(UUID, "images")], id="wrapped"),
        pytest.param(f"\ufeff{UUID}", [Line(UUID)], id="a byte order mark"),
        pytest.param(f"\u200b{UUID}\u200b", [Line(UUID)], id="marks from a web page"),
        pytest.param(UUID.replace("-", "").upper(), [Line(UUID.replace("-", "").upper())], id="another form"),
        pytest.param(f"{UUID.replace('-', '')} x", [Line(UUID.replace("-", ""), "x")], id="another form, labelled"),
        pytest.param(f"{UUID} # not {OTHER}", [Line(UUID)], id="another id in a comment"),
        pytest.param("task-7", [Line("task-7")], id="a lone word"),
        pytest.param(f"{UUID} {'x' * 99}", [Line(UUID, "x" * 64)], id="a long label"),
    ],
)
def test_lines_that_name_tasks_are_read(text: str, lines: list[Line]) -> None:
    assert read_lines(text) == (lines, [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("please add these", "'please add these' does not look like a task id", id="prose"),
        pytest.param('"ids": [', "'\"ids\": [' does not look like a task id", id="JSON around ids"),
        pytest.param("a/b", "'a/b' is not a task id", id="a path"),
        pytest.param("[]", "'[]' is not a task id", id="brackets around nothing"),
        pytest.param(f"{'x' * 99} y", f"'{'x' * 59}…' does not look like a task id", id="long prose"),
        pytest.param(
            "x" * 256, f"'{'x' * 59}…': the task id has 256 characters, at most 255 are possible", id="too long"
        ),
        pytest.param(f"{'x' * 58} y", f"'{'x' * 58} y' does not look like a task id", id="just short enough"),
        pytest.param(f"{'x' * 58}/y", f"'{'x' * 58}/y' is not a task id", id="just short enough, and one word"),
        pytest.param("\x1b[31m", r"'\x1b[31m' is not a task id", id="an escape"),
        pytest.param(f"{UUID}, {OTHER}", f"'{UUID}, {OTHER[:21]}…' holds {MANY}", id="two ids"),
        pytest.param(f"{UUID},{OTHER}", f"'{UUID},{OTHER[:22]}…' holds {MANY}", id="two ids, closer"),
        pytest.param(f"{UUID}{OTHER}", f"'{UUID}{OTHER[:23]}…' holds {MANY}", id="two ids grown together"),
        pytest.param(
            f"{UUID}{OTHER}".replace("-", ""), f"'{f'{UUID}{OTHER}'.replace('-', '')[:59]}…' holds {MANY}", id="in hex"
        ),
        pytest.param("task\ufffd7", "'task\ufffd7' is garbled: copy the task id again", id="a character that was lost"),
    ],
)
def test_lines_that_name_none_are_bad_and_say_why(text: str, reason: str) -> None:
    good, bad = read_lines(f"{OTHER}\n\n{text}\n")
    assert good == [Line(OTHER)]
    assert bad == [BadLine(3, reason)]


@given(st.text() | st.text(st.sampled_from("0123456789abcdef-\n\t #[]\"',./\\ü\x1b\ud800\ufeff")))
def test_no_text_breaks_the_reader(text: str) -> None:
    good, bad = read_lines(text)
    for line in good:
        assert check_task_id(line.sync_task_id) == line.sync_task_id
        assert len(line.label) <= LONGEST_LABEL
    assert [line.number for line in bad] == sorted({line.number for line in bad})
    assert len(good) + len(bad) <= len(text.splitlines())


@given(st.lists(st.uuids(), min_size=1), st.sampled_from(["\n", "\r\n", "\n\n", " \n"]))
def test_every_id_of_a_list_is_found_in_its_order(ids: list[object], separator: str) -> None:
    good, bad = read_lines(separator.join(map(str, ids)))
    assert [line.sync_task_id for line in good] == [str(one) for one in ids]
    assert not bad
