"""The schema of `history.db`, its migrations, and a check that changes nothing."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omstui.backend.runtime.files import FileError, make_folder, resolved

if TYPE_CHECKING:
    import sqlite3


APPLICATION = 0x6F6D_7374
"""SQLite's `application_id` of a history file ("omst")."""

MIGRATIONS = (
    """
    CREATE TABLE task (
        number INTEGER PRIMARY KEY,
        profile TEXT NOT NULL,
        sync_task_id TEXT NOT NULL,
        UNIQUE (profile, sync_task_id)
    );
    -- What seldom changes between two readings of a task. The month counts from year 0.
    CREATE TABLE phase (
        number INTEGER PRIMARY KEY,
        task INTEGER NOT NULL,
        month INTEGER NOT NULL,
        status TEXT,
        create_time INTEGER,
        last_start_time INTEGER
    );
    CREATE INDEX phase_of_task ON phase (task, month);
    -- Times are epoch milliseconds, lasting is the time from the first to the last answer that said so.
    CREATE TABLE reading (
        task INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        lasting INTEGER NOT NULL,
        phase INTEGER NOT NULL,
        accepted INTEGER,
        success INTEGER,
        failure INTEGER,
        skip INTEGER,
        size INTEGER,
        PRIMARY KEY (task, answered)
    ) WITHOUT ROWID;
    CREATE TABLE answer (
        task INTEGER NOT NULL,
        month INTEGER NOT NULL,
        is_current INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE UNIQUE INDEX answer_for_month ON answer (task, month) WHERE NOT is_current;
    CREATE UNIQUE INDEX last_answer ON answer (task) WHERE is_current;
    CREATE TABLE acknowledged (
        task INTEGER PRIMARY KEY,
        month INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        at INTEGER NOT NULL
    );
    CREATE TABLE event (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        words TEXT NOT NULL,
        severity TEXT NOT NULL,
        profile TEXT NOT NULL,
        sync_task_id TEXT NOT NULL,
        name TEXT NOT NULL
    );
    CREATE INDEX event_at ON event (at);
    CREATE TABLE note (
        profile TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (profile, key)
    ) WITHOUT ROWID;
    CREATE TABLE upkeep (thinned INTEGER NOT NULL);
    """,
)
"""Statements that upgrade each version to the next, separated by semicolons; a released entry never changes."""

_FOR_OTHERS = 0o077
_CACHE_KIB = 256
"""SQLite's page cache in KiB; a larger one made no answer cheaper, since the system caches files too."""

Connect = Callable[[Path], "sqlite3.Connection"]


def connect(path: Path) -> "sqlite3.Connection":
    """Open a file with SQLite: transactions begin explicitly, and a lock of another writer is waited for up to 5 s."""
    import sqlite3  # not needed before the first paint

    return sqlite3.connect(path, timeout=5.0, isolation_level=None)


def open_database(
    path: Path, connect: Connect = connect, migrations: Sequence[str] = MIGRATIONS
) -> "sqlite3.Connection":
    """Open the history, readable by its owner only; create the file or upgrade it to this version when needed.

    Raises:
        FileError: it is not a file, is another program's, or was written by a later version; it is not changed.
        OSError: it cannot be opened.
        sqlite3.Error: it cannot be opened, or is damaged.
    """
    target = resolved(path)
    make_folder(target.parent)
    _make_private(path, target)
    connection = connect(target)
    try:
        _bring_up_to_date(connection, path, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path, target: Path) -> None:
    """Create the empty file with mode 0600, before SQLite creates it with the rights that the umask leaves."""
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise FileError(path, "is not a file")
        if os.name == "posix" and mode & _FOR_OTHERS:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _bring_up_to_date(connection: "sqlite3.Connection", path: Path, migrations: Sequence[str]) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    version = _version(connection, path, len(migrations))
    if version == len(migrations):
        return
    if version == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # works only in an empty file
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection, path, len(migrations)), len(migrations)):
            for statement in migrations[number].split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: "sqlite3.Connection", path: Path, newest: int) -> int:
    """Return the file's version, 0 for an empty one.

    Raises:
        FileError: it is another program's, or was written by a later version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, version) == (0, 0) and not tables:
        return 0
    if application != APPLICATION or not isinstance(version, int):
        raise FileError(path, "is another program's database")
    if version > newest:
        raise FileError(
            path, f"was written by a newer omstui (its version is {version}, not {newest}): update this one"
        )
    return version


_PATIENCE = 1.0


def history_error(path: Path) -> str | None:
    """Return what is wrong with the file, as a sentence without its subject; ``None`` when it is fine or missing.

    It waits up to a second for another instance that writes to the file.
    """
    import sqlite3  # other commands do not need it

    if not path.exists():
        return None
    if not path.is_file():
        return "is not a file"
    if not path.stat().st_size:
        return None
    try:
        # Not read-only, so that SQLite can roll back what a crash left half done.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)
    except sqlite3.Error:
        return "cannot be opened"
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            return "is another program's database"
        if version > len(MIGRATIONS):
            return f"was written by a newer omstui (its version is {version}, not {len(MIGRATIONS)})"
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return "is locked by another program" if "locked" in str(error) else "cannot be read"
    except sqlite3.DatabaseError:
        return "is damaged"
    finally:
        connection.close()
    return None if said == "ok" else "is damaged"
