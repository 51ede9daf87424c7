"""The watch list on disk: nothing that was acknowledged is lost, and nothing that the user wrote is harmed."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omstui.backend.files.watchlist import MemoryWatchList, WatchListFile, WatchListStore
from omstui.backend.runtime import files
from omstui.backend.runtime.files import FileError
from omstui.core.task import TaskRef, WatchedTask, WatchList
from tests.steps import is_linear

ID = "0d146099-8cf4-437d-b6ef-88e04377{:04}"


def ref(number: int, profile: str = "lab") -> TaskRef:
    return TaskRef(profile, ID.format(number))


def task(number: int, label: str = "", profile: str = "lab") -> WatchedTask:
    return WatchedTask(ref(number, profile), label)


def adding(*tasks: WatchedTask) -> Callable[[WatchList], WatchList]:
    return lambda watchlist: watchlist.added(tasks)


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> WatchListStore:
    return WatchListFile(tmp_path / "omstui" / "watchlist.toml") if request.param == "file" else MemoryWatchList()


class TestStores:
    """What every store of the watch list does."""

    def test_a_new_store_holds_nothing(self, store: WatchListStore) -> None:
        assert store.load() == WatchList()

    def test_a_change_is_returned_and_found_again(self, store: WatchListStore) -> None:
        assert store.edit(adding(task(1, "one"), task(2))) == WatchList((task(1, "one"), task(2)))
        assert store.load() == WatchList((task(1, "one"), task(2)))

    def test_each_change_builds_on_the_one_before(self, store: WatchListStore) -> None:
        store.edit(adding(task(1), task(2), task(3)))
        store.edit(lambda watchlist: watchlist.removed([ref(2)]))
        store.edit(lambda watchlist: watchlist.relabelled(ref(3), "three"))
        store.edit(lambda watchlist: watchlist.inserted(task(4), 0))
        store.edit(lambda watchlist: watchlist.inserted(task(5), 1))
        assert store.load() == WatchList((task(4), task(5), task(1), task(3, "three")))

    def test_any_order_is_kept(self, store: WatchListStore) -> None:
        store.edit(adding(task(1, "a"), task(2), task(3)))
        store.edit(lambda watchlist: WatchList(watchlist.tasks[::-1]))
        assert store.load() == WatchList((task(3), task(2), task(1, "a")))

    def test_a_label_is_cut_and_loses_what_is_no_text_but_is_not_tamed(self, store: WatchListStore) -> None:
        label = "\x1b[31m[x]\udcff\u202e\"'\\" + "x" * 100
        kept = "\x1b[31m[x]\ufffd\u202e\"'\\" + "x" * 51
        assert store.edit(adding(task(1, label))) == WatchList((task(1, kept),))
        assert store.load() == WatchList((task(1, kept),))

    def test_a_change_that_fails_changes_nothing(self, store: WatchListStore) -> None:
        store.edit(adding(task(1)))
        with pytest.raises(ZeroDivisionError):
            store.edit(lambda watchlist: WatchList(watchlist.tasks * (1 // 0)))
        assert store.load() == WatchList((task(1),))

    def test_own_loads_and_edits_are_no_news(self, store: WatchListStore) -> None:
        store.load()
        assert not store.has_changed()
        store.edit(adding(task(1)))
        assert not store.has_changed()


def file_with(tmp_path: Path, text: str) -> WatchListFile:
    path = tmp_path / "watchlist.toml"
    path.write_text(text, encoding="utf-8", newline="")
    return WatchListFile(path)


def entry(number: int, label: str = "") -> str:
    return f'[[task]]\nid = "{ID.format(number)}"\nprofile = "lab"\nlabel = "{label}"\n'


def test_a_new_file_is_plain_and_private(tmp_path: Path) -> None:
    path = tmp_path / "omstui" / "watchlist.toml"
    WatchListFile(path).edit(adding(task(1, "one"), task(2)))
    assert path.read_text() == f"{entry(1, 'one')}\n{entry(2)}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_news_from_another_instance_is_noticed_once(tmp_path: Path) -> None:
    mine, other = WatchListFile(tmp_path / "watchlist.toml"), WatchListFile(tmp_path / "watchlist.toml")
    mine.load()
    other.edit(adding(task(1)))
    assert mine.has_changed()
    assert mine.load() == WatchList((task(1),))
    assert not mine.has_changed()
    other.edit(lambda watchlist: watchlist.relabelled(ref(1), "x"))
    assert mine.has_changed()
    other.path.unlink()
    assert mine.load() == WatchList()
    assert not mine.has_changed()


def test_a_broken_file_is_news_only_once_and_again_when_mended(tmp_path: Path) -> None:
    store = file_with(tmp_path, "[[task]\n")
    with pytest.raises(FileError):
        store.load()
    assert not store.has_changed()
    store.path.write_text(entry(1))
    assert store.has_changed()
    assert store.load() == WatchList((task(1),))


def test_what_another_instance_wrote_is_merged(tmp_path: Path) -> None:
    mine, other = WatchListFile(tmp_path / "watchlist.toml"), WatchListFile(tmp_path / "watchlist.toml")
    mine.edit(adding(task(1), task(2)))
    other.edit(adding(task(3)))
    assert mine.edit(lambda watchlist: watchlist.removed([ref(1)])) == WatchList((task(2), task(3)))


def test_a_change_that_makes_no_difference_writes_nothing(tmp_path: Path) -> None:
    store = file_with(tmp_path, entry(1))
    before = store.path.stat()
    store.edit(adding(task(1, "other label")))
    after = store.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_linked_list_stays_linked(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text(entry(1))
    (tmp_path / "watchlist.toml").symlink_to("real.toml")
    WatchListFile(tmp_path / "watchlist.toml").edit(adding(task(2)))
    assert (tmp_path / "watchlist.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text() == f"{entry(1)}\n{entry(2)}"


HAND_WRITTEN = f"""# My tasks.

title = "mine"

# The big one.
[[task]]
id = "{ID.format(1)}"   # since May
profile = "lab"
label = "big" # what we call it
owner = "ops"

# Free words.

# The small one.
[[task]]
profile = "lab"
id = "{ID.format(2)}"
[task.extra]
note = '''
[[task]]
'''

[other]
x = 1
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (adding(task(1)), HAND_WRITTEN),
        (
            lambda w: w.relabelled(ref(1), "huge"),
            HAND_WRITTEN.replace('"big"', '"huge"'),
        ),
        (
            lambda w: w.relabelled(ref(2), "tiny"),
            HAND_WRITTEN.replace("[task.extra]", 'label = "tiny"\n\n[task.extra]'),
        ),
        (
            lambda w: w.removed([ref(1)]),
            HAND_WRITTEN[: HAND_WRITTEN.index("# The big")] + HAND_WRITTEN[HAND_WRITTEN.index("\n# Free words.") :],
        ),
        (
            lambda w: w.removed([ref(2)]),
            HAND_WRITTEN[: HAND_WRITTEN.index("# The small")] + HAND_WRITTEN[HAND_WRITTEN.index("[other]") :],
        ),
        (adding(task(3)), HAND_WRITTEN.replace("[other]", f"{entry(3)}\n[other]")),
        (lambda w: w.inserted(task(3), 0), HAND_WRITTEN.replace("# The big", f"{entry(3)}\n# The big")),
        (lambda w: w.inserted(task(3), 1), HAND_WRITTEN.replace("# The small", f"{entry(3)}\n# The small")),
    ],
    ids=["nothing", "label", "label beside a table", "remove", "remove last", "add", "insert first", "insert second"],
)
def test_what_the_user_wrote_around_the_entries_stays(
    tmp_path: Path, change: Callable[[WatchList], WatchList], expected: str
) -> None:
    store = file_with(tmp_path, HAND_WRITTEN)
    result = store.edit(change)
    assert store.path.read_text() == expected
    assert store.load() == result


def test_a_last_line_without_its_end_gets_one(tmp_path: Path) -> None:
    store = file_with(tmp_path, entry(1).rstrip("\n"))
    store.edit(adding(task(2)))
    assert store.path.read_text() == f"{entry(1)}\n{entry(2)}"


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    store = file_with(tmp_path, entry(1).replace("\n", "\r\n"))
    store.edit(adding(task(2)))
    assert store.path.read_bytes().startswith(entry(1).replace("\n", "\r\n").encode())
    assert store.load() == WatchList((task(1), task(2)))


def test_an_entry_given_twice_counts_once(tmp_path: Path) -> None:
    store = file_with(tmp_path, f"{entry(1, 'a')}\n{entry(1, 'b')}")
    assert store.load() == WatchList((task(1, "a"),))
    store.edit(lambda watchlist: watchlist.removed([ref(1)]))
    assert store.load() == WatchList()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[task]]\nid = \n", "line 2: is not TOML"),
        (f"{entry(1)}\n[[task]]\nprofile = 'lab'\n", "line 6: task 2 has no id"),
        (f"{entry(1)}\n[[task]]\nid = 'x'\n", "line 6: task 2 has no profile"),
        ("\n[[task]]\nid = 1\nprofile = 'lab'\n", "line 2: task 1: id is not text"),
        ("[[task]]\nid = 'x'\nprofile = 'lab'\nlabel = true\n", "line 1: task 1: label is not text"),
        ("[[task]]\nid = '..'\nprofile = 'lab'\n", "line 1: task 1: '..' is not a task id"),
        ("[[task]]\nid = 'a/b'\nprofile = 'lab'\n", "line 1: task 1: 'a/b' is not a task id"),
        (f"[[task]]\nid = '{'x' * 256}'\nprofile = 'lab'\n", "line 1: task 1: the task id has 256 characters"),
        ("[[task]]\nid = 'x'\nprofile = 'a b'\n", "line 1: task 1: 'a b' is not a profile name"),
        ("task = [{id = 'x'}]\n", "watchlist.toml: task 1 has no profile"),
        ("task = [1]\n", "watchlist.toml: task 1 is not a table"),
        ("[task]\nid = 'x'\n", "watchlist.toml: 'task' is not a list"),
    ],
)
def test_a_broken_list_is_refused_by_file_and_line_and_left_alone(tmp_path: Path, text: str, message: str) -> None:
    store = file_with(tmp_path, text)
    with pytest.raises(FileError) as caught:
        store.load()
    assert message in str(caught.value)
    assert str(store.path) in str(caught.value)
    with pytest.raises(FileError, match=r"task|TOML"):
        store.edit(adding(task(9)))
    assert store.path.read_text() == text


def test_a_list_that_is_not_written_entry_by_entry_is_read_but_not_changed(tmp_path: Path) -> None:
    text = f'task = [{{id = "{ID.format(1)}", profile = "lab"}}]\n'
    store = file_with(tmp_path, text)
    assert store.load() == WatchList((task(1),))
    for change in (adding(task(2)), lambda w: w.removed([ref(1)]), lambda w: w.relabelled(ref(1), "x")):
        with pytest.raises(FileError, match=r"watchlist\.toml: is written in a way .* begin each task with \[\[task"):
            store.edit(change)
    assert store.path.read_text() == text


pieces = st.lists(
    st.tuples(
        st.sampled_from(["", "# above\n"]), st.integers(0, 9), st.sampled_from(["", "\n", "\n# free\n\n", "\n\n"])
    ),
    max_size=6,
    unique_by=lambda piece: piece[1],
)


@settings(max_examples=60, deadline=None)
@given(
    pieces,
    st.lists(st.integers(0, 12), max_size=8, unique=True),
    st.lists(st.sampled_from(["", "label", "ラベル", '"\\']), min_size=8, max_size=8),
)
def test_any_list_can_take_the_place_of_any_other(
    tmp_path_factory: pytest.TempPathFactory, before: list[tuple[str, int, str]], after: list[int], labels: list[str]
) -> None:
    """Whatever stood there, the file then holds the wanted list, and no free comment is lost."""
    text = "# head\n\n" + "".join(f"{lead}{entry(number)}{tail}" for lead, number, tail in before)
    store = file_with(tmp_path_factory.mktemp("any"), text)
    wanted = WatchList(tuple(task(number, label) for number, label in zip(after, labels, strict=False)))
    assert store.edit(lambda _: wanted) == wanted
    assert store.load() == wanted
    assert store.path.read_text().count("# free") == text.count("# free")
    assert store.path.read_text().startswith("# head\n")


ADDER = """
import sys
from pathlib import Path
from omstui.backend.files.watchlist import WatchListFile
from omstui.core.task import TaskRef
from omstui.core.task import WatchedTask

store, profile = WatchListFile(Path(sys.argv[1])), sys.argv[2]
sys.stdin.readline()
for number in range(50):
    task = WatchedTask(TaskRef(profile, f"task-{number}"))
    store.edit(lambda watchlist: watchlist.added([task]))
"""


def test_two_processes_that_add_at_the_same_time_keep_every_entry(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.toml"
    adders = [
        subprocess.Popen([sys.executable, "-c", ADDER, str(path), name], stdin=subprocess.PIPE) for name in ("a", "b")
    ]
    for adder in adders:
        assert adder.stdin is not None
        adder.stdin.write(b"go\n")
        adder.stdin.flush()
    for adder in adders:
        adder.communicate(timeout=60)
    assert [adder.returncode for adder in adders] == [0, 0]
    assert {task.ref for task in WatchListFile(path).load()} == {
        TaskRef(name, f"task-{number}") for name in ("a", "b") for number in range(50)
    }


KILLED = """
import json, os, random, select, signal, sys
from pathlib import Path
import filelock
from omstui.backend.files.watchlist import WatchListFile
from omstui.core.task import TaskRef
from omstui.core.task import WatchedTask

path, rounds = Path(sys.argv[1]), int(sys.argv[2])
random.seed(sys.argv[3])
acknowledged, killed = [], 0
for round in range(rounds):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        store = WatchListFile(path)
        for number in range(1000):
            name = f"task-{round}-{number}"
            store.edit(lambda watchlist: watchlist.added([WatchedTask(TaskRef("lab", name))]).removed(
                [watchlist.tasks[0].ref] if len(watchlist) > 30 else []))
            os.write(writer, f"{name}\\n".encode())
        os._exit(1)
    os.close(writer)
    # The moment of the kill: after a few acknowledgements, and then somewhere within the next addition.
    seen = b""
    for _ in range(random.randrange(3)):
        seen += os.read(reader, 65536)
    select.select([], [], [], random.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    killed += os.waitpid(child, 0)[1] == signal.SIGKILL
    while piece := os.read(reader, 65536):
        seen += piece
    os.close(reader)
    # The killed writer may have added one more than it could acknowledge; entries leave at the front only.
    names = [task.ref.sync_task_id for task in WatchListFile(path).load()]
    wanted = acknowledged + seen.decode().split()
    unsaid = [name for name in names if name not in wanted]
    assert len(unsaid) <= 1, unsaid
    assert names[:len(names) - len(unsaid)] == wanted[-(len(names) - len(unsaid)):], (names, wanted)
    assert len(names) >= min(30, len(wanted)), (names, wanted)
    acknowledged = names
leftovers = len(list(path.parent.glob(".*.omstui-new")))
print(json.dumps({"killed": killed, "entries": len(acknowledged), "leftovers": leftovers}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_a_kill_at_any_moment_loses_nothing_acknowledged_and_breaks_nothing(tmp_path: Path) -> None:
    """Forty writers in a row, each killed with SIGKILL while it adds and removes."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "watchlist.toml"), "40", "7"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert figures["killed"] == 40
    assert figures["entries"] > 20


STEPPED = """
import json, os, signal, sys
from pathlib import Path
import filelock
from omstui.backend.files.watchlist import WatchListFile
from omstui.core.task import TaskRef
from omstui.core.task import WatchedTask

path = Path(sys.argv[1])
def is_traced(code):
    if code.co_filename.endswith("pathlib.py"):
        return code.co_name in {"open", "replace", "rename", "unlink", "write_bytes", "write_text"}
    return code.co_filename.endswith(("files.py", "watchlist.py", "tempfile.py"))
store = WatchListFile(path)
store.edit(lambda watchlist: watchlist.added([WatchedTask(TaskRef("lab", "first"))]))
before, steps, after, is_done = path.read_bytes(), 0, 0, False
while not is_done:
    steps += 1
    child = os.fork()
    if not child:
        left = steps
        def step(frame, event, argument):
            global left
            if not is_traced(frame.f_code):
                return None
            left -= event == "line"
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return step
        sys.settrace(step)
        store.edit(lambda watchlist: watchlist.added([WatchedTask(TaskRef("lab", "second"))]))
        sys.settrace(None)
        os._exit(0)
    is_done = os.waitpid(child, 0)[1] == 0
    names = [task.ref.sync_task_id for task in store.load()]
    assert names in (["first"], ["first", "second"]), (steps, names)
    if names == ["first", "second"]:
        after += 1
        path.write_bytes(before)
    for leftover in path.parent.glob(".*.omstui-new"):
        leftover.unlink()
print(json.dumps({"steps": steps, "after": after}))
"""


@pytest.mark.slow
@pytest.mark.fault("R23")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_a_kill_at_each_step_of_an_addition_leaves_the_list_without_it_or_with_it(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """A writer is killed before the first line of Python that it runs, the next one before the second, and so on."""
    run = subprocess.run(
        [sys.executable, "-c", STEPPED, str(tmp_path / "watchlist.toml")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert 0 < figures["after"] < figures["steps"]
    figure(f"one at each of {figures['steps']} lines of a writer")


@pytest.mark.parametrize("makes_a_difference", [True, False])
def test_what_an_editor_saves_while_a_change_is_kept_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, makes_a_difference: bool
) -> None:
    """An editor knows of no lock: it saves between the writing and whatever is done after it."""
    path = tmp_path / "watchlist.toml"
    mine = WatchListFile(path)
    mine.edit(adding(task(1)))

    def save(_: object) -> None:
        path.write_text(path.read_text() + f'\n[[task]]\nid = "{ID.format(3)}"\nprofile = "lab"\n')

    def change(watchlist: WatchList) -> WatchList:
        if makes_a_difference:
            return watchlist.added([task(2)])
        save(watchlist)
        return watchlist

    monkeypatch.setattr(files, "_sync_folder", save)
    mine.edit(change)
    assert mine.has_changed()
    assert ref(3) in [one.ref for one in mine.load()]
    assert not mine.has_changed()


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (lambda tasks: WatchList().added(tasks), False),
        (lambda tasks: WatchList(tasks).removed([tasks[len(tasks) // 2].ref]), True),
        (lambda tasks: WatchList(tasks).added([task(0)]), True),
        (lambda tasks: WatchList(tasks).inserted(task(0), len(tasks) // 2), True),
    ],
    ids=["all added", "one removed", "one added", "one inserted"],
)
def test_the_work_of_a_change_grows_with_the_list_and_not_with_its_square(
    tmp_path: Path, change: Callable[[tuple[WatchedTask, ...]], WatchList], first: bool
) -> None:
    """Ten thousand tasks are one paste away."""

    def edit(count: int) -> Callable[[], object]:
        store = WatchListFile(tmp_path / f"{count}.toml")
        tasks = tuple(task(number) for number in range(1, count + 1))
        if first:
            store.edit(adding(*tasks))
        return lambda: store.edit(lambda _: change(tasks))

    assert is_linear(edit)


def test_a_list_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    """What is larger than any file of omstui's would keep every later start from its list."""
    store = WatchListFile(tmp_path / "watchlist.toml")
    store.edit(adding(task(1)))
    many = [WatchedTask(TaskRef("lab", f"{number:0255}"), "x" * 64) for number in range(12_000)]
    with pytest.raises(FileError, match=r"would grow beyond 4 MiB, which omstui does not read; it is as it was"):
        store.edit(adding(*many))
    assert store.load() == WatchList((task(1),))
