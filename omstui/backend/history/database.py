"""One connection to `history.db`; every error of it is raised as `FileError`."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct, field

from omstui.backend.history.history import as_remembered
from omstui.backend.history.schema import Connect, open_database
from omstui.backend.history.tables import DamagedHistory, HistoryTables
from omstui.backend.history.thinning import thinning
from omstui.backend.history.writes import WriteCoalescer
from omstui.backend.runtime.files import FileError
from omstui.core.alerts.event import Event
from omstui.core.month import Month
from omstui.core.task import TaskRef
from omstui.core.watch.board import SeenHow
from omstui.core.watch.sample import Sample

_TRIES = 20
_PAUSE = 0.1
_LOOK_AGAIN = timedelta(hours=1)
_FIRST_LOOK = timedelta(minutes=1)
"""Time after the start at which upkeep may begin: the start is busy, and many runs are short."""

_T = TypeVar("_T")

_REASONS = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_CORRUPT: "is damaged: move it away, and the next start makes a new one",
    sqlite3.SQLITE_FULL: "cannot be written: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk fails",
    sqlite3.SQLITE_NOTADB: "is not a database: move it away, and the next start makes a new one",
    sqlite3.SQLITE_PERM: "cannot be written: no permission",
    sqlite3.SQLITE_READONLY: "cannot be written: it is read-only",
}


class HistoryWriter(Protocol):
    """Accepts what the history stores."""

    def record(self, sample: Sample) -> None:
        """Store a good answer."""

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        """Store how many failures the user has seen."""

    def add_event(self, event: Event) -> None:
        """Store a line of the event log."""

    def note(self, profile: str, key: str, value: str | None) -> None:
        """Store a small fact; ``None`` deletes it."""


Write = Callable[[HistoryWriter], None]


class HistoryDatabase:
    """Reads and writes the history in one thread; after a `FileError`, its only error, it cannot be used any more."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        *,
        keep: timedelta,
        longest_gap: timedelta,
        connect: Connect,
    ) -> None:
        """Open the file.

        Args:
            path: of the file.
            now: returns the current time.
            keep: the greatest age of what stays in the file.
            longest_gap: equal answers that are further apart make two counter spans.
            connect: opens the database.

        Raises:
            FileError: the file cannot be used.
        """
        self._path = path
        self._now = now
        self._keep = keep
        self._coalescer = WriteCoalescer(longest_gap)
        self._upkeep: Iterator[None] | None = None
        self._looked_at = now() - _LOOK_AGAIN + _FIRST_LOOK
        with self._translating():
            self._connection = _patiently(lambda: open_database(path, connect))
        self._tables = HistoryTables(self._connection, longest_gap)

    def keep(self, writes: Sequence[Write]) -> None:
        """Write all of this in one transaction, or nothing.

        Raises:
            FileError: nothing is written.
        """
        batch = _Batch(self._coalescer)
        for write in writes:
            write(batch)
        self._do(batch)

    def look_up(self, question: Callable[[HistoryTables], _T]) -> _T:
        """Write what is held back, then return the result of a question to the tables.

        Raises:
            FileError: the file cannot be read or written.
        """
        self.flush()
        with self._translating(), self._transaction():
            return question(self._tables)

    def flush(self) -> None:
        """Write what was held back because it only repeats what is written.

        Raises:
            FileError: it is not written.
        """
        batch = _Batch(self._coalescer)
        batch.add_held_back()
        self._do(batch)

    def tend(self) -> bool:
        """Do a small piece of the daily upkeep when it is due; return whether there is more to do.

        Raises:
            FileError: the file cannot be used any more.
        """
        now = self._now()
        if self._upkeep is None:
            if timedelta() <= now - self._looked_at < _LOOK_AGAIN:
                return False
            self._looked_at = now
            self._upkeep = thinning(self._connection, now, self._keep)
        with self._translating():
            try:
                next(self._upkeep)
            except StopIteration:
                self._upkeep = None
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
                self._upkeep = None  # a later call begins again
        return self._upkeep is not None

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _do(self, batch: "_Batch") -> None:
        if batch.writes:
            with self._translating(), self._transaction():
                for write in batch.writes:
                    write(self._tables)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        _patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"))
        try:
            yield
            _patiently(lambda: self._connection.execute("COMMIT"))
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise FileError(self._path, _reason(error)) from error
        except OSError as error:
            words = os.strerror(error.errno) if error.errno is not None else type(error).__name__
            raise FileError(self._path, f"cannot be opened: {words}") from error
        except DamagedHistory as error:
            raise FileError(self._path, f"holds {error}: move it away, and the next start makes a new one") from error


class _Batch(Struct):
    """A `HistoryWriter` that collects what is to be written."""

    coalescer: WriteCoalescer
    writes: list[Callable[[HistoryTables], None]] = field(default_factory=list)

    def record(self, sample: Sample) -> None:
        if not sample.is_current:
            self.writes.append(lambda tables: tables.add_month(sample))
            return
        for answers in self.coalescer.add(as_remembered(sample)):
            self.writes.append(lambda tables, answers=answers: tables.add_answers(answers))  # type: ignore[misc]  # mypy infers no type for the default

    def add_held_back(self) -> None:
        for answers in self.coalescer.held_back():
            self.writes.append(lambda tables, answers=answers: tables.add_answers(answers))  # type: ignore[misc]  # as above

    def acknowledge(
        self, ref: TaskRef, month: Month, failures: int, at: datetime, how: SeenHow = SeenHow.MARKED
    ) -> None:
        self.writes.append(lambda tables: tables.acknowledge(ref, month, failures, at, how))

    def add_event(self, event: Event) -> None:
        self.writes.append(lambda tables: tables.add_event(event))

    def note(self, profile: str, key: str, value: str | None) -> None:
        self.writes.append(lambda tables: tables.note(profile, key, value))


def _patiently(call: Callable[[], _T]) -> _T:
    """Call, and retry while another instance writes: SQLite does not always wait by itself."""
    for _ in range(_TRIES - 1):
        try:
            return call()
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            threading.Event().wait(_PAUSE)
    return call()


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) == sqlite3.SQLITE_BUSY


def _reason(error: sqlite3.Error) -> str:
    return _REASONS.get(_code(error), f"cannot be used ({type(error).__name__})")


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary error code; 0 when Python itself raised the error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
