"""The history on disk: who may read it, what it becomes of, and what happens when the disk or the file is bad."""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from omstui.backend.history.database import HistoryDatabase, HistoryWriter
from omstui.backend.history.schema import APPLICATION, MIGRATIONS, Connect, connect, open_database
from omstui.backend.history.tables import HistoryTables
from omstui.backend.history.writer import HistoryFile
from omstui.backend.runtime.files import FileError
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.task import SyncTask, TaskRef
from omstui.core.watch.board import Recalled
from omstui.core.watch.sample import Sample
from tests.heap import IS_TOLD, heap
from tests.making import NOVEMBER, NOW, REF, counting, sample
from tests.standstill import after_a_standstill

AT = NOW.replace(microsecond=0)
OFF = "; this run is not remembered"
GAP = timedelta(seconds=150)


@asynccontextmanager
async def opened(path: Path, connect: Connect = connect, patience: float = 30.0) -> AsyncIterator[HistoryFile]:
    history = HistoryFile(path, lambda: AT, connect=connect, patience=patience)
    try:
        yield history
    finally:
        await history.aclose()


async def values(path: Path) -> list[int | None]:
    """Return what a new instance finds."""
    async with opened(path) as history:
        found = [one.monthly_success_object for one in await history.spans(REF, AT - timedelta(days=900))]
        assert history.error == ""
    return found


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in statements:
            connection.executescript(statement)


async def test_what_one_run_has_learned_the_next_one_knows(tmp_path: Path) -> None:
    """Also the answers that only repeat the last one: leaving writes them down."""
    path = tmp_path / "state" / "history.db"
    async with opened(path) as history:
        for minute in range(3):
            history.record(sample(at=AT + timedelta(minutes=minute)))
        history.acknowledge(REF, NOVEMBER, 11, AT)
    async with opened(path) as history:
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.answered_at == AT + timedelta(minutes=2)
        assert [(one.answered_at, one.until) for one in recalled.spans] == [(AT, AT + timedelta(minutes=2))]
        assert recalled.acknowledged == (NOVEMBER, 11)


async def test_nothing_is_made_before_there_is_something_to_remember(tmp_path: Path) -> None:
    async with opened(tmp_path / "state" / "history.db"):
        pass
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes")
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
async def test_file_and_folder_are_for_their_owner_only(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "a" / "b" / "history.db"
    before = os.umask(umask)
    try:
        async with opened(path) as history:
            history.record(sample())
            await history.notes()
            assert [file.stat().st_mode & 0o777 for file in (path, path.parent, path.parent.parent)] == [
                0o600,
                0o700,
                0o700,
            ]
        path.chmod(0o644)
        async with opened(path) as history:
            await history.notes()
            assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


async def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    path, target = tmp_path / "history.db", tmp_path / "elsewhere" / "kept.db"
    path.symlink_to(target)
    async with opened(path) as history:
        history.record(sample(counting(synced=4)))
    assert path.is_symlink()
    assert target.is_file()
    assert await values(path) == [4]


async def test_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.touch()
    async with opened(path) as history:
        history.record(sample(counting(synced=4)))
    assert await values(path) == [4]


# What version 1 wrote, by hand; it never changes.
VERSION_1 = f"""
CREATE TABLE task (number INTEGER PRIMARY KEY, profile TEXT NOT NULL, sync_task_id TEXT NOT NULL,
    UNIQUE (profile, sync_task_id));
CREATE TABLE phase (number INTEGER PRIMARY KEY, task INTEGER NOT NULL, month INTEGER NOT NULL, status TEXT,
    create_time INTEGER, last_start_time INTEGER);
CREATE INDEX phase_of_task ON phase (task, month);
CREATE TABLE reading (task INTEGER NOT NULL, answered INTEGER NOT NULL, lasting INTEGER NOT NULL,
    phase INTEGER NOT NULL, accepted INTEGER, success INTEGER, failure INTEGER, skip INTEGER, size INTEGER,
    PRIMARY KEY (task, answered)) WITHOUT ROWID;
CREATE TABLE answer (task INTEGER NOT NULL, month INTEGER NOT NULL, is_current INTEGER NOT NULL,
    asked INTEGER NOT NULL, answered INTEGER NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX answer_for_month ON answer (task, month) WHERE NOT is_current;
CREATE UNIQUE INDEX last_answer ON answer (task) WHERE is_current;
CREATE TABLE acknowledged (task INTEGER PRIMARY KEY, month INTEGER NOT NULL, failures INTEGER NOT NULL,
    at INTEGER NOT NULL);
CREATE TABLE event (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
    severity TEXT NOT NULL, profile TEXT NOT NULL, sync_task_id TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX event_at ON event (at);
CREATE TABLE note (profile TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (profile, key))
    WITHOUT ROWID;
CREATE TABLE upkeep (thinned INTEGER NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = 1;
INSERT INTO task VALUES (1, '{REF.profile}', '{REF.sync_task_id}');
INSERT INTO phase VALUES (1, 1, 24322, 'SYNCHRONIZING', 5, NULL);
INSERT INTO reading VALUES (1, 1795300000123, 60000, 1, 10, 7, 1, NULL, 9223372036854775807);
INSERT INTO answer VALUES (1, 24322, 1, 1795300059000, 1795300060123, '{{"monthly_success_object":7}}');
INSERT INTO answer VALUES (1, 24321, 0, 1795300000000, 1795300000001, '{{"monthly_success_object":90}}');
INSERT INTO acknowledged VALUES (1, 24322, 1, 1795300000000);
INSERT INTO event VALUES (1, 1795300000000, 'silent', 'is silent', 'warning', 'prod-bj4', '', 'images');
INSERT INTO note VALUES ('prod-bj4', 'zone', 'UTC+08:00');
"""


async def test_a_file_of_version_1_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1)
    async with opened(path) as history:
        recalled = (await history.recall([REF]))[REF]
        assert recalled.last is not None
        assert recalled.last.task == SyncTask(monthly_success_object=7)
        assert recalled.months[Month(2026, 10)].task == SyncTask(monthly_success_object=90)
        assert recalled.months[Month(2026, 10)].agreed is None, "one answer closed it"
        assert recalled.acknowledged == (NOVEMBER, 1)
        (reading,) = recalled.spans
        assert (reading.until - reading.answered_at, reading.month) == (timedelta(minutes=1), NOVEMBER)
        assert (reading.status, reading.create_time, reading.last_start_time) == ("SYNCHRONIZING", 5, None)
        assert (reading.monthly_skip_object, reading.monthly_size) == (None, 2**63 - 1)
        assert [one.words for one in await history.events()] == ["is silent"]
        assert await history.notes() == {("prod-bj4", "zone"): "UTC+08:00"}
        assert history.error == ""


def test_a_file_of_an_earlier_version_becomes_one_of_the_next(tmp_path: Path) -> None:
    """By the steps in between, and all of them or none."""
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1)
    before = path.read_bytes()
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, migrations=(*MIGRATIONS, "ALTER TABLE note ADD COLUMN at INTEGER; SELECT nonsense"))
    assert path.read_bytes() == before
    later = (
        *MIGRATIONS,
        "ALTER TABLE note ADD COLUMN at INTEGER",
        "UPDATE note SET at = 5; UPDATE upkeep SET thinned = 0",
    )
    with closing(open_database(path, migrations=later)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
        assert connection.execute("SELECT * FROM note").fetchall() == [("prod-bj4", "zone", "UTC+08:00", 5)]
    with closing(open_database(path, migrations=later)) as connection:
        assert connection.execute("SELECT success FROM reading").fetchall() == [(7,)]


def newer(path: Path) -> None:
    run_sql(path, VERSION_1, "PRAGMA user_version = 7")


def of_another_program(path: Path) -> None:
    run_sql(path, "CREATE TABLE bookmark (url TEXT)")


def no_database(path: Path) -> None:
    path.write_bytes(b"SQLite format 2, or a letter to a friend\n" * 100)


def cut_off(path: Path) -> None:
    run_sql(path, VERSION_1)
    os.truncate(path, 5000)


def overwritten(path: Path) -> None:
    run_sql(path, VERSION_1)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (newer, "was written by a newer omstui (its version is 7, not 1): update this one"),
        (of_another_program, "is another program's database"),
        (no_database, "is not a database: move it away, and the next start makes a new one"),
        (cut_off, "is damaged: move it away, and the next start makes a new one"),
        (overwritten, "is damaged: move it away, and the next start makes a new one"),
    ],
)
async def test_a_file_that_is_no_history_of_ours_is_left_alone_and_named(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    """What happens in this run is remembered until it ends."""
    path = tmp_path / "history.db"
    spoil(path)
    before = path.read_bytes()
    async with opened(path) as history:
        history.record(sample(counting(synced=5)))
        recalled = await history.recall([REF])
        assert history.error == f"{path}: {reason}{OFF}"
        history.add_event(Event(AT, "silent", "is silent"))
        assert [one.monthly_success_object for one in recalled[REF].spans] == [5]
        assert len(await history.events()) == 1
    assert path.read_bytes() == before


def folder_in_its_place(path: Path) -> None:
    path.mkdir()


def link_in_a_circle(path: Path) -> None:
    path.symlink_to(path)


def file_for_a_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (folder_in_its_place, "cannot be opened: Is a directory"),
        (link_in_a_circle, "cannot be opened: Too many levels of symbolic links"),
        (file_for_a_folder, "cannot be opened: "),
        (os.mkfifo, "is not a file"),
    ],
)
async def test_a_place_without_a_file_costs_the_history(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "state" / "history.db"
    path.parent.mkdir()
    spoil(path)
    async with opened(path) as history:
        assert await history.recall([REF]) == {REF: Recalled()}
        assert history.error.startswith(f"{path}: {reason}")
        assert history.error.endswith(OFF)


async def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1)

    def read_only(target: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{target}?mode=ro", uri=True, isolation_level=None)

    async with opened(path, read_only) as history:
        assert len((await history.recall([REF]))[REF].spans) == 1
        assert history.error == ""
        history.record(sample())
        assert await history.notes() == {}
        assert history.error == f"{path}: cannot be written: it is read-only{OFF}"


async def test_a_full_disk_is_told_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "history.db"

    def of_few_pages(target: Path) -> sqlite3.Connection:
        connection = connect(target)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    async with opened(path, of_few_pages) as history:
        for number in range(3000):
            history.record(sample(counting(synced=number), at=AT + timedelta(minutes=number)))
            if number % 100 == 0:
                await history.notes()
        assert history.error == f"{path}: cannot be written: the disk is full{OFF}"
    found = await values(path)
    assert found == list(range(len(found)))
    assert len(found) > 100


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reading SET success = 'many'",
        "UPDATE reading SET lasting = -1",
        "UPDATE reading SET lasting = 9223372036854775807",
        "UPDATE phase SET month = 5",
        "UPDATE phase SET status = x'00ff'",
        "UPDATE answer SET body = '{'",
        "UPDATE answer SET body = '{\"monthly_size\":-1}'",
        'UPDATE answer SET body = \'{"monthly_size":1,"served_at":"soon"}\'',
        f'UPDATE answer SET body = \'{{"monthly_size":1,"served_at":{"9" * 5000}}}\'',
        "UPDATE answer SET asked = 9223372036854775807",
        "UPDATE acknowledged SET failures = 0.5",
    ],
)
async def test_rows_that_omstui_did_not_write_are_not_believed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1, statement)
    async with opened(path) as history:
        assert await history.recall([REF]) == {REF: Recalled()}
        assert history.error.startswith(f"{path}: holds ")
        assert history.error.endswith(f": move it away, and the next start makes a new one{OFF}")


@pytest.mark.parametrize("statement", ["UPDATE event SET severity = 'x'", "UPDATE event SET words = 5"])
async def test_events_that_omstui_did_not_write_are_not_believed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1, statement)
    async with opened(path) as history:
        if "words" in statement:
            run_sql(path, "UPDATE event SET words = x'01'")
        assert await history.events() == ()
        assert "holds " in history.error


FAILURES = {
    "ENOSPC": (sqlite3.SQLITE_FULL, "cannot be written: the disk is full"),
    "EIO": (sqlite3.SQLITE_IOERR | 3 << 8, "cannot be read or written: the disk fails"),
    "EACCES": (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
    "corrupt": (sqlite3.SQLITE_CORRUPT, "is damaged: move it away, and the next start makes a new one"),
}


class Failing(sqlite3.Connection):
    """Fails at the n-th statement, as a bad disk makes SQLite fail."""

    left = 10**9
    code = 0

    def execute(self, *arguments: object) -> sqlite3.Cursor:
        type(self).left -= 1
        if type(self).left == 0:
            error = sqlite3.OperationalError("made to fail")
            error.sqlite_errorcode = type(self).code
            raise error
        return super().execute(*arguments)  # type: ignore[arg-type]  # as above


def failing(statement: int, code: int) -> Connect:
    class FailingNow(Failing):
        left = statement

    FailingNow.code = code

    def connected(target: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(target, isolation_level=None, factory=FailingNow)
        connection.executescript("PRAGMA synchronous = OFF")  # what is written need not outlive the test
        return connection

    return connected


def recording(answer: Sample, keeper: HistoryWriter) -> None:
    keeper.record(answer)


def a_run(database: HistoryDatabase) -> None:
    """Do everything that can be done once."""
    for minute in range(3):
        answer = sample(counting(synced=minute), at=AT + timedelta(minutes=minute))
        database.keep([partial(recording, answer)])
    database.keep([lambda keeper: keeper.record(sample(month=Month(2026, 3)))])
    database.keep(
        [
            lambda keeper: keeper.acknowledge(REF, NOVEMBER, 3, AT),
            lambda keeper: keeper.add_event(Event(AT, "silent", "is silent")),
            lambda keeper: keeper.note("prod", "zone", "UTC"),
        ]
    )
    database.look_up(lambda tables: (tables.recall([REF]), tables.events(9), tables.notes(), tables.spans(REF, AT)))
    while database.tend():
        pass


@pytest.mark.fault("R24")
@pytest.mark.parametrize("kind", FAILURES)
async def test_any_statement_may_fail(tmp_path: Path, kind: str, figure: Callable[[str], None]) -> None:
    """It is told as trouble with the file's name, and the file is sound for the next one, with what it held before."""
    code, reason = FAILURES[kind]
    for number in count(1):
        path = tmp_path / f"{number}.db"
        run_sql(path, VERSION_1)
        times = iter([AT, *[AT + timedelta(days=30)] * 99])
        try:
            database = HistoryDatabase(
                path,
                partial(next, times),
                keep=timedelta(days=400),
                longest_gap=GAP,
                connect=failing(number, code),
            )
        except FileError as error:
            assert str(error) == f"{path}: {reason}"  # noqa: PT017 - it need not be raised
            continue
        try:
            a_run(database)
        except FileError as error:
            assert str(error) == f"{path}: {reason}"  # noqa: PT017 - it need not be raised
        else:
            break
        finally:
            database.close()
        found = await values(path)
        assert found[0] == 7
        assert found[1:] in ([], [0], [0, 1], [0, 1, 2], [1, 2], [2])
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert number > 60
    figure(f"history, {kind}: {number - 1} statements failed one by one, 0 files harmed")


async def test_a_bug_in_the_history_costs_the_history_alone(tmp_path: Path) -> None:
    def broken(_: Path) -> sqlite3.Connection:
        raise ZeroDivisionError

    path = tmp_path / "history.db"
    async with opened(path, broken) as history:
        assert await history.events() == ()
        assert history.error == f"{path}: is not used: an internal error{OFF}"


@pytest.mark.skipif(not IS_TOLD, reason="asks the C library")
def test_little_of_a_long_past_stays_in_memory(tmp_path: Path) -> None:
    """Four megabytes are written and read; the memory of a screen that is left open is counted in tens."""
    with closing(open_database(tmp_path / "history.db")) as connection:
        before = heap().used
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE long (text BLOB)")
        connection.executemany("INSERT INTO long VALUES (zeroblob(?))", [(1000,)] * 4000)
        connection.execute("COMMIT")
        assert connection.execute("SELECT sum(length(text)) FROM long").fetchone() == (4_000_000,)
        assert heap().used - before < 500_000


def test_the_file_suits_a_home_on_a_network_and_another_program_that_writes(tmp_path: Path) -> None:
    """SQLite keeps its journal for going back beside it, and no log ahead, and waits five seconds for a lock."""
    with closing(open_database(tmp_path / "history.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (5000,)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO note VALUES ('prod', 'zone', 'UTC')")
        assert {path.name for path in tmp_path.iterdir()} <= {"history.db", "history.db-journal"}
        connection.execute("COMMIT")


async def test_another_writer_is_waited_for(tmp_path: Path) -> None:
    """Nothing is lost while another program holds the file for a while."""
    path = tmp_path / "history.db"

    def impatient(target: Path) -> sqlite3.Connection:
        return sqlite3.connect(target, timeout=0.0, isolation_level=None)

    run_sql(path, VERSION_1)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.4, lambda: other.execute("COMMIT")).start()
        async with opened(path, impatient) as history:
            history.record(sample(counting(synced=8)))
            assert [one.monthly_success_object for one in (await history.recall([REF]))[REF].spans] == [7, 8]
            assert history.error == ""


async def test_a_file_that_stays_locked_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    run_sql(path, VERSION_1)

    def impatient(target: Path) -> sqlite3.Connection:
        return sqlite3.connect(target, timeout=0.0, isolation_level=None)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with opened(path, impatient) as history:
            assert await history.events() == ()
            assert history.error == f"{path}: another program keeps it locked{OFF}"


async def test_a_disk_that_does_not_answer_holds_nothing_up(tmp_path: Path) -> None:
    """Not the question, not what is handed over, not the end; and once it answers again, all is well."""
    path = tmp_path / "history.db"
    answers = threading.Event()

    def mute(target: Path) -> sqlite3.Connection:
        answers.wait()
        return connect(target)

    history = HistoryFile(path, lambda: AT, connect=mute, patience=0.01)
    assert await history.recall([REF]) == {}
    assert history.error == f"{path}: does not answer; what happens meanwhile may not be remembered"
    for number in range(5_000):
        history.record(sample(counting(synced=number), at=AT + timedelta(minutes=number)))
    assert len(history._jobs) == 1_000
    assert await history.recall([REF]) == {}, "and it is not asked again meanwhile"
    assert len(history._jobs) == 1_000
    answers.set()
    while history.error:
        await history.notes()
    assert set(await history.recall([REF])) == {REF}
    await history.aclose()
    assert len(await values(path)) == 999

    answers.clear()
    history = HistoryFile(tmp_path / "other.db", lambda: AT, connect=mute)
    history.record(sample())
    await history.aclose()
    answers.set()


async def test_a_look_into_the_past_that_is_late_is_taken_and_not_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes longer than patience lasts would otherwise go on for ever."""
    may_go_on, looked_up = threading.Event(), []
    recall = HistoryTables.recall

    def slowly(tables: HistoryTables, refs: Iterable[TaskRef]) -> Mapping[TaskRef, Recalled]:
        looked_up.append(set(refs))
        assert may_go_on.wait(20)
        return recall(tables, refs)

    monkeypatch.setattr(HistoryTables, "recall", slowly)
    other = TaskRef("prod", "another")
    history = HistoryFile(tmp_path / "history.db", lambda: AT, patience=0.05)
    assert await history.recall([REF]) == {}
    assert await history.recall([REF, other]) == {}
    assert history.error
    may_go_on.set()
    async with asyncio.timeout(20):
        while not (late := await history.recall([REF, other])):
            pass
    assert set(late) == {REF}
    assert looked_up == [{REF}]
    async with asyncio.timeout(20):
        while not (rest := await history.recall([other])):
            pass
    assert set(rest) == {other}
    assert not history.error
    await history.aclose()


RECALLING = """
import asyncio, sys
from pathlib import Path
from omstui.backend.history.writer import HistoryFile
from omstui.backend.history.schema import connect
from tests.making import NOW, REF

def connect_after_a_line(target):
    print("begun", flush=True)
    sys.stdin.readline()
    return connect(target)

async def main():
    history = HistoryFile(Path(sys.argv[1]), lambda: NOW, connect=connect_after_a_line, patience=4.0)
    recalled = await history.recall([REF])
    print([one.last is not None for one in recalled.values()], history.error)

asyncio.run(main())
"""


async def leave_an_answer(path: Path) -> None:
    async with opened(path) as history:
        history.record(sample())


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_standstill_of_the_program_takes_no_time_from_the_history(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    asyncio.run(leave_an_answer(path))
    assert after_a_standstill(RECALLING, str(path), seconds=5) == "[True] \n"


async def test_answers_that_come_together_are_written_together(tmp_path: Path) -> None:
    """The first one at once, and what a person has done too."""
    path, commits = tmp_path / "history.db", []

    def watched(target: Path) -> sqlite3.Connection:
        connection = connect(target)
        connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
        return connection

    async with opened(path, watched) as history:
        await history.notes()
        commits.clear()
        for number in range(100):
            history.record(sample(counting(synced=number), at=AT + timedelta(minutes=number)))
            await asyncio.sleep(0.002)  # in which the thread could write
        history.acknowledge(REF, NOVEMBER, 3, AT)
        recalled = await history.recall([REF])
        assert recalled[REF].acknowledged == (NOVEMBER, 3)
        assert recalled[REF].last is not None
        assert len(commits) <= 50
    assert len(await values(path)) == 100


async def test_an_answer_is_in_the_file_within_seconds_also_when_nothing_else_happens(tmp_path: Path) -> None:
    """It waits for others to come, but a kill must not cost more than those of a moment."""
    path = tmp_path / "history.db"

    async def until_written(synced: int) -> None:
        end = time.monotonic() + 15
        while synced not in stored():
            assert time.monotonic() < end, f"{synced} is not written"
            await asyncio.sleep(0.05)

    def stored() -> set[int]:
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as other:
                return {value for (value,) in other.execute("SELECT success FROM reading")}
        except sqlite3.OperationalError:  # not there yet
            return set()

    async with opened(path) as history:
        for synced in (8, 9, 10):
            history.record(sample(counting(synced=synced), at=AT + timedelta(minutes=synced)))
            await until_written(synced)


async def test_two_instances_that_ask_for_the_same_leave_what_one_would(tmp_path: Path) -> None:
    """Equal answers are one reading, each change is there once, also when both report it at other times."""
    path = tmp_path / "history.db"
    async with opened(path) as one, opened(path) as two:
        for number in range(120):
            history, other = (one, two) if number % 3 else (two, one)
            history.record(sample(counting(synced=number // 10), at=AT + timedelta(seconds=30 * number)))
            if number % 7 == 0:
                await other.notes()
        await one.notes()
        await two.notes()
        found = await one.spans(REF, AT)
        assert found == await two.spans(REF, AT)
    spans = [
        (one.monthly_success_object, (one.answered_at - AT).total_seconds(), (one.until - AT).total_seconds())
        for one in found
    ]
    assert spans == [(number, 300 * number, 300 * number + 270) for number in range(12)]


async def test_the_past_is_thinned_while_answers_keep_coming_but_not_at_the_start(tmp_path: Path) -> None:
    path, clock = tmp_path / "history.db", [AT]
    run_sql(path, VERSION_1)
    history = HistoryFile(path, lambda: clock[0])

    def has_been_tended() -> bool:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("SELECT count(*) FROM upkeep").fetchone()[0])

    async def keep_coming(minutes: range) -> None:
        for minute in minutes:
            history.record(sample(counting(synced=minute), at=AT + timedelta(minutes=minute)))
            await history.notes()

    await keep_coming(range(5))
    assert not has_been_tended()
    clock[0] = AT + timedelta(seconds=61)
    await keep_coming(range(5, 7))
    assert has_been_tended()
    await history.aclose()
    assert history.error == ""
